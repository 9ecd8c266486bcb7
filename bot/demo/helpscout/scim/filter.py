"""SCIM filters: `userName eq "a@b"`, `emails[value co "x"] and not (active eq false)`. Source: RFC 7644 §3.4.2.2."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from bot.demo.helpscout.http.replies import Json, scim_error
from bot.demo.helpscout.http.server import Reply

Predicate: TypeAlias = Callable[[Json], bool]

TOKENS = re.compile(r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<mark>[()\[\]])|(?P<word>[^\s()\[\]"]+))')
COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda have, wanted: have == wanted,
    "ne": lambda have, wanted: have != wanted,
    "co": lambda have, wanted: wanted in have,
    "sw": lambda have, wanted: have.startswith(wanted),
    "ew": lambda have, wanted: have.endswith(wanted),
    "gt": lambda have, wanted: have > wanted,
    "ge": lambda have, wanted: have >= wanted,
    "lt": lambda have, wanted: have < wanted,
    "le": lambda have, wanted: have <= wanted,
}


class ScimProblem(Exception):
    """Turned into a SCIM error answer. `scim_type` as RFC 7644 table 9 names them, or empty."""

    def __init__(self, status: int, detail: str, scim_type: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type

    @property
    def reply(self) -> Reply:
        return scim_error(self.status, self.detail, self.scim_type)


def parse_filter(text: str) -> Predicate:
    """The predicate over resources that a filter stands for. Raises ScimProblem (`invalidFilter`)."""
    parser = _Parser(list(_tokens(text)))
    predicate = parser.either()
    if parser.left:
        raise _bad(f"unexpected {parser.left[0]}")
    return predicate


def attribute(resource: Any, path: str) -> list[Any]:
    """The values at `name.sub` or `name`, case-insensitive, through lists; complex values stand for their `value`."""
    for name in path.rpartition(":")[2].split("."):
        found: list[Any] = []
        for one in resource if isinstance(resource, list) else [resource]:
            if isinstance(one, dict):
                value = next((entry for key, entry in one.items() if key.casefold() == name.casefold()), None)
                found += value if isinstance(value, list) else [] if value is None else [value]
        resource = found
    return [one.get("value") if isinstance(one, dict) and "value" in one else one for one in resource]


def _tokens(text: str) -> Iterator[str]:
    at, end = 0, len(text.rstrip())
    while at < end:
        token = TOKENS.match(text, at)
        if token is None:
            raise _bad(f"unreadable at position {at}")
        at = token.end()
        yield token.group().strip()


def _bad(why: str) -> ScimProblem:
    return ScimProblem(400, f"The filter is invalid: {why}.", "invalidFilter")


class _Parser:
    """`or` binds less than `and`, `and` less than `not`."""

    def __init__(self, tokens: list[str]) -> None:
        self.left = tokens

    def either(self) -> Predicate:
        sides = [self._both()]
        while self._next_is("or"):
            sides.append(self._both())
        return lambda resource: any(side(resource) for side in sides)

    def _both(self) -> Predicate:
        sides = [self._one()]
        while self._next_is("and"):
            sides.append(self._one())
        return lambda resource: all(side(resource) for side in sides)

    def _one(self) -> Predicate:
        if self._next_is("not"):
            inner = self._one()
            return lambda resource: not inner(resource)
        if self._next_is("("):
            inner = self.either()
            self._expect(")")
            return inner
        return self._comparison(self._take())

    def _comparison(self, path: str) -> Predicate:
        if self._next_is("["):
            inner = self.either()
            self._expect("]")
            return lambda resource: any(inner(one) for one in _complex(resource, path))
        operator = self._take().casefold()
        if operator == "pr":
            return lambda resource: any(value not in ("", None) for value in attribute(resource, path))
        compare = COMPARISONS.get(operator)
        if compare is None:
            raise _bad(f"{operator} is not an operator")
        wanted = _text(_literal(self._take()))
        if operator == "ne":
            return lambda resource: all(_text(value) != wanted for value in attribute(resource, path))
        return lambda resource: any(compare(_text(value), wanted) for value in attribute(resource, path))

    def _next_is(self, word: str) -> bool:
        if self.left and self.left[0].casefold() == word:
            self.left.pop(0)
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._next_is(word):
            raise _bad(f"{word} is missing")

    def _take(self) -> str:
        if not self.left:
            raise _bad("it ends too early")
        return self.left.pop(0)


def _complex(resource: Json, path: str) -> list[Json]:
    for key, value in resource.items():
        if key.casefold() == path.rpartition(":")[2].casefold() and isinstance(value, list):
            return [one for one in value if isinstance(one, dict)]
    return []


def _literal(token: str) -> object:
    try:
        return json.loads(token)
    except ValueError:
        raise _bad(f"{token} is neither a string nor a number nor true, false or null") from None


def _text(value: object) -> str:
    """For comparison: booleans as "true", the case of strings does not count (`userName` is not caseExact)."""
    return json.dumps(value) if isinstance(value, bool) or value is None else str(value).casefold()
