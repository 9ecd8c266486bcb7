"""Slack tells that somebody has changed: whoever has a seat and is gone by that is in the channel at once."""

from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import own_ids
from bot.slack.handling.payload import Call, text
from bot.sources.slack import colleague


def member_changed(call: Call, deps: Deps) -> None:
    """The event user_change: whoever was deactivated or became a guest is in the channel at once."""
    changed = call.event.get("user")
    id = text(changed.get("id")) if isinstance(changed, dict) else ""
    if not id or "slack" not in deps.reconciliation.readings.names:
        return
    before = own_ids(deps, deps.workspace.known_in_list(id))
    member = deps.workspace.changed(id)
    if member is None or member.is_bot:
        return
    ids = own_ids(deps, member) | before
    if ids:
        at = text(call.event.get("event_ts")) or call.event_id
        deps.reconciliation.told(ids, at, colleague(member))
