"""The JSON of a user as Help Scout sent it: kept as text, read when somebody looks.

A directory of 100,000 people holds 100,000 of these; as dicts they would take several times the memory of everything
else together, and most are never looked at.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any


class RawJson(Mapping[str, Any]):
    """An immutable mapping over the text of a JSON object; equal to any mapping with the same content."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __getitem__(self, key: str) -> Any:
        return self._read()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RawJson):
            return self.text == other.text or self._read() == other._read()
        if isinstance(other, Mapping):
            return self._read() == dict(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # like every mapping that compares by content

    def __repr__(self) -> str:
        return f"RawJson({len(self.text)} characters)"

    def _read(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.text)
        return value
