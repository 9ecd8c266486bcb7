"""Where a paged list is, as the value of its buttons: nothing is kept on our side, so paging survives a restart.

What comes back is a claim: it is read strictly, and only narrows what everybody may see anyway.
"""

import base64
import binascii
import json
from collections.abc import Mapping

from bot.model.problem import Problem

MOST = 1900  # signs; Slack cuts a value at 2,000


class BadCursor(Problem):
    """A button's value that is none of ours."""

    def __init__(self) -> None:
        super().__init__("This list can't be turned any more: please ask for it again.")


def write(name: str, values: Mapping[str, str | int]) -> str:
    """A cursor of the list `name`. Raises ValueError when it does not fit into a button."""
    text = base64.urlsafe_b64encode(json.dumps([name, dict(values)], separators=(",", ":")).encode()).decode()
    if len(text) > MOST:
        raise ValueError("a cursor must fit into a button")
    return text


def read(name: str, text: str) -> dict[str, str | int]:
    """The values that `write` put in. Raises `BadCursor`."""
    try:
        found = json.loads(base64.b64decode(text.encode(), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise BadCursor from None
    if not (isinstance(found, list) and len(found) == 2 and found[0] == name and isinstance(found[1], dict)):
        raise BadCursor
    values = found[1]
    if not all(
        isinstance(value, str) or (isinstance(value, int) and 0 <= value < 1 << 53) for value in values.values()
    ):
        raise BadCursor
    return values


def number(values: Mapping[str, str | int], name: str) -> int:
    """A whole number of the cursor, 0 when it is not there. Raises `BadCursor` for anything else."""
    found = values.get(name, 0)
    if not isinstance(found, int):
        raise BadCursor
    return found


def text(values: Mapping[str, str | int], name: str) -> str:
    """A text of the cursor, "" when it is not there. Raises `BadCursor` for anything else."""
    found = values.get(name, "")
    if not isinstance(found, str):
        raise BadCursor
    return found
