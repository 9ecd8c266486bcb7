"""A role that was asked for and that Help Scout did not take over: some accounts let it be set by hand only."""

from dataclasses import dataclass

from bot.model.request import Kind, Request
from bot.store.record import Record


@dataclass(frozen=True, slots=True)
class IgnoredRole:
    """`user_id` is the REST id; `shown` the role that Help Scout showed when the request was done."""

    user_id: int
    wanted: str
    shown: str


def ignored_role(record: Record, request: Request) -> IgnoredRole | None:
    """Of a request that is done, from the results of its steps; None when the role is the one asked for."""
    results = {step.name: step.result for step in record.requests.steps(request.id)}
    if request.kind in (Kind.PROVISION, Kind.RESTORE):
        wanted, seen = str(request.plan.get("role") or ""), results.get("appear", {})
        shown = str(seen.get("role", wanted))
        if wanted and shown != wanted and "rest_id" in seen:
            return IgnoredRole(int(seen["rest_id"]), wanted, shown)
    if request.kind is Kind.CHANGE:
        wanted = str(request.plan["changes"].get("role", {}).get("after", ""))
        seen = results.get("verify", {})
        if wanted and "role" in seen.get("ignored", ()):
            shown = str(seen.get("shown", {}).get("role", ""))
            return IgnoredRole(int(request.plan["rest_id"]), wanted, shown)
    return None
