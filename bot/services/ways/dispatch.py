"""The steps of every kind that depend on the way a request goes."""

from collections.abc import Mapping

from bot.model.user import User
from bot.model.way import Way
from bot.policy.requests.soundness import NOTHING_DONE
from bot.services.requests.execution import Execution, Stale
from bot.services.steps.removal import read_person
from bot.services.steps.same_person import Differs, or_none, same_person
from bot.services.ways.by_hand import ByHand
from bot.services.ways.choosing import way_now
from bot.services.ways.over_rest import OverRest
from bot.services.ways.over_scim import OverScim
from bot.services.ways.port import Result, Writing

WRITINGS: Mapping[Way, Writing] = {one.way: one for one in (OverScim(), OverRest(), ByHand())}


def writing(ex: Execution) -> Writing:
    """The way this request goes now."""
    return WRITINGS[ex.way]


def identified(ex: Execution) -> tuple[User, Result]:
    """The step `check` of a person who has a seat: who was approved, over the way that was approved, or by hand."""
    person = read_person(ex, own=True)
    way = way_now(ex, person.own)
    try:
        user, scim = same_person(ex, person, way)
    except Differs as differs:
        raise Stale(f"{differs.sentence} {NOTHING_DONE}") from differs
    return user, {
        "rest_id": user.id,
        "scim_id": scim.id if scim is not None else None,
        "email": user.email,
        "role": user.role,
        "way": way.value,
    }


def vacant(ex: Execution) -> Result:
    """The step `check` of a seat that is to be given."""
    way = way_now(ex, or_none(ex.rest.me))
    return {**WRITINGS[way].vacant(ex), "way": way.value}


def remove(ex: Execution) -> Result:
    """The step `remove`."""
    return _with_way(ex, writing(ex).remove(ex))


def verify(ex: Execution) -> Result:
    """The step `verify` of a removal."""
    return writing(ex).removed(ex)


def create(ex: Execution) -> Result:
    """The step `create`."""
    return _with_way(ex, writing(ex).create(ex))


def join_teams(ex: Execution) -> Result:
    """The step `teams`."""
    return writing(ex).join(ex) if ex.request.plan["teams"] else {"joined": []}


def change(ex: Execution) -> Result:
    """The step `change`."""
    return _with_way(ex, writing(ex).change(ex))


def delete_team(ex: Execution) -> Result:
    """The step `remove` of a team."""
    return _with_way(ex, writing(ex).delete_team(ex))


def team_deleted(ex: Execution) -> Result:
    """The step `verify` of a team."""
    return writing(ex).team_deleted(ex)


def _with_way(ex: Execution, result: Result) -> Result:
    return {**result, "way": ex.way.value}
