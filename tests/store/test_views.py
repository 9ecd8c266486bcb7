"""For people who read the record with other tools: views with names, and a sentence for each table and column."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.model.change import Change, ChangeKind
from bot.model.request import Decision, Kind, Request, State, Verdict
from bot.model.team import Team, TeamMember
from bot.model.user import Status, UserRecord
from bot.store.described import DESCRIBED, VIEWS
from bot.store.described import TABLES as DESCRIBED_TABLES
from bot.store.record import Record
from bot.store.tables import TABLES

Person = Callable[..., UserRecord]
Make = Callable[..., Request]


def view(record: Record, name: str) -> list[dict[str, Any]]:
    columns = record._engine.columns(name)
    rows = record._engine.rows(f"SELECT {', '.join(columns)} FROM {name} ORDER BY id")
    return [dict(zip(columns, row, strict=True)) for row in rows]


def test_every_table_view_and_column_is_described_and_nothing_else(record: Record) -> None:
    assert set(DESCRIBED_TABLES) == set(TABLES)
    for name, about in DESCRIBED.items():
        assert sorted(about.columns) == sorted(record._engine.columns(name)), name
        assert all(text.endswith((".", "…")) for text in (about.holds, *about.columns.values()))
    assert all(about.holds.startswith("Internal: ") for about in DESCRIBED.values() if about.internal)


def test_the_views_are_described_in_the_order_of_their_columns(record: Record) -> None:
    assert {name: list(about.columns) for name, about in VIEWS.items()} == {
        name: record._engine.columns(name) for name in VIEWS
    }


def test_the_views_tell_who_asked_who_decided_and_whom_it_was_about(
    record: Record, person: Person, a_request: Make, clock: Callable[..., Any]
) -> None:
    noon = record.now()
    jane = person(7, status=Status.OFFBOARDED, removed_at=noon, request_id="r1")
    nameless = person(8, first_name="", last_name="", email="ops@example.com")
    record.users.put([jane, nameless, person(9, type="team")])
    record.teams.replace([Team(id=1, name="Support")], {TeamMember(1, 7)})
    record.requests.insert(
        a_request("r1", requester_name="Ana Ng", target_name="Jane Doe 7", target_email="jane.7@example.com", quorum=2)
    )
    record.requests.insert(a_request("r2", kind=Kind.PROVISION, target_id=None, target_email="new@example.com"))
    for actor, name in (("U2", "Bo Li"), ("U3", "")):
        vote = Decision(
            request_id="r1", actor=actor, actor_name=name, verdict=Verdict.APPROVE, reason="ok", decided_at=noon
        )
        record.requests.decide(vote)
    record.requests.transition("r1", from_states={State.PENDING}, to=State.DONE, outcome="Removed.")
    record.changes.add(
        [
            Change(user_id=7, kind=ChangeKind.OFFBOARDED, seen_at=noon, request_id="r1"),
            Change(user_id=404, kind=ChangeKind.JOINED, seen_at=noon + timedelta(hours=1), sync_id=3),
        ]
    )

    seats = view(record, "v_seats")
    assert [(row["id"], row["name"], row["status"], row["teams"], row["asked_by"]) for row in seats] == [
        (7, "Jane Doe 7", "offboarded", 1, "Ana Ng"),
        (8, "ops@example.com", "active", 0, None),
    ]
    one, two = view(record, "v_requests")
    assert (one["target"], one["asked_by"], one["approvals"], one["approvals_needed"]) == ("Jane Doe 7", "Ana Ng", 2, 2)
    assert (one["state"], one["outcome"]) == ("done", "Removed.")
    assert (two["target"], two["asked_by"], two["approvals"]) == ("new@example.com", "U1", 0)
    changes = view(record, "v_changes")
    assert [(row["name"], row["kind"], row["asked_by"], row["sync_id"]) for row in changes] == [
        ("Jane Doe 7", "offboarded", "Ana Ng", None),
        (None, "joined", None, 3),
    ]
    decisions = view(record, "v_decisions")
    assert [(row["decided_by"], row["target"], row["counts"], row["reason"]) for row in decisions] == [
        ("Bo Li", "Jane Doe 7", 1, "ok"),
        ("U3", "Jane Doe 7", 1, "ok"),
    ]
