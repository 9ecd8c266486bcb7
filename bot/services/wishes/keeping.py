"""Writing a wish back after something was brought about: a push that came meanwhile keeps what it wants."""

import hashlib
import re
from dataclasses import replace

from bot.model.wish import Wish
from bot.store.record import Record


def put(record: Record, wish: Wish) -> Wish:
    """The row as it is from now on."""
    with record.transaction():
        now = record.wishes.get(wish.token, wish.id)
        if now is not None and (now.changed_at, now.deleted) != (wish.changed_at, wish.deleted):
            wish = replace(now, subject_id=wish.subject_id or now.subject_id, request_id=wish.request_id, open=True)
        record.wishes.put(wish)
    return wish


def hash_of(text: str) -> str:
    """A few characters that tell one sentence from another; how many minutes are left makes no other one."""
    return hashlib.sha256(re.sub(r"\d+ minutes?", "", text).encode("utf-8", "replace")).hexdigest()[:8]
