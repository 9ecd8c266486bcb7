"""What one person may have at most is counted by person, under whatever Slack ids they have acted."""

from bot.model.member import Member
from bot.model.request import OPEN, State
from bot.policy.requests.opening import AGAIN_AFTER
from bot.services.ports import Workspace
from bot.services.requests.membership import ids_of
from bot.store.record import Record


def asked_as(record: Record, workspace: Workspace, actor: Member | None) -> frozenset[str]:
    """The ids of who asks, with those of their open and lately denied requests. Raises `WorkspaceAway`."""
    if actor is None:
        return frozenset()
    requests = record.requests
    others = {*requests.requesters(OPEN), *requests.requesters({State.DENIED}, record.now() - AGAIN_AFTER)}
    return ids_of(workspace, actor, others)
