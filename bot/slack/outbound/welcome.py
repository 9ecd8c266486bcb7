"""Who may do what here, for whom hs-bot is new: as Slack and the configuration say now."""

from collections.abc import Iterable

from bot.model.member import Member
from bot.policy.people.standing import may_speak
from bot.services.requests.membership import members_of
from bot.slack.handling.deps import Deps
from bot.slack.views.welcome import Roles

GREETED = "home.greeted/"
"""Notes: who has seen the welcome in their Home."""


def roles(deps: Deps) -> Roles:
    """Raises `WorkspaceAway`."""
    requesters = deps.workspace.requesters()
    return Roles(
        approvers=_names(members_of(deps.workspace, deps.workspace.approvers())),
        requesters=None if requesters is None else _names(members_of(deps.workspace, requesters)),
    )


def is_new(deps: Deps, member_id: str) -> bool:
    """Whether this member has not seen the welcome in their Home."""
    return deps.record.notes.get(f"{GREETED}{member_id}") is None


def greeted(deps: Deps, member_id: str) -> None:
    """They have seen it now."""
    deps.record.notes.set(f"{GREETED}{member_id}", deps.record.now().isoformat())


def _names(members: Iterable[Member]) -> tuple[str, ...]:
    return tuple(sorted((one.name or one.id for one in members if may_speak(one) is None), key=str.casefold))
