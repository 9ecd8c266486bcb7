"""Whoever a request is about must not learn of it from the bot: what is, or could be, about the reader is left out."""

from collections.abc import Iterable

from bot.model.audit import AuditEntry
from bot.model.request import Request
from bot.policy.fold import fold_email
from bot.policy.standing import could_be
from bot.services.requests.membership import addresses_of
from bot.slack.deps import Deps
from bot.slack.payload import Call


def hidden(call: Call, deps: Deps, request: Request) -> bool:
    """Whether `request` is to be kept from who calls. Raises `WorkspaceAway` while Slack can't say who that is."""
    member = deps.workspace.member(call.user)
    return member is None or could_be(member, addresses_of(deps.record, request))


def shown(call: Call, deps: Deps, requests: Iterable[Request]) -> list[Request]:
    """Those that are not kept from who calls."""
    return [request for request in requests if not hidden(call, deps, request)]


def shown_lines(call: Call, deps: Deps, lines: Iterable[AuditEntry]) -> list[AuditEntry]:
    """Lines of the audit log without those of requests that are kept from who calls, and of attempts to make some."""
    member = deps.workspace.member(call.user)
    email = fold_email(member.email) if member is not None else ""
    own = {row.id for row in deps.record.users.by_email(email)} if email else set()
    kept: dict[str | None, bool] = {None: False}
    found = []
    for line in lines:
        if line.request_id not in kept:
            request = deps.record.requests.get(str(line.request_id))
            kept[line.request_id] = request is not None and hidden(call, deps, request)
        attempt = line.event == "request.refused" and line.request_id is None and line.user_id in own
        if not kept[line.request_id] and not attempt:
            found.append(line)
    return found
