"""What is only read, and over REST alone: the same whether REST or a person writes."""

from bot.policy.requests.soundness import NOTHING_DONE
from bot.services.requests.execution import Attention, Execution, Stale
from bot.services.steps.same_person import or_none
from bot.services.ways.port import Result
from bot.services.ways.readings import seated_as


class OverReading:
    """A part of `OverRest` and `ByHand`."""

    def removed(self, ex: Execution) -> Result:
        """As over SCIM, REST alone: it may lag behind."""
        rest_id = int(ex.request.plan["rest_id"])
        for looks, waited in enumerate(ex.looks(), 1):  # noqa: B007 - `waited` is told
            if or_none(lambda: ex.rest.user(rest_id)) is None:
                return {"rest": "404", "looks": looks}
        raise Attention(
            f"The removal was sent and answered, yet Help Scout still shows {ex.request.target_name} after "
            f"{waited:.0f} seconds. Look at them in Help Scout, then press Retry to look again."
        )

    def vacant(self, ex: Execution) -> Result:
        return vacant(ex)

    def team_deleted(self, ex: Execution) -> Result:
        plan = ex.request.plan
        for _ in ex.looks():
            if all(team.id != plan["team_id"] for team in ex.rest.teams()):
                return {"rest": "gone"}
        raise Attention(f"Help Scout goes on showing the team {plan['name']}. Look at it there, then press Retry.")


def vacant(ex: Execution, nothing_done: str = NOTHING_DONE) -> Result:
    """Nobody has the address; raises `Stale` when somebody does."""
    found = seated_as(ex.rest, ex.request.plan)
    if found is not None:
        raise Stale(f"{found.name} already has the e-mail {ex.request.plan['email']} in Help Scout. {nothing_done}")
    return {"vacant": True}


def created_id(ex: Execution) -> int:
    """REST id of who was created."""
    created = ex.result_of("create") or {}
    if created.get("rest_id"):
        return int(created["rest_id"])
    for _ in ex.looks(costly=True):
        if (found := seated_as(ex.patient_rest, ex.request.plan)) is not None:
            return found.id
    raise Attention(
        f"{ex.request.target_name} was created, but Help Scout does not show them yet. Press Retry to look again; "
        "nobody is created a second time."
    )
