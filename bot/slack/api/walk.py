"""Reading a long list of Slack's, page by page, through its rate limit: what was read is kept, whatever comes between.

`users.list` allows some twenty pages of 200 a minute; a workspace of more people than that is read in several goes. Who
asks again after a failure goes on at the page that was reached, unless that is too long ago.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from bot.slack.api.web import SlackBusy, SlackRefused

MOST_PAGES = 5000
PATIENCE = 900.0  # seconds that one reading waits for Slack altogether
KEPT = 600.0  # seconds after which the pages of a reading that failed are of no use

Page = tuple[list[Any], str]
Progress = Callable[[int, float], None]
"""How many things were read so far, and the seconds that Slack asks to wait now."""


class Walk:
    """One list. For one reader at a time. `pause` waits for so many seconds."""

    def __init__(
        self, timer: Callable[[], float] = time.monotonic, pause: Callable[[float], object] | None = None
    ) -> None:
        self._timer = timer
        self._pause = pause or threading.Event().wait
        self._found: list[Any] = []
        self._cursor = ""
        self._touched = 0.0

    @property
    def read(self) -> int:
        """How many things were read so far."""
        return len(self._found)

    def pages(self, read: Callable[[str], Page], progress: Progress | None = None) -> Iterator[tuple[float, list[Any]]]:
        """The pages that are not read yet, each with when its reading began. Raises what `read` raises.

        `read` takes a cursor ("" for the first page) and returns a page and the next cursor, "" at the end.
        """
        if self._timer() - self._touched > KEPT:
            self._forget()
        waited = 0.0
        for _ in range(MOST_PAGES):
            since = self._timer()
            try:
                page, following = read(self._cursor)
            except SlackBusy as busy:
                waited += busy.wait
                if waited > PATIENCE:
                    raise
                if progress is not None:
                    progress(self.read, busy.wait)
                self._pause(busy.wait)
                continue
            except SlackRefused as refused:
                if refused.code != "invalid_cursor" or not self._cursor:
                    raise
                self._forget()  # Slack has forgotten where we were
                continue
            self._found += page
            self._touched = self._timer()
            yield since, page
            if not following or following == self._cursor:
                return
            self._cursor = following

    def take(self) -> list[Any]:
        """Everything that was read; the next walk begins at the first page."""
        found = self._found
        self._forget()
        return found

    def _forget(self) -> None:
        self._found, self._cursor, self._touched = [], "", self._timer()
