"""How values are spelled in the tables: the same text in both engines, readable by any tool.

Times are fixed-width ISO 8601 in UTC (`2026-12-01T18:00:00.000000Z`), so that text order is time order. JSON keeps the
letters of people's names; keys are sorted, so that equal values have equal text.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Any

from bot.model.raw import canonical


@lru_cache(maxsize=256)  # of thousands of rows written at once most have the same
def time_text(moment: datetime) -> str:
    """Raises `ValueError` for a naive time: a time without a zone is a guess."""
    if moment.tzinfo is None:
        raise ValueError("times of the record are aware; this one has no time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def time_or_null(moment: datetime | None) -> str | None:
    return None if moment is None else time_text(moment)


def as_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def as_time_or_none(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def plain(text: str) -> str:
    """Text that both engines can store: no NUL (PostgreSQL refuses it), no lone surrogates (no UTF-8 for them)."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def json_text(value: Any) -> str:
    """Canonical JSON. Raises `TypeError` or `ValueError` for what JSON has no word for."""
    return canonical(value, _spelled)


def _spelled(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"the record can't keep a {type(value).__name__} as JSON")
