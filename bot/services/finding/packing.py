"""A row of the record as a few hundred bytes, and back: 100,000 people fit into some 30 MB.

Everything but the raw JSON is kept; who needs that reads the record. `marshal` is used within one process only.
"""

import marshal
from datetime import UTC, datetime, timedelta

from bot.model.user import Status, User, UserRecord

STATUSES = tuple(Status)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def pack(row: UserRecord) -> bytes:
    """The row without its raw JSON."""
    user = row.user
    return marshal.dumps(
        (
            user.id,
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
            user.alternate_emails,
            user.mention,
            user.initials,
            STATUSES.index(row.status),
            (row.first_seen - _EPOCH) // _MICROSECOND,
            (row.last_seen - _EPOCH) // _MICROSECOND,
            None if row.removed_at is None else (row.removed_at - _EPOCH) // _MICROSECOND,
            row.scim_id,
            row.request_id,
        )
    )


def unpack(packed: bytes | bytearray) -> UserRecord:
    """The row as it was packed; `user.raw` is empty."""
    (
        id,
        first_name,
        last_name,
        email,
        role,
        timezone,
        type,
        created_at,
        updated_at,
        photo_url,
        job_title,
        phone,
        alternate_emails,
        mention,
        initials,
        status,
        first_seen,
        last_seen,
        removed_at,
        scim_id,
        request_id,
    ) = marshal.loads(packed)
    return UserRecord(
        user=User(
            id=id,
            first_name=first_name,
            last_name=last_name,
            email=email,
            role=role,
            timezone=timezone,
            type=type,
            created_at=created_at,
            updated_at=updated_at,
            photo_url=photo_url,
            job_title=job_title,
            phone=phone,
            alternate_emails=alternate_emails,
            mention=mention,
            initials=initials,
        ),
        status=STATUSES[status],
        first_seen=_EPOCH + timedelta(microseconds=first_seen),
        last_seen=_EPOCH + timedelta(microseconds=last_seen),
        removed_at=None if removed_at is None else _EPOCH + timedelta(microseconds=removed_at),
        scim_id=scim_id,
        request_id=request_id,
    )
