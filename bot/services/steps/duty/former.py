"""What somebody who is restored could see and was in turn for, as the offboarding recorded it.

Rotations are put back where that was wished. Access to inboxes can't be given to somebody who is there: Mailbox API 2.0
has no call for it. What is missing is named, for a person to give.
"""

from collections.abc import Mapping
from typing import Any

from bot.helpscout.duty import withheld
from bot.helpscout.errors import HelpScoutError
from bot.model.user import User, UserRecord
from bot.services.requests.execution import Execution
from bot.services.side_by_side import stream
from bot.services.steps.duty.reading import may_use
from bot.services.steps.duty.rotation import come_back
from bot.store.record import Record


def recorded(record: Record, known: UserRecord) -> Mapping[str, Any]:
    """What the step `record` of their offboarding kept; empty when there was none."""
    if known.request_id is None:
        return {}
    steps = record.requests.steps(known.request_id)
    return next((step.result for step in steps if step.name == "record"), {})


def former_rotations(record: Record, known: UserRecord) -> list[dict[str, Any]]:
    """Inboxes, by id and name, in whose rotation they were."""
    rotations = (recorded(record, known).get("duty") or {}).get("rotations", ())
    return [{"inbox_id": int(one["inbox_id"]), "inbox": str(one["inbox"])} for one in rotations]


def former_duty(record: Record, known: UserRecord, *, rotations: bool) -> dict[str, Any]:
    """The part of a restore's plan; `rotations`: whether they are to be put back."""
    inboxes = recorded(record, known).get("inboxes", ())
    return {
        "rotations": former_rotations(record, known) if rotations else [],
        "inboxes": [{"id": int(one["id"]), "name": str(one["name"])} for one in inboxes],
    }


def put_back_duty(ex: Execution, user: User) -> dict[str, Any]:
    """Into the rotations as they are now; and which inboxes a person has to give. A refusal stops nothing."""
    back: list[str] = []
    failed: dict[str, str] = {}
    rotations = ex.request.plan.get("rotations") or []
    for answer in stream(lambda one: _come_back(ex, int(one["inbox_id"]), user.id), rotations, width=4):
        why, name = answer.result(), str(answer.item["inbox"])
        if why:
            failed[name] = why
        else:
            back.append(name)
    inboxes = {int(one["id"]): str(one["name"]) for one in ex.request.plan.get("inboxes") or ()}
    allowed = may_use(ex.rest, user, inboxes)
    return {
        **({"rotations": sorted(back)} if back else {}),
        **({"rotations_failed": failed} if failed else {}),
        **({"inboxes": missing} if (missing := [inboxes[id] for id, may in allowed.items() if not may]) else {}),
    }


def _come_back(ex: Execution, inbox_id: int, user_id: int) -> str:
    """ "" when they are in it, else why not."""
    try:
        turned = come_back(ex.rest, inbox_id, user_id, None)
    except HelpScoutError as problem:
        if not withheld(problem):
            raise
        return problem.detail or problem.sentence
    return "" if turned.done else turned.why


def duty_said(result: Mapping[str, Any]) -> list[str]:
    """Sentences for people."""
    said = []
    if back := result.get("rotations"):
        said.append(f"They are back in the rotation of {', '.join(back)}.")
    if failed := result.get("rotations_failed"):
        named = "; ".join(f"{inbox} ({why.rstrip('.')})" for inbox, why in failed.items())
        said.append(f"They couldn't be put back into the rotation of {named}.")
    if inboxes := result.get("inboxes"):
        said.append(f"Give them access again in Help Scout to: {', '.join(inboxes)}. hs-bot can't do that.")
    return said
