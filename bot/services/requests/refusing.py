"""A click that is not followed: recorded with its code, told with its reason. And what every click is looked up by."""

from typing import Protocol

from bot.model.action import Outcome
from bot.model.request import Request
from bot.policy.refusal import Refusal
from bot.policy.requests.approval import Click
from bot.services.ports import Workspace, WorkspaceAway
from bot.services.requests.membership import click_at
from bot.store.record import Record

UNKNOWN = Refusal("This request doesn't exist, so nothing was done.", "unknown request")


class OnRequest(Protocol):
    """An action on a request that there is."""

    @property
    def request_id(self) -> str: ...

    @property
    def actor(self) -> str: ...


def refused(record: Record, action: OnRequest, verb: str, refusal: Refusal, request: Request | None = None) -> Outcome:
    record.audit.append(
        "request.refused",
        actor=action.actor,
        request_id=request.id if request else None,
        user_id=request.target_id if request else None,
        details={"action": verb, "code": refusal.code},
    )
    return Outcome(accepted=False, sentence=refusal.reason, request=request, field=refusal.field)


def away(problem: WorkspaceAway) -> Refusal:
    """Without Slack nobody knows who acts."""
    return Refusal(problem.sentence, "slack away")


def looked_up(record: Record, workspace: Workspace, action: OnRequest, verb: str) -> tuple[Request, Click] | Outcome:
    """The request and who acts on it, votes aside; or the refusal, recorded."""
    request = record.requests.get(action.request_id)
    if request is None:
        return refused(record, action, verb, UNKNOWN)
    try:
        return request, click_at(workspace, record, request, action.actor, ())
    except WorkspaceAway as problem:
        return refused(record, action, verb, away(problem), request)
