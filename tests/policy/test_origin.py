"""A payload's team must be ours, or our organisation's."""

import pytest

from bot.policy.people.origin import ELSEWHERE, Origin, Ours, may_come_from

ALONE, GRID = Ours("T1"), Ours("T1", "E1")
WHOLE = Ours("T1", "E1", whole=True)


@pytest.mark.parametrize(
    ("origin", "ours", "workspaces"),
    [
        (Origin("T1"), ALONE, frozenset()),
        (Origin("T1", "", "T1"), ALONE, frozenset()),
        (Origin("T1", "E1", "T1"), GRID, frozenset()),
        (Origin("", "E1"), GRID, frozenset()),
        (Origin("E1", "E1", "E1"), GRID, frozenset()),
        (Origin("T1", "E1", "T2"), GRID, frozenset({"T1", "T2"})),
        (Origin("T2", "E1"), WHOLE, frozenset()),
    ],
)
def test_what_is_ours_may_come(origin: Origin, ours: Ours, workspaces: frozenset[str]) -> None:
    assert may_come_from(origin, ours, workspaces) is None


@pytest.mark.parametrize(
    ("origin", "ours", "workspaces"),
    [
        (Origin("T2"), ALONE, frozenset()),
        (Origin("T2"), ALONE, frozenset({"T1", "T2"})),
        (Origin("T1", "E2"), ALONE, frozenset()),
        (Origin("T1", "E2"), GRID, frozenset()),
        (Origin("T2", "E1"), GRID, frozenset()),
        (Origin("T1", "", "T2"), ALONE, frozenset({"T1"})),
        (Origin("T2"), WHOLE, frozenset()),
        (Origin("T2", "E2"), WHOLE, frozenset()),
        (Origin("T2", "E1"), Ours("T1", "", whole=True), frozenset()),
        (Origin(), ALONE, frozenset()),
        (Origin(own="T1"), ALONE, frozenset({"T1"})),
        (Origin("t1"), ALONE, frozenset()),
        (Origin("?"), GRID, frozenset()),
    ],
)
def test_what_was_done_elsewhere_is_refused(origin: Origin, ours: Ours, workspaces: frozenset[str]) -> None:
    assert may_come_from(origin, ours, workspaces) is ELSEWHERE
