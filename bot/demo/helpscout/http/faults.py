"""Faults on order: which requests go wrong, how, and how often."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from bot.demo.helpscout.http.pattern import Match, matcher
from bot.demo.helpscout.http.server import Request


class Fault(StrEnum):
    """What goes wrong. "Before" means that the request had no effect, "after" that only its answer is lost."""

    RATE_LIMITED = "429 with Retry-After"
    RATE_LIMITED_BARE = "429 without Retry-After"
    ERROR_500 = "500"
    HTML_502 = "502 with an HTML page"
    UNAVAILABLE_503 = "503"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    NO_SUCH_CALL = "404, as of an API without this call"
    TOKEN_DEAD = "all OAuth tokens die before this request"
    DROPPED_BEFORE = "connection dropped before the effect"
    DROPPED_AFTER = "connection dropped after the effect"
    SILENT_BEFORE = "no answer, no effect"
    SILENT_AFTER = "no answer after the effect"
    SLOW = "a slow answer"
    CUT_BODY = "body cut, connection closed"
    HALF_JSON = "half of the JSON under 200"
    HTML_200 = "an HTML page under 200"
    EMPTY_LIST = "an empty list under 200, totals zero"
    EMPTY_PAGE = "an empty page under 200, totals as usual"
    WRONG_TOTALS = "totals that are wrong"
    SHIFTED_PAGE = "a page that starts one person late"
    PERSON_REMOVED = "somebody of the first page is removed before this request"
    PERSON_ADDED = "somebody appears on the first page before this request"
    HOLD_BEFORE = "held back before the effect until released"
    HOLD_AFTER = "held back after the effect until released"


@dataclass(slots=True, kw_only=True, eq=False)
class Planned:
    """One order: the first `after` matching requests are spared, the next `times` (None: all) get the fault.

    For a hold, `reached` is set when the first request is held; `release()` lets it (and all later ones) go on.
    `people` lists the REST ids that PERSON_REMOVED and PERSON_ADDED touched.
    """

    id: int
    fault: Fault
    match: Match = ""
    times: int | None = 1
    after: int = 0
    seconds: float = 3600.0  # SILENT_*: how long nothing comes before the connection is closed; SLOW: how long it takes
    retry_after: str | None = None  # RATE_LIMITED: the header's value; None: as the rate limit would say
    amount: int = 7  # WRONG_TOTALS: what is added to the totals
    hits: int = 0
    reached: threading.Event = field(default_factory=threading.Event, repr=False)
    released: threading.Event = field(default_factory=threading.Event, repr=False)
    dropping: bool = False
    people: list[int] = field(default_factory=list)

    def release(self, *, drop: bool = False) -> None:
        """Let held requests go on; with `drop` the connection is closed instead (before the effect, if held there)."""
        self.dropping = drop
        self.released.set()


class Faults:
    """The orders, in the order they were given: a request meets the first one that wants it."""

    def __init__(self) -> None:
        self._planned: list[tuple[Planned, Callable[[Request], bool]]] = []
        self._ids = itertools.count(1)
        self._lock = threading.Lock()

    def add(
        self,
        *,
        fault: Fault,
        match: Match = "",
        times: int | None = 1,
        after: int = 0,
        seconds: float | None = None,
        retry_after: str | int | None = None,
        amount: int = 7,
    ) -> Planned:
        """Order a fault. `seconds` defaults to an hour of silence, and to 2 s for SLOW."""
        if seconds is None:
            seconds = 2.0 if fault is Fault.SLOW else 3600.0
        with self._lock:
            planned = Planned(
                id=next(self._ids),
                fault=fault,
                match=match,
                times=times,
                after=after,
                seconds=seconds,
                retry_after=None if retry_after is None else str(retry_after),
                amount=amount,
            )
            self._planned.append((planned, matcher(match)))
            return planned

    def hold(
        self, match: Match, *, phase: Literal["before", "after"] = "before", times: int | None = 1, after: int = 0
    ) -> Planned:
        """Hold matching requests back, before or after their effect, until `release()`."""
        fault = Fault.HOLD_BEFORE if phase == "before" else Fault.HOLD_AFTER
        return self.add(fault=fault, match=match, times=times, after=after)

    def take(self, request: Request) -> Planned | None:
        """The order that this request meets, counted as met."""
        with self._lock:
            for planned, accepts in self._planned:
                if planned.times == 0 or not accepts(request):
                    continue
                if planned.after > 0:
                    planned.after -= 1
                    continue
                if planned.times is not None:
                    planned.times -= 1
                planned.hits += 1
                return planned
        return None

    def planned(self) -> list[Planned]:
        """All orders, also those that were met as often as wanted."""
        with self._lock:
            return [planned for planned, _ in self._planned]

    def get(self, fault_id: int) -> Planned | None:
        return next((planned for planned in self.planned() if planned.id == fault_id), None)

    def cancel(self, planned: Planned) -> None:
        """Take one order back and let go what it holds."""
        with self._lock:
            self._planned = [entry for entry in self._planned if entry[0] is not planned]
        planned.release()

    def clear(self) -> None:
        """Take all orders back and let go what they hold."""
        with self._lock:
            cleared, self._planned = self._planned, []
        for planned, _ in cleared:
            planned.release()
