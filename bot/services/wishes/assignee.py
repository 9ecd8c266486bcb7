"""Who takes the conversations of somebody whom an identity provider wants gone: their manager, where that is known."""

from collections.abc import Mapping

from bot.model.wish import Wish, WishKind
from bot.policy.requests.opening import may_take
from bot.services.assignee import leaving
from bot.services.wishes.roster import Roster
from bot.store.record import Record

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def assignee_of(record: Record, roster: Roster, wish: Wish) -> int | None:
    """The REST id of the manager in the enterprise extension (RFC 7643 §4.3); None where they may not take anything.

    IdPs send the id of a resource, an external id, or an address there.
    """
    extension = wish.document.get(ENTERPRISE)
    manager = extension.get("manager") if isinstance(extension, Mapping) else None
    value = manager.get("value") if isinstance(manager, Mapping) else manager
    if not isinstance(value, str) or not value.strip():
        return None
    meant = roster.person(wish.token, value) or roster.by_user_name(wish.token, value)
    if meant is None:
        found = roster.by_external_id(wish.token, WishKind.USER, value)
        meant = found[0] if len(found) == 1 else None
    if meant is None or meant.subject_id is None or meant.subject_id == wish.subject_id:
        return None
    row = record.users.get(meant.subject_id)
    if row is None or may_take(row.user, row.status, wish.subject_id, leaving(record, row.id)) is not None:
        return None
    return row.id
