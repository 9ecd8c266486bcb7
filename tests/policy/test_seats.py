"""Which seats look dormant, and how many each group has."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.people.by_group import GroupSeats, by_group
from bot.policy.people.dormant import Dormant, dormant

NOW = datetime(2026, 12, 1, tzinfo=UTC)
LONG = timedelta(days=90)
OLD = NOW - timedelta(days=400)


@pytest.mark.parametrize(
    ("status", "changed", "created", "since"),
    [
        ("away", 90, None, 90),
        ("active", 120, 400, 120),
        ("away", 89, None, None),
        ("active", 400, 10, None),  # a seat of ten days
        ("active", None, 400, None),  # no time is told
        ("", 400, None, None),  # only a change is known
    ],
)
def test_a_seat_looks_dormant_when_its_status_has_not_changed_for_long(
    status: str, changed: int | None, created: int | None, since: int | None
) -> None:
    def ago(days: int | None) -> datetime | None:
        return None if days is None else NOW - timedelta(days=days)

    found = dormant(status, ago(changed), ago(created), now=NOW, after=LONG)
    assert found == (None if since is None else Dormant(status == "away", NOW - timedelta(days=since)))


def test_a_status_that_never_changed_counts_from_the_seats_beginning() -> None:
    never = datetime(1970, 1, 1, tzinfo=UTC)
    assert dormant("active", never, OLD, now=NOW, after=LONG) == Dormant(False, OLD)
    assert dormant("active", never, None, now=NOW, after=LONG) is None


@given(
    st.dictionaries(st.integers(1, 30), st.frozensets(st.sampled_from(["Support", "Sales", "HR"])), max_size=30),
    st.sets(st.integers(1, 30)),
)
def test_each_seat_is_counted_in_every_group_of_theirs_and_nowhere_else(
    groups: dict[int, frozenset[str]], gone: set[int]
) -> None:
    seats = set(range(1, 31))
    rows = by_group(seats, groups, gone=gone)
    found = {row.name: row for row in rows}
    for name in ("Support", "Sales", "HR"):
        inside = {id for id in seats if name in groups.get(id, ())}
        assert found.get(name) == (GroupSeats(name, len(inside), len(inside & gone), 0) if inside else None)
    assert found.get("", GroupSeats("", 0, 0, 0)).seats == sum(not groups.get(id) for id in seats)
    assert [row.name for row in rows if not row.name] == [row.name for row in rows][-1:] or "" not in found
