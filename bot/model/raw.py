"""The JSON of a user or a team as Help Scout sent it: kept as text, read when somebody looks.

A directory of 100,000 people holds 100,000 of these; as dicts they would take several times the memory of everything
else together, and most are never looked at. The text is canonical, so that two looks at the same person are compared
without reading either, and spelled when the answer comes in, while others are still on their way.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any


def canonical(value: Any, spelled: Callable[[Any], Any] | None = None) -> str:
    """JSON whose keys are sorted, without blanks, with people's letters as they are: equal values have equal text.

    `spelled` is asked for what JSON has no word for. Raises `TypeError` or `ValueError` where it has none either.
    """
    encoder = _ENCODER if spelled is None else json.JSONEncoder(**_STYLE, ensure_ascii=False, default=spelled)
    text = encoder.encode(value)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, kept as JSON's own escape
        return json.JSONEncoder(**_STYLE, default=spelled).encode(value)
    return text


_STYLE: dict[str, Any] = {"sort_keys": True, "separators": (",", ":"), "allow_nan": False}
_ENCODER = json.JSONEncoder(**_STYLE, ensure_ascii=False)


class RawJson(Mapping[str, Any]):
    """An immutable mapping over the text of a JSON object; equal to any mapping with the same content."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> "RawJson":
        """Of an object that was read from JSON. Raises `ValueError` for a number that JSON does not know (NaN)."""
        return cls(canonical(value))

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
