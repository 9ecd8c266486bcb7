"""Calls made side by side, in daemon threads: one that waits for a rate limit can't keep the process from stopping."""

import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextvars import copy_context
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


IDLE_SECONDS, KEPT = 10.0, 8
"""A thread without work ends after so long; until then it is used again, with its connection to the record, which takes
a megabyte or two: so many are kept at most.
"""


class _Threads:
    """Daemon threads that are kept for a while. (An executor's are joined when the process ends, whatever they do.)"""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[queue.SimpleQueue[Callable[[], None]]] = []
        os.register_at_fork(after_in_child=self._forget)

    def start(self, work: Callable[[], None]) -> None:
        """Begin `work`, which raises nothing, in the caller's context."""
        context = copy_context()
        with self._lock:
            free = self._idle.pop() if self._idle else None
        if free is not None:
            free.put(lambda: context.run(work))
            return
        own: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        own.put(lambda: context.run(work))
        threading.Thread(target=self._work, args=(own,), name="side-by-side", daemon=True).start()

    def _work(self, own: "queue.SimpleQueue[Callable[[], None]]") -> None:
        while True:
            try:
                work = own.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    if own in self._idle:
                        self._idle.remove(own)
                        return
                continue  # it was taken at this moment: its work is on the way
            work()
            del work
            with self._lock:
                if len(self._idle) >= KEPT:
                    return
                self._idle.append(own)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._idle = []


_threads = _Threads()


class ItemOutcome(Generic[T, R]):
    """What came of the work on one item: `result()` gives it or raises what the work raised."""

    __slots__ = ("_error", "_result", "item")

    def __init__(self, item: T, result: R | None, error: BaseException | None) -> None:
        self.item = item
        self._result = result
        self._error = error

    def result(self) -> R:
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # work that ended without an error gave an R


def begun(work: Callable[[], R]) -> "Future[R]":
    """`work` in a thread of its own, from now on, in the caller's context: what is logged says on whose behalf."""
    future: Future[R] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  # handed to whoever asks for the result
            future.set_exception(error)

    _threads.start(run)
    return future


def together(*calls: Callable[[], Any]) -> list[Any]:
    """The results in the order of `calls`. All have ended when the first error (in that order) is raised."""
    answers: list[ItemOutcome[int, Any]] = sorted(
        stream(lambda i: calls[i](), range(len(calls)), width=len(calls)), key=_item
    )
    return [answer.result() for answer in answers]


def stream(work: Callable[[T], R], items: Iterable[T], *, width: int) -> Iterator[ItemOutcome[T, R]]:
    """`work` on every item, at most `width` at a time, answers as they come. Closing the iterator stops the feed."""
    waiting = list(items)
    if len(waiting) == 1 or width == 1:  # no thread for what nobody does beside it
        for item in waiting:
            yield _answer(work, item)
        return
    todo: queue.SimpleQueue[T] = queue.SimpleQueue()
    ended: queue.SimpleQueue[ItemOutcome[T, R]] = queue.SimpleQueue()
    closed = threading.Event()
    for item in waiting:
        todo.put(item)

    def work_on() -> None:
        while not closed.is_set():
            try:
                item = todo.get_nowait()
            except queue.Empty:
                return
            ended.put(_answer(work, item))

    for _ in range(min(width, len(waiting))):
        _threads.start(work_on)
    try:
        for _ in waiting:
            yield ended.get()
    finally:
        closed.set()


def _answer(work: Callable[[T], R], item: T) -> ItemOutcome[T, R]:
    try:
        return ItemOutcome(item, work(item), None)
    except BaseException as error:  # noqa: BLE001  # handed to whoever asks for the result
        return ItemOutcome(item, None, error)


def _item(answer: ItemOutcome[int, Any]) -> int:
    return answer.item
