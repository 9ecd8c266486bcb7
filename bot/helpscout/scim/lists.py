"""Lists of SCIM (RFC 7644 §3.4.2) as the server takes them, and whether what they leave out is really not there.

Servers refuse a `count` that they find too large instead of returning fewer, ignore `startIndex`, or count people in
`totalResults` whom they never show. A list is whole when as many came as were announced; one that is not whole, yet
stands still, says so (`NotWhole`) and gives whom it showed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from bot.helpscout.errors import Forbidden, NotFound, Rejected, ServerFault, Unbelievable
from bot.helpscout.scim.resources import ScimGroup, ScimUser, quoted, scim_user_of
from bot.helpscout.wire.exchange import Exchange

Resource = TypeVar("Resource", ScimUser, ScimGroup)

COUNTS = (100, 50, 20, 10, None)
"""Resources asked for at once, from the first that is not refused; None: as many as the server likes."""
ROUNDS = 3
SEARCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
TOO_MANY = (400, 413, 422)
"""How a server refuses a `count`."""


@dataclass(slots=True)
class ListStyle:
    """The `count` that a server takes, learnt once for all lists of a client.

    `alone`: no paging at all is taken. `search`: pages come only by `POST …/.search` (RFC 7644 §3.4.3).
    """

    step: int = 0
    alone: bool = False
    search: bool = False

    def params(self, index: int) -> dict[str, str | int]:
        count = COUNTS[self.step]
        if self.alone:
            return {}
        return {"startIndex": index} if count is None else {"startIndex": index, "count": count}


class NotWhole(Unbelievable):
    """A list that does not show as many as it announces. `seen` is whom it showed; `stands`: twice the same."""

    def __init__(self, sentence: str, seen: tuple[Any, ...], *, stands: bool) -> None:
        super().__init__(sentence, api="SCIM")
        self.seen = seen
        self.stands = stands


@dataclass(slots=True)
class _Round(Generic[Resource]):
    """One reading. `ended`: to its end, whatever it announced."""

    found: dict[str, Resource] = field(default_factory=dict)
    total: int = 0
    ended: bool = False
    twice: bool = False

    @property
    def whole(self) -> bool:
        return self.ended and not self.twice and len(self.found) == self.total


class ScimLists:
    """Reads lists of one API; `style` is shared by all who speak to the same server."""

    def __init__(self, exchange: Exchange, style: ListStyle) -> None:
        self._exchange = exchange
        self._style = style

    def everything(self, path: str, shape: Callable[[object], Resource], *, what: str) -> list[Resource]:
        """Every resource, one request after the other: only an answer tells where the next one starts.

        The total must stand still and be reached without a resource coming twice, else all is read again, ROUNDS times
        at most. Raises `NotWhole`.
        """
        before: _Round[Resource] | None = None
        for _ in range(ROUNDS):
            now = self._round(path, shape, what)
            if now.whole:
                return list(now.found.values())
            stands = before is not None and _same(before, now)
            if stands:
                raise NotWhole(
                    f"{_capital(what)} announces {now.total} and shows {len(now.found)}, so it can't be told who is "
                    "not in it. Look in Help Scout.",
                    tuple(now.found.values()),
                    stands=True,
                )
            before = now
        assert before is not None
        raise NotWhole(
            f"{_capital(what)} kept changing while it was read or was not whole, {ROUNDS} times, so it was discarded. "
            "Try again in a minute.",
            tuple(before.found.values()),
            stands=False,
        )

    def shown(self, path: str, shape: Callable[[object], Resource], *, what: str) -> list[Resource]:
        """As `everything`; what a list shows that stands still, where it announces more than it ever shows."""
        try:
            return self.everything(path, shape, what=what)
        except NotWhole as short:
            if not short.stands or not short.seen:
                raise
            return list(short.seen)

    def filtered(
        self, path: str, shape: Callable[[object], Resource], expression: str, *, what: str
    ) -> list[Resource] | None:
        """What the server answers to this filter, which it may have ignored; None where it can't answer."""
        asked: dict[str, str | int] = {"filter": expression}
        for params in ({**asked, **self._style.params(1)}, asked):
            try:
                document = self._exchange.read(path, params=params, what=what)
                return [shape(row) for row in resources_of(document)]
            except Rejected as refused:
                if refused.status not in TOO_MANY:
                    return None
            except (NotFound, ServerFault, Unbelievable):
                return None
        return None

    def finds_by_name(self, known: tuple[ScimUser, ...]) -> bool:
        """Whether `userName eq` is answered honestly: somebody known is found by it, and nobody else is."""
        witness = next((user for user in known if user.user_name.strip()), None)
        if witness is None:
            return False
        name = witness.user_name
        rows = self.filtered("/Users", scim_user_of, f"userName eq {quoted(name)}", what="the search for a known user")
        return bool(rows) and all(row.user_name.casefold() == name.casefold() for row in rows or ())

    def _round(self, path: str, shape: Callable[[object], Resource], what: str) -> _Round[Resource]:
        now: _Round[Resource] = _Round()
        index, total = 1, None
        while True:
            document = self._page(path, index, what)
            if document is None:
                now.ended = True
                return now
            rows = [shape(row) for row in resources_of(document)]
            told = _total(document)
            if told is None:  # no list response at all but its rows: one answer is everything
                told = len(rows) if total is None else total
            if total is None:
                now.total = total = told
            if told != total:
                return now
            new = {row.id: row for row in rows if row.id not in now.found}
            if index > 1 and rows and not new and [row.id for row in rows] == list(now.found)[: len(rows)]:
                # The first page again: `startIndex` is ignored, as SCIMMY does behind Express 5.
                if self._style.search:
                    return now
                return self._otherwise(path, shape, what, now)
            now.twice = now.twice or len(new) != len(rows)
            now.found.update(new)
            index += len(rows)
            if not rows or len(now.found) == total or now.twice or self._style.alone:
                now.ended = True
                return now

    def _otherwise(
        self, path: str, shape: Callable[[object], Resource], what: str, before: _Round[Resource]
    ) -> _Round[Resource]:
        """All in one answer, else by a search, where a server can't be asked for the next ones."""
        try:
            document = self._exchange.read(path, params={"count": before.total}, what=what)
            rows = [shape(row) for row in resources_of(document)]
            found = {row.id: row for row in rows}
            now = _Round(found, _total(document) or len(rows), ended=True, twice=len(found) != len(rows))
        except Rejected as refused:
            if refused.status not in TOO_MANY:
                raise
            now = _Round(before.found, before.total, ended=True)
        if not now.whole:
            self._style.search = True
            try:
                now = self._round(path, shape, what)
            except (Rejected, NotFound, ServerFault, Unbelievable):
                self._style.search = False
        return now

    def _page(self, path: str, index: int, what: str) -> dict[str, Any] | None:
        """The answer from `index` on; None where it says that there is nothing (400, 404 behind the first)."""
        if self._style.search:
            document = {"schemas": [SEARCH_SCHEMA], **self._style.params(index)}
            return self._exchange.send(
                "POST", f"{path}/.search", what=what, document=document, repeatable=True
            ).json_object()
        first: Rejected | None = None
        while True:
            step, alone = self._style.step, self._style.alone
            try:
                return self._exchange.read(path, params=self._style.params(index), what=what)
            except NotFound as exc:
                if index > 1:
                    return None
                raise _not_there(exc, what) from exc
            except Rejected as refused:
                first = first or refused
                if refused.status not in TOO_MANY:
                    raise
                if index > 1:
                    return None
                if alone:
                    self._style.step, self._style.alone = 0, False  # it was not about how it was asked
                    raise first from None
            if step + 1 < len(COUNTS):
                self._style.step = step + 1
            else:
                self._style.alone = True


def resources_of(document: Mapping[str, Any]) -> list[object]:
    """The rows of a list response, or Unbelievable."""
    for key, value in document.items():
        if key.casefold() == "resources":
            if isinstance(value, list):
                return value
            if value is not None:
                break
            return []
    else:
        if _total(document) == 0:
            return []  # RFC 7644 §3.4.2: Resources may be absent when there are none
    raise Unbelievable("SCIM sent a list without resources, so it was discarded. Try again in a minute.", api="SCIM")


def _same(before: "_Round[Resource]", now: "_Round[Resource]") -> bool:
    """Two readings to the end that showed the same people under the same total."""
    both = before.ended and now.ended and not before.twice and not now.twice
    return both and before.total == now.total and before.found.keys() == now.found.keys()


def _total(document: Mapping[str, Any]) -> int | None:
    for key, value in document.items():
        if key.casefold() == "totalresults":
            if type(value) is int and value >= 0:
                return value
            if isinstance(value, str) and value.isdecimal():
                return int(value)
            raise Unbelievable("SCIM sent a list with an impossible total, so it was discarded. Try again.", api="SCIM")
    return None


def _not_there(exc: NotFound, what: str) -> Forbidden:
    """A list that is missing is no sign that somebody is gone: there is no SCIM at all."""
    return Forbidden(
        f"SCIM is not there (HTTP 404 at {what}): it needs the Pro plan and SSO, set up under Admin > Authentication "
        "in Help Scout; check HELPSCOUT_SCIM_URL too.",
        api="SCIM",
        status=404,
        log_ref=exc.log_ref,
        detail=exc.detail,
    )


def _capital(what: str) -> str:
    return f"{what[0].upper()}{what[1:]}"
