"""The way by hand: a person does it in Help Scout, and it is done only when a reading shows it.

What stands in the journal as sent is what a person was asked to do; from then on it must be found out in any case.
"""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from bot.model.way import Way
from bot.policy.by_hand import joining, task_after
from bot.policy.requests.soundness import NOTHING_DONE
from bot.services.credential import Credential
from bot.services.requests.execution import Execution, NeedsPerson, Stale
from bot.services.steps.removal import read_person
from bot.services.steps.same_person import Differs, as_text, same_person
from bot.services.ways.over_reading import OverReading, created_id, vacant
from bot.services.ways.port import Result
from bot.services.ways.readings import is_done, missing_teams, seated_as


class ByHand(OverReading):
    """Needs nothing."""

    way = Way.HAND

    def remove(self, ex: Execution) -> Result:
        return _by_hand(ex, lambda: _the_same(ex), lambda: {"rest_id": ex.request.plan["rest_id"]})

    def create(self, ex: Execution) -> Result:
        def result() -> Mapping[str, Any]:
            found = seated_as(ex.rest, ex.request.plan)
            return {"rest_id": found.id if found is not None else None}

        return _by_hand(
            ex,
            lambda: vacant(ex),
            result,
            shown=lambda: seated_as(ex.rest, ex.request.plan) is not None,
        )

    def join(self, ex: Execution) -> Result:
        plan = ex.request.plan
        missing = missing_teams(ex.rest, plan, created_id(ex)) if plan["teams"] else []
        if missing:
            raise NeedsPerson(f"{ex.request.target_name} has a seat. {joining(ex.request, missing)}")
        return {"joined": [team["name"] for team in plan["teams"]]}

    def change(self, ex: Execution) -> Result:
        fields = sorted(ex.request.plan["changes"])
        return _by_hand(ex, lambda: _the_same(ex), lambda: {"fields": fields})

    def delete_team(self, ex: Execution) -> Result:
        return _by_hand(ex, lambda: None, lambda: {"team_id": ex.request.plan["team_id"]})


def hand_over(ex: Execution, why: str, *, missing: bool) -> NoReturn:
    """A person is to write it. `missing`: this account's API has no such call. Raises `NeedsPerson`."""
    if missing:
        Credential(ex.record).no_such_call()
    ex.save(f"{ex.step.name}.by_hand", way=Way.HAND.value, handed=as_text(ex.now()))
    raise NeedsPerson(f"{why} {_task(ex)}".lstrip())


def _by_hand(
    ex: Execution,
    same: Callable[[], object],
    result: Callable[[], Mapping[str, Any]],
    *,
    shown: Callable[[], bool] | None = None,
) -> Result:
    """Ask a person once, after all was found as approved (`same`); from then on only read."""
    done = shown or (lambda: is_done(ex.rest, ex.request))
    if ex.saved.get("handed"):
        if done():
            return {**result(), "settled": "by reading: a person did it in Help Scout", "at": as_text(ex.now())}
        raise NeedsPerson(_task(ex))
    same()
    ex.sound()
    ex.at(f"{ex.step.name}: about to ask")
    hand_over(ex, "", missing=False)


def _the_same(ex: Execution) -> None:
    try:
        same_person(ex, read_person(ex, own=True))
    except Differs as differs:
        raise Stale(f"{differs.sentence} {NOTHING_DONE}") from differs


def _task(ex: Execution) -> str:
    return task_after(ex.request, ex.result_of("reassign"))
