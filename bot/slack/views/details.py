"""What an audit entry notes beside who and when, in words: no JSON, and no address of each call one by one."""

import re
from collections.abc import Mapping

_HASH = re.compile(r"[0-9a-f]{24,}")
_SHOWN_OF_A_HASH = 12
IN_THE_EVIDENCE = frozenset({"calls", "targets"})
"""Lists of every call with its time and correlation id, and of everybody in a batch: the log has their sum."""


def in_words(details: Mapping[str, object]) -> str:
    """`step: remove; answers: DELETE 204, GET 404 ×2`; "" when there is nothing to say. Not yet safe for mrkdwn."""
    told = ((name.replace("_", " "), _value(value)) for name, value in details.items() if name not in IN_THE_EVIDENCE)
    return "; ".join(f"{name}: {value}" for name, value in told if value)


def _value(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case Mapping():
            return ", ".join(_counted(str(name), inside) for name, inside in value.items())
        case list() | tuple():
            return ", ".join(part for one in value if (part := _value(one)))
    text = str(value)
    return f"{text[:_SHOWN_OF_A_HASH]}…" if _HASH.fullmatch(text) else text


def _counted(name: str, inside: object) -> str:
    if isinstance(inside, int) and not isinstance(inside, bool):
        return name if inside == 1 else f"{name} ×{inside}"
    return f"{name} {_value(inside)}".strip()
