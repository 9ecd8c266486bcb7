"""The body of a push: JSON (RFC 8259) of bearable size and depth, with nothing in it that can't be kept."""

import json
from typing import Any, NoReturn

from bot.gate.faults import Fault, bad_syntax, bad_value

LARGEST = 10 * 1024 * 1024
DEEPEST = 32
MOST = 200_000
"""Values in one body, names included: a group may have many members."""
MOST_OF_PERSON = 30_000
"""The same about one person: a thousand operations have room in it, and each value costs a tenth of a millisecond."""


def read_object(body: bytes, most: int = MOST) -> dict[str, Any]:
    """`most` values. Raises `Fault`."""
    if len(body) > LARGEST:
        raise Fault(413, "The body is too large: at most 10 MB.", "tooMany")
    try:
        read = json.loads(body.decode("utf-8-sig"), parse_constant=_no_number, parse_int=_integer)
    except Fault:
        raise
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise bad_syntax("The body isn't JSON that can be read.") from None
    if not isinstance(read, dict):
        raise bad_syntax("The body must be one JSON object.")
    _bearable(read, most)
    return read


def _bearable(root: object, most: int) -> None:
    """Without recursion: how deep it goes is what is asked."""
    left: list[tuple[object, int]] = [(root, 0)]
    seen = 0
    while left:
        value, depth = left.pop()
        seen += 1
        if depth > DEEPEST or seen > most:
            raise bad_value("The body is nested too deeply, or holds too many values.")
        if isinstance(value, dict):
            left += [(one, depth + 1) for one in value.values()]
            left += [(name, depth + 1) for name in value]
        elif isinstance(value, list):
            left += [(one, depth + 1) for one in value]
        elif isinstance(value, str):
            _text(value)
        elif isinstance(value, float) and value in (float("inf"), float("-inf")):
            raise bad_value("A number is too large.")


def _text(value: str) -> None:
    if value.isascii():
        if "\x00" in value:
            raise bad_value("A text has a character that can't be kept.")
        return
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise bad_value("A text has half of a character.") from None
    if "\x00" in value:
        raise bad_value("A text has a character that can't be kept.")


def _integer(digits: str) -> int:
    if len(digits) > 18:
        raise bad_value("A number is too large.")
    return int(digits)


def _no_number(_: str) -> NoReturn:
    raise bad_syntax("The body isn't JSON that can be read.")
