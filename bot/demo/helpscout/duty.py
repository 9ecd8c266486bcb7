"""Who is on duty: statuses, inboxes with who may use them, rotations that assign what arrives, native reassignment."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.demo.helpscout.world.conversations import MAILBOX, Conversation
from bot.demo.helpscout.world.people import Person, stamp

if TYPE_CHECKING:
    from bot.demo.helpscout.world.account import Account

API, UI = "api", "ui"
INBOXES = ((MAILBOX, "Support"), (85_002, "Billing"), (85_003, "Partners"))


@dataclass(slots=True, kw_only=True, eq=False)
class Presence:
    """Somebody's status for e-mail; `since` is epoch seconds."""

    status: str = "active"
    since: float = 0.0
    performed_by: int = 0
    source: str = UI
    custom: dict[str, str] | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Routing:
    """Which people new conversations of an inbox go to, in turn."""

    state: str = "disabled"
    limit: int = 20
    method: str = "round_robin"
    user_ids: list[int] = field(default_factory=list)
    turn: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class Inbox:
    """`people` None: everybody may use it."""

    id: int
    name: str
    people: set[int] | None = None
    routing: Routing = field(default_factory=Routing)

    @property
    def email(self) -> str:
        return f"{self.name.lower()}@help.acme.example"

    def lets_in(self, person_id: int) -> bool:
        return self.people is None or person_id in self.people


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new conversation and whom its inbox gave it to, at a moment of the monotonic clock."""

    at: float
    conversation: Conversation
    assignee_id: int | None


class Duty:
    """Belongs to an account, whose lock it holds."""

    def __init__(self, account: "Account") -> None:
        self._account = account
        self.inboxes = {number: Inbox(id=number, name=name) for number, name in INBOXES}
        self.native: dict[int, tuple[bool, int, int]] = {}  # conversation-reassignment: enabled, hours, minutes
        self.arrivals: list[Arrival] = []
        self.on_status: Callable[[int], None] = lambda _: None  # called with whose status was set
        self._began = time.time()
        self._presences: dict[int, Presence] = {}
        self._flowing: list[threading.Event] = []

    # statuses

    def presence(self, person_id: int) -> Presence:
        with self._account.lock:
            return self._presences.setdefault(person_id, Presence(since=self._began))

    def set_status(
        self, person_id: int, status: str, *, by: int = 0, source: str = UI, custom: dict[str, str] | None = None
    ) -> None:
        with self._account.lock:
            self._presences[person_id] = Presence(
                status=status, since=time.time(), performed_by=by or person_id, source=source, custom=custom
            )
            self._account.changed()
        self.on_status(person_id)

    # rotations

    def rotate(self, inbox_id: int, people: Iterable[int], *, state: str = "enabled") -> Routing:
        """New conversations of this inbox go to these people in turn."""
        with self._account.lock:
            routing = self.inboxes[inbox_id].routing
            routing.state, routing.user_ids = state, list(people)
            self._account.changed()
            return routing

    def eligible(self, inbox: Inbox, person_id: int) -> str:
        """ "" when it is their turn some time; else why not."""
        person = self._account.rows.get(person_id)
        if person_id not in inbox.routing.user_ids:
            return "not_in_rotation"
        if person is None or not person.active or self.presence(person_id).status == "away":
            return "away"
        load = len(self._account.conversations_of(person_id, ("active",)))
        return "at_capacity" if load >= inbox.routing.limit else ""

    def arrive(self, inbox_id: int = MAILBOX) -> Conversation:
        """A customer writes: who is next in the rotation gets it, nobody when nobody is eligible."""
        with self._account.lock:
            inbox = self.inboxes[inbox_id]
            assignee = self._next(inbox) if inbox.routing.state == "enabled" else None
            [conversation] = self._account.add_conversations(assignee, 1)
            conversation.mailbox_id = inbox_id
            self.arrivals.append(Arrival(time.monotonic(), conversation, assignee))
        self._account.on_assigned(conversation)
        return conversation

    def _next(self, inbox: Inbox) -> int | None:
        people = inbox.routing.user_ids
        for step in range(len(people)):
            person_id = people[(inbox.routing.turn + step) % len(people)]
            if not self.eligible(inbox, person_id):
                inbox.routing.turn = (inbox.routing.turn + step + 1) % len(people)
                return person_id
        return None

    def flow(self, a_second: float, inbox_id: int = MAILBOX) -> threading.Event:
        """So many new conversations arrive each second, until the event is set."""
        ended = threading.Event()
        self._flowing.append(ended)

        def run() -> None:
            while not ended.wait(1 / a_second):
                self.arrive(inbox_id)

        threading.Thread(target=run, name="helpscout-arrivals", daemon=True).start()
        return ended

    def stop(self) -> None:
        """No more arrivals."""
        for ended in self._flowing:
            ended.set()

    # what time and departures do

    def act(self, now: float) -> None:
        """Help Scout's own reassignment: who has been away for so long loses their conversations to the inbox."""
        for person_id, (enabled, hours, minutes) in self.native.items():
            presence = self.presence(person_id)
            if not enabled or presence.status != "away" or now - presence.since < hours * 3600 + minutes * 60:
                continue
            for conversation in self._account.conversations_of(person_id):
                self._account.assign(conversation, None)

    def left(self, person: Person, *, keeps: bool) -> None:
        """Somebody is gone; `keeps`: rotations go on naming them."""
        self._presences.pop(person.id, None)
        self.native.pop(person.id, None)
        for inbox in self.inboxes.values():
            if inbox.people is not None:
                inbox.people.discard(person.id)
            if not keeps and person.id in inbox.routing.user_ids:
                inbox.routing.user_ids.remove(person.id)
                if not inbox.routing.user_ids:
                    inbox.routing.state = "disabled"


def moment(epoch: float) -> str:
    """As the API writes a time."""
    return stamp(datetime.fromtimestamp(epoch, UTC))
