"""One account, one record and the pieces that write, without a bot around them; a fault stands between them."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx

from bot.helpscout.errors import NotFound
from bot.helpscout.scim.resources import ScimGroup, ScimUser
from bot.model.problem import Problem
from bot.model.request import Kind, Request, State
from bot.model.team import Team
from bot.model.user import UserRecord
from bot.services.requests.terms import Patience, Terms
from bot.services.running.runner import Runner
from bot.services.teams import Teams

if TYPE_CHECKING:
    from bot.demo.helpscout import SimulatedHelpScout
    from bot.helpscout.client import HelpScout
    from bot.store.record import Record

HASTY = Patience(
    lease=600.0,
    heartbeat=60.0,
    progress=0.0,
    again=0.0,
    verify=0.01,
    verify_first=0.01,
    verify_longest=0.01,
    ignored=0.005,
)
Send = Callable[[], httpx.Response]
Fault = Callable[[httpx.Request, Send, int], httpx.Response]
"""Gets the request, how to send it, and which write it is, from 1."""


class Between(httpx.BaseTransport):
    """Hands every write to `fault`, once there is one; what only reads, or asks for a token, passes."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self.fault: Fault | None = None
        self.only = ""  # part of the path of the writes that it is for
        self.writes = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        passes = request.method == "GET" or path.endswith(("/token", "/.search")) or self.only not in path
        if self.fault is None or passes:
            return self._inner.handle_request(request)
        with self._lock:
            self.writes += 1
            number = self.writes

        def send() -> httpx.Response:
            response = self._inner.handle_request(request)
            response.read()
            return response

        return self.fault(request, send, number)


@dataclass(frozen=True)
class Told:
    """What a person hears. `done`: as done; `sure`: whichever it is, as a fact."""

    done: bool
    sentence: str
    sure: bool = True


UNSURE = ("couldn't confirm", "Look at", "Check in Help Scout", "goes on showing", "doesn't show them yet")


@dataclass
class Lab:
    """`truth` speaks to the server without a fault between."""

    record: Record
    truth: HelpScout
    faulty: HelpScout
    between: Between
    procedures: Callable[[Record, HelpScout, Terms], Any]
    workspace: Any
    sim: SimulatedHelpScout | None = None
    forget: Callable[[list[str]], object] = lambda names: None
    """Has the server forget people whom it only deactivates."""
    names: list[str] = field(default_factory=list)

    # What is there

    def name(self, before: str = "", after: str = "@acme.example") -> str:
        """A new one; whoever or whatever is called so goes with `clean`."""
        self.names.append(f"{before}p{secrets.token_hex(4)}{after}")
        return self.names[-1]

    def person(self, *, active: bool = True, inside: ScimGroup | None = None) -> UserRecord:
        """Somebody new, in the record too."""
        email = self.name()
        scim = self.scim
        made = scim.create_user(ScimUser(user_name=email, given_name="Pia", family_name="P", emails=(email,)))
        user = self.truth.rest.find_by_email(email)
        assert user is not None
        now = self.record.now()
        row = UserRecord(user=user, first_seen=now, last_seen=now)
        if inside is not None:
            scim.add_member(inside.id, made.id)
        if active:
            self.record.users.put([row])
        else:
            scim.set_active(made.id, False)
        return row

    def team(self) -> tuple[ScimGroup, Team]:
        group = self.scim.create_group(self.name("Team ", ""))
        team = next(one for one in self.truth.rest.teams() if one.name == group.display_name)
        self.record.teams.replace([replace(team, scim_id=group.id)], set())
        return group, team

    @property
    def scim(self) -> Any:
        assert self.truth.scim is not None
        return self.truth.scim

    def clean(self) -> None:
        self.between.fault, self.between.only = None, ""
        for user in self.scim.users():
            if user.user_name in self.names:
                with suppress(NotFound):
                    self.scim.delete_user(user.id)
        for group in self.scim.groups():
            if group.display_name in self.names:
                self.scim.delete_group(group.id)
        self.forget(self.names)
        self.names.clear()

    def active(self, email: str) -> bool:
        return any(one.active is not False for one in self.scim.users() if one.user_name == email)

    def count(self, email: str) -> int:
        return sum(one.user_name == email for one in self.scim.users())

    # What is done

    def teams(self) -> Teams:
        return Teams(self.record, self.faulty, self.workspace, max_per_hour=10_000)

    def request(self, kind: Kind, terms: Terms | None = None, **arguments: object) -> Callable[[], Told]:
        """A request as if approved; called, it is worked at, from the start or from where it stopped."""
        terms = terms or Terms(requesters_named=True)
        procedures = self.procedures(self.record, self.faulty, terms)
        proposal = procedures[kind].propose(arguments)
        now = self.record.now()
        runner = Runner(self.record, self.faulty, self.workspace, procedures, terms, patience=HASTY)
        request = Request(
            id=secrets.token_hex(5),
            kind=kind,
            state=State.ATTENTION,
            opened_at=now,
            requester="URITA",
            target_id=proposal.target_id,
            target_name=proposal.target_name,
            target_email=proposal.target_email,
            plan=proposal.plan,
            digest="d",
            expires_at=now + timedelta(hours=1),
        )
        self.record.requests.insert(request)

        def work() -> Told:
            states = frozenset({State.ATTENTION})
            until = self.record.now() + timedelta(hours=1)
            claimed = self.record.requests.claim(
                request.id, owner=runner.owner, now=self.record.now(), until=until, from_states=states
            )
            assert claimed is not None
            ex = runner._execution(claimed)
            ex.why_unsound = lambda _: None
            runner._carrying_out.carry_out(ex)
            row = self.record.requests.get(request.id)
            assert row is not None
            unsure = row.state is State.ATTENTION and any(words in row.outcome for words in UNSURE)
            return Told(row.state is State.DONE, f"{row.state}: {row.outcome}", not unsure)

        return work


def attempt(act: Callable[[], object]) -> Callable[[], Told]:
    """Something that is answered at once."""

    def work() -> Told:
        try:
            changed: Any = act()
        except Problem as problem:
            unsure = any(words in problem.sentence for words in UNSURE)
            return Told(False, f"refused: {problem.sentence}", not unsure)
        return Told(True, changed.sentence)

    return work
