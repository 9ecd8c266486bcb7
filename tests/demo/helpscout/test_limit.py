"""The rate limit: windows as values, headers over HTTP."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest

from bot.demo.helpscout.http.limit import Limit

if TYPE_CHECKING:
    from tests.demo.helpscout.conftest import Client, Connect


def allowed(limit: Limit, cost: int, now: float, key: str = "") -> bool:
    allowance = limit.spend(key, cost, now)
    assert allowance is not None
    return allowance.allowed


def test_a_fixed_window_starts_with_its_first_request_and_empties_at_once() -> None:
    limit = Limit(3, window=60)
    assert [allowed(limit, 1, now) for now in (100, 130, 159, 159.9)] == [True, True, True, False]
    assert [allowed(limit, 1, now) for now in (160, 160, 160, 160)] == [True, True, True, False]


def test_a_sliding_window_frees_each_request_by_itself() -> None:
    limit = Limit(3, window=60, sliding=True)
    assert [allowed(limit, 1, now) for now in (100, 130, 159, 159.9)] == [True, True, True, False]
    assert [allowed(limit, 1, now) for now in (160, 160, 190, 190)] == [True, False, True, False]


@pytest.mark.parametrize("sliding", [False, True])
def test_a_write_that_costs_two_needs_room_for_two_and_a_refusal_costs_nothing(sliding: bool) -> None:
    limit = Limit(3, window=60, sliding=sliding)
    assert [allowed(limit, cost, 100) for cost in (2, 2, 1, 1)] == [True, False, True, False]
    assert allowed(limit, 2, 161)


def test_keys_are_counted_apart() -> None:
    limit = Limit(1, window=60)
    assert allowed(limit, 1, 100, "a")
    assert allowed(limit, 1, 100, "b")
    assert not allowed(limit, 1, 100, "a")
    assert limit.least_left(100) == 0
    assert limit.least_left(161) == 1


@pytest.mark.parametrize(("sliding", "wait"), [(False, 50.0), (True, 54.0)])
def test_the_wait_told_is_exactly_when_the_request_fits(sliding: bool, wait: float) -> None:
    limit = Limit(3, window=60, sliding=sliding)
    for now in (100, 104, 108):
        limit.spend("", 1, now)
    refused = limit.spend("", 2, 110)
    assert refused is not None
    assert refused.reset_in == wait
    assert not allowed(limit, 2, 110 + wait - 0.01)
    assert allowed(limit, 2, 110 + wait)


def test_the_guide_s_headers_count_down_and_a_refusal_says_when_to_come_again(connect: Connect) -> None:
    client = connect(limit=3)
    lefts = [client.rest.get("/teams").headers["X-RateLimit-Remaining"] for _ in range(3)]
    assert lefts == ["2", "1", "0"]
    refused = client.rest.get("/teams")
    assert refused.status_code == 429
    assert 58 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["X-RateLimit-Limit"] == "3"
    assert int(refused.headers["X-RateLimit-Reset"]) > 1_500_000_000
    assert [entry.left for entry in client.sim.log.entries("/teams")] == [2, 1, 0, 0]
    assert client.sim.rate_left == 0


def test_the_pages_headers_have_other_names_and_writes_cost_two(connect: Connect) -> None:
    client = connect(limit=5, reading="pages")
    conversation = client.sim.conversations[0]
    read = client.rest.get("/teams")
    assert read.headers["X-RateLimit-Remaining-Minute"] == "4"
    assert read.headers["X-RateLimit-Limit-Minute"] == "5"
    write = client.rest.patch(f"/conversations/{conversation.id}", json={"op": "remove", "path": "/assignTo"})
    assert write.headers["X-RateLimit-Remaining-Minute"] == "2"
    assert client.scim.get("/Users").headers["X-RateLimit-Remaining-Minute"] == "1"  # one account, one limit
    refused = client.scim.delete(f"/Users/{client.sim.person('jane@acme.example').scim_id}")
    assert refused.status_code == 429
    assert refused.json()["status"] == "429"
    assert "Retry-After" not in refused.headers
    assert 58 <= int(refused.headers["X-RateLimit-Retry-After"]) <= 60
    assert client.sim.person("jane@acme.example").active


def test_under_the_guide_each_token_has_its_own_limit_and_a_write_costs_one(connect: Connect) -> None:
    client = connect(limit=2)
    change = {"op": "remove", "path": "/assignTo"}
    assert client.rest.patch(f"/conversations/{client.sim.conversations[0].id}", json=change).status_code == 204
    assert client.rest.get("/teams").status_code == 200
    assert client.rest.get("/teams").status_code == 429
    client.renew()
    assert client.rest.get("/teams").status_code == 200
    assert client.scim.get("/Users").status_code == 200


def test_waits_may_be_http_dates_and_the_reset_a_number_of_seconds(connect: Connect) -> None:
    client = connect(limit=1)
    client.sim.behaviour.retry_after = "date"
    client.sim.behaviour.reset = "seconds"
    client.rest.get("/teams")
    refused = client.rest.get("/teams")
    wait = parsedate_to_datetime(refused.headers["Retry-After"]) - client.sim.log.entries(last=1)[0].at
    assert 59 <= wait.total_seconds() <= 62
    assert int(refused.headers["X-RateLimit-Reset"]) <= 60


def test_without_a_limit_there_are_no_rate_headers(client: Client) -> None:
    assert not [name for name in client.rest.get("/teams").headers if "ratelimit" in name.lower()]
    assert client.sim.rate_left is None
