"""A successful answer and its JSON, which is believed only when it is whole and an object."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from bot.helpscout.errors import SAFE, Api, Unbelievable
from bot.helpscout.wire.calls import ApiCall

_ESCAPED = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")  # NUL, and any half of a pair
_RAW = re.compile(rb"\xed[\xa0-\xbf]")  # a half of a pair, written as if it were a character of UTF-8
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A success (2xx). `body` as it came, decompressed."""

    status: int
    headers: httpx.Headers
    body: bytes
    call: ApiCall
    api: Api
    what: str
    whole: bool = True

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object, else Unbelievable."""
        if not self.whole:
            raise self.doubt("was cut off")
        try:
            value = loads(self.body)
        except (ValueError, RecursionError):
            kind = self.headers.get("content-type", "").partition(";")[0].strip()
            raise self.doubt(f"is not JSON{f' but {kind[:40]}' if kind and 'json' not in kind else ''}") from None
        if not isinstance(value, dict):
            raise self.doubt("is not a JSON object")
        return value

    def doubt(self, why: str) -> Unbelievable:
        return Unbelievable(
            f"Help Scout's answer to {self.what} {why}, so it was discarded. Try again, and check the address.",
            api=self.api,
            status=self.status,
            log_ref=self.call.correlation,
            unsettled=self.call.method not in SAFE,
        )


def loads(body: bytes) -> Any:
    """JSON as any database can keep it: NUL and lone halves of surrogate pairs, which JSON allows, become U+FFFD.

    Raises ValueError (also for bytes that are no UTF-8, and for NaN, which is no JSON) or RecursionError.
    """
    value = json.loads(body, parse_constant=_refuse)
    # A whole page is searched faster for a plain text than for a pattern, and most pages hold neither.
    suspect = (b"\\u" in body and _ESCAPED.search(body)) or (b"\xed" in body and _RAW.search(body))
    return _storable(value) if suspect else value


def object_of(body: bytes) -> Mapping[str, Any]:
    """An error's body as an object, empty when it is none: the status has said enough."""
    try:
        value = loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_storable(entry) for entry in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(entry) for name, entry in value.items()}
    return value
