"""Reading a paged list side by side, so that the result is the whole list as it stood at one moment, or is refused.

A list may change while it is walked: somebody leaves, everybody behind moves up by one, and who stood first on a page
that is still to be read now stands last on a page that has been read. What the answers say about themselves shows it:
* A page must be what was asked for: its number, and as many rows as its own totals imply. Else it is asked for again.
* All pages must tell the same totals. When they change, the pages read before the change are read again.
* No row may show up twice, and there must be as many as announced. Else everything is read again.
* One leaving and one coming at once leave the totals as they were. Therefore every other page is read first, from the
  last one down, and then those between: a shift then hides rows at some borders and doubles rows at others, and the
  doubles give it away. Page 1, without which nothing can start, is read once more beside the last ones. (Of random
  such swaps in a walk of 40 pages, page after page misses somebody in 25 of 100, this order in less than 1; nothing
  short of reading twice misses none, hence nobody may be called gone because a list lacks them.)
All of it is bounded: after `rounds` rounds the walk gives up and says so.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import Generic, TypeVar

from bot.helpscout.errors import HelpScoutError, NotFound, Unbelievable

Id = TypeVar("Id", int, str)
Row = TypeVar("Row")

ROUNDS = 4
"""Times a walk starts over before it gives up."""
MOST_PAGES = 100_000
"""No account has more; what claims more would be read for days."""
TRIES = 3
"""Times one page is asked for in a row before it is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Id, Row]):
    """One answer. `rows` in the order they came. `number` None: the answer has no page block and is the whole list,
    unless `after` (the query of its `next` link) says that more follows.

    `total` and `pages` as the answer says; `size` is the server's page size, whatever was asked for.
    """

    rows: tuple[tuple[Id, Row], ...]
    number: int | None = None
    size: int = 0
    total: int = 0
    pages: int = 0
    after: Mapping[str, str] | None = None

    @property
    def totals(self) -> tuple[int, int, int]:
        return self.total, self.pages, self.size

    def fault(self, asked: int) -> str:
        """What is wrong with this page by itself, "" when nothing is."""
        if self.number is None:
            return "" if asked == 1 else "has no page block although the first one had"
        if self.number != asked:
            return f"came back as page {self.number}"
        if self.size < 1 or self.total < 0 or not 0 <= self.pages <= MOST_PAGES:
            return "announces impossible totals"
        needed = -(-self.total // self.size)
        if self.pages != needed and not (self.total == 0 and self.pages == 1):
            return f"announces {self.total} rows on {self.pages} pages of {self.size}"
        due = max(0, min(self.size, self.total - (asked - 1) * self.size))
        if len(self.rows) != due:
            return f"holds {len(self.rows)} rows where {due} were announced"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkResult(Generic[Id, Row]):
    """What came of it: `items` by id, in the list's order. Not `complete`: `problem` is a sentence saying why."""

    items: Mapping[Id, Row]
    pages: int
    requests: int
    complete: bool
    problem: str = ""
    unnumbered: bool = False
    """Its pages are not numbered: to be read by `following.follow`."""


@dataclass(slots=True)
class _Read(Generic[Id, Row]):
    page: Page[Id, Row]
    asked_at: int  # a count of events, for a before and after between threads
    answered_at: int


@dataclass(slots=True)
class _Walker(Generic[Id, Row]):
    fetch: Callable[[int], Page[Id, Row]]
    connections: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    requests: int = 0
    events: int = 0

    def tick(self) -> int:
        with self.lock:
            self.events += 1
            return self.events

    def read(self, number: int) -> _Read[Id, Row] | None:
        """One page that is sound in itself; asked for again a few times, then Unbelievable. None: there is no such
        page.
        """
        problem: HelpScoutError | None = None
        for _ in range(TRIES):
            with self.lock:
                self.requests += 1
            asked_at = self.tick()
            try:
                page = self.fetch(number)
            except Unbelievable as exc:
                problem = exc
                continue
            except NotFound:
                if number == 1:
                    raise
                return None  # the list has become shorter; the other pages' totals must bear it out
            if page.number is not None and 1 <= page.pages < number != page.number:
                return None  # the same, told by a server that shows its last page instead
            fault = page.fault(number)
            if not fault:
                return _Read(page, asked_at, self.tick())
            problem = Unbelievable(
                f"Page {number} of Help Scout's list {fault}, so the list was discarded. Try again in a minute."
            )
        assert problem is not None
        raise problem

    def read_all(self, numbers: Iterable[int], told: Callable[[], None]) -> list[tuple[int, _Read[Id, Row]]]:
        """Pages side by side; the first error stops what has not begun and is raised."""
        todo = deque(numbers)
        found: list[tuple[int, _Read[Id, Row]]] = []
        failure: list[BaseException] = []

        def work() -> None:
            while not failure:
                try:
                    number = todo.popleft()
                except IndexError:
                    return
                try:
                    read = self.read(number)
                except BaseException as exc:  # noqa: BLE001 - handed to the thread that waits
                    failure.append(exc)
                    return
                with self.lock:
                    if read is not None:
                        found.append((number, read))
                    told()

        threads = min(self.connections, len(todo))
        if threads <= 1:
            work()
        else:
            with ThreadPoolExecutor(threads, thread_name_prefix="pages") as pool:
                for _ in range(threads):
                    pool.submit(work)
        if failure:
            raise failure[0]
        return found


def walk(
    fetch_page: Callable[[int], Page[Id, Row]],
    *,
    connections: int = 8,
    progress: Callable[[int, int], None] | None = None,
    rounds: int = ROUNDS,
) -> WalkResult[Id, Row]:
    """Read every page of a list with at most `connections` requests at once.

    `fetch_page(n)` asks for page n (from 1) and may raise HelpScoutError: Unbelievable is tried again, everything else
    ends the walk. `progress(done, pages)` is told from several threads, one at a time. Raises what a page raised; a
    list that will not hold still comes back as a Walk that is not complete.
    """
    walker: _Walker[Id, Row] = _Walker(fetch_page, connections)
    first = walker.read(1)
    if first is not None and first.page.number is None and first.page.after is not None:
        return WalkResult(items={}, pages=0, requests=walker.requests, complete=False, unnumbered=True)
    if first is None or first.page.number is None or first.page.pages <= 1:
        if progress:
            progress(1, 1)
        return _single(first.page if first else Page(rows=()), walker.requests)
    reads = {1: first}
    totals = first.page.totals
    stale = set(range(2, totals[1] + 1))
    problem = ""
    for _ in range(rounds):
        kept = reads.get(1) if 1 not in stale else None
        fresh = walker.read_all(_order(stale, kept is not None), _teller(progress, len(stale), totals[1]))
        changed_at, totals = _last_change(reads, fresh)
        for number, read in fresh:
            if number not in reads or read.answered_at > reads[number].answered_at:
                reads[number] = read
        numbers = range(1, max(1, totals[1]) + 1)
        reads = {number: read for number, read in reads.items() if number in numbers}
        stale = {
            number
            for number in numbers
            if number not in reads or reads[number].page.totals != totals or reads[number].asked_at < changed_at
        }
        if stale:
            problem = "it changed while it was read"
            continue
        if kept is not None and _moved(kept.page, reads[1].page):
            problem = "people moved between its pages while it was read"
            stale = set(numbers) - {1}
            continue
        items = dict(chain.from_iterable(reads[number].page.rows for number in numbers))
        if not items:
            problem = "it was empty all of a sudden"
            stale = set(numbers)
            continue
        if len(items) == totals[0]:
            return WalkResult(items=items, pages=totals[1], requests=walker.requests, complete=True)
        problem = f"{totals[0] - len(items)} of its {totals[0]} rows came twice"
        stale = set(numbers)
    items = dict(chain.from_iterable(reads[number].page.rows for number in sorted(reads)))
    return WalkResult(
        items=items,
        pages=totals[1],
        requests=walker.requests,
        complete=False,
        problem=f"Help Scout's list kept changing while it was read ({problem}, {rounds} times in a row), "
        "so it was discarded. "
        "Try again later.",
    )


def _order(numbers: set[int], again_first: bool) -> Iterable[int]:
    last = max(numbers, default=0)
    first = sorted((number for number in numbers if (last - number) % 2 == 0), reverse=True)
    then = sorted((number for number in numbers if (last - number) % 2), reverse=True)
    return chain(first, then, (1,) if again_first else ())


def _teller(progress: Callable[[int, int], None] | None, todo: int, pages: int) -> Callable[[], None]:
    done = pages - todo

    def told() -> None:
        nonlocal done
        done = min(pages, done + 1)
        if progress:
            progress(done, pages)

    return told


def _last_change(
    reads: Mapping[int, _Read[Id, Row]], fresh: list[tuple[int, _Read[Id, Row]]]
) -> tuple[int, tuple[int, int, int]]:
    """The totals of the newest answer, and the event before which something else was last told (0: never)."""
    every = sorted((*reads.values(), *(read for _, read in fresh)), key=lambda read: read.answered_at)
    totals = every[-1].page.totals
    return max((read.answered_at for read in every if read.page.totals != totals), default=0), totals


def _moved(before: Page[Id, Row], after: Page[Id, Row]) -> bool:
    """Whether other people stand on a page; who only changed their name has not moved."""
    return before.totals == after.totals and [id for id, _ in before.rows] != [id for id, _ in after.rows]


def _single(page: Page[Id, Row], requests: int) -> WalkResult[Id, Row]:
    items = dict(page.rows)
    twice = len(page.rows) - len(items)
    return WalkResult(
        items=items,
        pages=1,
        requests=requests,
        complete=not twice,
        problem="Help Scout's list has the same row twice, so it was discarded. Try again later." if twice else "",
    )
