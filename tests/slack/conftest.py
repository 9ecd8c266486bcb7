"""The Slack room on real parts: a simulated Slack and Help Scout over real HTTP, a record in a real file, and the
listeners in this process. Nothing runs in the background but the worker, unless a test starts it.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from slack_bolt import App, BoltResponse

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import APPROVERS_GROUP, Message, SimulatedSlack, signed
from bot.helpscout.client import HelpScout, Waits
from bot.model.action import Decide, Open
from bot.model.request import Kind, Request, Verdict
from bot.model.user import UserRecord
from bot.policy.requests.seal import Seals
from bot.services.approvals import Approvals
from bot.services.directory import Directory
from bot.services.dormancy import Dormancy
from bot.services.kinds.offboarding import Offboarding
from bot.services.kinds.provisioning import Provisioning
from bot.services.kinds.restoring import Restoring
from bot.services.kinds.team_deletion import TeamDeletion
from bot.services.kinds.user_change import UserChange
from bot.services.orphans import Orphans
from bot.services.requests.kinds import Procedure
from bot.services.requests.terms import Patience, Terms
from bot.services.running.runner import Runner
from bot.services.seat_ends import SeatEnds
from bot.services.syncing.sync import Sync
from bot.services.teams import Teams
from bot.slack.api.web import reading, writing
from bot.slack.api.workspace import SlackWorkspace
from bot.slack.handling.deps import Deps
from bot.slack.handling.open_homes import Homes
from bot.slack.handling.private import Private
from bot.slack.handling.turned_away import Noted
from bot.slack.handling.work.filling import Filling
from bot.slack.handling.work.repeats import Once
from bot.slack.handling.work.worker import Worker
from bot.slack.inbound.app import build_app
from bot.slack.outbound.delivery import Delivery
from bot.slack.transport.request import read_request
from bot.store.record import Record, open_record

JANE = "jane@acme.example"
SEALS = Seals(("the key of the tests",))
FORM = "application/x-www-form-urlencoded"


@dataclass
class Clock:
    """Real time, moved by hand."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Room:
    """Everything the Slack room needs, made when it is first asked for. `settings` go to `Deps`, `terms` to `Terms`.

    The record is a file in `path` with a clock moved by hand; with `database`, a URL, it is there, by its own clock.
    """

    helpscout: SimulatedHelpScout
    slack: SimulatedSlack
    path: Path
    stack: ExitStack
    settings: dict[str, Any] = field(default_factory=dict)
    database: str = ""
    terms: dict[str, Any] = field(default_factory=dict)
    approvers: tuple[str, ...] = (APPROVERS_GROUP,)
    requesters: tuple[str, ...] = ()
    clock: Clock = field(default_factory=Clock)
    ticks: float = 0.0  # seconds by which the workspace's cache is ahead
    woken: list[None] = field(default_factory=list)

    @cached_property
    def record(self) -> Record:
        clock = None if self.database else self.clock
        record = open_record(self.database or self.path / "hs-bot.db", clock=clock, seals=SEALS)
        self.stack.callback(record.close)
        return record

    @cached_property
    def client(self) -> HelpScout:
        sim = self.helpscout
        return self.stack.enter_context(
            HelpScout(
                api_url=sim.api_url,
                scim_url=sim.scim_url,
                app_id=sim.app_id,
                app_secret=sim.app_secret,
                scim_token=sim.scim_token,
                per_minute=100_000,
                waits=Waits.none(),
            )
        )

    @cached_property
    def sync(self) -> Sync:
        return Sync(self.record, self.client, guard=0.10, wake=self._wake, poll=0.02)

    @cached_property
    def directory(self) -> Directory:
        directory = Directory(self.record, clock=self.clock, workspace=self.workspace)
        self.stack.callback(directory.close)
        return directory

    @cached_property
    def workspace(self) -> SlackWorkspace:
        return SlackWorkspace(
            reading(self.slack.bot_token, self.slack.url),
            approvers=self.approvers,
            requesters=self.requesters,
            providers=("okta",),
            timer=lambda: time.monotonic() + self.ticks,
        )

    @property
    def rules(self) -> Terms:
        """As where somebody is named who may ask: giving a plain seat needs no second person."""
        return Terms(**{"requesters_named": True, **self.terms})

    @cached_property
    def procedures(self) -> Mapping[Kind, Procedure]:
        return {
            Kind.OFFBOARD: Offboarding(self.record, self.client, self.rules),
            Kind.DELETE_TEAM: TeamDeletion(self.record, self.client, self.rules),
            Kind.PROVISION: Provisioning(self.record, self.client, self.rules),
            Kind.RESTORE: Restoring(self.record, self.client, self.rules),
            Kind.CHANGE: UserChange(self.record, self.client, self.rules),
        }

    @cached_property
    def approvals(self) -> Approvals:
        return Approvals(self.record, self.workspace, self.procedures, self.rules, wake=self._wake)

    @cached_property
    def worker(self) -> Worker:
        worker = Worker(threads=4)
        self.stack.callback(worker.stop, 10)
        return worker

    @cached_property
    def deps(self) -> Deps:
        client = writing(self.slack.bot_token, self.slack.url)
        return Deps(
            record=self.record,
            directory=self.directory,
            approvals=self.approvals,
            sync=self.sync,
            workspace=self.workspace,
            seat_ends=SeatEnds(self.record, self.workspace, self.approvals, wake=self._wake),
            worker=self.worker,
            client=client,
            once=Once(self.worker),
            private=Private(client),
            homes=Homes(client, self.worker, self.record.wait_for_change),
            noted=Noted(self.record),
            terms=self.rules,
            helpscout=self.client,
            channel=self.slack.channel("access").id,
            **{
                "filling": Filling(self.worker),
                "orphans": Orphans(self.record, self.workspace, guard=1.0, wake=self._wake),
                "teams": Teams(self.record, self.client, self.workspace, wake=self._wake),
                "dormancy": Dormancy(self.record, self.client, after=timedelta(days=90)),
                **self.settings,
            },
        )

    @cached_property
    def app(self) -> App:
        return build_app(self.deps, signing_secret=self.slack.signing_secret)

    def connect(self) -> "Room":
        """Slack's deliveries go to the app, in this process."""
        self.eavesdrop()
        return self

    def eavesdrop(self) -> list[tuple[bytes, dict[str, str]]]:
        """Body and headers of every request that Slack sends from now on."""
        heard: list[tuple[bytes, dict[str, str]]] = []

        def bot(body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
            heard.append((body, dict(headers)))
            answer = self.app.dispatch(read_request(body.decode(), headers))
            return answer.status, answer.first_headers(), (answer.body or "").encode()

        self.slack.connect(bot)
        return heard

    def restart(self) -> None:
        """Another process on the same record: what the first one kept in memory is gone."""
        for name in ("app", "deps", "worker", "approvals", "workspace"):
            self.__dict__.pop(name, None)

    def warm(self) -> "Room":
        """After the first sync, everybody in memory, the usual callers known."""
        self._synced()
        self.directory.start()
        self.slack.wait_until(lambda: True)
        self.until(lambda: self.directory.ready)
        self.directory.refresh()
        for handle in ("rita", "ana", "bo", "max", "gus"):
            self.workspace.member(self.slack.people[handle].id)
        self.workspace.approvers()
        self.workspace.shared(self.slack.channel("access").id)
        return self

    def _synced(self) -> None:
        """The account that nobody changes is synced once a minute, not for each of a thousand tests."""
        fresh = not self.database and "record" not in self.__dict__ and _SHARED[:1] == [self.helpscout]
        if fresh and _SYNCED and time.monotonic() - _SYNCED[0] < 60:
            place = self.path / "hs-bot.db"
            place.touch(0o600)
            place.write_bytes(_SYNCED[1])
            return
        assert not self.sync.run("start").problem
        if fresh:
            with closing(sqlite3.connect(self.path / "hs-bot.db")) as file:
                _SYNCED[:] = [time.monotonic(), file.serialize()]

    def work_off(self) -> None:
        """What is approved is carried out now, as the runner would."""
        quick = Patience(verify=2.0, verify_first=0.01, verify_longest=0.1, again=0.01, ignored=0.1)
        terms = self.rules
        Runner(self.record, self.client, self.workspace, self.procedures, terms, patience=quick).work_off()
        self.directory.refresh()

    def _wake(self) -> None:
        self.woken.append(None)

    def deliver(self, body: str, *, secret: str | None = None, kind: str = FORM) -> BoltResponse:
        """A request with this very body, signed with Slack's secret or another one ("": not at all)."""
        headers: dict[str, str | Sequence[str]] = {"content-type": kind}
        key = self.slack.signing_secret if secret is None else secret
        if key:
            headers |= signed(key, body.encode("utf-8", "surrogatepass"), at=int(time.time()))
        return self.app.dispatch(read_request(body, headers))

    @contextmanager
    def posting(self) -> Iterator[None]:
        """With a delivery at work, who brings what is owed."""
        delivery = Delivery(self.deps, gap=0.01, poll=0.01)
        delivery.start()
        try:
            yield
        finally:
            delivery.stop()

    # What tests look at

    def until(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        """Waits until something outside the simulated Slack becomes true."""
        ends, pause = time.monotonic() + seconds, threading.Event()
        while not condition():
            assert time.monotonic() < ends, f"did not become true within {seconds} s"
            pause.wait(0.005)

    def person(self, email: str = JANE) -> UserRecord:
        return self.record.users.by_email(email)[0]

    def id(self, handle: str) -> str:
        return self.slack.people[handle].id

    def open(self, email: str = JANE, by: str = "rita", reason: str = "left the company", **more: Any) -> Request:
        """A request as the form would open it."""
        arguments: dict[str, object] = {"target_id": self.person(email).id, **more.pop("arguments", {})}
        action = Open(kind=Kind.OFFBOARD, actor=self.id(by), reason=reason, arguments=arguments, **more)
        outcome = self.approvals.apply(action)
        assert outcome.accepted, outcome.sentence
        assert outcome.request is not None
        return outcome.request

    def decide(self, request: Request, by: str, verdict: Verdict = Verdict.APPROVE, reason: str = "") -> str:
        action = Decide(request_id=request.id, actor=self.id(by), verdict=verdict, reason=reason)
        return self.approvals.apply(action).sentence

    def row(self, request: Request) -> Request:
        found = self.record.requests.get(request.id)
        assert found is not None
        return found

    def told(self, handle: str) -> list[Message]:
        """What only this person sees in channels."""
        return self.slack.ephemerals(handle)


@pytest.fixture(scope="session")
def account() -> Iterator[SimulatedHelpScout]:
    """One account for the tests that only read it."""
    with SimulatedHelpScout(people=60) as simulated:
        _SHARED[:] = [simulated, set(simulated.account.listing)]
        yield simulated


@pytest.fixture(autouse=True)
def _read_only() -> Iterator[None]:
    """Who changes the account that others only read fails itself, and not those who come after."""
    yield
    if _SHARED:
        before, _SHARED[1] = _SHARED[1], set(_SHARED[0].account.listing)
        assert before == _SHARED[1], "this test needs an account of its own: it changes people or teams"


_SHARED: list[Any] = []
"""The account of the session, and who has a seat in it."""
_SYNCED: list[Any] = []
"""When it was last synced, and that record."""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def slack(stack: ExitStack) -> SimulatedSlack:
    return stack.enter_context(SimulatedSlack())


@pytest.fixture
def cold(account: SimulatedHelpScout, slack: SimulatedSlack, tmp_path: Path, stack: ExitStack) -> Room:
    """Not connected, nothing synced: for tests that change settings first."""
    return Room(account, slack, tmp_path, stack)


@pytest.fixture
def room(cold: Room) -> Room:
    """Synced, everybody in memory, connected to the simulated Slack."""
    return cold.warm().connect()
