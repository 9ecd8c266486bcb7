"""Whatever happens to an account, and whenever it happens: the record never lies about who is there.

A model test over real HTTP and a real file: people join, leave, come back, change and swap addresses, between syncs and
in the middle of a walk; answers fail between pages. After every step:
* nobody active is ever `removed`;
* nobody who is gone stays `active` for more than two good syncs;
* nothing in the record is lost: no person, no change; and a sync that failed wrote nothing.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from bot.demo.helpscout import Fault, Refused, SimulatedHelpScout
from bot.helpscout.client import HelpScout, Waits
from bot.model.change import Change
from bot.model.member import Member
from bot.model.sync import SyncRun, SyncState
from bot.model.user import Status
from bot.services.syncing.sync import Sync
from bot.store.record import open_record

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = 4
FAULTS = (
    Fault.ERROR_500,
    Fault.HTML_200,
    Fault.HALF_JSON,
    Fault.CUT_BODY,
    Fault.DROPPED_BEFORE,
    Fault.EMPTY_PAGE,
    Fault.EMPTY_LIST,
    Fault.SHIFTED_PAGE,
    Fault.WRONG_TOTALS,
    Fault.RATE_LIMITED,
    Fault.TOKEN_DEAD,
)

somebody = st.integers(min_value=0, max_value=40)
pages = st.integers(min_value=1, max_value=5)


class AnyHistory(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.sim = self.stack.enter_context(SimulatedHelpScout(people=16, page_size=PAGE, teams=2, conversations=False))
        self.record = open_record(str(Path(folder) / "record.db"))
        self.stack.callback(self.record.close)
        self.helpscout = self.stack.enter_context(
            HelpScout(
                api_url=self.sim.api_url,
                app_id=self.sim.app_id,
                app_secret=self.sim.app_secret,
                per_minute=1_000_000,
                waits=Waits.none(),
            )
        )
        self.sync = Sync(self.record, self.helpscout, guard=0.10)
        self.gone: dict[int, int] = {}  # id → good syncs that began after they left
        self.came: set[int] = set()  # who joined or came back since the last good sync began
        self.seen: set[int] = set()  # everybody a good sync has recorded
        self.changes: list[Change] = []
        self.names = 0

    def teardown(self) -> None:
        self.stack.close()

    # What other people do

    @rule(first=st.booleans())
    def join(self, first: bool) -> None:
        self.names += 1
        listing = self.sim.account.listing
        number = listing[0] - 1 if first else listing[-1] + 1
        if number in self.sim.account.rows:
            return
        self.sim.add_person(f"new.{self.names}@acme.example", "New", f"Comer {self.names}", id=number)
        self.came.add(number)

    @rule(who=somebody)
    def leave(self, who: int) -> None:
        people = [person for person in self.sim.people if person.role != "owner"]
        if not people:
            return
        person = people[who % len(people)]
        self.sim.remove_person(person.id)
        self.gone[person.id] = 0
        self.came.discard(person.id)

    @rule(who=somebody, same_id=st.booleans())
    def come_back(self, who: int, same_id: bool) -> None:
        if not self.gone:
            return
        former = self.sim.person(sorted(self.gone)[who % len(self.gone)])
        try:
            back = self.sim.account.add_person(
                email=former.email, same_id=same_id, first_name=former.first_name, last_name=former.last_name
            )
        except Refused:
            return
        self.gone.pop(back.id, None)
        self.came.add(back.id)

    @rule(who=somebody, field=st.sampled_from(["first_name", "job_title", "role"]), value=st.sampled_from("abc"))
    def change(self, who: int, field: str, value: str) -> None:
        people = [person for person in self.sim.people if person.role != "owner"]
        if people:
            self.sim.change_person(people[who % len(people)].id, **{field: value})

    @rule(who=somebody, other=somebody)
    def swap_addresses(self, who: int, other: int) -> None:
        people = self.sim.people
        one, two = people[who % len(people)], people[other % len(people)]
        if one is two:
            return
        first, second = one.email, two.email
        try:
            self.sim.change_person(one.id, email=f"between.{one.id}@acme.example")
            self.sim.change_person(two.id, email=first)
            self.sim.change_person(one.id, email=second)
        except Refused:
            return  # somebody's alternate address

    # Looking

    @rule()
    def look(self) -> None:
        self.check(self.sync.run("interval"))

    @rule(page=pages, who=somebody, act=st.sampled_from(["join", "leave", "both", "swap"]))
    def look_while_people_come_and_go(self, page: int, who: int, act: str) -> None:
        def meanwhile() -> None:
            if act in {"join", "both"}:
                self.join(who % 2 == 0)
            if act in {"leave", "both"}:
                self.leave(who)
            if act == "swap":
                self.swap_addresses(who, who + 3)

        self.check(self.during(page, meanwhile))

    @rule(page=pages, fault=st.sampled_from(FAULTS), forever=st.booleans())
    def look_while_answers_fail(self, page: int, fault: Fault, forever: bool) -> None:
        before = self.everything()
        self.sim.faults.add(fault=fault, match=f"GET /users?page={page}", times=None if forever else 1)
        run = self.sync.run("interval")
        self.sim.faults.clear()
        if run.state is SyncState.FAILED:
            assert self.everything() == before
        self.check(run)

    @rule()
    def confirm_what_is_held(self) -> None:
        latest = self.record.syncs.latest()
        if latest is not None and latest.state is SyncState.HELD:
            self.sync.confirm_removals(latest.id, "U1", member=Member(id="U1"), approvers=frozenset({"U1"}))
            run = self.record.syncs.latest()
            assert run is not None
            if run.id != latest.id:
                self.check(run)

    def during(self, page: int, act: Callable[[], None]) -> SyncRun:
        left = [act]

        def once(_: object) -> None:
            if left:
                left.pop()()

        before = dict(self.gone)
        end = self.sim.on_request(once, f"GET /users?page={page}")
        run = self.sync.run("interval")
        end()
        # Who left in the middle did not leave before this sync began.
        self.gone = {who: count if who in before else -1 for who, count in self.gone.items()}
        return run

    # What must hold

    def everything(self) -> tuple[object, ...]:
        return tuple(self.record.users.by_status()), tuple(self.record.changes.all()), self.record.version()

    def check(self, run: SyncRun) -> None:
        rows = {row.id: row for row in self.record.users.by_status()}
        listed = set(self.sim.account.listing)
        removed = {who for who, row in rows.items() if row.status is not Status.ACTIVE}
        assert not removed & listed - self.came, "somebody active is removed"
        if run.state is SyncState.DONE:
            self.gone = {who: count + 1 for who, count in self.gone.items()}
            lingering = {who for who, count in self.gone.items() if count >= 2 and who in rows} - removed
            assert not lingering, "somebody gone is still active"
        if run.state is not SyncState.FAILED:
            self.came &= removed | (listed - rows.keys())
            self.seen |= rows.keys()
        assert self.seen <= rows.keys(), "a person is lost"
        changes = list(self.record.changes.all())
        assert changes[: len(self.changes)] == self.changes, "a change is lost"
        self.changes = changes


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
