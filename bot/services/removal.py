"""Takes one seat away over SCIM, at most once for each effective need, and makes sure that it is gone.

The intent is journalled before the call is sent. Whatever comes back, or nothing, is settled by reading: REST says 404
and SCIM shows nobody, or somebody deactivated. A 404 to our own call counts as success only when the journal says that
we had sent it for this very id before.
"""

from collections.abc import Mapping
from typing import Any

from bot.helpscout.errors import HelpScoutError, NotFound, RateLimited, Unreachable
from bot.model.conversation import MoveState
from bot.services.execution import Attention, Execution, Stale
from bot.services.people import Differs, Person, as_text, look_at, same_person

TRIES = 3

NOT_DONE = (Unreachable, RateLimited)
"""It surely had no effect, and may work in a moment."""


def remove(ex: Execution) -> Mapping[str, Any]:
    """The step `remove`: looked at, sent, and sent again where that is needed, three times at most."""
    problem: HelpScoutError | None = None
    for attempt in range(TRIES + 1):
        person = _person(ex)
        if _was_sent(ex) and (person.user is None or person.gone_over_scim):
            return _removed(ex, f"settled by reading: {problem.sentence if problem else 'an earlier answer was lost'}")
        if attempt == TRIES:
            break
        _same(ex, person)
        try:
            return _send(ex)
        except HelpScoutError as failed:
            if not (failed.unsettled or isinstance(failed, NOT_DONE)):
                raise
            problem = failed
        ex.at("remove: no answer")
        ex.pause(ex.patience.again * 2**attempt)
    assert problem is not None
    raise Attention(
        f"The removal was tried {TRIES} times and did not work: {ex.request.target_name} is still in Help Scout, as "
        f"REST and SCIM both show. {problem.sentence}"
    )


def verify(ex: Execution) -> Mapping[str, Any]:
    """The step `verify`: REST may lag behind, so it is asked again with longer and longer pauses."""
    waited, pause, looks = 0.0, ex.patience.verify_first, 1
    while not (person := _person(ex)).gone:
        if waited >= ex.patience.verify:
            where = " and ".join(
                name for name, gone in (("REST", person.user is None), ("SCIM", person.gone_over_scim)) if not gone
            )
            raise Attention(
                f"The removal was sent and answered, yet {where} still shows {ex.request.target_name} after "
                f"{waited:.0f} seconds. Look at them in Help Scout, then press Retry to look again."
            )
        ex.pause(pause)
        waited, pause, looks = waited + pause, min(pause * 2, ex.patience.verify_longest), looks + 1
    return {"rest": "404", "scim": "deactivated" if person.scim is not None else "404", "looks": looks}


def _send(ex: Execution) -> Mapping[str, Any]:
    plan = ex.request.plan
    scim, scim_id, how = ex.scim, str(plan["scim_id"]), str(plan["deprovision"])
    before = list(ex.saved.get("sent", []))
    ex.save("removal.sending", sent=[*before, {"scim_id": scim_id, "how": how, "at": as_text(ex.now())}])
    ex.at("remove: about to send")
    try:
        if how == "deactivate":
            scim.deactivate_user(scim_id)
        else:
            scim.delete_user(scim_id)
    except NotFound as missing:
        if before:
            return _removed(ex, "answered 404: an earlier call, whose answer was lost, had worked")
        ex.save("removal.refused", sent=before, refused=missing.status)
        raise Attention(
            f"SCIM answered 404 to the removal of {ex.request.target_name}, though it showed them a moment before: "
            "somebody else may have removed them. Look at them in Help Scout, then press Retry."
        ) from missing
    except HelpScoutError as refused:
        if not refused.unsettled:
            ex.save("removal.refused", sent=before, refused=refused.status)
        raise
    ex.at("remove: answered")
    return _removed(ex, "answered")


def _was_sent(ex: Execution) -> bool:
    return any(sent["scim_id"] == ex.request.plan["scim_id"] for sent in ex.saved.get("sent", []))


def _person(ex: Execution) -> Person:
    return look_at(ex.rest, ex.scim, int(ex.request.plan["rest_id"]), str(ex.request.plan["scim_id"]))


def _same(ex: Execution, person: Person) -> None:
    """Raises `Stale`, saying what was done by then, when they are no longer who was approved."""
    try:
        same_person(ex.request, person, ex.terms.protected)
    except Differs as differs:
        moved = sum(move.state is MoveState.MOVED for move in ex.record.moves.of_request(ex.request.id))
        by_then = f"{moved} open conversations had been handed over by then; nobody" if moved else "Nobody"
        raise Stale(f"{differs.sentence} {by_then} was removed; ask again.") from differs


def _removed(ex: Execution, how: str) -> Mapping[str, Any]:
    return {"removed_at": as_text(ex.now()), "settled": how, "scim_id": ex.request.plan["scim_id"]}
