"""The state behind both APIs: people, teams, conversations, and what happens to them.

Everything here is what really is so; what an API shows of it, and when, is the business of `rest` and `scim`.
"""

import bisect
import itertools
import math
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.demo.helpscout.conversations import Conversation, generate_conversations
from bot.demo.helpscout.names import folded
from bot.demo.helpscout.people import Person, generate, stamp


def _nobody_renders(_: Person) -> bytes:
    """Until the REST API is put in front of the account."""
    return b"{}"


def _nobody_is_told(_: Conversation) -> None:
    """Until webhooks are set up."""


class Refused(Exception):
    """Help Scout does not do that; `str()` says why."""


@dataclass(slots=True, kw_only=True, eq=False)
class Team:
    """`members` are ids of people, in the order they joined."""

    id: int
    scim_id: str
    name: str
    created_at: str
    updated_at: str
    members: dict[int, None] = field(default_factory=dict)


class Account:
    """Safe to use from any thread: every operation holds the lock, and readers may hold it around several."""

    def __init__(self, people: int, *, teams: int = 8, conversations: bool = True, seed: int = 1) -> None:
        self.lock = threading.RLock()
        self.version = 0  # moves with every change
        self.render: Callable[[Person], bytes] = _nobody_renders
        self.on_assigned: Callable[[Conversation], None] = _nobody_is_told
        roster = generate(people, teams=teams, seed=seed)
        self.rows = roster.rows
        self.listing = list(self.rows)  # ids that `GET /users` lists, ascending
        self.scim_listing = [person.id for person in self.rows.values() if person.human]
        self.teams: dict[int, Team] = {}
        self._by_email: dict[str, int] = {}
        self._by_scim_id = {person.scim_id: person.id for person in self.rows.values() if person.human}
        self._of_person: dict[int, dict[int, None]] = {}  # teams
        self._rendered: dict[int, bytes] = {}
        self._due: list[tuple[float, Callable[[], None]]] = []
        self._made = itertools.count(1)
        for person in self.rows.values():
            self._index(person)
        for team_id, members in roster.members.items():
            row = self.rows[team_id]
            self.teams[team_id] = Team(
                id=team_id,
                scim_id=f"team-{row.scim_id[:8]}",
                name=row.first_name,
                created_at=row.created_at,
                updated_at=row.updated_at,
                members=dict.fromkeys(members),
            )
            for member in members:
                self._of_person.setdefault(member, {})[team_id] = None
        made = generate_conversations(self.people(), seed=seed) if conversations else []
        self.conversations = {conversation.id: conversation for conversation in made}
        self._assigned: dict[int, dict[int, None]] = {}
        for conversation in made:
            if conversation.assignee_id is not None:
                self._assigned.setdefault(conversation.assignee_id, {})[conversation.id] = None

    # reading

    def people(self) -> list[Person]:
        """Everybody who has a seat, by id; neither teams nor AI agents."""
        with self.lock:
            return [self.rows[number] for number in self.scim_listing]

    def find(self, who: int | str) -> Person | None:
        """By REST id (also who is gone), SCIM id or e-mail (of those who are there; alternates too)."""
        with self.lock:
            if isinstance(who, int):
                return self.rows.get(who)
            number = self._by_scim_id.get(who, self._by_email.get(who.strip().casefold()))
            return None if number is None else self.rows[number]

    def find_scim(self, scim_id: str) -> Person | None:
        """Who has that SCIM id and a seat."""
        with self.lock:
            number = self._by_scim_id.get(scim_id)
            person = None if number is None else self.rows[number]
            return person if person is not None and person.active else None

    def teams_of(self, person: Person) -> list[Team]:
        with self.lock:
            return [self.teams[number] for number in self._of_person.get(person.id, ())]

    def conversations_of(self, person_id: int, statuses: Iterable[str] = ("active", "pending")) -> list[Conversation]:
        """Assigned to somebody (or to a team), by id."""
        wanted = frozenset(statuses)
        with self.lock:
            found = (self.conversations[number] for number in self._assigned.get(person_id, ()))
            return sorted((one for one in found if one.status in wanted), key=lambda one: one.id)

    def rendered(self, number: int) -> bytes:
        """A row as bytes of a REST answer, kept until it changes."""
        with self.lock:
            kept = self._rendered.get(number)
            if kept is None:
                kept = self._rendered[number] = self.render(self.rows[number])
            return kept

    # people come, change and go

    def add_person(
        self, *, email: str, id: int | None = None, lag: float = 0.0, same_id: bool = False, **fields: Any
    ) -> Person:
        """Give somebody a seat. Raises Refused when the address or the id is taken.

        `id` is chosen when not given: after all others, or with `same_id` the one somebody with that address had.
        `lag`: seconds until REST shows the person.
        """
        with self.lock:
            if email.casefold() in self._by_email:
                raise Refused(f"The e-mail address {email} is taken.")
            if id is not None and id in self.rows and self.rows[id].active:
                raise Refused(f"The id {id} is taken.")
            former = self._latest_with(email)
            if id is None and same_id and former is not None:
                id = former.id
            number = id if id is not None else max(self.rows, default=101_000) + 3
            now = stamp(datetime.now(UTC))
            fields.setdefault("mention", folded(email.partition("@")[0]))
            person = Person(
                id=number,
                scim_id=self._new_scim_id(number),
                email=email,
                created_at=former.created_at if former and former.id == number else now,
                updated_at=now,
                listed=False,
                **fields,
            )
            person.initials = "".join(part[0] for part in (person.first_name, person.last_name) if part).upper()
            self.rows[number] = person
            self._by_scim_id[person.scim_id] = number
            self._index(person)
            self._rendered.pop(number, None)
            bisect.insort(self.scim_listing, number)
            self._later(lag, lambda: self._list(person))
            self._changed()
            return person

    def change_person(self, person: Person, *, lag: float = 0.0, **fields: Any) -> None:
        """Set fields of `Person` by name; REST shows it after `lag` seconds. Raises Refused when an e-mail is taken."""
        with self.lock:
            email = fields.get("email", person.email)
            if self._by_email.get(email.casefold(), person.id) != person.id:
                raise Refused(f"The e-mail address {email} is taken.")
            if lag > 0:
                self.rendered(person.id)  # what REST goes on showing
            self._unindex(person)
            for name, value in fields.items():
                setattr(person, name, value)
            person.updated_at = stamp(datetime.now(UTC))
            if person.active:
                self._index(person)
            self._later(lag, lambda: self._forget_rendered(person))
            self._changed()

    def remove_person(self, person: Person, *, lag: float = 0.0) -> bool:
        """Take the seat away: gone from both APIs, out of the teams, conversations unassigned; False if already gone.

        Raises Refused for the owner.
        """
        with self.lock:
            if not person.active:
                return False
            if person.role == "owner":
                raise Refused("The account owner can't be removed.")
            person.active = False
            self._unindex(person)
            self._by_scim_id.pop(person.scim_id, None)
            if person.human:
                del self.scim_listing[bisect.bisect_left(self.scim_listing, person.id)]
            for team in self._of_person.pop(person.id, {}):
                self.teams[team].members.pop(person.id, None)
            for number in self._assigned.pop(person.id, {}):
                self.conversations[number].assignee_id = None
            self._later(lag, lambda: self._unlist(person))
            self._changed()
            return True

    def settle(self) -> None:
        """Let REST catch up with what is due by now."""
        if self._due:
            self._act_until(time.monotonic())

    def catch_up(self) -> None:
        """Let REST catch up at once, whatever lag was asked for."""
        self._act_until(math.inf)

    # teams

    def add_team(self, name: str, members: Iterable[int] = ()) -> Team:
        """Raises Refused when a team has that name."""
        with self.lock:
            self._check_team_name(name, None)
            number = max(self.rows, default=101_000) + 3
            now = stamp(datetime.now(UTC))
            row = Person(
                id=number, scim_id="", first_name=name, type="team", created_at=now, updated_at=now, listed=False
            )
            row.absent = frozenset({"email", "jobTitle", "phone"})
            row.initials = name[:1].upper()
            self.rows[number] = row
            team = Team(id=number, scim_id=f"team-{number:x}", name=name, created_at=now, updated_at=now)
            self.teams[number] = team
            self.set_members(team, members)
            self._list(row)
            self._changed()
            return team

    def rename_team(self, team: Team, name: str) -> None:
        """Raises Refused when another team has that name."""
        with self.lock:
            self._check_team_name(name, team)
            team.name = self.rows[team.id].first_name = name
            team.updated_at = stamp(datetime.now(UTC))
            self._rendered.pop(team.id, None)
            self._changed()

    def set_members(self, team: Team, members: Iterable[int]) -> None:
        with self.lock:
            for number in team.members:
                self._of_person.get(number, {}).pop(team.id, None)
            team.members = dict.fromkeys(members)
            for number in team.members:
                self._of_person.setdefault(number, {})[team.id] = None
            team.updated_at = stamp(datetime.now(UTC))
            self._changed()

    def remove_team(self, team: Team) -> None:
        """Its conversations become unassigned."""
        with self.lock:
            self.set_members(team, ())
            self.teams.pop(team.id, None)
            for number in self._assigned.pop(team.id, {}):
                self.conversations[number].assignee_id = None
            self._unlist(self.rows[team.id])
            self._changed()

    # conversations

    def assign(self, conversation: Conversation, assignee_id: int | None) -> None:
        """Raises Refused when nobody (and no team) with that id is there."""
        with self.lock:
            if assignee_id is not None and not ((row := self.rows.get(assignee_id)) and row.active and row.listed):
                raise Refused(f"User {assignee_id} does not exist or is not active.")
            if conversation.assignee_id == assignee_id:
                return
            if conversation.assignee_id is not None:
                self._assigned[conversation.assignee_id].pop(conversation.id, None)
            conversation.assignee_id = assignee_id
            if assignee_id is not None:
                self._assigned.setdefault(assignee_id, {})[conversation.id] = None
            self._changed()
        self.on_assigned(conversation)

    def set_status(self, conversation: Conversation, status: str) -> None:
        with self.lock:
            conversation.status = status
            self._changed()

    def remove_conversation(self, conversation: Conversation) -> None:
        with self.lock:
            self.conversations.pop(conversation.id, None)
            if conversation.assignee_id is not None:
                self._assigned[conversation.assignee_id].pop(conversation.id, None)
            self._changed()

    def add_conversations(self, assignee_id: int | None, many: int, status: str = "active") -> list[Conversation]:
        """Made-up ones, for instance to see a hand-over of hundreds."""
        with self.lock:
            first = max(self.conversations, default=2_400_000) + 1
            added = [
                Conversation(
                    id=first + index,
                    number=1_001 + len(self.conversations) + index,
                    subject=f"Added conversation {index + 1}",
                    status=status,
                    assignee_id=assignee_id,
                    customer="somebody@customers.example",
                    created_at=stamp(datetime.now(UTC)),
                )
                for index in range(many)
            ]
            for conversation in added:
                self.conversations[conversation.id] = conversation
                if assignee_id is not None:
                    self._assigned.setdefault(assignee_id, {})[conversation.id] = None
            self._changed()
            return added

    # inside

    def _check_team_name(self, name: str, team: Team | None) -> None:
        if any(one.name.casefold() == name.casefold() and one is not team for one in self.teams.values()):
            raise Refused(f"A team is called {name} already.")

    def _latest_with(self, email: str) -> Person | None:
        """Who had that address last, gone or not; ids ascend with time."""
        found = (person for person in self.rows.values() if person.email.casefold() == email.casefold())
        return max(found, key=lambda person: person.id, default=None)

    def _new_scim_id(self, number: int) -> str:
        return f"{number * 2_654_435_761 % 2**32:08x}-{next(self._made):04x}-4000-a000-{number:012x}"

    def _index(self, person: Person) -> None:
        for address in (person.email, *person.alternate_emails):
            if address:
                self._by_email.setdefault(address.casefold(), person.id)

    def _unindex(self, person: Person) -> None:
        for address in (person.email, *person.alternate_emails):
            if self._by_email.get(address.casefold()) == person.id:
                del self._by_email[address.casefold()]

    def _forget_rendered(self, person: Person) -> None:
        self._rendered.pop(person.id, None)

    def _list(self, person: Person) -> None:
        if person.active:
            person.listed = True
            if not self._is_listed(person.id):
                bisect.insort(self.listing, person.id)
            self._changed()

    def _unlist(self, person: Person) -> None:
        person.active = person.listed = False
        if self.rows[person.id] is person and self._is_listed(person.id):
            del self.listing[bisect.bisect_left(self.listing, person.id)]
            self._changed()

    def _is_listed(self, number: int) -> bool:
        index = bisect.bisect_left(self.listing, number)
        return index < len(self.listing) and self.listing[index] == number

    def _later(self, lag: float, act: Callable[[], None]) -> None:
        if lag <= 0:
            act()
        else:
            self._due.append((time.monotonic() + lag, act))

    def _act_until(self, now: float) -> None:
        with self.lock:
            due = [act for at, act in self._due if at <= now]
            self._due = [entry for entry in self._due if entry[0] > now]
            for act in due:
                act()

    def _changed(self) -> None:
        self.version += 1
