"""Lines in a request's thread, direct messages to its requester, and what the channel is told about syncs."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block

from bot.model.change import ChangeKind
from bot.model.request import Request
from bot.policy.typed.listed import in_a_row
from bot.slack.views.kit import Message, actions, button, confirmation, context, header, say, section
from bot.slack.views.requests.request_card import DECIDE
from bot.slack.views.shapes import Entry, Notice
from bot.slack.views.text import at, code, counted, cut, member, safe, to_card, told

GUARD = "guard.confirm"
"""The button under the removal guard's question. Its value is the id of the sync that asks."""

CONFIRMING = "This will look up {people} once more and record everyone that Help Scout no longer has as removed."
"""What the confirmed question does."""

LISTED = 20
"""People that are named one by one; the rest are counted."""

_MARKS = {
    "approved by": ":thumbsup:",
    "approved": ":white_check_mark:",
    "denied": ":no_entry:",
    "cancelled": ":wastebasket:",
    "rescheduled": ":calendar:",
    "reminded": ":bell:",
    "expired": ":alarm_clock:",
    "waiting": ":double_vertical_bar:",
    "started": ":gear:",
    "stale": ":leaves:",
    "by hand": ":raised_hand:",
    "checked": ":mag:",
    "attention": ":rotating_light:",
    "retried": ":repeat:",
    "failed": ":x:",
    "done": ":checkered_flag:",
    "soon": ":calendar:",
}
_CHANGED = {
    ChangeKind.JOINED: "joined",
    ChangeKind.RETURNED: "came back",
    ChangeKind.REMOVED: "is gone",
    ChangeKind.OFFBOARDED: "was offboarded",
}


def thread_line(event: str, sentence: str, actor: str, *, named: str = "", head: str = "", calls: str = "") -> Message:
    """One event under a card; `head` of the audit log, where it has one. `calls` mentions who could decide.

    `named` is the actor's name, to be shown instead of a mention.
    """
    by = f" ({safe(named, 80) if named else member(actor)})" if actor else ""
    kept = [context(f"Audit log at this point: {code(head)}")] if head else []
    called = f"\n{calls} {DECIDE}" if calls else ""
    return say(f"{_MARKS.get(event, ':small_blue_diamond:')} {told(sentence, 1900)}{by}{called}", *kept)


def audit_head(head: str) -> Message:
    """The head of the audit log, once a day."""
    how = (
        f"`hs-bot audit verify --expect {safe(head, 120)}` shows whether anything up to this point was cut or changed."
    )
    return say(f"Audit log today: {code(head)}", context(how))


def to_requester(
    title: str, request_id: str, event: str, sentence: str, actor: str, more: Sequence[Block] = (), *, link: str = ""
) -> Message:
    """To the requester, in their direct messages with the bot. `more`: what one would do next."""
    by = f" ({member(actor)})" if actor else ""
    line = f"{_MARKS.get(event, ':small_blue_diamond:')} *{safe(title, 200)}*\n{told(sentence, 2500)}{by}"
    status = f"Your request {code(request_id)} · `/hs-offboard status {safe(request_id, 60)}`"
    return say(line, context(_with(status, link)), *more)


def to_approver(title: str, request: Request, link: str) -> Message:
    """To somebody who could decide: what it is, and where."""
    by = member(request.requester, request.requester_name)
    line = f":hourglass_flowing_sand: *{safe(title, 200)}* waits for your decision.\nAsked by {by}: "
    line += safe(request.reason, 1500) or "no reason given"
    return say(line, context(_with(f"Expires {at(request.expires_at)} · request {code(request.id)}", link)))


def to_assignee(request: Request, count: int, link: str) -> Message:
    """To who took over the conversations of somebody who has left."""
    who, verb = safe(request.target_name or request.target_email, 200), "is" if count == 1 else "are"
    line = f":inbox_tray: {counted(count, 'open conversation')} from *{who}* {verb} now assigned to you in Help Scout."
    return say(line, context(_with(f"{who} no longer has a seat.", link)))


def to_manager(names: Sequence[str], asked_by: str, handed: str, title: str) -> Message:
    """To the manager of people who have left. `asked_by` is markup; `handed` says where the conversations are."""
    shown = [f"*{safe(name, 200)}*" for name in names[:LISTED]]
    more = len(names) - len(shown)
    who = in_a_row([*shown, *([counted(more, "other")] if more > 0 else [])])
    verb, seats = ("no longer has", "a Help Scout seat") if len(names) == 1 else ("no longer have", "Help Scout seats")
    them = "their" if len(names) == 1 else "these people's"
    line = f":bust_in_silhouette: {who} {verb} {seats}.{f' {handed}' if handed else ''}"
    return say(line, context(f"{safe(title, 60)} names you as {them} manager · asked by {asked_by}"))


def _with(words: str, link: str) -> str:
    return f"{words} · {to_card(link)}" if link else words


def aside(title: str, event: str, sentence: str, actor: str) -> Message:
    """An event in the channel itself, where its card or thread takes nothing any longer."""
    by = f" ({member(actor)})" if actor else ""
    return say(f"{_MARKS.get(event, ':small_blue_diamond:')} *{safe(title, 200)}*: {told(sentence, 2500)}{by}")


def moved(title: str, channel: str) -> Message:
    """What is left of a card in a channel that hs-bot does not use any longer."""
    return say(f":arrow_right: *{safe(title, 200)}*: this request is now in <#{channel}>.")


def in_batch(title: str, batch: str, link: str) -> Message:
    """What is left of the card of a request that has become part of a batch."""
    where = f" {to_card(link)}" if link else ""
    return say(f":arrow_right: *{safe(title, 200)}*: decided together with others now, in batch {code(batch)}.{where}")


def warning(sentence: str) -> Message:
    return say(f":warning: {told(sentence, 2800)}")


def news(sentence: str) -> Message:
    """What somebody did with the bot that everybody should see."""
    return say(f":information_source: {told(sentence, 2800)}")


def notice(found: Notice) -> Message:
    """What a sync found that nobody asked the bot for; the alarm first. Many changes are one digest."""
    entries = found.entries
    if not entries:
        return say("Help Scout: nothing is left to tell of what a sync found.")
    if found.digest:
        return _digest(found)
    alarm = [f":rotating_light: {_line(entry)}, *without a request*" for entry in found.removed]
    rest = [_line(entry) for entry in entries if entry.change.kind is not ChangeKind.REMOVED]
    text = cut(f"Help Scout changed outside hs-bot: {'; '.join([*alarm, *rest])}", 2900)
    return Message(text, (section("*Changed in Help Scout, outside hs-bot*"), section("\n".join([*alarm, *rest]))))


def guard(sync_id: int, missing: Sequence[tuple[int, str]], *, settled: str = "") -> Message:
    """Many people vanished at once: (id, name) of each. `settled` says who confirmed, and the button is gone."""
    count = counted(len(missing), "person is", "people are")
    heading = f":rotating_light: {count} missing from Help Scout. Nothing was changed."
    named = [f"• {safe(name, 120)} ({id})" for id, name in missing[:LISTED]]
    more = len(missing) - len(named)
    blocks: list[Block] = [
        header("Are they really gone?"),
        section(heading),
        section("\n".join([*named, *([f"and {counted(more, 'other')}"] if more > 0 else [])]) or "–"),
    ]
    if settled:
        blocks.append(section(settled))
    else:
        sure = confirmation(
            "Confirm the removals?",
            CONFIRMING.format(people=counted(len(missing), "person", "people")),
            "Confirm",
            "Not now",
            style="danger",
        )
        blocks += [
            context("An approver must confirm before they're recorded as gone, unless the next sync finds them."),
            actions(button("Confirm removals", GUARD, str(sync_id), style="danger", confirm=sure), block_id="guard"),
        ]
    return Message(heading, tuple(blocks))


def _digest(found: Notice) -> Message:
    parts = [
        ("gone without a request", found.removed, ":rotating_light: "),
        ("joined", found.joined, ""),
        ("came back", found.returned, ""),
        ("changed", found.changed, ""),
    ]
    counts = ", ".join(f"{len(entries)} {word}" for word, entries, _ in parts if entries)
    heading = f"Help Scout changed outside hs-bot: {counts}."
    blocks: list[Block] = [section(f"*{heading}*")]
    for word, entries, mark in parts:
        if entries:
            lines = [f"• {_line(entry, word=False)}" for entry in entries[:LISTED]]
            more = len(entries) - len(lines)
            lines += [f"and {counted(more, 'other')}: `/hs-user changes`"] if more > 0 else []
            blocks.append(section(f"{mark}*{word.capitalize()}*\n" + "\n".join(lines)))
    return Message(heading, tuple(blocks))


def _line(entry: Entry, *, word: bool = True) -> str:
    change, name = entry.change, f"*{safe(entry.name, 120)}*"
    if change.kind is ChangeKind.CHANGED:
        before, after = safe(change.before, 150) or "nothing", safe(change.after, 150) or "nothing"
        return f"{name}: {safe(change.field, 40)} {before} → {after}"
    return f"{name} {_CHANGED.get(change.kind, change.kind.value)}" if word else name
