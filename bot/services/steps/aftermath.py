"""What a removal leaves behind in Help Scout: workflows that turned invalid, rotations that still name the person.

What a workflow does isn't shown by the API (Mailbox API 2.0, "List workflows"), so who assigns to the leaver can't be
read; that one became `invalid` with the removal can.
"""

from collections.abc import Mapping
from typing import Any

from bot.helpscout.errors import HelpScoutError
from bot.helpscout.rest import Rest
from bot.services.side_by_side import together
from bot.services.steps.duty.reading import rotations_naming

INVALID = "invalid"


def workflows_before(rest: Rest) -> dict[str, str] | None:
    """Status by id, None where it can't be read: nothing of an offboarding hangs on it."""
    try:
        return {str(one.id): one.status for one in rest.automation.workflows()}
    except HelpScoutError:
        return None


def afterwards(rest: Rest, plan: Mapping[str, Any], recorded: Mapping[str, Any]) -> dict[str, Any]:
    """Names of what needs a person's hand now. The removal is done: what can't be read is said, and stops nothing."""
    workflows, rotations = together(
        lambda: _invalid(rest, recorded.get("workflows")), lambda: _rotations(rest, int(plan["rest_id"]))
    )
    return {
        **({"invalid_workflows": workflows} if workflows else {}),
        **({"rotations_left": rotations} if rotations else {}),
        **({"unread": True} if workflows is None or rotations is None else {}),
    }


def _invalid(rest: Rest, before: Mapping[str, str] | None) -> list[str] | None:
    if before is None:
        return []
    try:
        now = rest.automation.workflows()
    except HelpScoutError:
        return None
    return [one.name or str(one.id) for one in now if one.status == INVALID and before.get(str(one.id)) != INVALID]


def _rotations(rest: Rest, user_id: int) -> list[str] | None:
    try:
        return rotations_naming(rest, user_id)
    except HelpScoutError:
        return None


def said_of(result: Mapping[str, Any]) -> list[str]:
    """Sentences for people."""
    said = []
    if workflows := result.get("invalid_workflows"):
        said.append(f"Workflows that became invalid: {', '.join(workflows)}. Choose someone else in them.")
    if rotations := result.get("rotations_left"):
        said.append(f"Rotations that still name them: {', '.join(rotations)}. Take them out in Help Scout.")
    if result.get("unread"):
        said.append("I couldn't read afterwards whether a workflow became invalid or a rotation still names them.")
    return said
