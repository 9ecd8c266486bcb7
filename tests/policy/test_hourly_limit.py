"""The hourly limit lets so many removals start, and says of the rest that they wait."""

import pytest

from bot.policy.requests.hourly_limit import queued


@pytest.mark.parametrize(("started", "limit", "waits"), [(0, 1, False), (9, 10, False), (10, 10, True), (11, 10, True)])
def test_as_many_start_as_may_and_no_more(started: int, limit: int, waits: bool) -> None:
    assert (queued(started, limit) is not None) is waits


def test_who_waits_hears_the_limit_and_no_variable() -> None:
    assert "at most 10 removals" in (queued(10, 10) or "")
    assert "at most 1 removal starts" in (queued(1, 1) or "")
    assert "HS_BOT" not in (queued(1, 1) or "")
