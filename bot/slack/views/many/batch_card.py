"""The one card of a batch: who, why, when, who decides; how far it is; at the end the results, failures first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from slack_sdk.models.blocks import Block, ConfirmObject, InteractiveElement

from bot.model.batch import Batch
from bot.model.request import Kind, Request, State, is_providers
from bot.policy.by_hand import stays
from bot.policy.requests.batch import CANCELLABLE, SHOWN_FIRST, Tally
from bot.policy.requests.seen import mark_of_many
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
    shortened,
)
from bot.slack.views.many.batch_words import facts_of, state_in_words, the_taker, title, what_changes, when_cancelled
from bot.slack.views.requests.request_card import AGAIN, CHECK, DECIDE, RETRY, bar, hand_over, leaving_too
from bot.slack.views.text import at, code, counted, member, safe, to_card, told

APPROVE, DENY, LEAVE_OUT = "batch.approve", "batch.deny", "batch.leave_out"
RETRY_ALL, REMIND, CANCEL = "batch.retry", "batch.remind", "batch.cancel"
"""Buttons. Their value is the batch's id and nothing else; the id of their block ends with the mark of the plans."""
ASSIGN = "batch.assign"
"""Who takes the conversations; the batch's id stands in the block's."""

SHOWN = 20  # people who are named on the card
FAILED_SHOWN = 12  # with a button each


_OTHER_ENDS = (State.FAILED, State.STALE, State.EXPIRED, State.DENIED, State.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """Who denied it, and why."""

    actor: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBatch:
    """A batch as its card shows it: `requests` in the order of the table, failures first.

    `last_start` is when the last of those who wait for the hourly limit starts; None when nobody waits.
    """

    batch: Batch
    tally: Tally
    requests: Sequence[Request]
    can_approve: Sequence[str] = ()
    calls: str = ""
    last_start: datetime | None = None
    link: str = ""
    denied: Sequence[Denial] = ()
    leaving: Sequence[str] = ()  # who is to take conversations, and is leaving too


def batch_card(shown: ShownBatch, *, buttons: bool = True) -> Message:
    """For the channel; `buttons=False`: to look at only."""
    batch, tally = shown.batch, shown.tally
    facts = [
        ("Asked by", member(batch.requester, batch.requester_name)),
        ("When", at(batch.run_at) if batch.run_at else "as soon as approved"),
        *facts_of(batch.kind, shown.requests),
    ]
    pending = [one for one in shown.requests if one.state is State.PENDING]
    if pending:
        facts += [
            ("Approvals", _approvals(pending)),
            *([("Can approve", safe(", ".join(shown.can_approve[:10]), 800))] if shown.can_approve else []),
            ("Expires", at(min(one.expires_at for one in pending))),
        ]
    blocks: list[Block] = [
        header(title(batch, tally.most)),
        section(_state_line(shown)),
        *([section(f"{shown.calls} {DECIDE}")] if shown.calls and pending else []),
        *fields(facts),
        *leaving_too(shown.leaving, by_provider=is_providers(batch.requester)),
        section(f"*Reason*\n{safe(batch.reason, 2600) or 'none given'}"),
        *_people(shown, buttons),
        *_left_out(batch),
        context(f"Batch {code(batch.id)} · opened {at(batch.opened_at)}{_ended(batch)}{_linked(shown.link)}"),
    ]
    if buttons and batch.kind is Kind.OFFBOARD and pending and is_providers(batch.requester):
        blocks.append(hand_over(ASSIGN, batch.id, *the_taker(pending)))
    pressable = _buttons(shown) if buttons else []
    if pressable:
        blocks.append(actions(*pressable, block_id=f"batch:{mark_of_many(batch.members, shown.requests)}"))
    words = f"{title(batch, tally.most)}: {_plain(tally)}. Asked by {safe(batch.requester_name, 100) or 'somebody'}: "
    return Message(f"{shown.calls if pending else ''} {words}{safe(batch.reason, 1000)}".lstrip(), tuple(blocks))


def one_line(batch: Batch, tally: Tally) -> str:
    """A batch in a list."""
    when = f" · runs {at(batch.run_at)}" if batch.run_at and not tally.over else ""
    who = member(batch.requester, batch.requester_name)
    return (
        f":busts_in_silhouette: *{title(batch, tally.most)}* · {_plain(tally)}\n{code(batch.id)} · asked by {who}, "
        f"{at(batch.opened_at)}{when}"
    )


def _plain(tally: Tally) -> str:
    if tally.over:
        parts = [f"{tally.of(State.DONE)} of {tally.most} done"]
        if stuck := tally.of(State.ATTENTION):
            parts.append(f"{stuck} {'needs' if stuck == 1 else 'need'} attention")
        parts += [f"{count} {state_in_words(state)}" for state in _OTHER_ENDS if (count := tally.of(state))]
        return ", ".join(parts)
    if pending := tally.of(State.PENDING):
        return f"{pending} of {tally.most} wait for approval"
    return f"{tally.ended} of {tally.most} through"


def _denial(one: Denial) -> str:
    return f"Denied by {member(one.actor, one.name)}: {safe(one.reason, 600)}"


def _state_line(shown: ShownBatch) -> str:
    tally, batch = shown.tally, shown.batch
    if tally.over:
        mark = ":rotating_light:" if tally.undone else ":checkered_flag:"
        return "\n".join([f"{mark} *{_plain(tally)}*", *(_denial(one) for one in shown.denied)])
    lines = []
    pending, approved = tally.of(State.PENDING), tally.of(State.APPROVED)
    if pending:
        lines.append(f":hourglass_flowing_sand: *{counted(pending, 'person waits', 'people wait')} for approval*")
    if tally.of(State.RUNNING, State.DONE, State.ATTENTION) or (approved and not pending and batch.run_at is None):
        lines.append(f":gear: {bar(tally.ended, tally.most)}")
    elif approved:
        starts = f" · starts {at(batch.run_at)}" if batch.run_at else ""
        lines.append(f":white_check_mark: *{counted(approved, 'person', 'people')} approved*{starts}")
    if tally.undone:
        lines.append(f":rotating_light: {counted(tally.undone, 'person needs', 'people need')} attention")
    if shown.last_start is not None:
        lines.append(f"Queued by the hourly limit: the last one starts at about {at(shown.last_start)}")
    return "\n".join(lines) or f":gear: {bar(tally.ended, tally.most)}"


def _approvals(pending: Sequence[Request]) -> str:
    least = min(one.quorum for one in pending)
    more = [one for one in pending if one.quorum > least]
    if not more:
        return f"{least} for each"
    names = ", ".join(safe(one.target_name, 60) for one in more[:5])
    others = f" and {counted(len(more) - 5, 'other')}" if len(more) > 5 else ""
    return f"{least} for each; {max(one.quorum for one in more)} for {names}{others}"


def _people(shown: ShownBatch, buttons: bool) -> list[Block]:
    """While it is open the first ones; at the end the table of results, failures first."""
    rows = list(shown.requests)
    blocks: list[Block] = []
    if shown.tally.of(*SHOWN_FIRST):
        failed = [one for one in rows if one.state in SHOWN_FIRST]
        rows = [one for one in rows if one.state not in SHOWN_FIRST]
        for number, one in enumerate(failed[:FAILED_SHOWN]):
            mark = ":raised_hand:" if one.state is State.WAITING else ":x:"
            who = f"{mark} *{safe(one.target_name, 150)}*"
            words = f"{who} · {state_in_words(one.state, one.kind)}\n{told(one.outcome, 400)}"
            blocks.append(section(words, accessory=_cure(one, number) if buttons else None))
        if len(failed) > FAILED_SHOWN:
            blocks.append(context(f"and {counted(len(failed) - FAILED_SHOWN, 'other')} in the file below this card"))
    over = shown.tally.over
    named = rows[:SHOWN]
    lines = [_line(one, over) for one in named]
    more = len(rows) - len(named)
    lines += [f"and {counted(more, 'other')}: everybody is in the file below this card"] if more > 0 else []
    half = SHOWN // 2
    return [*blocks, *(section("\n".join(lines[start : start + half])) for start in range(0, len(lines), half))]


def _line(request: Request, over: bool) -> str:
    mark = {State.DONE: ":white_check_mark:", State.CANCELLED: ":wastebasket:", State.DENIED: ":no_entry:"}
    state = f" · {state_in_words(request.state, request.kind)}" if over or request.state in mark else ""
    facts = [
        safe(request.target_email, 120),
        safe(str(request.plan.get("role", "")), 30),
        safe(what_changes(request), 120),
    ]
    who = " · ".join([f"*{safe(request.target_name, 100)}*", *(one for one in facts if one)])
    return shortened(f"{mark.get(request.state, '•')} {who}{state}", 290)


def _cure(request: Request, number: int) -> InteractiveElement | None:
    name = request.target_name
    if request.state is State.ATTENTION:
        return button("Retry", f"{RETRY}:{number}", request.id, label=f"Retry: {name}")
    if request.state is State.WAITING:
        return button("Check now", f"{CHECK}:{number}", request.id, label=f"Check now: {name}")
    if request.state in (State.STALE, State.EXPIRED):
        return button("Ask again…", f"{AGAIN}:{number}", request.id, label=f"Ask again: {name}")
    return None


def _left_out(batch: Batch) -> list[Block]:
    if not batch.left_out:
        return []
    return [context(f"{counted(len(batch.left_out), 'line was', 'lines were')} left out when this was asked for.")]


def before_approving(shown: ShownBatch) -> ConfirmObject:
    """The dialog before an approval: for how many it counts at most, and when it happens."""
    run_at, pending = shown.batch.run_at, shown.tally.of(State.PENDING)
    at = f"{run_at.astimezone(UTC):%A, %B %-d, %Y, at %H:%M} UTC" if run_at else ""
    when = f"It will run on {at}." if at else "It starts right away."
    words = f"Your approval counts for everyone here whom you may decide: at most {pending}. {when}"
    style = "danger" if shown.batch.kind is Kind.OFFBOARD else None
    return confirmation(f"{title(shown.batch, shown.tally.most)}?", words, "Approve", "Not now", style=style)


def _buttons(shown: ShownBatch) -> list[InteractiveElement]:
    id, about, tally = shown.batch.id, title(shown.batch, shown.tally.most), shown.tally
    found: list[InteractiveElement] = []
    pending = tally.of(State.PENDING)
    if pending:
        sure_of_all = before_approving(shown)
        found += [
            button("Approve", APPROVE, id, style="primary", confirm=sure_of_all, label=f"Approve: {about}"),
            button("Deny", DENY, id, style="danger", label=f"Deny: {about}"),
        ]
    if left := tally.of(*CANCELLABLE):
        found.append(button("Leave out…", LEAVE_OUT, id, label=f"Leave out: {about}"))
    if tally.of(State.ATTENTION) > 1:
        found.append(button("Retry all", RETRY_ALL, id, style="primary", label=f"Retry all: {about}"))
    if pending:
        found.append(button("Remind", REMIND, id, label=f"Remind: {about}"))
    if left:
        waiting = tally.of(State.WAITING)
        by_hand = f" {stays(shown.batch.kind)}" if waiting else ""
        sure = confirmation(
            "Cancel this batch?",
            shortened(f"{when_cancelled(shown.batch.kind, left)}{by_hand}", DIALOG_TEXT),
            "Cancel it",
            "Keep it",
        )
        found.append(button("Cancel", CANCEL, id, confirm=sure, label=f"Cancel: {about}"))
    return found


def _ended(batch: Batch) -> str:
    return f" · ended {at(batch.finished_at)}" if batch.finished_at else ""


def _linked(link: str) -> str:
    return f" · {to_card(link)}" if link else ""
