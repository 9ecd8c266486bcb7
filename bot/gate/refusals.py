"""What scim2-models refuses, said in one plain sentence: which attribute, and what it must be."""

import re

from pydantic import ValidationError
from scim2_models import SCIMException

from bot.gate.faults import Fault, bad_value

LONGEST = 300
KINDS = frozenset({"invalidPath", "invalidFilter", "invalidValue", "noTarget", "mutability", "invalidSyntax"})
MUST_BE = {
    "bool": "must be true or false",
    "string": "must be a text",
    "list": "must be a list",
    "dict": "must be an object",
    "model": "must be an object",
    "int": "must be a whole number",
    "float": "must be a number",
    "datetime": "must be a date with a time, like 2026-01-31T09:30:00Z",
    "url": "must be a whole address, like https://acme.example/",
    "base64": "must be Base64",
    "missing": "is missing",
}
"""How pydantic's types of errors begin → what to say."""


def as_fault(wrong: ValidationError | SCIMException, path: str = "") -> Fault:
    """`path` is that of the operation that was refused; "" for a whole resource."""
    cause = wrong.__cause__
    if isinstance(wrong, SCIMException) and isinstance(cause, ValidationError):
        return as_fault(cause, path)
    if isinstance(wrong, SCIMException):
        kind = wrong.scim_type or "invalidValue"
        return Fault(400, _sentence(wrong.detail, kind, path), kind)
    first = wrong.errors(include_url=False, include_input=False, include_context=False)[0]
    kind = str(first["type"]).removeprefix("scim_")
    if kind in KINDS:
        return Fault(400, _sentence(str(first["msg"]), kind, path), kind)
    where = _where([str(part) for part in first["loc"] if isinstance(part, str)], path)
    said = next((words for begins, words in MUST_BE.items() if kind.startswith(begins)), "has an impossible value")
    if first["loc"] and isinstance(first["loc"][-1], int):
        return bad_value(f"{where}: each entry {said}."[:LONGEST])
    return bad_value(f"{where} {said}."[:LONGEST])


def _where(parts: list[str], path: str) -> str:
    """The attribute, from the top of the resource: below an operation's path the library names the rest alone."""
    inner = [part for part in parts if part not in ("Operations", "operations", "value_") and "[" not in part]
    top = path.partition("[")[0].rpartition(":")[2].partition(".")[0]
    if top and (not inner or inner[0].lower() != top.lower()):
        inner = [top, *inner]
    return ".".join(re.sub("_([a-z])", lambda found: found[1].upper(), part) for part in inner) or "A value"


def _sentence(detail: str, kind: str, path: str) -> str:
    """The library's own words, which are short, with the path where that can't be read."""
    detail = " ".join(detail.split()).rstrip(".")
    if kind == "invalidPath" and path:
        detail = f"The path {path[:100]} can't be read: {detail}"
    return f"{detail[:1].upper()}{detail[1:]}."[:LONGEST] if detail else "This can't be changed."
