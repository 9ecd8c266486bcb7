"""Who acts, and who may approve, as Slack says at this moment; and by which addresses the target may be one of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.model.member import Member
from bot.model.request import Request
from bot.policy.fold import fold_email
from bot.services.crew import stream, together
from bot.services.ports import Workspace
from bot.store.record import Record

WIDTH = 8


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules look at besides the row: read at the click."""

    actor: Member | None
    approvers: frozenset[str]
    emails: frozenset[str]


def standing_at(workspace: Workspace, record: Record, request: Request, actor: str) -> Standing:
    """Asks Slack afresh, side by side. Raises `WorkspaceAway`."""
    emails = addresses_of(record, request)
    member, approvers = together(lambda: workspace.member(actor, fresh=True), lambda: workspace.approvers(fresh=True))
    return Standing(member, approvers, emails)


def addresses_of(record: Record, request: Request) -> frozenset[str]:
    """Every folded address of the person a request is about: as planned, and as the record has them now."""
    planned = request.plan.get("emails")
    if not isinstance(planned, list | tuple):
        return frozenset()  # it is about no person
    known = record.users.get(request.target_id) if request.target_id is not None else None
    return frozenset(fold_email(str(email)) for email in planned) | (known.user.emails if known else frozenset())


def members_of(workspace: Workspace, ids: Iterable[str]) -> tuple[Member, ...]:
    """The members with these ids, unknown ones left out; answers may be a minute old."""
    answers = stream(workspace.member, sorted(ids), width=WIDTH)
    return tuple(sorted((found for answer in answers if (found := answer.result())), key=lambda member: member.id))
