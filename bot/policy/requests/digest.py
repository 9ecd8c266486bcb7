"""What was approved, bound: a digest over the plan, and what differs when somebody looks again."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.model.request import Kind

LABELS = {
    "target_id": "Help Scout id",
    "user_id": "Help Scout id",
    "rest_id": "Help Scout id",
    "scim_id": "SCIM id",
    "email": "e-mail",
    "role": "role",
    "type": "type",
    "assignee_id": "assignee",
    "assignee": "assignee",
    "run_at": "time",
    "at": "time",
    "first_name": "first name",
    "last_name": "last name",
    "team_id": "team",
    "team_ids": "teams",
    "teams": "teams",
    "name": "name",
}


def canonical(value: Any) -> str:
    """JSON with one spelling for each value: keys sorted, no blanks, times in UTC, sets sorted; NaN and others refused.

    Raises `TypeError` or `ValueError` for what JSON has no word for.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_spelled
    )


def plan_digest(kind: Kind, plan: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over the kind and the plan; another order of keys, or tuples for lists, change nothing."""
    return hashlib.sha256(canonical([str(kind), dict(plan)]).encode("utf-8", "surrogatepass")).hexdigest()


def stale(plan: Mapping[str, Any], fresh: Mapping[str, Any]) -> str | None:
    """None when both say the same; else a sentence naming what differs. A key on one side only differs too."""
    different = [
        key
        for key in sorted(plan.keys() | fresh.keys())
        if (key in plan) != (key in fresh) or canonical(plan[key]) != canonical(fresh[key])
    ]
    if not different:
        return None
    parts = [
        f"{LABELS.get(key, key.replace('_', ' '))} was {_shown(plan.get(key))} and is {_shown(fresh.get(key))}"
        for key in different
    ]
    return f"What was approved is no longer so: {'; '.join(parts)}. Nothing was done; ask again."


def _spelled(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a plan can't hold a {type(value).__name__}")


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    return value if isinstance(value, str) else canonical(value)
