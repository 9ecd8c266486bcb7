"""Whoever a request is about must not learn of it from the bot: what is, or could be, about the reader is left out."""

from collections.abc import Callable, Iterable

from bot.model.audit import AuditEntry
from bot.model.member import Member
from bot.model.request import Request
from bot.policy.people.identity import could_be
from bot.services.assignments import ASSIGNED
from bot.services.requests.membership import about_of
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call

PLANNED = ("request.refused", "seat_end.", "gate.", "finding.", "orphan.")
"""How events begin that tell of a request that was tried, or that may come: about the reader they are left out."""


def hidden(call: Call, deps: Deps, request: Request) -> bool:
    """Whether `request` is to be kept from who calls. Raises `WorkspaceAway` while Slack can't say who that is."""
    member = deps.workspace.member(call.user)
    return member is None or could_be(member, about_of(deps.record, request))


def shown(call: Call, deps: Deps, requests: Iterable[Request]) -> list[Request]:
    """Those that are not kept from who calls."""
    return [request for request in requests if not hidden(call, deps, request)]


def own_ids(deps: Deps, member: Member | None) -> frozenset[int]:
    """The REST ids under which this Slack person is, or was, in Help Scout: by remembered pairs and by address."""
    if member is None:
        return frozenset()
    known = deps.record.identities.account(member.ids)
    rows = deps.record.users.by_known_address(member.key) if member.key else []
    return frozenset(row.id for row in rows) | (known.linked if known else frozenset())


def about_reader(deps: Deps, member: Member | None) -> Callable[[int | None], bool]:
    """Whether a REST id is, or could be, this Slack person's: whoever's address Slack withholds could be anybody."""
    if member is None or not member.key:
        return lambda user_id: user_id is not None
    own = own_ids(deps, member)
    return lambda user_id: user_id in own


def kept_messages(deps: Deps, member: Member | None) -> Callable[[str], bool]:
    """Whether a message that Slack is owed, by its key, tells of what is to be kept from this Slack person."""
    own = own_ids(deps, member)

    def kept(key: str) -> bool:
        if key.startswith(ASSIGNED):  # conversations that were given to somebody who is about to leave
            user_id = key.rpartition("/")[2]
            return member is None or (user_id.isdecimal() and int(user_id) in own)
        request = deps.record.requests.get(key.partition("/")[0])
        return request is not None and (member is None or could_be(member, about_of(deps.record, request)))

    return kept


def shown_lines(call: Call, deps: Deps, lines: Iterable[AuditEntry]) -> list[AuditEntry]:
    """Lines of the audit log without those of requests that are kept from who calls, and of what may become one."""
    member = deps.workspace.member(call.user)
    own = about_reader(deps, member)
    kept: dict[str | None, bool] = {None: False}
    found = []
    for line in lines:
        if line.request_id not in kept:
            request = deps.record.requests.get(str(line.request_id))
            kept[line.request_id] = request is not None and hidden(call, deps, request)
        batch = str(line.details.get("batch") or "") if line.request_id is None else ""
        if batch and (key := f"batch {batch}") not in kept:
            kept[key] = any(hidden(call, deps, one) for one in deps.record.requests.of_batch(batch))
        planned = line.request_id is None and line.event.startswith(PLANNED) and own(line.user_id)
        if not kept[line.request_id] and not kept.get(f"batch {batch}") and not planned:
            found.append(line)
    return found
