"""Who acts, who asked, who voted and who may approve, as Slack says at this moment; and whom a request is about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.model.address import address_key
from bot.model.member import Member
from bot.model.request import Decision, Kind, Request
from bot.policy.people.identity import NOBODY, About, could_be, same_member
from bot.policy.requests.approval import Click, Vote, heavier
from bot.services.ports import Workspace
from bot.services.side_by_side import stream, together
from bot.store.record import Record

WIDTH = 8
BOUND = "slack_ids"
"""In a plan, and so under its digest and seal: whom of Slack it was about at its opening."""
SLACK_IDS = ("U", "W")
"""How ids of people in Slack begin: what acts by itself (an identity provider, the bot) has none."""


def about_of(record: Record, request: Request) -> About:
    """The person a request is about: every address as planned and as ever recorded, and their Slack ids."""
    planned = request.plan.get("emails")
    if not isinstance(planned, list | tuple) or request.kind is Kind.DELETE_TEAM:
        return NOBODY
    before = request.plan.get("before")
    ids = {id for id in (request.target_id, before) if isinstance(id, int)}
    about = record.identities.about(ids, {address_key(str(email)) for email in planned})
    bound = request.plan.get(BOUND, ())
    return replace(about, slack_ids=about.slack_ids | {str(id) for id in bound})


def may_be_about(record: Record, member: Member | None, requests: Iterable[Request]) -> bool:
    """Whether one of these is, or could be, about this Slack person; whom Slack doesn't know could be anybody."""
    return any(member is None or could_be(member, about_of(record, one)) for one in requests)


def click_at(
    workspace: Workspace,
    record: Record,
    request: Request,
    actor: str,
    votes: Sequence[Decision],
    *,
    fresh: bool = True,
) -> Click:
    """What the rules look at. Asks Slack for who acts and who may approve, side by side with the rest.

    With `fresh` False answers may be a minute old: for what is only shown. Raises `WorkspaceAway`.
    """
    member, approvers, others = together(
        lambda: workspace.member(actor, fresh=fresh),
        lambda: workspace.approvers(fresh=fresh),
        lambda: known_as(workspace, {request.requester, *(vote.actor for vote in votes)}),
    )
    return Click(
        actor=member,
        approvers=approvers,
        requester=others[request.requester],
        about=about_of(record, request),
        votes=tuple(Vote(vote, others[vote.actor]) for vote in votes),
        now=record.now(),
    )


def known_as(workspace: Workspace, ids: Iterable[str]) -> Mapping[str, Member | None]:
    """By each of these ids, the member; answers may be a minute old. Raises `WorkspaceAway`."""
    return {answer.item: answer.result() for answer in stream(workspace.member, sorted(set(ids)), width=WIDTH)}


def ids_of(workspace: Workspace, member: Member, among: Iterable[str]) -> frozenset[str]:
    """Every id of this Slack person, and those of `among` under which the same person acted: for limits of one person.

    Asks Slack for those of `among` that are not known; not within a transaction. Raises `WorkspaceAway`.
    """
    others = {id for id in among if id not in member.ids and id[:1] in SLACK_IDS}
    known = known_as(workspace, others)
    return member.ids | {id for id, one in known.items() if one is not None and same_member(one, member)}


def members_of(workspace: Workspace, ids: Iterable[str]) -> tuple[Member, ...]:
    """The members with these ids, unknown ones left out, nobody twice; answers may be a minute old."""
    found: dict[str, Member] = {}
    for _, member in sorted(known_as(workspace, ids).items()):
        if member is not None and not any(id in found for id in member.ids):
            found[member.id] = member
    return tuple(sorted(found.values(), key=lambda member: member.id))


def role_of(plan: Mapping[str, object]) -> str:
    """The role in a plan that sets the quorum: had, to be, or had before, whichever weighs most."""
    changes = plan.get("changes")
    role = changes.get("role") if isinstance(changes, Mapping) else None
    to_be = str(role.get("after", "")) if isinstance(role, Mapping) else ""
    return heavier(str(plan.get("role") or ""), to_be, str(plan.get("former_role") or ""))
