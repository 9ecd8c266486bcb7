"""What lies before and after a conversation's present: snoozes, scheduled replies, merges; and workflows."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.demo.helpscout.world.conversations import Conversation, Snooze, Thread
from bot.demo.helpscout.world.people import Person

if TYPE_CHECKING:
    from bot.demo.helpscout.world.account import Account


@dataclass(slots=True, kw_only=True, eq=False)
class Workflow:
    """`assigns_to` is a person; what a workflow does is not shown by the API."""

    id: int
    mailbox_id: int
    name: str
    status: str = "active"
    type: str = "automatic"
    assigns_to: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A scheduled reply that went out, in whose name, and whether they were gone by then."""

    conversation_id: int
    in_the_name_of: int
    by_somebody_gone: bool


@dataclass(frozen=True, slots=True)
class Woken:
    """A snooze that ended, and whose the conversation was then."""

    conversation_id: int
    assignee_id: int | None


class Work:
    """Belongs to an account, whose lock it holds."""

    def __init__(self, account: "Account") -> None:
        self._account = account
        self.workflows: dict[int, Workflow] = {}
        self.sent: list[Sent] = []
        self.woken: list[Woken] = []
        self._next = 7_000_001

    def snooze(
        self, conversation: Conversation, seconds: float = 86_400.0, *, by: int | None = None, on_reply: bool = True
    ) -> None:
        """Put it away until so many seconds from now."""
        with self._account.lock:
            who = by if by is not None else conversation.assignee_id or 0
            conversation.snooze = Snooze(by=who, until=time.time() + seconds, on_reply=on_reply)
            self._account.changed(conversation)

    def wake(self, conversation: Conversation) -> None:
        """End its snooze: it is in the folder of its assignee again, and active."""
        with self._account.lock:
            if conversation.snooze is not None:
                conversation.snooze, conversation.status = None, "active"
                self.woken.append(Woken(conversation.id, conversation.assignee_id))
                self._account.changed(conversation)

    def schedule(
        self, conversation: Conversation, by: int, seconds: float = 3_600.0, text: str = "I'm on it."
    ) -> Thread:
        """A reply in somebody's name, to be sent so many seconds from now."""
        with self._account.lock:
            thread = Thread(id=self._next, by=by, text=text, state="scheduled", at=time.time() + seconds)
            self._next += 1
            conversation.replies.append(thread)
            self._account.changed(conversation)
            return thread

    def draft(self, conversation: Conversation, by: int, text: str = "Dear customer") -> Thread:
        """A reply that was begun and not sent."""
        thread = self.schedule(conversation, by, text=text)
        thread.state = "draft"
        return thread

    def merge(self, gone: Conversation, into: Conversation) -> None:
        """The one is now part of the other."""
        with self._account.lock:
            gone.merged_into = into.id
            self._account.changed(gone)

    def workflow(self, name: str, *, assigns_to: int | None, mailbox_id: int) -> Workflow:
        with self._account.lock:
            made = Workflow(id=51_001 + len(self.workflows), mailbox_id=mailbox_id, name=name, assigns_to=assigns_to)
            self.workflows[made.id] = made
            self._account.changed()
            return made

    # what time and departures do

    def act(self, now: float) -> None:
        """Wake and send what is due."""
        for conversation in self._account.conversations.values():
            if conversation.snooze is not None and conversation.snooze.until <= now:
                self.wake(conversation)
            for thread in conversation.replies:
                if thread.state == "scheduled" and thread.at <= now:
                    thread.state = "published"
                    author = self._account.rows.get(thread.by)
                    gone = author is None or not author.active
                    self.sent.append(Sent(conversation.id, thread.by, gone))

    def left(self, person: Person, *, outlives: bool, invalid: bool) -> None:
        for workflow in self.workflows.values():
            if invalid and workflow.assigns_to == person.id:
                workflow.status = "invalid"
        if outlives:
            return
        for conversation in self._account.conversations.values():
            for thread in conversation.replies:
                if thread.by == person.id and thread.state == "scheduled":
                    thread.state = "draft"
