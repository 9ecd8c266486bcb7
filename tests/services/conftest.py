"""A bot without Slack: engine and runner between a simulated Help Scout over real HTTP and a record in a real file.

Slack is one small fake workspace, whose people are those of the simulated account.
"""

import importlib.util
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.helpscout.client import HelpScout, Waits
from bot.model.action import Cancel, Decide, Open, Outcome, Reschedule, Retry
from bot.model.address import same_address
from bot.model.member import Member
from bot.model.outbox import OutboxItem, Topic
from bot.model.request import Kind, Request, State, Verdict
from bot.model.user import UserRecord
from bot.model.way import Way
from bot.policy.requests.seal import Seals
from bot.services.approvals import Approvals
from bot.services.clock_watch import ClockWatch
from bot.services.kinds.offboarding import Offboarding
from bot.services.kinds.provisioning import Provisioning
from bot.services.kinds.restoring import Restoring
from bot.services.kinds.team_deletion import TeamDeletion
from bot.services.kinds.user_change import UserChange
from bot.services.ports import WorkspaceAway
from bot.services.requests.kinds import Procedures
from bot.services.requests.terms import Patience, Terms
from bot.services.running.runner import Runner
from bot.services.syncing.account import readable_teams
from bot.services.ways.readings import read_or_why
from bot.store.record import Record, open_record
from bot.store.whole.backup import copy

SEALS = Seals(("the key of the tests",))
"""Every process of a test seals with it: what one has opened another one carries out."""

RITA, ANA, BO, CLEO, MAX, GUS = "URITA", "UANA", "UBO", "UCLEO", "UMAX", "UGUS"
JANE_IN_SLACK, ROBOT, STRANGER, LEFT = "UJANE", "UROBOT", "USTRANGER", "ULEFT"

ADDRESSES = ("api_url", "scim_url", "app_id", "app_secret", "scim_token")
PEOPLE = 60
MEMBERS = (
    Member(id=RITA, name="Rita", email="rita@acme.example"),
    Member(id=ANA, name="Ana", email="ana@acme.example"),
    Member(id=BO, name="Bo", email="bo@acme.example"),
    Member(id=CLEO, name="Cleo", email="cleo@acme.example"),
    Member(id="UNED", name="Ned", email="ned@acme.example"),
    Member(id=MAX, name="Max", email="max@acme.example"),
    Member(id=GUS, name="Gus", email="gus@acme.example", is_guest=True),
    Member(id=JANE_IN_SLACK, name="Jane", email="Jane@Acme.Example"),
    Member(id=ROBOT, name="Robot", email="robot@acme.example", is_bot=True),
    Member(id=STRANGER, name="Stranger", email="stranger@else.example", is_stranger=True),
    Member(id=LEFT, name="Left", email="left@acme.example", deleted=True),
)

QUICK = Patience(
    lease=2.0,
    heartbeat=0.3,
    poll=0.05,
    progress=0.0,
    again=0.01,
    verify=0.4,
    verify_first=0.01,
    verify_longest=0.05,
    ignored=0.05,
)


class FakeWorkspace:
    """Slack's answers, to be changed at any time; `away` makes it unreachable."""

    def __init__(self) -> None:
        self.people = {member.id: member for member in MEMBERS}
        self.approving = frozenset({ANA, BO, CLEO})
        self.asking: frozenset[str] | None = None
        self.away = False
        self.asked_fresh = 0
        self.before_answer: Callable[[], None] = lambda: None

    def member(self, id: str, /, *, fresh: bool = False) -> Member | None:
        self._answer(fresh)
        return self.people.get(id)

    def member_by_email(self, email: str, /) -> Member | None:
        self._answer(False)
        return next((one for one in self.people.values() if same_address(one.email, email)), None)

    def approvers(self, *, fresh: bool = False) -> frozenset[str]:
        self._answer(fresh)
        return self.approving

    def requesters(self, *, fresh: bool = False) -> frozenset[str] | None:
        self._answer(fresh)
        return self.asking

    def members(self) -> list[Member]:
        self._answer(False)
        return list(self.people.values())

    def change(self, id: str, **fields: Any) -> None:
        self.people[id] = replace(self.people[id], **fields)

    def _answer(self, fresh: bool) -> None:
        self.asked_fresh += fresh
        self.before_answer()
        if self.away:
            raise WorkspaceAway("Slack can't be reached; try again in a minute.")


class Clock:
    """Real time, moved by hand. `monotonic` is the clock beside it, that nobody can set."""

    def __init__(self) -> None:
        self.offset = timedelta(0)
        self.passed = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def monotonic(self) -> float:
        return time.monotonic() + self.passed.total_seconds()

    def move(self, **span: float) -> None:
        """So much time passes (or, less than nothing, is taken back with all its traces)."""
        self.offset += timedelta(**span)
        self.passed += timedelta(**span)

    def jump(self, **span: float) -> None:
        """Somebody sets the clock."""
        self.offset += timedelta(**span)


def procedures_of(record: Record, helpscout: HelpScout, terms: Terms) -> Procedures:
    """Every kind there is."""
    return {
        Kind.OFFBOARD: Offboarding(record, helpscout, terms),
        Kind.RESTORE: Restoring(record, helpscout, terms),
        Kind.PROVISION: Provisioning(record, helpscout, terms),
        Kind.CHANGE: UserChange(record, helpscout, terms),
        Kind.DELETE_TEAM: TeamDeletion(record, helpscout, terms),
    }


def client_of(addresses: Any, **options: Any) -> HelpScout:
    """A client that waits for nothing; `addresses` has the simulation's attributes."""
    settings: dict[str, Any] = {name: getattr(addresses, name) for name in ADDRESSES}
    settings |= {"per_minute": 100_000, "timeout": 5.0, "waits": Waits.none()} | options
    return HelpScout(**settings)


def fill(record: Record, helpscout: HelpScout) -> None:
    """What a first sync would write."""
    now = record.now()
    users = helpscout.rest.users().values()
    teams = readable_teams(helpscout.rest)
    assert not teams.problem
    with record.transaction():
        record.users.put([UserRecord(user=user, first_seen=now, last_seen=now) for user in users])
        record.teams.replace(teams.listed or (), teams.members)


@dataclass
class Bot:
    """One bot: `apply` is the engine; the runner works once started."""

    record: Record
    helpscout: HelpScout
    workspace: FakeWorkspace
    terms: Terms
    patience: Patience = QUICK
    monotonic: Callable[[], float] = time.monotonic
    at: Callable[[str], None] = lambda _: None
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        procedures = procedures_of(self.record, self.helpscout, self.terms)
        self.runner = Runner(
            self.record,
            self.helpscout,
            self.workspace,
            procedures,
            self.terms,
            patience=self.patience,
            at=lambda point: self.at(point),
            told=self._told,
            watch=ClockWatch(self.record, monotonic=self.monotonic),
        )
        self.approvals = Approvals(
            self.record,
            self.workspace,
            procedures,
            self.terms,
            wake=self.runner.wake,
            look=lambda request: read_or_why(self.helpscout.rest, request),
        )
        self.apply = self.approvals.apply

    def _told(self) -> None:
        with self.changed:
            self.changed.notify_all()

    # What people do

    def ask(self, target: int, *, assignee: int | None = None, actor: str = RITA, **more: Any) -> Outcome:
        arguments: dict[str, object] = {"target_id": target, "assignee_id": assignee}
        return self.open(Kind.OFFBOARD, arguments, actor=actor, **more)

    def open(self, kind: Kind, arguments: dict[str, object], *, actor: str = RITA, **more: Any) -> Outcome:
        fields: dict[str, Any] = {"reason": "Leaves the company"} | more
        return self.apply(Open(kind=kind, actor=actor, arguments=arguments, **fields))

    def asked(self, target: int, **more: Any) -> Request:
        """An open request, for sure."""
        outcome = self.ask(target, **more)
        assert outcome.accepted, outcome.sentence
        assert outcome.request is not None
        return outcome.request

    def approve(self, request: Request, actor: str = ANA) -> Outcome:
        return self.apply(Decide(request_id=request.id, actor=actor, verdict=Verdict.APPROVE))

    def deny(self, request: Request, actor: str = ANA, reason: str = "Not yet") -> Outcome:
        return self.apply(Decide(request_id=request.id, actor=actor, verdict=Verdict.DENY, reason=reason))

    def cancel(self, request: Request, actor: str = RITA, reason: str = "") -> Outcome:
        return self.apply(Cancel(request_id=request.id, actor=actor, reason=reason))

    def move(self, request: Request, run_at: datetime | None, actor: str = RITA) -> Outcome:
        return self.apply(Reschedule(request_id=request.id, actor=actor, run_at=run_at))

    def retry(self, request: Request, actor: str = ANA) -> Outcome:
        return self.apply(Retry(request_id=request.id, actor=actor))

    # What is so

    def row(self, request: Request) -> Request:
        found = self.record.requests.get(request.id)
        assert found is not None
        return found

    def until(self, request: Request, *states: State, timeout: float = 20.0) -> Request:
        """Wait until the request is in one of `states`, by our doing or by another bot's (which does not wake us)."""
        ends = time.monotonic() + timeout
        with self.changed:
            while (row := self.row(request)).state not in states and time.monotonic() < ends:
                self.changed.wait(0.1)
        steps = self.record.requests.steps(row.id)
        assert row.state in states, f"still {row.state} after {timeout} s: {row.outcome}; {steps}"
        return row

    def events(self, request: Request | None = None) -> list[str]:
        """The audit log's events, oldest first."""
        id = request.id if request else None
        return [entry.event for entry in self.record.audit.entries(request_id=id, newest_first=False)]

    def refusals(self) -> list[str]:
        """The codes of the refused attempts on record."""
        entries = self.record.audit.entries(newest_first=False)
        return [str(entry.details["code"]) for entry in entries if entry.event == "request.refused"]

    def owed(self, topic: Topic) -> list[OutboxItem]:
        """What waits to be sent to Slack; claims it for a moment that is over at once."""
        items = self.record.outbox.claim("test", self.record.now(), timedelta(0), limit=1000)
        return [item for item in items if item.topic is topic]


@dataclass
class House:
    """The simulated account, the record's file, the workspace and the clock that all bots of a test share."""

    sim: SimulatedHelpScout
    target: str  # of the record: a path, or a postgresql:// URL; filled as after a first sync
    stack: ExitStack
    workspace: FakeWorkspace = field(default_factory=FakeWorkspace)
    clock: Clock = field(default_factory=Clock)
    _ids: dict[str, int] = field(default_factory=dict)

    def bot(self, *, start: bool = False, patience: Patience = QUICK, options: Any = None, **terms: Any) -> Bot:
        """A bot with connections of its own; with `start` its runner works."""
        record = self._open()
        helpscout = self.stack.enter_context(client_of(self.sim, **(options or {})))
        bot = Bot(
            record,
            helpscout,
            self.workspace,
            Terms(**{"requesters_named": True, **terms}),
            patience,
            self.clock.monotonic,
        )
        if start:
            bot.runner.start()
        self.stack.callback(bot.runner.stop, 5.0)
        return bot

    def _open(self) -> Record:
        record = open_record(self.target, clock=self.clock, seals=SEALS)
        self.stack.callback(record.close)
        return record

    def over(self, way: Way) -> None:
        """From now on the account is one that is written this way: no SCIM token; by REST, Ana's credential."""
        if way is Way.SCIM:
            return
        self.sim.scim_token = ""
        if way is Way.REST:
            self.sim.behaviour.credential = "ana@acme.example"
            self.sim.behaviour.new_calls = True

    def id(self, name: str) -> int:
        """The REST id of one of the cast ("jane", "max", "olivia"…), also once they are gone."""
        address = f"{name}@acme.example"
        known = next((one.id for one in self.sim.account.rows.values() if one.email == address), None)
        return self._ids.setdefault(name, known) if known is not None else self._ids[name]

    def deletes(self, who: int) -> int:
        """Effective removals of one person."""
        return self.sim.log.deletes[who]

    def leaves_at(self, match: str, who: int) -> None:
        """Somebody takes their seat in Help Scout itself, the moment a matching request arrives."""

        def act(_: object) -> None:
            if who in self.sim.account.listing:
                self.sim.remove_person(who)

        self.sim.on_request(act, match)

    def sent(self, match: str = "DELETE /scim/Users/*") -> int:
        """Requests that arrived, whatever was answered."""
        return self.sim.log.count(match)


@pytest.fixture(scope="session")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of the account that `house` has: the same seed gives the same people."""
    path = tmp_path_factory.mktemp("synced") / "record.db"
    record = open_record(str(path), seals=SEALS)
    with SimulatedHelpScout(people=PEOPLE) as sim, client_of(sim) as helpscout:
        fill(record, helpscout)
    record.close()
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Any]:
    """A real server; the test is left out, with the reason, where the system has none."""
    path = Path(__file__).parents[1] / "store/postgres.py"
    spec = importlib.util.spec_from_file_location("tests.store.postgres", path)
    assert spec is not None
    assert spec.loader is not None
    postgres = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(postgres)
    binaries = postgres.binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server (initdb, postgres) on this machine: apt-get install postgresql")
    with postgres.running(binaries) as server:
        yield server


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """What the record is kept on; tests that run on both are parametrised with `indirect`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def house_of(engine: str, synced: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[ExitStack], House]:
    """Builds houses: an account of 60, with conversations."""
    numbers = itertools.count(1)

    def build(stack: ExitStack) -> House:
        sim = stack.enter_context(SimulatedHelpScout(people=PEOPLE))
        if engine == "sqlite":
            target = str(tmp_path / f"record-{next(numbers)}.db")
            shutil.copyfile(synced, target)
        else:
            target = request.getfixturevalue("postgresql").new_schema()
            copy(str(synced), target)
        return House(sim, target, stack)

    return build


@pytest.fixture
def house(house_of: Callable[[ExitStack], House]) -> Iterator[House]:
    with ExitStack() as stack:
        yield house_of(stack)


@pytest.fixture
def bot(house: House) -> Bot:
    """A bot whose runner works."""
    return house.bot(start=True)


@pytest.fixture
def idle(house: House) -> Bot:
    """A bot whose runner is not started: decisions stay where they are."""
    return house.bot()


class Processes:
    """Bots as processes of their own (`bot_process.py`), each forked from one that has imported everything."""

    def __init__(self, folder: Path) -> None:
        self._pid_file = folder / "pid"
        self._zygote = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("bot_process.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, house: House, *jobs: dict[str, Any]) -> list[dict[str, Any]]:
        """Run jobs at the same time, on the house's record and account; what became of each."""
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        addresses = {name: getattr(house.sim, name) for name in ADDRESSES}
        self._pid_file.unlink(missing_ok=True)
        shared = {"target": house.target, "pid_file": str(self._pid_file), "addresses": addresses}
        self._zygote.stdin.write(json.dumps([job | shared for job in jobs]) + "\n")
        self._zygote.stdin.flush()
        answers: list[dict[str, Any]] = json.loads(self._zygote.stdout.readline())
        return answers

    def kill(self) -> None:
        """kill -9 for the one that runs now."""
        os.kill(int(self._pid_file.read_text()), signal.SIGKILL)

    def close(self) -> None:
        self._zygote.communicate(timeout=10)


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    started = Processes(tmp_path_factory.mktemp("processes"))
    yield started
    started.close()
