"""What an offboarding has changed so that nothing new reaches the leaver."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class QuietState(StrEnum):
    HELD = "held"
    UNDONE = "undone"  # put back: the request ended before the removal
    KEPT = "kept"  # the seat is gone, or it could not be put back; `note` says which


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A row of `quiets`.

    `change`: `status` (the one before: {`status`, `custom`}; missing: not touched) and `rotations`: inbox id (as text)
    → {`added`: the id of who took the place, or null}.
    """

    request_id: str
    user_id: int
    state: QuietState = QuietState.HELD
    change: Mapping[str, Any] = field(default_factory=dict)
    tries: int = 0
    note: str = ""
