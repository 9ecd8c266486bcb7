"""A person as a row of `users`, and back."""

import json
import sys
from dataclasses import dataclass
from functools import lru_cache

from bot.model.address import address_key
from bot.model.raw import RawJson
from bot.model.seen import Seen
from bot.model.user import Status, User, UserRecord
from bot.store.engine import Row
from bot.store.spelling import as_time, as_time_or_none, json_text, plain, time_or_null, time_text

TEXTS = (
    "first_name",
    "last_name",
    "email",
    "role",
    "timezone",
    "type",
    "created_at",
    "updated_at",
    "photo_url",
    "job_title",
    "phone",
)
COLUMNS = (
    "id",
    *TEXTS,
    "alternate_emails",
    "mention",
    "initials",
    "raw",
    "status",
    "first_seen",
    "last_seen",
    "removed_at",
    "scim_id",
    "request_id",
)
"""In the order that `as_record` expects; written are these and `mention_key`, `version`."""

WRITTEN = (*COLUMNS, "mention_key", "version")

UNSEEN = "not seen by the last sync"
"""The note that holds the ids (a list in JSON); there is none while everybody was seen."""
SEEN = (
    "(SELECT started_at FROM syncs WHERE state IN ('done', 'held') ORDER BY id DESC LIMIT 1)",
    f"(SELECT value FROM notes WHERE key = '{UNSEEN}')",
)
"""Expressions for `seen_of`, the same for all rows of a statement."""

_STATUS = {status.value: status for status in Status}


@dataclass(frozen=True, slots=True)
class Spelled:
    """What a row has from the user alone: can be made ahead of the write, while others are still being read."""

    user: User
    values: Row
    mention: str
    addresses: dict[str, bool]


def spelled(user: User) -> Spelled:
    """The first columns of `WRITTEN`, up to `raw`, and the addresses."""
    raw = user.raw
    texts = (
        user.first_name,
        user.last_name,
        user.email,
        user.role,
        user.timezone,
        user.type,
        user.created_at,
        user.updated_at,
        user.photo_url,
        user.job_title,
        user.phone,
        json_text(user.alternate_emails) if user.alternate_emails else "[]",
        user.mention,
        user.initials,
    )
    whole = "".join(texts)
    if not whole.isascii() or "\0" in whole:  # most are plain, and tens of thousands come at once
        texts = tuple(plain(text) for text in texts)  # type: ignore[assignment]
    values = (user.id, *texts, raw.text if isinstance(raw, RawJson) else json_text(raw))
    return Spelled(user, values, mention_key(user.mention), addresses(user))


def as_row(record: UserRecord, version: int, ahead: Spelled) -> Row:
    """In the order of `WRITTEN`."""
    return (
        *ahead.values,
        str(record.status),
        time_text(record.first_seen),
        time_text(record.last_seen),
        time_or_null(record.removed_at),
        None if record.scim_id is None else plain(record.scim_id),
        record.request_id,
        ahead.mention,
        version,
    )


def as_record(row: Row) -> UserRecord:
    """From the columns `COLUMNS`, and `SEEN` where they were asked for. Words that many people share are kept once."""
    status, last_seen = _STATUS[row[16]], as_time(row[18])
    if status is Status.ACTIVE and len(row) > len(COLUMNS):
        last_seen = seen_of(*row[-2:]).last_seen(row[0], last_seen)
    others: tuple[str, ...] = () if row[12] == "[]" else tuple(json.loads(row[12]))
    return UserRecord(
        user=User(
            id=row[0],
            first_name=row[1],
            last_name=row[2],
            email=row[3],
            role=sys.intern(row[4]),
            timezone=sys.intern(row[5]),
            type=sys.intern(row[6]),
            created_at=row[7],
            updated_at=row[8],
            photo_url=row[9],
            job_title=row[10],
            phone=row[11],
            alternate_emails=others,
            mention=row[13],
            initials=row[14],
            raw=RawJson(row[15]),
        ),
        status=status,
        first_seen=as_time(row[17]),
        last_seen=last_seen,
        removed_at=as_time_or_none(row[19]),
        scim_id=row[20],
        request_id=row[21],
    )


@lru_cache(maxsize=8)
def seen_of(at: str | None, unseen: str | None) -> Seen:
    """From the values of `SEEN`."""
    return Seen(as_time_or_none(at), frozenset(json.loads(unseen)) if unseen else frozenset())


def mention_key(handle: str) -> str:
    """How handles are compared: without the @, case folded."""
    return plain(handle).strip().removeprefix("@").casefold()


def addresses(user: User) -> dict[str, bool]:
    """Each folded address, and whether it is the primary one."""
    found = {plain(key): False for one in user.alternate_emails if (key := address_key(one))}
    return {**found, plain(primary): True} if (primary := user.key) else found
