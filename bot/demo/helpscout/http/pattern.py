"""Which requests a fault, a hold or a question to the log means."""

import fnmatch
import re
from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import parse_qsl

from bot.demo.helpscout.http.server import Request

Match: TypeAlias = str | Callable[[Request], bool]
"""A predicate, or text like "GET /users?page=3", "DELETE /scim/Users/*", "/teams/*/members"; "" means every request.

The method may be left out, and so may the path's leading "/v2"; `*` stands for anything; the parameters named must be
there with that value, others may be there too.
"""

TEXT = re.compile(r"(?:(?P<method>[A-Z]+)(?:\s+|$))?(?P<path>[^?]*)(?:\?(?P<query>.*))?")


def matcher(match: Match) -> Callable[[Request], bool]:
    """The predicate that `match` stands for."""
    if callable(match):
        return match
    parts = TEXT.fullmatch(match.strip())
    assert parts is not None  # every part may be empty
    method, query = parts["method"], dict(parse_qsl(parts["query"] or "", keep_blank_values=True))
    path = re.compile(fnmatch.translate(parts["path"] or "*"))

    def accepts(request: Request) -> bool:
        return (
            (method is None or request.method == method)
            and (path.match(request.path) or path.match(request.path.removeprefix("/v2"))) is not None
            and all(request.query.get(name) == value for name, value in query.items())
        )

    return accepts
