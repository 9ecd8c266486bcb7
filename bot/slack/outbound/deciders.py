"""Who could decide a request, and how they learn of it: as HS_BOT_NOTIFY says, by what Slack said within a minute.

Neither the requester nor whoever it is about is among them, under any id or address. A user group is mentioned as one
only when nobody like that is in it; else each of its people who could decide is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.model.member import Member
from bot.model.outbox import Topic
from bot.model.request import Request, State
from bot.policy.people.identity import About, could_be, same_member
from bot.policy.requests.opening import can_approve
from bot.services.ports import WorkspaceAway
from bot.services.requests.membership import about_of, known_as, members_of
from bot.services.requests.telling import Aside
from bot.slack.handling.deps import Deps

MENTION, DM = "mention", "dm"


@dataclass(frozen=True, slots=True)
class Deciders:
    """`names` of everybody who could decide now, in their order; `mentions` is the markup that calls them, "" for none.

    `ids` are one each of theirs.
    """

    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    mentions: str = ""


NOBODY = Deciders()


def deciders(deps: Deps, request: Request) -> Deciders:
    """Of a pending request; nobody for any other, and while Slack can't say who approves."""
    if request.state is not State.PENDING:
        return NOBODY
    try:
        return _read(deps, request)
    except WorkspaceAway as away:
        structlog.get_logger("slack.deciders").info("who can approve is not known", problem=away.sentence)
        return NOBODY


def deciders_of_many(deps: Deps, requests: Sequence[Request]) -> Deciders:
    """Of those of a batch that are pending: named is who could decide any of them, also somebody who is in the batch.

    Called, by mention or directly, is nobody whom one of its requests is about, nor who has voted on each.
    """
    pending = [one for one in requests if one.state is State.PENDING]
    if not pending:
        return NOBODY
    about = {one.id: about_of(deps.record, one) for one in requests}
    everybody = About(
        person=True,
        keys=frozenset().union(*(one.own for one in about.values())),
        slack_ids=frozenset().union(*(one.slack_ids for one in about.values())),
    )
    voted = {one.id: frozenset(vote.actor for vote in deps.record.requests.decisions(one.id)) for one in pending}
    try:
        called = _able(deps, pending[0], everybody, frozenset.intersection(*voted.values()))
        return replace(called, names=_names_of_some(deps, pending[0], [(about[id], voted[id]) for id in voted]))
    except WorkspaceAway as away:
        structlog.get_logger("slack.deciders").info("who can approve is not known", problem=away.sentence)
        return NOBODY


def _names_of_some(deps: Deps, request: Request, each: Sequence[tuple[About, frozenset[str]]]) -> tuple[str, ...]:
    """Who could decide at least one: `each` is whom it is about, and who has voted on it."""
    workspace = deps.workspace
    approvers, requester = members_of(workspace, workspace.approvers()), workspace.member(request.requester)
    known = known_as(workspace, frozenset().union(*(voters for _, voters in each)))
    able = [
        one
        for one in approvers
        if request.requester not in one.ids
        and any(
            can_approve([one], requester, about) and not any(_same(one, id, known[id]) for id in voters)
            for about, voters in each
        )
    ]
    return tuple(one.name or one.id for one in sorted(able, key=lambda one: (one.name.casefold(), one.id)))


def owe_direct(deps: Deps, request: Request, who: Deciders, key: str) -> None:
    """With `dm`: everybody who could decide is owed a direct message, once for this `key`."""
    for id in who.ids if deps.notify == DM else ():
        payload = {"member": id, "request_id": request.id, "event": Aside.ASKED.value}
        deps.record.outbox.add(f"{key}/{id}", Topic.DM, payload)


def _read(deps: Deps, request: Request) -> Deciders:
    voters = frozenset(vote.actor for vote in deps.record.requests.decisions(request.id))
    return _able(deps, request, about_of(deps.record, request), voters)


def _able(deps: Deps, request: Request, about: About, voters: frozenset[str]) -> Deciders:
    workspace = deps.workspace
    requester = workspace.member(request.requester)
    voted = known_as(workspace, voters)
    able = [
        one
        for one in can_approve(members_of(workspace, workspace.approvers()), requester, about)
        if request.requester not in one.ids and not any(_same(one, id, member) for id, member in voted.items())
    ]
    able.sort(key=lambda one: (one.name.casefold(), one.id))
    return Deciders(
        names=tuple(one.name or one.id for one in able),
        ids=tuple(one.id for one in able),
        mentions=_mentions(deps, request, able, requester, about) if deps.notify == MENTION and able else "",
    )


def _mentions(deps: Deps, request: Request, able: list[Member], requester: Member | None, about: About) -> str:
    found: dict[str, None] = {}
    for named, people in deps.workspace.named_approvers():
        members = known_as(deps.workspace, people).values()
        if named.startswith("S") and people and _safe(members, request, requester, about):
            found[f"<!subteam^{named}>"] = None
        else:
            found |= {f"<@{one.id}>": None for one in able if not one.ids.isdisjoint(people)}
    return " ".join(found)


def _safe(members: Iterable[Member | None], request: Request, requester: Member | None, about: About) -> bool:
    """Whether neither requester nor target is among them; somebody who is not known could be anybody."""
    return not any(one is None or could_be(one, about) or _same(one, request.requester, requester) for one in members)


def _same(one: Member, id: str, known: Member | None) -> bool:
    return id in one.ids or (known is not None and same_member(one, known))
