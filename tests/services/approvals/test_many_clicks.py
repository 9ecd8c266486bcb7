"""Fifty clicks at the same moment, over bots that are processes of their own: two on a file, three on a server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from bot.model.request import State

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House, Processes

ANA, BO, CLEO = "UANA", "UBO", "UCLEO"


ACTORS = [[ANA, CLEO, "UMAX", "URITA", "UJANE"] * 5, [CLEO, ANA, "UGUS", "UBO", "UNOBODY"] * 5]


@pytest.mark.parametrize(
    ("engine", "bots"),
    [("sqlite", ACTORS), pytest.param("postgresql", [*ACTORS, []], marks=pytest.mark.postgresql)],
    ids=["two bots on a file", "three on PostgreSQL"],
    indirect=["engine"],
)
@pytest.mark.parametrize(("target", "needed"), [("jane", 1), ("bo", 2)], ids=["one approval", "an admin: two"])
def test_fifty_clicks_over_two_processes_make_one_execution(
    target: str, needed: int, bots: list[list[str]], house: House, idle: Bot, processes: Processes
) -> None:
    person = house.id(target)
    request = idle.asked(person, assignee=house.id("max"))
    start_at = time.time() + 0.6
    jobs = [{"do": "click", "request": request.id, "actors": some, "start_at": start_at} for some in bots]
    outcomes = processes.run(house, *jobs)
    assert [outcome["code"] for outcome in outcomes] == [0] * len(bots), outcomes
    assert sum(sum(outcome["said"]) for outcome in outcomes) == needed
    votes = idle.record.requests.decisions(request.id)
    assert len({vote.actor for vote in votes}) == len(votes) == needed
    assert {vote.actor for vote in votes} <= {ANA, BO, CLEO}
    assert idle.row(request).state is State.DONE
    assert (house.sent(), house.deletes(person)) == (1, 1)
    events = idle.events(request)
    assert events.count("request.approved") == events.count("request.started") == events.count("request.done") == 1
    assert events.count("request.refused") == 50 - needed
    assert idle.record.audit.verify().whole
