"""What Help Scout does by itself later: snoozes that end, replies that are scheduled, workflows, webhooks.

Source: developer.helpscout.com, Mailbox API 2.0: "Conversations > Snooze" (update), "Conversations > Threads" (list,
"Schedule > delete"), "Workflows" (list), "Webhooks" (list).
"""

from typing import TYPE_CHECKING

from bot.helpscout.errors import Unbelievable
from bot.helpscout.shapes import id_of, text_of, whole_or_none
from bot.helpscout.wire.exchange import Exchange
from bot.helpscout.wire.hal import object_or_empty
from bot.model.offboarding.duty import Hook, Thread, Workflow

if TYPE_CHECKING:
    from bot.helpscout.rest import Rest


class Automation:
    """Typed calls; every one raises HelpScoutError and nothing else. Thread-safe."""

    def __init__(self, exchange: Exchange, rest: "Rest") -> None:
        self._exchange = exchange
        self._rest = rest

    def snooze(self, conversation_id: int, until: str, *, on_reply: bool) -> None:
        """`PUT /conversations/{id}/snooze`: until a time as Help Scout writes them. The later call wins."""
        self._exchange.send(
            "PUT",
            f"/conversations/{conversation_id:d}/snooze",
            what=f"snoozing conversation {conversation_id:d}",
            document={"snoozedUntil": until, "unsnoozeOnCustomerReply": on_reply},
            repeatable=True,
        )

    def threads(self, conversation_id: int) -> list[Thread]:
        """`GET /conversations/{id}/threads`, all of them (at most 100, says "Update thread")."""
        found = self._rest.whole(
            f"/conversations/{conversation_id:d}/threads",
            ("threads",),
            _thread,
            what=f"the threads of conversation {conversation_id:d}",
        )
        return [found[id] for id in sorted(found)]

    def unschedule(self, conversation_id: int, thread_id: int) -> None:
        """`DELETE /conversations/{id}/threads/{id}/schedule`: the reply becomes an ordinary draft.

        A second call finds nothing scheduled, so a lost answer is settled by reading the threads.
        """
        self._exchange.send(
            "DELETE",
            f"/conversations/{conversation_id:d}/threads/{thread_id:d}/schedule",
            what=f"making the scheduled reply in conversation {conversation_id:d} a draft",
        )

    def workflows(self) -> list[Workflow]:
        """`GET /workflows`, those of every inbox, by id."""
        found = self._rest.whole("/workflows", ("workflows",), _workflow, what="the list of workflows")
        return [found[id] for id in sorted(found)]

    def webhooks(self) -> list[Hook]:
        """`GET /webhooks`, by id."""
        found = self._rest.whole("/webhooks", ("webhooks",), _hook, what="the list of webhooks")
        return [found[id] for id in sorted(found)]


def _thread(value: object) -> Thread:
    row = _object(value, "thread")
    scheduled = object_or_empty(row.get("scheduled")) or {}
    return Thread(
        id=id_of(row, "thread"),
        state=text_of(row.get("state")) or "",
        author_id=whole_or_none(row.get("createdBy")),
        scheduled_by=whole_or_none(scheduled.get("scheduledBy")),
        scheduled_for=text_of(scheduled.get("scheduledFor")) or "",
    )


def _workflow(value: object) -> Workflow:
    row = _object(value, "workflow")
    return Workflow(
        id=id_of(row, "workflow"),
        inbox_id=whole_or_none(row.get("mailboxId")) or 0,
        name=text_of(row.get("name")) or "",
        status=text_of(row.get("status")) or "",
    )


def _hook(value: object) -> Hook:
    row = _object(value, "webhook")
    url, state = text_of(row.get("url")) or "", text_of(row.get("state")) or ""
    return Hook(id=id_of(row, "webhook"), url=url, state=state)


def _object(value: object, kind: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Unbelievable(f"Help Scout sent a {kind} that is no object, so the answer was discarded. Try again.")
    return value
