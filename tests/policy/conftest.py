"""Values that the rules are tried on; each fixture makes one with everything in order, and a test breaks one thing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.model.member import Member
from bot.model.request import Kind, Request
from bot.model.user import Status, User, UserRecord
from bot.policy.people.identity import About
from bot.policy.requests.opening_facts import OpeningFacts

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # a Tuesday


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def person() -> Callable[..., UserRecord]:
    def make(id: int, **fields: Any) -> UserRecord:
        row = {name: fields.pop(name) for name in ("status", "removed_at", "scim_id", "request_id") if name in fields}
        user = User(
            id=id, **{"first_name": "Jane", "last_name": f"Doe{id}", "email": f"jane{id}@acme.example", **fields}
        )
        return UserRecord(user=user, first_seen=NOW - timedelta(days=9), last_seen=NOW - timedelta(days=1), **row)

    return make


@pytest.fixture
def member() -> Callable[..., Member]:
    def make(id: str, **fields: Any) -> Member:
        return Member(id=id, **{"name": id.lower(), "email": f"{id.lower()}@acme.example", **fields})

    return make


@pytest.fixture
def request_row() -> Callable[..., Request]:
    def make(**fields: Any) -> Request:
        given = {
            "id": "R1",
            "kind": Kind.OFFBOARD,
            "opened_at": NOW,
            "requester": "UASKS",
            "target_id": 7,
            "target_name": "Jane Doe",
            "target_email": "jane@acme.example",
            "reason": "left",
            "expires_at": NOW + timedelta(hours=24),
        }
        return Request(**{**given, **fields})

    return make


@pytest.fixture
def facts(member: Callable[..., Member]) -> Callable[..., OpeningFacts]:
    """An opening that every rule lets pass."""
    target = User(id=7, first_name="Jane", last_name="Doe", email="jane@acme.example", role="user", type="user")
    fine = OpeningFacts(
        kind=Kind.OFFBOARD,
        actor=member("UASKS"),
        requesters=None,
        approvers=(member("UBOSS"), member("UCHIEF")),
        reason="left the company",
        now=NOW,
        target=target,
        status=Status.ACTIVE,
        about=About(person=True, keys=target.keys, mains=frozenset({target.key})),
        guards_protected=True,
    )

    def make(**changes: Any) -> OpeningFacts:
        return replace(fine, **changes)

    return make
