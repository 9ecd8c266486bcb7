"""The card of a request in every state of its life, from the row, its words, its votes and its steps."""

from collections.abc import Sequence
from datetime import UTC

from slack_sdk.models.blocks import Block, ConfirmObject, ExternalDataSelectElement, InteractiveElement, Option

from bot.model.request import ENDED, Decision, Kind, Request, State, Step, StepState, Verdict, is_providers
from bot.policy.by_hand import page_of, stays, stays_given_up
from bot.policy.requests.hourly_limit import PREFIX
from bot.policy.requests.leaving_too import ASK_AGAIN, CHOOSE, all_leave
from bot.policy.requests.seen import mark
from bot.slack.views.kit import (
    DIALOG_TEXT,
    Message,
    actions,
    button,
    confirmation,
    context,
    fields,
    header,
    section,
)
from bot.slack.views.shapes import CardWords
from bot.slack.views.text import at, code, counted, cut, member, safe, to_card, to_page, told

APPROVE, DENY, CANCEL, RETRY = "request.approve", "request.deny", "request.cancel", "request.retry"
ASSIGN = "request.assign"
"""The menu of who takes the conversations; the request's id follows in its block's id."""
MOVE, REMIND, AGAIN = "request.move", "request.remind", "request.again"
EXTEND, KEEP = "seat_end.extend", "seat_end.keep"
CHECK = "request.check"
"""Buttons. Their value is the request's id and nothing else; the id of their block ends with the mark of the plan."""

BAR = 20  # signs of a progress bar
LONGEST_FACTS = 16
LONGEST_NAMES = 10  # of who can approve
DECIDE = "Please approve or deny this request."

LOOKS = {
    State.PENDING: ":hourglass_flowing_sand: *Waits for approval*",
    State.APPROVED: ":white_check_mark: *Approved*",
    State.RUNNING: ":gear: *Running*",
    State.DONE: ":checkered_flag: *Done*",
    State.DENIED: ":no_entry: *Denied*",
    State.CANCELLED: ":wastebasket: *Cancelled*",
    State.EXPIRED: ":alarm_clock: *Expired*",
    State.STALE: ":leaves: *Out of date: details changed since approval, so nothing was done*",
    State.FAILED: ":x: *Failed*",
    State.ATTENTION: ":rotating_light: *Needs attention*",
    State.WAITING: ":raised_hand: *Waits for someone to do it in Help Scout*",
}
_STEP_MARKS = {StepState.RUNNING: "▸", StepState.DONE: "✓", StepState.FAILED: "✗"}


def card(
    request: Request,
    words: CardWords,
    decisions: Sequence[Decision] = (),
    steps: Sequence[Step] = (),
    *,
    buttons: bool = True,
    can_approve: Sequence[str] = (),
    calls: str = "",
    link: str = "",
    ends: bool = False,
    manager: str = "",
    leaving: Sequence[str] = (),
) -> Message:
    """The card for the channel; `buttons=False`: to look at only.

    `can_approve` are the names of who could decide now; `calls` is the markup that mentions them, "" for nobody; `link`
    leads to the card in the channel, from where it is shown besides. `ends`: it was opened because a seat ends.
    `manager` is the address of the person's manager, by a source. `leaving`: who is to take the conversations, if they
    are leaving too.
    """
    approvals = [vote for vote in decisions if vote.verdict is Verdict.APPROVE]
    facts = [(label, safe(value, 1000)) for label, value in words.facts[:LONGEST_FACTS]]
    facts += [
        *([("Manager", safe(manager, 320))] if manager else []),
        ("Asked by", member(request.requester, request.requester_name)),
        ("When", _when(request)),
        *([("Can approve", _names(can_approve))] if can_approve and request.state is State.PENDING else []),
        *([("Expires", at(request.expires_at))] if request.state is State.PENDING else []),
        *(
            [("Must start before", at(request.start_by))]
            # Who waits for the hourly limit has their time from their turn on.
            if request.state is State.APPROVED and request.start_by and not request.outcome.startswith(PREFIX)
            else []
        ),
    ]
    blocks: list[Block] = [
        header(asked(request, words)),
        section(_state_line(request, len(approvals))),
        *([section(f"{calls} {DECIDE}")] if calls else []),
        *fields(facts),
        *leaving_too(leaving, by_provider=is_providers(request.requester)),
        section(f"*Reason*\n{safe(request.reason, 2600) or 'none given'}"),
        *_votes(decisions),
        *_progress(request, steps),
        *([section(told(request.outcome, 2600))] if request.outcome and not said_by_a_vote(request, decisions) else []),
        *([section(to_page(page_of(request)))] if request.state is State.WAITING else []),
        context(f"Request {code(request.id)} · opened {at(request.opened_at)}{_ended(request)}{_linked(link)}"),
    ]
    if buttons and by_provider(request):
        plan = request.plan
        taker = (plan.get("assignee_id"), str(plan.get("assignee_name") or ""))
        blocks.append(hand_over(ASSIGN, request.id, *taker))
    pressable = [*_buttons(request, words), *(_of_an_end(request, words) if ends else [])] if buttons else []
    if pressable:
        blocks.append(actions(*pressable, block_id=f"request:{mark(request)}"))
    return Message(f"{calls} {fallback(request, words)}".lstrip(), tuple(blocks))


def fallback(request: Request, words: CardWords) -> str:
    """The card in a line: for notifications and screen readers."""
    who = safe(request.requester_name, 100) or "somebody"
    return f"{safe(asked(request, words), 300)}: {_plain_state(request)}. Asked by {who}: {safe(request.reason, 1000)}"


def asked(request: Request, words: CardWords) -> str:
    """The title; of what an identity provider asks while it is open: `Okta asks to offboard Jane Doe`."""
    if not is_providers(request.requester) or request.state in ENDED:
        return words.title
    return f"{request.requester_name or request.requester} asks to {words.title[:1].lower()}{words.title[1:]}"


def by_provider(request: Request) -> bool:
    """Whether its card lets people choose who takes the conversations: nobody could when it was asked for."""
    waits = request.kind is Kind.OFFBOARD and request.state is State.PENDING
    return waits and is_providers(request.requester)


def leaving_too(names: Sequence[str], *, by_provider: bool) -> list[Block]:
    """That who is to take conversations is leaving too, and what to do; nothing for nobody."""
    cure = CHOOSE if by_provider else ASK_AGAIN
    return [section(f":warning: {safe(all_leave(names), 600)}. {cure}")] if names else []


def hand_over(action: str, about: str, id: object, name: str) -> Block:
    """The choice of who takes the conversations; `id` and `name` of who does as it stands."""
    chosen = Option(label=cut(name, 75), value=str(id)) if isinstance(id, int) and name else None
    menu = ExternalDataSelectElement(
        action_id=action, placeholder="Nobody: leave them unassigned", min_query_length=1, initial_option=chosen
    )
    return section("*Hand conversations to*", accessory=menu, block_id=f"{action}:{about}")


def one_line(request: Request, words: CardWords) -> str:
    """A request in a list."""
    when = f" · runs {at(request.run_at)}" if request.run_at and request.state not in ENDED else ""
    who = member(request.requester, request.requester_name)
    waits = f"\n{told(request.outcome, 300)}" if request.outcome and request.state not in ENDED else ""
    return (
        f"{LOOKS[request.state]} · *{safe(words.title, 300)}*\n{code(request.id)} · asked by {who}, "
        f"{at(request.opened_at)}{when}{waits}"
    )


def before_approving(request: Request, words: CardWords, *, style: str | None = None) -> ConfirmObject:
    """The dialog before an approval: what happens, and when. Slack draws no times in it, so they are in UTC."""
    if request.run_at is not None:
        when = f"It will run on {request.run_at.astimezone(UTC):%A, %B %-d, %Y, at %H:%M} UTC."
    elif request.quorum > 1:
        when = f"It starts once {request.quorum} people have approved it."
    else:
        when = "It starts right away."
    what = cut(words.consequence, DIALOG_TEXT - len(when) - 1)
    return confirmation(f"{words.title}?", f"{what} {when}", "Approve", "Not now", style=style)


def bar(done: int, total: int) -> str:
    """`▓▓▓▓▓░░░░░ 52 % · 260 of 500`"""
    share = min(1.0, max(0.0, done / total)) if total > 0 else 0.0
    full = int(share * BAR)
    return f"{'▓' * full}{'░' * (BAR - full)} {int(share * 100)} % · {done:,} of {total:,}"


def _names(names: Sequence[str]) -> str:
    shown = [safe(name, 80) for name in names[:LONGEST_NAMES]]
    more = len(names) - len(shown)
    return ", ".join([*shown, *([f"and {counted(more, 'other')}"] if more > 0 else [])])


def _linked(link: str) -> str:
    return f" · {to_card(link)}" if link else ""


def _plain_state(request: Request) -> str:
    said = LOOKS[request.state].partition(" ")[2].strip("*")
    return said[:1].lower() + said[1:]


def _state_line(request: Request, approvals: int) -> str:
    look = LOOKS[request.state]
    if request.state is State.PENDING:
        return f"{look} · {approvals} of {counted(request.quorum, 'approval')}"
    if request.state is State.APPROVED and request.run_at is not None:
        return f"{look} · starts {at(request.run_at)}"
    return look


def _when(request: Request) -> str:
    if request.run_at is not None:
        return at(request.run_at)
    return "as soon as approved" if request.quorum else "at once: no approval is needed"


def _ended(request: Request) -> str:
    return f" · ended {at(request.finished_at)}" if request.finished_at else ""


def _votes(decisions: Sequence[Decision]) -> list[Block]:
    lines = [vote_line(vote) for vote in decisions[:20]]
    return [section("\n".join(lines))] if lines else []


def said_by_a_vote(request: Request, decisions: Sequence[Decision]) -> bool:
    """Whether the outcome is what a vote says already."""
    return request.state is State.DENIED and any(vote.verdict is Verdict.DENY for vote in decisions[:20])


def vote_line(vote: Decision, *, most: int = 1500) -> str:
    """Who voted, how and when; a reason of at most `most` characters."""
    who, when = member(vote.actor, vote.actor_name), at(vote.decided_at)
    if vote.verdict is Verdict.APPROVE:
        return f":thumbsup: Approved by {who}, {when}"
    return f":thumbsdown: Denied by {who}, {when}: {safe(vote.reason, most)}"


def _progress(request: Request, steps: Sequence[Step]) -> list[Block]:
    if not steps:
        return []
    lines = [_step(step, request.state) for step in steps[:20]]
    blocks: list[Block] = [context(cut("  ".join(lines), 1900))]
    running = next((step for step in steps if step.state is StepState.RUNNING and step.total > 0), None)
    if running is not None and request.state is State.RUNNING:
        blocks.insert(0, section(f"{safe(running.name, 60)} {bar(running.done, running.total)}"))
    return blocks


def _step(step: Step, state: State) -> str:
    mark = _STEP_MARKS[step.state]
    again = f" (attempt {step.attempts})" if step.attempts > 1 and state is not State.DONE else ""
    return f"{mark} {safe(step.name, 60)}{again}"


def _buttons(request: Request, words: CardWords) -> list[InteractiveElement]:
    id, about = request.id, words.title
    cancel = confirmation("Cancel this request?", f"{words.title}: nothing will be done.", "Cancel it", "Keep it")
    move = [button("Move…", MOVE, id, label=f"Move: {about}")] if request.run_at is not None else []
    match request.state:
        case State.PENDING:
            sure = before_approving(request, words, style=_danger(words))
            return [
                button("Approve", APPROVE, id, style="primary", confirm=sure, label=f"Approve: {about}"),
                button("Deny", DENY, id, style="danger", label=f"Deny: {about}"),
                *move,
                button("Remind", REMIND, id, label=f"Remind: {about}"),
                button("Cancel", CANCEL, id, confirm=cancel, label=f"Cancel: {about}"),
            ]
        case State.APPROVED:
            return [*move, button("Cancel", CANCEL, id, confirm=cancel, label=f"Cancel: {about}")]
        case State.WAITING:
            sure = confirmation("Cancel this request?", stays(request.kind), "Cancel it", "Keep it")
            return [
                button("Check now", CHECK, id, style="primary", label=f"Check now: {about}"),
                button("Cancel", CANCEL, id, confirm=sure, label=f"Cancel: {about}"),
            ]
        case State.ATTENTION:
            then = f"Nothing more is done. {stays_given_up(request.kind)}"
            give_up = confirmation("Give this up?", then, "Give up", "Wait")
            return [
                button("Retry", RETRY, id, style="primary", label=f"Retry: {about}"),
                button("Give up", CANCEL, id, style="danger", confirm=give_up, label=f"Give up: {about}"),
            ]
    return []


def _of_an_end(request: Request, words: CardWords) -> list[InteractiveElement]:
    if request.state not in (State.PENDING, State.APPROVED):
        return []
    sure = confirmation(
        "Keep this seat for good?", "The end is dropped, and this request is cancelled.", "Keep", "Back"
    )
    about = words.title
    return [
        button("Extend…", EXTEND, request.id, label=f"Extend instead: {about}"),
        button("Keep for good", KEEP, request.id, confirm=sure, label=f"Keep for good instead: {about}"),
    ]


def _danger(words: CardWords) -> str | None:
    return "danger" if words.verb.lower() in ("offboard", "delete") else None
