"""Whoever a request is about must not learn of it from the bot: what is, or could be, about the reader is left out.

Of a batch in which the reader is, or could be, nothing is shown at all: who sees its other people, asked for at once
and with one reason, would know what is missing among them.
"""

from collections.abc import Callable, Iterable

from bot.model.audit import AuditEntry
from bot.model.member import Member
from bot.model.request import Request
from bot.policy.people.identity import could_be
from bot.services.assignments import ASSIGNED
from bot.services.requests.many.batch_opening import TARGETS
from bot.services.requests.membership import about_of, may_be_about
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call

PLANNED = ("request.refused", "seat_end.", "gate.", "finding.", "orphan.")
"""How events begin that tell of a request that was tried, or that may come: about the reader they are left out."""


class Discretion:
    """What is kept from one reader; from somebody whom Slack doesn't know, everything about people."""

    def __init__(self, deps: Deps, member: Member | None) -> None:
        self._record = deps.record
        self._member = member
        self._batches: dict[str, bool] = {}

    def hides(self, request: Request) -> bool:
        """Whether it is about the reader, or in a batch with one that is."""
        if self._member is None or could_be(self._member, about_of(self._record, request)):
            return True
        return bool(request.batch_id) and self.hides_batch(request.batch_id)

    def hides_batch(self, id: str) -> bool:
        """Whether one of its requests is about the reader."""
        if id not in self._batches:
            requests = self._record.requests.of_batch(id)
            self._batches[id] = may_be_about(self._record, self._member, requests)
        return self._batches[id]


def discretion_of(call: Call, deps: Deps) -> Discretion:
    """For who calls. Raises `WorkspaceAway`."""
    return Discretion(deps, deps.workspace.member(call.user))


def hidden(call: Call, deps: Deps, request: Request) -> bool:
    """Whether `request` is to be kept from who calls. Raises `WorkspaceAway` while Slack can't say who that is."""
    return discretion_of(call, deps).hides(request)


def shown(call: Call, deps: Deps, requests: Iterable[Request]) -> list[Request]:
    """Those that are not kept from who calls."""
    over = discretion_of(call, deps)
    return [request for request in requests if not over.hides(request)]


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

    over = Discretion(deps, member)

    def kept(key: str) -> bool:
        if key.startswith(ASSIGNED):  # conversations that were given to somebody who is about to leave
            user_id = key.rpartition("/")[2]
            return member is None or (user_id.isdecimal() and int(user_id) in own)
        id = key.partition("/")[0]
        request = deps.record.requests.get(id)
        return over.hides(request) if request is not None else over.hides_batch(id)

    return kept


def shown_lines(call: Call, deps: Deps, lines: Iterable[AuditEntry]) -> list[AuditEntry]:
    """Lines of the audit log without those of requests that are kept from who calls, and of what may become one."""
    member = deps.workspace.member(call.user)
    own, over = about_reader(deps, member), Discretion(deps, member)
    kept: dict[str | None, bool] = {None: False}
    found = []
    for line in lines:
        if line.request_id not in kept:
            request = deps.record.requests.get(str(line.request_id))
            kept[line.request_id] = request is not None and over.hides(request)
        batch = str(line.details.get("batch") or "") if line.request_id is None else ""
        if not kept[line.request_id] and not (batch and over.hides_batch(batch)) and not _attempt(line, own):
            found.append(line)
    return found


def _attempt(line: AuditEntry, own: Callable[[int | None], bool]) -> bool:
    """Whether it tells of a request about the reader that somebody tried to make, or that may come."""
    if line.request_id is None and line.event.startswith(PLANNED) and own(line.user_id):
        return True
    asked_for = line.details.get(TARGETS)
    return isinstance(asked_for, list) and any(own(one) for one in asked_for)
