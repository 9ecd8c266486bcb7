"""A bounded pool of threads for what may take time, so that Slack's own requests are answered at once."""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

import structlog

from bot.model.problem import Problem

T = TypeVar("T")


class Overloaded(Problem):
    """More is waiting than can be done in reasonable time; what was asked for now was not taken on."""


class Stopping(Problem):
    """The bot is about to stop; what was asked for now was not taken on."""


class Worker:
    """`threads` at work, at most `room` pieces of work waiting. Begins at once; threads are daemons."""

    def __init__(self, threads: int = 8, room: int = 1000) -> None:
        self._waiting: queue.Queue[tuple[Future[Any], Callable[[], Any]] | None] = queue.Queue()
        self._room = room
        self._lock = threading.Lock()
        self._stopping = False
        self._unfinished = 0
        self._log = structlog.get_logger("slack.worker")
        self._threads = [
            threading.Thread(target=self._work, name=f"slack-worker-{number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def unfinished(self) -> int:
        """Pieces of work that were taken on and are not done."""
        return self._unfinished

    @property
    def stopping(self) -> bool:
        """Whether nothing new is taken on any more."""
        return self._stopping

    def submit(self, work: Callable[[], T]) -> "Future[T]":
        """Have `work` done soon. Raises `Overloaded` or `Stopping`. What it raises is logged and kept in the future."""
        future: Future[T] = Future()
        with self._lock:
            if self._stopping:
                raise Stopping("hs-bot is about to stop: try again in a minute.")
            if self._waiting.qsize() >= self._room:
                raise Overloaded("hs-bot has more to do than it can: try again in a minute.")
            self._unfinished += 1
            self._waiting.put((future, partial(copy_context().run, work)))  # its log lines tell whose work it is
        return future

    def stop(self, timeout: float = 5.0) -> bool:
        """Take on nothing new and finish what was taken on, within `timeout` seconds; False when some was left."""
        with self._lock:
            if not self._stopping:
                self._stopping = True
                for _ in self._threads:
                    self._waiting.put(None)
        ends = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while (taken := self._waiting.get()) is not None:
            future, work = taken
            try:
                future.set_result(work())
            except Problem as problem:
                self._log.warning("work for Slack failed", problem=problem.sentence)
                future.set_exception(problem)
            except BaseException as fault:  # noqa: BLE001 - a thread of the pool outlives a fault of its work
                self._log.exception("work for Slack failed")
                future.set_exception(fault)
            finally:
                with self._lock:
                    self._unfinished -= 1
