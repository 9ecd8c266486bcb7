"""Walking pages side by side: complete as of one moment, or refused; against a list that shifts while it is read."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.helpscout.errors import NotFound, ServerFault, Unbelievable
from bot.helpscout.wire.pages import ROUNDS, TRIES, Page, WalkResult, walk

Fetched = Page[int, str]
Change = tuple[str, int]


@dataclass
class ShiftingList:
    """A paged list that changes before the requests named in `changes`, one step at a time unless `swap` is used."""

    ids: list[int]
    size: int = 5
    changes: dict[int, Change] = field(default_factory=dict)
    gone_pages: str = "empty"  # what a page beyond the end is: "empty", "404" or "last"
    requests: int = 0
    asked: list[int] = field(default_factory=list)
    history: list[tuple[int, ...]] = field(default_factory=list)
    most_at_once: int = 0
    _at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.history.append(tuple(self.ids))

    def change(self, what: str, where: int) -> None:
        if what in ("remove", "swap", "swap first") and self.ids:
            del self.ids[where % len(self.ids)]
        if what == "add":
            self.ids.insert(where % (len(self.ids) + 1), max((*self.ids, 1000)) + 1)
        if what.startswith("swap"):
            self.ids.insert(0 if what == "swap first" else len(self.ids), max((*self.ids, 1000)) + 1)
        self.history.append(tuple(self.ids))

    def fetch(self, number: int) -> Fetched:
        with self._lock:
            self.requests += 1
            self.asked.append(number)
            if self.requests in self.changes:
                self.change(*self.changes[self.requests])
            return self.page(number)

    def page(self, number: int) -> Fetched:
        pages = -(-len(self.ids) // self.size)
        if number > max(1, pages):
            if self.gone_pages == "404":
                raise NotFound("no such page", status=404)
            if self.gone_pages == "last":
                number = pages
        rows = tuple((id, f"person {id}") for id in self.ids[(number - 1) * self.size : number * self.size])
        return Page(rows=rows, number=number, size=self.size, total=len(self.ids), pages=pages)


def people(count: int) -> list[int]:
    return list(range(1, count + 1))


def broken(
    list_: ShiftingList, number: int, make: Callable[[Fetched], Fetched], times: int = 10**6
) -> Callable[[int], Fetched]:
    """The list's fetch, with page `number` changed by `make` for the first `times` times."""
    left = [times]

    def fetch(asked: int) -> Fetched:
        page = list_.fetch(asked)
        if asked == number and left[0] > 0:
            left[0] -= 1
            return make(page)
        return page

    return fetch


def rebuilt(page: Fetched, **changed: object) -> Fetched:
    values = {name: getattr(page, name) for name in ("rows", "number", "size", "total", "pages")}
    return Page(**{**values, **changed})


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 10, 11, 203])
@pytest.mark.parametrize("connections", [1, 3, 8])
def test_a_list_that_stands_still_comes_whole_and_in_order(count: int, connections: int) -> None:
    list_ = ShiftingList(people(count))
    found = walk(list_.fetch, connections=connections)
    assert found.complete
    assert list(found.items) == people(count)
    pages = -(-count // 5)
    assert found.requests == list_.requests == (1 if pages <= 1 else pages + 1), "one request more than pages"


def test_an_answer_without_a_page_block_is_the_whole_list() -> None:
    found = walk(lambda number: Page(rows=((7, "seven"), (8, "eight"))))
    assert found.complete
    assert dict(found.items) == {7: "seven", 8: "eight"}
    assert found.requests == 1


def test_progress_is_told_page_by_page_up_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    walk(ShiftingList(people(48)).fetch, progress=lambda done, pages: told.append((done, pages)))
    assert told == sorted(told)
    assert told[-1] == (10, 10)


def test_as_many_connections_as_allowed_are_used_at_once_and_no_more() -> None:
    list_ = ShiftingList(people(200))
    lock = threading.Lock()
    all_four = threading.Barrier(4)  # opens when four are in flight together, breaks when they never are
    at_once = most = asked = 0

    def fetch(number: int) -> Fetched:
        nonlocal at_once, most, asked
        with lock:
            at_once += 1
            asked += 1
            most = max(most, at_once)
            early = 1 < asked <= 5
        if early:
            all_four.wait(5)
        page = list_.fetch(number)
        with lock:
            at_once -= 1
        return page

    assert walk(fetch, connections=4).complete
    assert most == 4


# Changes while walking


@settings(max_examples=300, deadline=None)
@given(
    count=st.integers(0, 60),
    size=st.integers(1, 7),
    connections=st.sampled_from([1, 4]),
    gone_pages=st.sampled_from(["empty", "404", "last"]),
    changes=st.dictionaries(
        st.integers(1, 40), st.tuples(st.sampled_from(["add", "remove"]), st.integers(0, 1000)), max_size=6
    ),
)
def test_what_is_called_complete_is_the_list_as_it_stood_at_one_moment(
    count: int, size: int, connections: int, gone_pages: str, changes: dict[int, Change]
) -> None:
    list_ = ShiftingList(people(count), size=size, changes=changes, gone_pages=gone_pages)
    found = walk(list_.fetch, connections=connections)
    pages = -(-max(len(ids) for ids in list_.history) // size) + 1
    assert list_.requests <= (ROUNDS * pages + 2) * TRIES, "bounded"
    if found.complete:
        assert tuple(found.items) in list_.history
    else:
        assert len(changes) > 1 or not list_.ids, "one change is always coped with"
        assert "kept changing while it was read" in found.problem


@settings(max_examples=200, deadline=None)
@given(
    count=st.integers(2, 60),
    size=st.integers(1, 7),
    at=st.integers(1, 30),
    what=st.sampled_from(["add", "remove"]),
    where=st.integers(0, 1000),
    gone_pages=st.sampled_from(["empty", "404", "last"]),
)
def test_one_change_at_any_place_and_time_is_always_coped_with(
    count: int, size: int, at: int, what: str, where: int, gone_pages: str
) -> None:
    list_ = ShiftingList(people(count), size=size, changes={at: (what, where)}, gone_pages=gone_pages)
    found = walk(list_.fetch, connections=1)
    assert found.complete
    assert tuple(found.items) in list_.history


@pytest.mark.parametrize("swap", ["swap", "swap first"])
def test_one_leaving_and_one_coming_between_the_first_page_and_the_rest_is_noticed(swap: str) -> None:
    for where in range(30):
        list_ = ShiftingList(people(30), changes={2: (swap, where)})
        found = walk(list_.fetch, connections=1)
        assert found.complete
        assert tuple(found.items) in list_.history, "the totals were the same before and after"


def test_one_leaving_and_one_coming_at_once_is_nearly_always_noticed() -> None:
    dice = random.Random(7)
    missed = 0
    for _ in range(400):
        list_ = ShiftingList(people(200), changes={dice.randint(2, 41): ("swap", dice.randrange(200))})
        found = walk(list_.fetch, connections=1)
        always = set(list_.history[0]) & set(list_.history[-1])
        missed += found.complete and not always <= set(found.items)
    assert missed <= 8, "2 of 100; page after page it is 25 of 100"


def test_one_leaving_somewhere_and_one_coming_at_the_front_is_noticed_at_any_time() -> None:
    for at in range(2, 8):
        for where in range(30):
            list_ = ShiftingList(people(30), changes={at: ("swap first", where)})
            found = walk(list_.fetch, connections=1)
            always = set(list_.history[0]) & set(list_.history[-1])
            assert found.complete
            assert always <= set(found.items), "page 1, read again, shows who came"


@pytest.mark.parametrize("at", range(2, 10))
def test_a_change_that_only_one_page_showed_is_not_forgotten_when_the_totals_are_as_before(at: int) -> None:
    for where in range(50):
        for first, then in ((("remove", where), ("add", -1)), (("add", 0), ("remove", where + 1))):
            list_ = ShiftingList(people(50), changes={at: first, at + 1: then})
            found = walk(list_.fetch, connections=1)
            assert found.complete
            assert tuple(found.items) in list_.history


def test_a_list_that_never_holds_still_is_refused_and_not_returned() -> None:
    list_ = ShiftingList(people(100), changes=dict.fromkeys(range(1, 1000), ("add", 0)))
    found = walk(list_.fetch, connections=1)
    assert not found.complete
    assert "kept changing while it was read" in found.problem
    assert found.problem.endswith("Try again later.")


def test_only_what_was_read_before_a_change_is_read_again() -> None:
    list_ = ShiftingList(people(100), changes={18: ("remove", 3)})
    found = walk(list_.fetch, connections=1)
    assert found.complete
    assert list_.requests == 21 + 17, "20 pages and page 1 again; then the 17 that were read before request 18"


# Pages that are not what was asked for


FAULTS: dict[str, tuple[Callable[[Fetched], Fetched], str]] = {
    "no rows": (lambda page: rebuilt(page, rows=()), "holds 0 rows where 5 were announced"),
    "a row short": (lambda page: rebuilt(page, rows=page.rows[1:]), "holds 4 rows where 5"),
    "a row too many": (lambda page: rebuilt(page, rows=(*page.rows, (999, "x"))), "holds 6 rows where 5"),
    "another page": (lambda page: rebuilt(page, number=2), "came back as page 2"),
    "another size": (lambda page: rebuilt(page, size=7), "announces 50 rows on 10 pages of 7"),
    "no size": (lambda page: rebuilt(page, size=0), "announces impossible totals"),
    "a negative total": (lambda page: rebuilt(page, total=-1), "announces impossible totals"),
    "a total beyond all measure": (
        lambda page: rebuilt(page, total=5 * 10**12, pages=10**12),
        "announces impossible totals",
    ),
    "too few pages": (lambda page: rebuilt(page, pages=9), "announces 50 rows on 9 pages of 5"),
    "no page block": (lambda page: Page(rows=page.rows), "has no page block although the first one had"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_page_that_is_wrong_once_is_asked_for_again(name: str) -> None:
    list_ = ShiftingList(people(50))
    found = walk(broken(list_, 4, FAULTS[name][0], times=1))
    assert found.complete
    assert list(found.items) == people(50)
    assert list_.requests == 12


@pytest.mark.parametrize("name", FAULTS)
def test_a_page_that_stays_wrong_is_refused_with_a_sentence(name: str) -> None:
    list_ = ShiftingList(people(50))
    with pytest.raises(Unbelievable, match=FAULTS[name][1]):
        walk(broken(list_, 4, FAULTS[name][0]))
    assert list_.asked.count(4) == TRIES


@pytest.mark.parametrize(
    "name", ["no rows", "another page", "another size", "too few pages", "a total beyond all measure"]
)
def test_a_first_page_that_stays_wrong_is_refused_too(name: str) -> None:
    with pytest.raises(Unbelievable):
        walk(broken(ShiftingList(people(50)), 1, FAULTS[name][0]))


def test_a_page_that_claims_an_empty_list_does_not_empty_the_list() -> None:
    emptied = lambda page: rebuilt(page, rows=(), total=0, pages=0)  # noqa: E731
    once = walk(broken(ShiftingList(people(50)), 4, emptied, times=1))
    assert once.complete
    assert len(once.items) == 50
    always = walk(broken(ShiftingList(people(50)), 4, emptied))
    assert not always.complete


def test_a_list_that_is_empty_all_of_a_sudden_is_not_believed_to_be() -> None:
    list_ = ShiftingList(people(50))

    def fetch(number: int) -> Fetched:
        page = list_.page(number)
        list_.asked.append(number)
        return rebuilt(page, rows=(), total=0, pages=0) if list_.asked.count(1) > 1 else page

    found = walk(fetch, connections=1)
    assert not found.complete
    assert "empty all of a sudden" in found.problem


@pytest.mark.parametrize("number", [1, 2, 10])
def test_one_row_shown_on_two_pages_is_never_taken_as_complete(number: int) -> None:
    def twice(page: Fetched) -> Fetched:
        return rebuilt(page, rows=((23, "person 23"), *page.rows[1:]))

    found: WalkResult[int, str] = walk(broken(ShiftingList(people(50)), number, twice))
    assert not found.complete
    assert "came twice" in found.problem or "moved" in found.problem
    once: WalkResult[int, str] = walk(broken(ShiftingList(people(50)), number, twice, times=1))
    assert once.complete
    assert list(once.items) == people(50)


def test_a_row_twice_on_the_only_page_is_refused() -> None:
    found: WalkResult[int, str] = walk(
        lambda number: Page(rows=((1, "a"), (1, "a")), number=1, size=5, total=2, pages=1)
    )
    assert not found.complete


def test_an_unreadable_page_is_asked_for_again_and_then_refused() -> None:
    list_ = ShiftingList(people(50))
    tries = 0

    def fetch(number: int) -> Fetched:
        nonlocal tries
        if number == 4:
            tries += 1
            raise Unbelievable("not JSON")
        return list_.fetch(number)

    with pytest.raises(Unbelievable, match="not JSON"):
        walk(fetch)
    assert tries == TRIES


def test_a_failing_page_ends_the_walk_and_what_has_not_begun_is_not_asked_for() -> None:
    list_ = ShiftingList(people(500))

    def fetch(number: int) -> Fetched:
        if number == 98:
            raise ServerFault("down", status=500)
        return list_.fetch(number)

    with pytest.raises(ServerFault, match="down"):
        walk(fetch, connections=2)
    assert list_.requests < 10
