"""The state behind both APIs: seats, teams, conversations, and what happens to them.

Everything here is what really is so; what an API shows of it, and when, is the business of `rest` and `scim`.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.demo.helpscout.behaviour import Behaviour
from bot.demo.helpscout.duty import Duty
from bot.demo.helpscout.work import Work
from bot.demo.helpscout.world.conversations import Conversation, generate_conversations
from bot.demo.helpscout.world.people import Person, generate, stamp
from bot.demo.helpscout.world.seats import Refused, Seats

__all__ = ["Account", "Refused", "Team"]


def _nobody_is_told(_: Conversation) -> None:
    """Until webhooks are set up."""


@dataclass(slots=True, kw_only=True, eq=False)
class Team:
    """`members` are ids of people, in the order they joined."""

    id: int
    scim_id: str
    name: str
    created_at: str
    updated_at: str
    members: dict[int, None] = field(default_factory=dict)


class Account(Seats):
    """The whole account. `on_assigned` is called with each conversation that gets another assignee."""

    def __init__(
        self,
        people: int,
        *,
        teams: int = 8,
        conversations: bool = True,
        seed: int = 1,
        behaviour: Behaviour | None = None,
    ) -> None:
        roster = generate(people, teams=teams, seed=seed)
        super().__init__(roster.rows)
        self.behaviour = behaviour or Behaviour()
        self.duty = Duty(self)
        self.work = Work(self)
        self._acted = 0.0
        self.on_assigned: Callable[[Conversation], None] = _nobody_is_told
        self.teams: dict[int, Team] = {}
        self._of_person: dict[int, dict[int, None]] = {}  # teams
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

    # teams

    def teams_of(self, person: Person) -> list[Team]:
        with self.lock:
            return [self.teams[number] for number in self._of_person.get(person.id, ())]

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

    def conversations_of(self, person_id: int, statuses: Iterable[str] = ("active", "pending")) -> list[Conversation]:
        """Assigned to somebody (or to a team), by id."""
        wanted = frozenset(statuses)
        with self.lock:
            found = (self.conversations[number] for number in self._assigned.get(person_id, ()))
            there = (one for one in found if one.status in wanted and one.merged_into is None)
            return sorted(there, key=lambda one: one.id)

    def assign(self, conversation: Conversation, assignee_id: int | None) -> None:
        """Raises Refused when nobody (and no team) with that id is there, or they may not have it."""
        with self.lock:
            if assignee_id is not None:
                self._check_assignee(conversation, assignee_id)
            if conversation.assignee_id == assignee_id:
                return
            if conversation.assignee_id is not None:
                self._assigned[conversation.assignee_id].pop(conversation.id, None)
            conversation.assignee_id = assignee_id
            if assignee_id is not None:
                self._assigned.setdefault(assignee_id, {})[conversation.id] = None
            if self.behaviour.assign_ends_snooze and conversation.snooze is not None:
                self.work.wake(conversation)
            self.changed(conversation)
        self.on_assigned(conversation)

    def set_status(self, conversation: Conversation, status: str) -> None:
        with self.lock:
            conversation.status = status
            self.changed(conversation)

    def changed(self, conversation: Conversation | None = None) -> None:
        """Something (about a conversation) is no longer as it was."""
        with self.lock:
            if conversation is not None:
                conversation.modified_at = stamp(datetime.now(UTC))
            self._changed()

    def settle(self) -> None:
        """Let REST catch up, snoozes end, scheduled replies go and Help Scout's own reassignment happen."""
        super().settle()
        now = time.time()
        with self.lock:
            if now - self._acted >= 0.05:  # a look at every conversation: not with each of hundreds of requests
                self._acted = now
                self.duty.act(now)
                self.work.act(now)

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
                    created_at=(now := stamp(datetime.now(UTC))),
                    modified_at=now,
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

    def _left(self, person: Person) -> None:
        for team in self._of_person.pop(person.id, {}):
            self.teams[team].members.pop(person.id, None)
        for number in self._assigned.pop(person.id, {}):
            self.conversations[number].assignee_id = None
        switches = self.behaviour
        self.duty.left(person, keeps=switches.rotation_keeps_gone)
        self.work.left(person, outlives=switches.scheduled_outlives, invalid=switches.workflow_invalid_on_removal)

    def _check_assignee(self, conversation: Conversation, assignee_id: int) -> None:
        """Source: Help Scout, "Light users" (can't be assigned); the rest is what the pages leave open."""
        row = self.rows.get(assignee_id)
        if row is None or not (row.active and row.listed):
            raise Refused(f"User {assignee_id} does not exist or is not active.")
        if row.role == "light user":
            raise Refused(f"User {assignee_id} is a light user and can't be assigned.")
        inbox = self.duty.inboxes.get(conversation.mailbox_id)
        closed = inbox is not None and row.human and not inbox.lets_in(assignee_id)
        if closed and self.behaviour.assign_checks_access:
            raise Refused("User does not have access to the inbox.")

    def _check_team_name(self, name: str, team: Team | None) -> None:
        if any(one.name.casefold() == name.casefold() and one is not team for one in self.teams.values()):
            raise Refused(f"A team is called {name} already.")
