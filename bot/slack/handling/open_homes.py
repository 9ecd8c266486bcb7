"""The App Homes that are open: published when somebody opens theirs, and again when something has happened.

Only people who opened their Home in this process get it anew, and only when it would look different. What happens is
learnt from the record, so that it does not matter which process did it.
"""

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from cachetools import TTLCache
from slack_sdk import WebClient
from slack_sdk.models.views import View

from bot.model.problem import Problem
from bot.slack.api.web import SlackBusy, SlackRefused, call
from bot.slack.handling.work.worker import Worker
from bot.slack.views.home.page import AS_OF
from bot.slack.views.kit import as_json

Draw = Callable[[], "Drawn"]
"""What somebody's Home shows now. Raises a `Problem` when that can't be known."""

HALF_A_DAY = 43_200.0
MOST = 500
SLOW = 20.0  # seconds after which is looked again, in case a change slipped by
A_CALLS_SHARE = 60 / 100 / 4  # seconds: 100 calls of views.publish pass a minute; one Home in four looks different
LONGEST_GAP = 5.0
A_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """`view` None: there is nothing for this person. `lasting` False: it need not be kept up to date."""

    view: View | None
    lasting: bool = True


@dataclass(slots=True)
class _Home:
    draw: Draw
    shown: str = ""
    hash: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)


class Counts:
    """Numbers that take long to count: the last one is shown while a new one is counted. Thread-safe."""

    def __init__(self, ttl: float, timer: Callable[[], float]) -> None:
        self._ttl = ttl
        self._timer = timer
        self._kept: dict[str, tuple[int, float]] = {}

    def get(self, name: str) -> int | None:
        """The last number, however old; None before there was one."""
        found = self._kept.get(name)
        return found[0] if found else None

    def due(self, name: str) -> bool:
        """Whether it should be counted anew."""
        found = self._kept.get(name)
        return found is None or self._timer() - found[1] > self._ttl

    def put(self, name: str, number: int) -> None:
        self._kept[name] = number, self._timer()


class Homes:
    """`changed` waits for a change of the record, at most so many seconds; True when there was one.

    `gap` in seconds: what happens within it is shown together.
    """

    def __init__(
        self,
        client: WebClient,
        worker: Worker,
        changed: Callable[[float], bool],
        *,
        gap: float = 0.3,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._worker = worker
        self._changed = changed
        self._gap = gap
        self._timer = timer
        self.counts = Counts(A_MINUTE, timer)
        self.seats: tuple[int, Sequence[tuple[datetime, int]]] = 0, ()  # as of which sync: it takes long to read
        self._open: TTLCache[str, _Home] = TTLCache(MOST, HALF_A_DAY, timer)
        self._lock = threading.Lock()
        self._watching = False
        self._at_work = False
        self._again = False
        self._rests_until = float("-inf")
        self._pause = threading.Event()
        self._log = structlog.get_logger("slack.homes")

    def opened(self, member: str, draw: Draw, hash: str = "") -> bool:
        """Publish it, whatever was shown before. `hash` is that of the Home as Slack has it. For the worker.

        True when Slack has it.
        """
        with self._lock:
            home = self._open.get(member)
            if home is None:
                home = _Home(draw)
            self._open[member] = home
        home.draw = draw
        self._publish(member, home, hash=hash, always=True)
        self._watch()
        return bool(home.shown)

    def again(self, member: str) -> None:
        """Publish one that is open, if it looks different now. For the worker."""
        with self._lock:
            home = self._open.get(member)
        if home is not None:
            self._publish(member, home)

    def touch(self) -> None:
        """Something has happened: have the worker look which Homes look different now."""
        with self._lock:
            if not self._open:
                return
            if self._at_work:
                self._again = True
                return
            self._at_work = True
        self._submit()

    def _submit(self) -> None:
        try:
            self._worker.submit(self._everybody)
        except Problem as problem:
            self._log.info("Homes stay as they are", problem=problem.sentence)
            with self._lock:
                self._at_work = False

    def _everybody(self) -> None:
        try:
            with self._lock:
                self._again = False
                homes = list(self._open.items())
            for member, home in homes:
                if self._timer() < self._rests_until:
                    break
                self._publish(member, home)
        finally:
            with self._lock:
                again = self._again
                self._at_work = again
            if again:
                self._submit()

    # One Home

    def _publish(self, member: str, home: _Home, *, hash: str = "", always: bool = False) -> None:
        """Never raises for what the record or Slack does: it is logged, and tried again with the next change."""
        with home.lock:
            try:
                self._put(member, home, hash=hash or home.hash, always=always)
            except SlackBusy as busy:
                self._rests_until = self._timer() + busy.wait
                home.shown = ""
                self._log.info("Slack asks to wait with Homes", seconds=busy.wait)
            except Problem as problem:
                home.shown = ""
                self._log.warning("a Home could not be published", problem=problem.sentence)
            except Exception:  # noqa: BLE001 - one Home that can't be drawn must not keep others from theirs
                home.shown = ""
                self._log.exception("a Home can't be drawn")

    def _put(self, member: str, home: _Home, *, hash: str, always: bool) -> None:
        for guard in (hash or None, None):
            drawn = home.draw()
            if not drawn.lasting:
                with self._lock:
                    self._open.pop(member, None)
            if drawn.view is None:
                return
            view = as_json(drawn.view)
            shown = json.dumps([one for one in view["blocks"] if one.get("block_id") != AS_OF], sort_keys=True)
            if shown == home.shown and not always:
                return
            try:
                home.hash = self._sent(member, view, guard)
            except SlackRefused as refused:
                if refused.code != "hash_conflict" or guard is None:
                    raise
                continue  # somebody has published a newer one: what we draw now is newer still
            home.shown = shown
            return

    def _sent(self, member: str, view: dict[str, Any], hash: str | None) -> str:
        answer = call("views.publish", lambda: self._client.views_publish(user_id=member, view=view, hash=hash))
        return str((answer.get("view") or {}).get("hash") or "")

    # Looking for changes

    def _watch(self) -> None:
        with self._lock:
            if self._watching:
                return
            self._watching = True
        threading.Thread(target=self._look, name="homes", daemon=True).start()

    def _look(self) -> None:
        """As long as a Home is open and the worker works."""
        looked = self._timer()
        while self._many() and not self._worker.stopping:
            try:
                moved = self._changed(1.0)
            except Problem as problem:
                self._log.info("the record can't be watched", problem=problem.sentence)
                self._pause.wait(SLOW / 4)
                continue
            except Exception:  # noqa: BLE001 - a thread of ours ends with a line in the log, at worst
                self._log.exception("the record can't be watched")
                break
            if moved or self._timer() - looked > SLOW:
                self._pause.wait(min(max(self._gap, self._many() * A_CALLS_SHARE), LONGEST_GAP))
                looked = self._timer()
                self.touch()
        with self._lock:
            self._watching = False

    def _many(self) -> int:
        with self._lock:
            self._open.expire()
            return len(self._open)
