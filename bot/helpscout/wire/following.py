"""Reading a list whose pages are not numbered: each answer names the next one."""

from collections.abc import Callable, Mapping

from bot.helpscout.errors import NotFound
from bot.helpscout.wire.pages import MOST_PAGES, ROUNDS, Id, Page, Row, WalkResult


def follow(
    fetch_page: Callable[[Mapping[str, str] | None], Page[Id, Row]],
    *,
    progress: Callable[[int, int], None] | None = None,
    rounds: int = ROUNDS,
) -> WalkResult[Id, Row]:
    """One after the other: `fetch_page(query)` of each `next` link in turn.

    A row that comes twice has moved while the list was read, and all is read again. A next page that is not there, or
    is empty, is the end: some servers name one on their last page as well.
    """
    requests, problem = 0, ""
    for _ in range(rounds):
        items: dict[Id, Row] = {}
        asked: list[Mapping[str, str] | None] = []
        query: Mapping[str, str] | None = None
        problem = ""
        while not problem:
            asked.append(query)
            requests += 1
            try:
                page = fetch_page(query)
            except NotFound:
                if query is None:
                    raise
                break
            before = len(items)
            items.update(page.rows)
            if len(items) != before + len(page.rows):
                problem = "rows came twice"
            if progress:
                progress(len(asked), len(asked) + (page.after is not None))
            query = page.after
            if query is None or not page.rows:
                break
            if query in asked or len(asked) >= MOST_PAGES:
                problem = "its next page is one that was read already"
        if not problem:
            return WalkResult(items=items, pages=len(asked), requests=requests, complete=True)
    return WalkResult(
        items={},
        pages=0,
        requests=requests,
        complete=False,
        problem=f"Help Scout's list could not be read to its end ({problem}, {rounds} times in a row), so "
        "the result was discarded. Try again later.",
    )
