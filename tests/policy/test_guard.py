"""The removal guard."""

import pytest

from bot.policy.people.guard import removal_guard


@pytest.mark.parametrize(
    ("missing", "known", "share", "trips"),
    [
        (5, 5, 0.10, False),  # five may always go
        (6, 6, 0.10, True),
        (6, 60, 0.10, False),  # exactly the share
        (7, 69, 0.10, True),
        (7, 70, 0.10, False),
        (29, 100, 0.29, False),  # 0.29 * 100 is a bit less than 29 in binary
        (30, 100, 0.29, True),
        (0, 0, 0.10, False),
        (6, 0, 0.10, True),
        (6, 1000, 0.0, True),
        (1000, 1000, 1.0, False),
        (50, 500, 0.10, False),
        (51, 500, 0.10, True),
    ],
)
def test_it_trips_above_the_share_and_above_five(missing: int, known: int, share: float, trips: bool) -> None:
    assert (removal_guard(missing, known, share) is not None) is trips


def test_its_sentence_has_the_figures() -> None:
    sentence = removal_guard(30, 120, 0.10)
    assert sentence is not None
    assert "30 of 120 people" in sentence
    assert "An approver must confirm before they're recorded as gone." in sentence
