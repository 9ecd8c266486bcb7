"""Sources are believed when they are whole; what is held back waits for an approver; what people say stays said."""

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.model.colleague import Colleague, Employment, Listing, Manager
from bot.model.member import Member
from bot.model.outbox import Topic
from bot.model.problem import Problem
from bot.model.sync import SyncState
from bot.model.user import Status, User, UserRecord
from bot.policy.people.finding import Finding, Kind
from bot.policy.people.source_guard import Before
from bot.services.reconciling.readings import Readings
from bot.services.reconciling.reconciliation import Reconciliation
from bot.store.record import Record, open_record

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
ADA = Member(id="UADA", name="Ada", email="ada@acme.example")


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Told:
    """A source that says what a test wants."""

    name, title = "okta", "Okta"

    def __init__(self) -> None:
        self.people: list[Colleague] = []
        self.group = ""
        self.as_of: datetime | None = None
        self.problem = ""
        self.reads = 0

    def read(self) -> Listing:
        self.reads += 1
        if self.problem:
            raise Problem(self.problem)
        return Listing(source="okta", title="Okta", people=tuple(self.people), group=self.group, as_of=self.as_of)


def who(n: int, state: Employment = Employment.ACTIVE) -> Colleague:
    return Colleague(id=f"00u{n}", email=f"p{n}@acme.example", name=f"P{n} X", state=state, said=state.value)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def record(tmp_path: Path, clock: Clock) -> Iterator[Record]:
    record = open_record(str(tmp_path / "record.db"), clock=clock)
    users = [
        User(id=n, email=f"p{n}@acme.example", first_name=f"P{n}", last_name="X", role="user") for n in range(1, 41)
    ]
    record.users.put([UserRecord(user=user, first_seen=NOON, last_seen=NOON) for user in users])
    record.syncs.finish(replace(record.syncs.start("start", NOON), state=SyncState.DONE))
    yield record
    record.close()


@pytest.fixture
def told() -> Told:
    source = Told()
    source.people = [who(n) for n in range(1, 41)]
    return source


Make = Callable[[], Reconciliation]


@pytest.fixture
def make(record: Record, told: Told) -> Make:
    """As after a start: nothing is known but what the record has."""
    return lambda: Reconciliation(record, Readings(record, [told], share=0.10, interval=timedelta(hours=1)))


def kinds(service: Reconciliation) -> list[str]:
    return [one.kind.value for one in service.compare(anew=True).findings]


def problem(service: Reconciliation) -> str:
    return " ".join(one.problem for one in service.compare(anew=True).problems)


def test_a_whole_reading_is_compared_and_kept(make: Make, told: Told, record: Record) -> None:
    told.people[0] = who(1, Employment.SUSPENDED)
    (one,) = make().compare().findings
    assert (one.kind, one.id) == (Kind.ORPHAN, 1)
    before = record.sources.before(replace(told.read(), people=(who(2), who(50))))
    assert before is not None
    assert (before.active, before.gone) == (39, 38)
    assert record.sources.pairs()["okta", "00u1"] == 1


def test_a_manager_is_kept_for_who_has_left_and_goes_when_no_source_names_one(
    make: Make, told: Told, record: Record
) -> None:
    told.people[:2] = [replace(one, manager="boss@acme.example") for one in told.people[:2]]
    make().compare()
    record.users.mark_gone(1, Status.OFFBOARDED, NOON, None)
    told.people[:2] = [replace(one, manager="") for one in told.people[:2]]
    told.problem = "away"
    make().compare()
    kept = Manager("boss@acme.example", "okta")
    assert (record.managers.of(1), record.managers.of(2)) == (kept, kept), "a source that failed takes nobody's"
    told.problem = ""
    make().compare()
    assert (record.managers.of(1), record.managers.of(2)) == (kept, None)


def test_who_vanishes_from_a_source_is_an_orphan_also_after_a_restart(make: Make, told: Told) -> None:
    assert kinds(make()) == []
    told.people = told.people[1:]
    again = make()
    (one,) = again.compare(anew=True).findings
    assert (one.kind, one.id, one.detail) == (Kind.ORPHAN, 1, "not listed anymore in Okta")
    assert kinds(make()) == ["orphan"], "and stays one"


def test_a_source_that_is_suddenly_small_opens_nothing_until_an_approver_confirms(make: Make, told: Told) -> None:
    assert kinds(make()) == []
    told.people = told.people[:20]
    service = make()
    assert kinds(service) == []
    assert "20 of 40 people who worked here by Okta are suddenly gone from it. Nothing was compared" in problem(service)
    assert problem(service), "and asks again, as the last whole reading stays the measure"
    nobody = service.accept("okta", "UBO", member=ADA, approvers=frozenset({"UOTHER"}))
    assert nobody == "Only an approver can confirm a list of who works here."
    assert service.accept("okta", "UADA", member=ADA, approvers=frozenset({"UADA"})).startswith("Confirmed: Okta")
    assert kinds(service) == ["orphan"] * 20
    assert "held back now" in service.accept("okta", "UADA", member=ADA, approvers=frozenset({"UADA"}))


def test_a_long_list_is_kept_and_measured_without_a_second_one_in_memory(record: Record) -> None:
    people = tuple(Colleague(id=f"person{n}@acme.example", email=f"person{n}@acme.example") for n in range(10_000))
    listing = Listing(source="csv", title="the CSV file", people=people)
    for before in (None, Before(active=10_000)):
        tracemalloc.start()
        try:
            assert record.sources.before(listing) == before
            record.sources.keep(listing)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 2_800_000, "most of it what is written at once, which does not grow"


def test_so_is_one_that_suddenly_calls_many_gone(make: Make, told: Told) -> None:
    assert kinds(make()) == []
    told.people = [who(n, Employment.SUSPENDED if n < 20 else Employment.ACTIVE) for n in range(1, 41)]
    assert kinds(make()) == []
    assert "suddenly gone" in problem(make())


def test_a_first_reading_with_too_many_orphans_waits(make: Make, told: Told, record: Record) -> None:
    told.people = [who(n, Employment.SUSPENDED if n < 9 else Employment.ACTIVE) for n in range(1, 41)]
    service = make()
    assert kinds(service) == []
    assert "By Okta, read for the first time, 8 of 40 people with a seat are gone" in problem(service)
    assert record.sources.read_at() == {}
    found = service.compare(accepted_by="command line")
    assert [one.kind for one in found.findings] == [Kind.ORPHAN] * 8
    assert kinds(make()) == ["orphan"] * 8, "accepted once, it is the measure"


def test_before_help_scout_was_read_no_list_is_judged_nor_kept_nor_accepted(tmp_path: Path, told: Told) -> None:
    told.people = [who(n, Employment.LEFT) for n in range(1, 41)]
    with closing(open_record(str(tmp_path / "new.db"), clock=lambda: NOON)) as empty:
        readings = Readings(empty, [told], share=0.10, interval=timedelta(hours=1))
        service = Reconciliation(empty, readings)
        run = empty.syncs.start("start", NOON)
        assert not readings.due(), "nobody reads it in time either"
        for by in ("", "command line"):
            found = service.compare(anew=True, accepted_by=by)
            assert "hasn't read Help Scout yet" in found.problems[0].problem
            assert "Okta was not compared. Run a sync first." in found.problems[0].problem
        assert (told.reads, empty.sources.read_at()) == (0, {})
        users = [User(id=n, email=f"p{n}@acme.example") for n in range(1, 41)]
        empty.users.put([UserRecord(user=user, first_seen=NOON, last_seen=NOON) for user in users])
        empty.syncs.finish(replace(run, state=SyncState.DONE))
        assert readings.due()
        found = service.compare()
        assert found.findings == ()
        assert "read for the first time, 40 of 40 people with a seat are gone" in found.problems[0].problem


def test_another_group_is_a_first_reading_again(make: Make, told: Told) -> None:
    assert kinds(make()) == []
    told.people, told.group = told.people[:10], "Help Scout"
    assert "read for the first time" in problem(make())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda told: setattr(told, "people", []), "Okta listed nobody"),
        (lambda told: setattr(told, "as_of", NOON - timedelta(days=2)), "is older"),
        (lambda told: setattr(told, "as_of", NOON - timedelta(days=40)), "is older"),
        (lambda told: setattr(told, "problem", "Okta is down. Nothing was compared with it."), "Okta is down"),
    ],
)
def test_what_is_not_believed_opens_nothing_and_can_not_be_accepted(
    make: Make, told: Told, change: Callable[[Told], None], words: str
) -> None:
    told.as_of = NOON - timedelta(days=1)
    assert kinds(make()) == []
    change(told)
    service = make()
    assert words in problem(service)
    assert "Nothing was compared with it." in problem(service)
    found = service.compare(anew=True, accepted_by="command line")
    assert found.findings == ()
    assert found.problems[0].held is None


def test_an_old_file_is_not_believed_at_first_either(make: Make, told: Told) -> None:
    told.as_of = NOON - timedelta(days=40)
    assert "last written on 2026-10-22" in problem(make())


def test_what_was_read_within_the_interval_is_not_asked_again(make: Make, told: Told, clock: Clock) -> None:
    service = make()
    service.compare()
    service.compare()
    assert told.reads == 1
    clock.now += timedelta(hours=1)
    assert service.readings.due()
    service.compare()
    assert told.reads == 2


def test_a_source_that_fails_is_told_to_the_channel_once_an_outage(make: Make, told: Told, record: Record) -> None:
    told.problem = "Okta is down. Nothing was compared with it."
    for _ in range(2):
        service = make()
        service._working.acquire()
        service._read_in_time()
    (item,) = record.outbox.claim("t", NOON, timedelta(minutes=1))
    assert (item.topic, item.payload["sentence"]) == (Topic.WARNING, told.problem)


def test_what_is_left_as_it_is_is_not_listed_until_its_end_or_taken_back(
    make: Make, told: Told, record: Record, clock: Clock
) -> None:
    told.people[0] = who(1, Employment.SUSPENDED)
    service = make()
    (one,) = service.compare().findings
    service.leave(one, by="UADA", why=" parental leave ", until=NOON + timedelta(days=30))
    assert kinds(service) == []
    line = record.audit.entries(limit=1)[0]
    assert (line.event, line.actor, line.user_id, line.details["why"]) == ("finding.left", "UADA", 1, "parental leave")
    clock.now += timedelta(days=31)
    assert kinds(service) == ["orphan"]
    service.leave(one, by="UADA", why="stays")
    assert service.take_back(one.key, by="UBO")
    assert not service.take_back(one.key, by="UBO")
    assert kinds(service) == ["orphan"]
    assert record.audit.entries(limit=1)[0].event == "finding.taken_back"


def test_what_is_left_as_it_is_is_listed_again_when_a_source_newly_says_that_they_are_gone(
    make: Make, told: Told, record: Record
) -> None:
    told.people[0] = who(1, Employment.SUSPENDED)
    (one,) = make().compare().findings
    make().leave(one, by="UADA", why="parental leave")
    assert kinds(make()) == []
    told.people[0] = who(1, Employment.LEFT)
    found = make().compare(anew=True)
    (back,) = found.findings
    assert (back.key, found.left) == (one.key, {})
    assert (found.returned[one.key].why, found.returned[one.key].seen) == ("parental leave", {"okta": "suspended"})
    make().leave(back, by="UADA", why="comes back")
    assert kinds(make()) == []
    told.people[0] = who(1, Employment.SUSPENDED)
    assert kinds(make()) == ["orphan"], "each time on what was seen then"


def test_slack_tells_of_somebody_left_as_they_are_when_they_are_deactivated(record: Record, told: Told) -> None:
    told.name, told.title = "slack", "Slack"
    guest = replace(who(1, Employment.SUSPENDED), said="guest", slack_ids=frozenset({"U1"}))
    service = Reconciliation(record, Readings(record, [told], share=0.10, interval=timedelta(hours=1)))
    finding = Finding(kind=Kind.ORPHAN, email="p1@acme.example", id=1, name="P1", sources={"slack": "guest"}, detail="")
    assert service.told(frozenset({1}), "0.0", guest) == 1
    service.leave(finding, by="UADA", why="an intern")
    assert service.signalled("seat:1", 1, "guest") is None
    gone = replace(guest, state=Employment.LEFT, said="deactivated")
    assert service.told(frozenset({1}), "1.0", gone) == 1
    assert service.told(frozenset({1}), "2.0", gone) == 0, "and once"
    assert service.signalled("seat:1", 1, "deactivated") is not None


def test_who_is_forgotten_is_forgotten_in_what_is_kept_of_sources(make: Make, told: Told, record: Record) -> None:
    told.people[0] = who(1, Employment.SUSPENDED)
    service = make()
    (one,) = service.compare().findings
    service.leave(one, by="UADA", why="P1 X is on leave")
    from bot.model.user import Status

    record.users.mark_gone(1, Status.REMOVED, NOON, None)
    record.forget(1, NOON)
    assert record.left_as_is.all() == {}
    assert ("okta", "00u1") not in record.sources.pairs()
