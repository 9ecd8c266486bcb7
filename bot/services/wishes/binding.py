"""A resource is its person: whoever is active under its address, whatever REST id they have by now.

A seat may be given by somebody else, or by another provider, long after what this one asked for was denied or taken
back. Whoever reads the resource first writes down whose it is.
"""

from dataclasses import replace

from bot.model.user import Status, UserRecord
from bot.model.wish import Wish, WishKind
from bot.store.record import Record


def bound(record: Record, wish: Wish) -> Wish:
    """The resource with the person it stands for."""
    if _person_of(record, wish) is None:
        return wish
    with record.transaction():
        now = record.wishes.get(wish.token, wish.id) or wish
        row = _person_of(record, now)
        if row is None:
            return now
        # What was given up while there was nobody says nothing of who is there now.
        now = replace(now, subject_id=row.id, wanted=now.wanted if now.open else {})
        record.wishes.put(now)
    return now


def bind_all(record: Record, token: str | None = None) -> int:
    """The same for each of a token's resources, or of all; how many were bound."""
    loose = record.wishes.loose(token)
    return sum(bound(record, wish).subject_id != wish.subject_id for wish in loose)


def _person_of(record: Record, wish: Wish) -> UserRecord | None:
    """Who is to be bound; None where nobody is."""
    if wish.kind is not WishKind.USER or wish.deleted or not wish.address:
        return None
    known = record.users.get(wish.subject_id) if wish.subject_id is not None else None
    if known is not None and known.status is Status.ACTIVE:
        return None
    for row in record.users.by_email(wish.address):
        if row.status is Status.ACTIVE and row.user.key == wish.address and row.user.is_person:
            other = record.wishes.of_subject(wish.token, WishKind.USER, row.id)
            return row if other is None else None
    return None
