"""Replies that the leaver has scheduled: made drafts, or left and named, by HS_BOT_SCHEDULED_REPLIES.

Help Scout doesn't say what becomes of a scheduled reply whose author is gone; it is built for the reading that it goes
out in their name, also in a closed conversation. One in a conversation of theirs is found by the conversation's
`nextEvent`, or by its threads where a snooze comes first; one in somebody else's by `nextEvent.userId` alone, for which
all open conversations are read, at most `MOST_OPEN` of each status, and the `MOST_CLOSED` closed ones that were changed
last. That a bound was met is said. (Mailbox API 2.0, "Get conversation", "List threads", "Schedule > delete".)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.helpscout.duty import withheld
from bot.helpscout.errors import HelpScoutError, NotFound, RateLimited, Rejected, Unauthorized
from bot.helpscout.rest import Rest
from bot.model.offboarding.conversation import OPEN_STATUSES, SCHEDULED, Conversation
from bot.model.offboarding.duty import Thread
from bot.services.side_by_side import stream, together
from bot.services.steps.holdings import Holdings, changed_last

MOST_OPEN = 5_000
MOST_CLOSED = 500
CLOSED = "closed"
WIDTH = 8
KEEP, DRAFT = "keep", "draft"
TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A scheduled reply of the leaver. `became` is `draft`, `kept`, or `refused` (then `why`)."""

    conversation_id: int
    number: int
    thread_id: int
    scheduled_for: str
    became: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Everywhere:
    """The account's conversations with something that is scheduled: open ones, of `looked_at` (of `total`); and closed
    ones, of `closed_looked_at` (of `closed`).
    """

    scheduled: tuple[Conversation, ...]
    looked_at: int
    total: int
    closed_looked_at: int = 0
    closed: int = 0


def settle_scheduled(rest: Rest, leaver: int, policy: str, own: Holdings, everywhere: Everywhere) -> Mapping[str, Any]:
    """Make them drafts unless `policy` is `keep`; what can't be changed is named. `own` are the leaver's conversations
    before any was handed over. Raises HelpScoutError where another try may help.
    """
    found: list[Reply] = []
    candidates = {one.id: one for one in (*everywhere.scheduled, *_own(own)) if _may_be(one, leaver)}
    for answer in stream(
        lambda one: _of_one(rest, one, leaver, policy), [candidates[id] for id in sorted(candidates)], width=WIDTH
    ):
        found += answer.result()
    return {
        "scheduled": [
            {
                "conversation_id": one.conversation_id,
                "number": one.number,
                "thread_id": one.thread_id,
                "for": one.scheduled_for,
                "became": one.became,
                **({"why": one.why} if one.why else {}),
            }
            for one in sorted(found, key=lambda reply: (reply.conversation_id, reply.thread_id))
        ],
        **(
            {"open_looked_at": everywhere.looked_at, "open_of": everywhere.total}
            if everywhere.looked_at < everywhere.total
            else {}
        ),
        **(
            {"closed_looked_at": everywhere.closed_looked_at, "closed_of": everywhere.closed}
            if everywhere.closed_looked_at < everywhere.closed
            else {}
        ),
    }


def everywhere(rest: Rest) -> Everywhere:
    """Every open conversation of the account and the closed ones that were changed last, up to the bounds; only what
    has something scheduled is kept.
    """
    kept: dict[int, Conversation] = {}
    looked_at = total = 0
    (closed, closed_of), *open_ones = together(
        lambda: changed_last(rest, {"status": CLOSED}, MOST_CLOSED),
        *(lambda status=status: _of_status(rest, status) for status in OPEN_STATUSES),
    )
    kept |= {one.id: one for one in closed if one.next_event == SCHEDULED}
    for rows, many in open_ones:
        looked_at, total = looked_at + len(rows), total + many
        kept |= {one.id: one for one in rows if one.next_event == SCHEDULED}
    return Everywhere(
        scheduled=tuple(kept[id] for id in sorted(kept)),
        looked_at=looked_at,
        total=max(total, looked_at),
        closed_looked_at=len(closed),
        closed=closed_of,
    )


def _of_status(rest: Rest, status: str) -> tuple[list[Conversation], int]:
    """The conversations of one status, up to the bound, and how many there are."""
    what = f"the {status} conversations of the account"
    asked: dict[str, str | int] = {"status": status}
    rows, many, pages = rest.first_page(asked, what=what)
    needed = min(pages, -(-MOST_OPEN // max(1, len(rows))))
    # The highest page first: what leaves the list meanwhile then moves nothing past us unseen.
    for answer in stream(
        lambda number: rest.first_page({**asked, "page": number}, what=what)[0], range(needed, 1, -1), width=WIDTH
    ):
        rows = rows + answer.result()
    return rows, many


def _own(own: Holdings) -> Sequence[Conversation]:
    """Of the leaver's own: what has something scheduled, and what is snoozed, where that may come first."""
    return [one for one in own.open if one.next_event == SCHEDULED or one.snoozed] + list(own.closed_scheduled)


def _may_be(one: Conversation, leaver: int) -> bool:
    return one.next_event_user in (None, leaver) or one.assignee_id == leaver


def _of_one(rest: Rest, conversation: Conversation, leaver: int, policy: str) -> list[Reply]:
    try:
        threads = _theirs(rest.automation.threads(conversation.id), leaver)
    except NotFound:
        return []  # deleted, or merged: then it is found under its new id
    return [_one(rest, conversation, thread, leaver, policy) for thread in threads]


def _theirs(threads: Iterable[Thread], leaver: int) -> list[Thread]:
    return [one for one in threads if one.scheduled_for and leaver in (one.scheduled_by, one.author_id)]


def _one(rest: Rest, conversation: Conversation, thread: Thread, leaver: int, policy: str) -> Reply:
    def said(became: str, why: str = "") -> Reply:
        return Reply(
            conversation_id=conversation.id,
            number=conversation.number,
            thread_id=thread.id,
            scheduled_for=thread.scheduled_for,
            became=became,
            why=why,
        )

    if policy == KEEP:
        return said("kept")
    refusal: HelpScoutError | None = None
    for _ in range(TRIES):
        try:
            rest.automation.unschedule(conversation.id, thread.id)
        except (Unauthorized, RateLimited):
            raise
        except HelpScoutError as problem:
            refusal = problem
        if thread.id not in {one.id for one in _theirs(rest.automation.threads(conversation.id), leaver)}:
            return said(DRAFT)
        if refusal is not None and (withheld(refusal) or isinstance(refusal, Rejected)):
            return said("refused", refusal.detail or refusal.sentence)
    if refusal is not None:
        raise refusal
    return said("refused", "Help Scout accepts it each time, and it is still scheduled")


def said_of(result: Mapping[str, Any], name: str) -> list[str]:
    """Sentences for people: what became of the leaver's scheduled replies."""
    replies = result.get("scheduled", ())
    drafts = [one for one in replies if one["became"] == DRAFT]
    left = [one for one in replies if one["became"] != DRAFT]
    said = []
    if drafts:
        said.append(f"Scheduled replies of {name} that are drafts now: {_numbers(drafts)}.")
    if left:
        why = next((one["why"] for one in left if one.get("why")), "")
        because = f" ({why.rstrip('.')})" if why else ""
        said.append(f"Scheduled replies that will still go out in {name}'s name: {_numbers(left)}{because}.")
    if "open_looked_at" in result:
        said.append(
            f"I looked for scheduled replies in {result['open_looked_at']:,} of {result['open_of']:,} open "
            "conversations."
        )
    if "closed_looked_at" in result:
        said.append(
            f"Of the {result['closed_of']:,} closed conversations I looked for scheduled replies in the "
            f"{result['closed_looked_at']:,} that were changed last."
        )
    return said


def _numbers(replies: Sequence[Mapping[str, Any]]) -> str:
    numbers = [f"#{one['number'] or one['conversation_id']}" for one in replies]
    more = f" and {len(numbers) - 10} more" if len(numbers) > 10 else ""
    return ", ".join(numbers[:10]) + more
