"""Any life of requests: random people, clicks, clock steps, faults and deaths against a model of what may happen.

Whatever happens: nobody is removed without a quorum of distinct people who may approve, none after expiry, denial,
cancel or stale, none twice, never the owner, never a protected one, never before the record has all of them, none at
its time while the clock has just been set; and the audit chain stays whole.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.demo.helpscout import Fault
from bot.model.action import Cancel, Decide, Open, Reschedule, Retry
from bot.model.offboarding.conversation import MoveState
from bot.model.request import Kind, State, Verdict
from bot.services.pairing import Pairing
from bot.store.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.demo.helpscout.http.server import Request as HttpRequest
    from tests.services.conftest import Bot, House

APPROVAL_TTL, EXECUTION_TTL = timedelta(hours=24), timedelta(hours=4)
ACTORS = (
    "URITA",
    "UNED",
    "UANA",
    "UBO",
    "UCLEO",
    "UMAX",
    "UGUS",
    "UJANE",
    "UROBOT",
    "ULEFT",
    "UNOBODY",
    "WANA",
    "WRITA",
)
TWINS = ("UANA", "URITA")  # Slack knows them by an organization's id (`W…`) too
FORGERIES = (
    "UPDATE requests SET state = 'approved' WHERE id = :id",
    "UPDATE requests SET state = 'approved', quorum = 0, run_at = NULL WHERE id = :id",
    "UPDATE requests SET state = 'running', lease_owner = NULL WHERE id = :id",
    "UPDATE requests SET state = 'pending', finished_at = NULL WHERE id = :id",
    "UPDATE requests SET requester = 'UCLEO' WHERE id = :id",
    "UPDATE decisions SET actor = 'UCLEO' WHERE request_id = :id AND actor = 'UANA'",
    "UPDATE decisions SET verdict = 'approve' WHERE request_id = :id",
    "UPDATE decisions SET void = 0 WHERE request_id = :id",
)
"""What somebody with the database, and without the key, may write."""
ORDINARY = ("jane", "max", "ana", "bo", "one", "two", "three", "four", "five")  # Ana and Bo are admins
TARGETS = (*ORDINARY, "olivia", "rita")  # and the owner, and a protected one
PROTECTED = "rita@acme.example"
MEMBERS = {"UNED", "URITA", "UANA", "UBO", "UCLEO", "UMAX", "UJANE"}  # full members, all others are told off
DELETE = "DELETE /scim/Users/*"
FAULTS = (Fault.DROPPED_BEFORE, Fault.DROPPED_AFTER, Fault.ERROR_500, Fault.UNAUTHORIZED, Fault.RATE_LIMITED)
MATCHES = (DELETE, DELETE, "PATCH /conversations/*", "GET /users/*", "GET /scim/*", "GET /conversations")
STEPS = ("check", "record", "quiet", "reassign", "remove", "verify", "close")
POINTS = (
    *(f"{step}: {point}" for step in STEPS for point in ("before", "begun", "acted", "finished")),
    *(f"reassign: {point}" for point in ("before a call", "after a call", "marked")),
    *(f"remove: {point}" for point in ("about to send", "answered")),
)
THEN = st.sampled_from(("wait", "the end", "the end", *POINTS))


class Died(BaseException):
    """kill -9, as far as a thread can: no handler of ours runs, nothing is given back."""


@dataclass
class Wanted:
    """What the model knows of one request."""

    target: str
    requester: str
    quorum: int
    expires_at: datetime
    run_at: datetime | None
    votes: set[str] = field(default_factory=set)
    start_by: datetime | None = None
    over: bool = False  # denied, cancelled or given up
    forged: bool = False  # its row or its votes were written from outside: clicks may find anything there


def itself(id: str) -> str:
    """The person behind an organization's id."""
    return f"U{id[1:]}" if id.startswith("W") else id


class AnyLife(RuleBasedStateMachine):
    def __init__(self, house_of: Callable[[ExitStack], House]) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.house = house_of(self.stack)
        self.sim = self.house.sim
        self.ids = {name: self.house.id(name) for name in ("jane", "max", "ana", "bo", "olivia", "rita")}
        others = (one.id for one in self.sim.people if one.role == "user" and one.id not in self.ids.values())
        self.ids |= dict(zip(ORDINARY[4:], others, strict=False))
        self.names = {number: name for name, number in self.ids.items()}
        self.wanted: dict[str, Wanted] = {}
        self.broken: list[str] = []
        self.sim.on_request(self.removal_arrives, DELETE)
        self.reader = self.house.bot()
        people = self.house.workspace.people
        for id in TWINS:
            people[id] = people[f"W{id[1:]}"] = replace(people[id], aliases=frozenset({f"W{id[1:]}"}))
        Pairing(self.reader.record).noticed(people.values())
        self.bot = self.new_bot()

    def new_bot(self) -> Bot:
        return self.house.bot(protected=frozenset({PROTECTED}), max_per_hour=1000)

    def now(self) -> datetime:
        return self.house.clock()

    # What must hold when a removal reaches Help Scout

    def removal_arrives(self, request: HttpRequest) -> None:
        person = self.sim.account.find_scim(request.path.rpartition("/")[2])
        name = self.names.get(person.id, "?") if person else "?"
        rows = [row for row in self.reader.record.requests.find(limit=None) if row.target_id == self.ids.get(name)]
        running = [row for row in rows if row.state is State.RUNNING]
        if person is None or len(running) != 1:
            self.broken.append(f"a removal of {name} while {[row.state for row in rows]}")
            return
        row, wanted = running[0], self.wanted[running[0].id]
        recorded = self.reader.record.users.get(person.id)
        moves = self.reader.record.moves.of_request(row.id)
        started = row.started_at
        laws = {
            "the owner": person.role != "owner",
            "a protected one": person.email != PROTECTED,
            "over": not wanted.over,
            "no quorum": len(wanted.votes) >= wanted.quorum,
            "approvals that no longer count": len(self.who_count(wanted)) >= wanted.quorum,
            "a requester who is gone": self.is_member(wanted.requester),
            "the requester voted": wanted.requester not in wanted.votes,
            "the target voted": f"U{name.upper()}" not in wanted.votes | {wanted.requester},
            "too late": started is not None and wanted.start_by is not None and started < wanted.start_by,
            "too early": started is not None and (wanted.run_at is None or started >= wanted.run_at),
            "another role": row.plan["role"] == person.role,
            "another address": row.plan["email"] == person.email,
            "not recorded": recorded is not None and dict(recorded.user.raw)["id"] == person.id,
            "not handed over": row.plan["assignee_id"] is None
            or all(move.state is not MoveState.TODO for move in moves),
        }
        self.broken += [f"{law}: {name}, {wanted}" for law, kept in laws.items() if not kept]

    def who_count(self, wanted: Wanted) -> set[str]:
        return {one for one in wanted.votes & self.house.workspace.approving if self.is_member(one)}

    def is_member(self, id: str) -> bool:
        one = self.house.workspace.people[id]
        return not (one.deleted or one.is_guest)

    @invariant()
    def no_law_is_broken(self) -> None:
        assert not self.broken

    @invariant()
    def nobody_is_removed_twice(self) -> None:
        assert all(count == 1 for count in self.sim.log.deletes.values())
        assert not {self.ids["olivia"], self.ids["rita"]} & self.sim.log.deletes.keys()

    # What people do as they should

    @rule(
        actor=st.sampled_from(("URITA", "UNED")),
        data=st.data(),
        assignee=st.sampled_from((None, "max")),
        hours=st.sampled_from((None, None, None, 1)),
        hurry=st.sampled_from((True, True, False)),
        then=THEN,
    )
    def ask_properly(
        self, actor: str, data: st.DataObject, assignee: str | None, hours: int | None, hurry: bool, then: str
    ) -> None:
        present = [name for name in ORDINARY if self.ids[name] in self.sim.account.listing]
        if present:
            self.ask(actor, data.draw(st.sampled_from(present)), assignee, hours)
        if hurry:
            self.approve_properly(then)

    @precondition(lambda self: self.in_state(State.PENDING))
    @rule(then=THEN)
    def approve_properly(self, then: str) -> None:
        for id, wanted in self.in_state(State.PENDING)[-1:]:
            excluded = {wanted.requester, f"U{wanted.target.upper()}"} | wanted.votes
            for actor in sorted(self.house.workspace.approving & MEMBERS - excluded):
                self.decide(id, actor, Verdict.APPROVE)
        if then != "wait":
            self.the_runner_works(then)

    @precondition(lambda self: self.in_state(State.ATTENTION))
    @rule(data=st.data())
    def retry_properly(self, data: st.DataObject) -> None:
        id, wanted = data.draw(st.sampled_from(self.in_state(State.ATTENTION)))
        self.sim.faults.clear()
        for actor in ("UANA", "UBO"):
            self.retry(id, wanted, actor)

    # What people do anyhow

    @rule(
        data=st.data(),
        deed=st.sampled_from(("ask", "approve", "deny", "cancel", "move", "retry")),
        actor=st.sampled_from(ACTORS),
        away=st.sampled_from((*[False] * 7, True)),
    )
    def meddle(self, data: st.DataObject, deed: str, actor: str, away: bool) -> None:
        self.house.workspace.away = away
        if deed == "ask" or not self.wanted:
            self.ask(actor, data.draw(st.sampled_from(TARGETS)), data.draw(st.sampled_from((None, "jane"))), None)
        else:
            id, wanted = data.draw(st.sampled_from(list(self.wanted.items())))
            if deed in ("approve", "deny"):
                self.decide(id, actor, Verdict(deed))
            elif deed == "cancel":
                self.cancel(id, wanted, actor)
            elif deed == "move":
                self.reschedule(id, wanted, actor, data.draw(st.sampled_from((None, 2, 40))))
            else:
                self.retry(id, wanted, actor)
        self.house.workspace.away = False

    def ask(self, actor: str, name: str, assignee: str | None, hours: int | None) -> None:
        run_at = self.house.clock() + timedelta(hours=hours) if hours else None
        now = self.now()
        arguments: dict[str, object] = {
            "target_id": self.ids[name],
            "assignee_id": self.ids[assignee] if assignee else None,
        }
        outcome = self.bot.apply(
            Open(kind=Kind.OFFBOARD, actor=actor, reason="Leaves", arguments=arguments, run_at=run_at)
        )
        if not outcome.accepted:
            return
        assert outcome.request is not None
        assert not self.house.workspace.away
        actor = itself(actor)
        assert actor in MEMBERS
        assert self.is_member(actor)
        assert actor != f"U{name.upper()}"
        assert name not in ("olivia", "rita")
        row = outcome.request
        quorum = 2 if row.plan["role"] in ("admin", "owner") else 1
        self.wanted[row.id] = Wanted(name, actor, quorum, now + APPROVAL_TTL, run_at)

    def decide(self, id: str, actor: str, verdict: Verdict) -> None:
        wanted, now = self.wanted[id], self.now()
        outcome = self.bot.apply(Decide(request_id=id, actor=actor, verdict=verdict, reason="Because"))
        if not outcome.accepted:
            return
        actor = itself(actor)
        if wanted.forged:
            wanted.votes |= {actor} if verdict is Verdict.APPROVE else set()
            wanted.over = wanted.over or verdict is Verdict.DENY
            wanted.start_by = max(self.now(), wanted.run_at or now) + EXECUTION_TTL
            return
        assert not self.house.workspace.away
        assert self.is_member(actor)
        assert actor in self.house.workspace.approving & MEMBERS
        assert actor not in {wanted.requester, f"U{wanted.target.upper()}"} | wanted.votes
        assert not wanted.over
        assert now < wanted.expires_at
        assert wanted.start_by is None
        if verdict is Verdict.DENY:
            wanted.over = True
            return
        wanted.votes.add(actor)
        if len(wanted.votes & self.house.workspace.approving) >= wanted.quorum:
            wanted.start_by = max(self.now(), wanted.run_at or now) + EXECUTION_TTL
            assert self.row(id).state is not State.PENDING

    def cancel(self, id: str, wanted: Wanted, actor: str) -> None:
        if self.bot.apply(Cancel(request_id=id, actor=actor)).accepted:
            actor = itself(actor)
            assert wanted.forged or actor == wanted.requester or actor in self.house.workspace.approving
            assert actor in MEMBERS - {f"U{wanted.target.upper()}"}
            wanted.over = True

    def reschedule(self, id: str, wanted: Wanted, actor: str, hours: int | None) -> None:
        run_at = self.house.clock() + timedelta(hours=hours) if hours else None
        now = self.now()
        if self.bot.apply(Reschedule(request_id=id, actor=actor, run_at=run_at)).accepted:
            assert wanted.forged or not wanted.over
            wanted.votes.clear()
            wanted.run_at, wanted.start_by, wanted.expires_at = run_at, None, now + APPROVAL_TTL

    def retry(self, id: str, wanted: Wanted, actor: str) -> None:
        if self.bot.apply(Retry(request_id=id, actor=actor)).accepted:
            assert wanted.forged or itself(actor) in self.house.workspace.approving & MEMBERS - {
                wanted.requester,
                f"U{wanted.target.upper()}",
            }

    # What the world does

    @rule(minutes=st.sampled_from((1, 30, 70, 240, 25 * 60, -90)))
    def time_passes(self, minutes: int) -> None:
        self.house.clock.move(minutes=minutes)
        self.bot.approvals.tick()

    @rule(hours=st.sampled_from((2, 26, -2, -26)))
    def somebody_sets_the_clock(self, hours: int) -> None:
        self.the_runner_works("the end")  # it has seen the clock before
        at_a_time = [id for id, wanted in self.in_state(State.APPROVED) if wanted.run_at is not None]
        self.house.clock.jump(hours=hours)
        self.the_runner_works("the end")
        assert all(self.row(id).started_at is None for id in at_a_time)

    @rule(fault=st.sampled_from(FAULTS), match=st.sampled_from(MATCHES), times=st.integers(1, 4))
    def help_scout_fails(self, fault: Fault, match: str, times: int) -> None:
        self.sim.faults.add(fault=fault, match=match, times=times, retry_after=0)

    @rule(data=st.data(), what=st.sampled_from(("approvers", "approvers", "role", "removed")))
    def something_changes(self, data: st.DataObject, what: str) -> None:
        usual = frozenset({"UANA", "UBO", "UCLEO"})
        if what == "approvers" and self.house.workspace.approving == usual:
            some = st.sets(st.sampled_from(("URITA", "UANA", "UBO", "UCLEO", "UMAX", "UGUS", "UJANE")), min_size=1)
            self.house.workspace.approving = frozenset(data.draw(some))
        elif what == "approvers":
            self.house.workspace.approving = usual
        else:
            name = data.draw(st.sampled_from(ORDINARY))
            if self.ids[name] in self.sim.account.listing:
                if what == "role":
                    self.sim.change_person(self.ids[name], role=data.draw(st.sampled_from(("user", "admin"))))
                else:
                    self.sim.remove_person(self.ids[name])

    @rule(
        id=st.sampled_from(("UANA", "UBO", "UCLEO", "URITA", "UNED", "UJANE")),
        what=st.sampled_from(("address", "plus", "guest", "deactivated", "as before", "as before")),
    )
    def somebody_changes_in_slack(self, id: str, what: str) -> None:
        one = self.house.workspace.people[id]
        name = id[1:].lower()
        new: dict[str, Any] = {"email": f"{name}@acme.example", "is_guest": False, "deleted": False}
        if what == "address":
            new["email"] = f"{name}.private@acme.example"
        elif what == "plus":
            new["email"] = f"{name}+slack@acme.example"
        elif what != "as before":
            new["is_guest" if what == "guest" else "deleted"] = True
        for alias in one.ids & self.house.workspace.people.keys():
            self.house.workspace.people[alias] = replace(one, **new)

    @precondition(lambda self: self.wanted)
    @rule(data=st.data(), sql=st.sampled_from(FORGERIES))
    def the_database_is_written_from_outside(self, data: st.DataObject, sql: str) -> None:
        id, wanted = data.draw(st.sampled_from(list(self.wanted.items())))
        with suppress(StoreError):  # the database's own rules refuse some of it
            if self.reader.record._engine.run(sql, {"id": id}):
                wanted.forged = True

    # What the bot does

    @rule(until=st.sampled_from(("the end", *POINTS)))
    def the_runner_works(self, until: str) -> None:
        """To the end, or until the bot dies at a boundary and another one starts."""

        def die(crossed: str) -> None:
            if crossed == until:
                raise Died

        self.bot.at = die
        with suppress(Died):
            self.bot.runner.work_off()
            return
        self.house.clock.move(seconds=30)
        self.bot = self.new_bot()

    # The model

    def in_state(self, state: State) -> list[tuple[str, Wanted]]:
        return [(id, wanted) for id, wanted in self.wanted.items() if self.row(id).state is state]

    def row(self, id: str) -> Any:
        return self.reader.record.requests.get(id)

    def teardown(self) -> None:
        try:
            assert self.reader.record.audit.verify().whole
        finally:
            self.stack.close()


@pytest.mark.parametrize(
    ("engine", "examples"),
    [("sqlite", 12), pytest.param("postgresql", 3, marks=pytest.mark.postgresql)],
    indirect=["engine"],
)
def test_in_any_life_nobody_is_removed_against_the_rules(examples: int, house_of: Callable[[ExitStack], House]) -> None:
    bounds = settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    run_state_machine_as_test(lambda: AnyLife(house_of), settings=bounds)  # type: ignore[arg-type]  # any factory will do
