"""A request, its votes and its steps as rows, and back; and conditions on them in SQL."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from bot.model.address import address_key
from bot.model.request import Decision, Kind, Request, State, Step, StepState, Verdict
from bot.policy.requests.clocks import REMINDERS
from bot.store.engine import Row
from bot.store.spelling import as_time, as_time_or_none, json_text, plain, time_or_null, time_text

COLUMNS = tuple(field.name for field in fields(Request))
TIMES = frozenset(
    {"opened_at", "run_at", "expires_at", "start_by", "approved_at", "started_at", "finished_at", "lease_until"}
)
OPTIONAL = frozenset(
    {"target_id", "run_at", "start_by", "approved_at", "started_at", "finished_at", "lease_owner", "lease_until"}
)
FIXED = frozenset({"id", "kind", "opened_at", "version"})
"""What no update may set."""

DECISION_COLUMNS = ("request_id", "actor", "actor_name", "verdict", "reason", "decided_at", "seal")
STEP_COLUMNS = tuple(field.name for field in fields(Step))

_ABOUT_AN_ADDRESS = frozenset({Kind.PROVISION, Kind.RESTORE})
_READ: dict[str, Callable[[Any], Any]] = {
    "kind": Kind,
    "state": State,
    "plan": json.loads,
    **dict.fromkeys(TIMES, as_time_or_none),
}


def subject(request: Request) -> str:
    """What may have one open request only: a person, a team, or (for who is to come) an address."""
    if request.kind in _ABOUT_AN_ADDRESS and request.target_email:
        return f"address:{plain(address_key(request.target_email))}"
    if request.target_id is None:
        return f"request:{request.id}"
    return f"{'team' if request.kind is Kind.DELETE_TEAM else 'user'}:{request.target_id}"


def remind_at(request: Request) -> str | None:
    """When the next reminder is due, were the request still pending; None after the last."""
    if request.reminded >= len(REMINDERS):
        return None
    whole = request.expires_at - request.opened_at
    return time_text(request.opened_at + whole * REMINDERS[request.reminded])


def stored(name: str, value: Any) -> Any:
    """The value of a field as its column holds it. Raises `ValueError` for a field that a request has not."""
    if name not in COLUMNS:
        raise ValueError(f"a request has no field {name!r}")
    if value is None:
        if name not in OPTIONAL:
            raise ValueError(f"the field {name!r} of a request can't be None")
        return None
    if name in TIMES:
        return time_or_null(value)
    if name == "plan":
        return json_text(value)
    return plain(str(value)) if isinstance(value, str) else value


def request_params(request: Request) -> dict[str, Any]:
    params = {name: stored(name, getattr(request, name)) for name in COLUMNS}
    return {**params, "subject": subject(request), "remind_at": remind_at(request)}


def as_request(row: Row) -> Request:
    """From the columns `COLUMNS`."""
    values = dict(zip(COLUMNS, row, strict=True))
    for name, read in _READ.items():
        values[name] = read(values[name])
    return Request(**values)


def decision_params(decision: Decision) -> dict[str, Any]:
    return {
        "request_id": decision.request_id,
        "actor": decision.actor,
        "actor_name": plain(decision.actor_name),
        "verdict": decision.verdict.value,
        "reason": plain(decision.reason),
        "decided_at": time_text(decision.decided_at),
        "seal": decision.seal,
    }


def as_decision(row: Row) -> Decision:
    return Decision(
        request_id=row[0],
        actor=row[1],
        actor_name=row[2],
        verdict=Verdict(row[3]),
        reason=row[4],
        decided_at=as_time(row[5]),
        seal=row[6],
    )


def step_params(step: Step) -> dict[str, Any]:
    return {
        "request_id": step.request_id,
        "position": step.position,
        "name": plain(step.name),
        "state": step.state.value,
        "started_at": time_text(step.started_at),
        "finished_at": time_or_null(step.finished_at),
        "attempts": step.attempts,
        "done": step.done,
        "total": step.total,
        "result": json_text(step.result),
        "problem": plain(step.problem),
    }


def as_step(row: Row) -> Step:
    values = dict(zip(STEP_COLUMNS, row, strict=True))
    result: Mapping[str, Any] = json.loads(values["result"])
    started: datetime = as_time(values["started_at"])
    values |= {
        "state": StepState(values["state"]),
        "started_at": started,
        "finished_at": as_time_or_none(values["finished_at"]),
        "result": result,
    }
    return Step(**values)


def listed(name: str, values: Iterable[object]) -> tuple[str, dict[str, Any]]:
    """`:state_0, :state_1` and their values; of nothing, a list that nothing is in."""
    words = sorted(str(value) for value in values)
    if not words:
        return "NULL", {}
    return ", ".join(f":{name}_{n}" for n in range(len(words))), {f"{name}_{n}": word for n, word in enumerate(words)}


def conditions(
    states: Iterable[State] | None, kinds: Iterable[Kind] | None, target_id: int | None, requester: str | None
) -> tuple[str, dict[str, Any]]:
    wanted: list[str] = []
    params: dict[str, Any] = {}
    for name, values in (("state", states), ("kind", kinds)):
        if values is not None:
            names, more = listed(name, values)
            wanted.append(f"{name} IN ({names})")
            params |= more
    if target_id is not None:
        wanted.append("target_id = :target_id")
        params["target_id"] = target_id
    if requester is not None:
        wanted.append("requester = :requester")
        params["requester"] = requester
    return (f"WHERE {' AND '.join(wanted)}" if wanted else ""), params
