"""Work side by side: threads are used again, in the context of who asks, and a child process has its own."""

from __future__ import annotations

import os
import threading
import time
from contextvars import ContextVar

import pytest

from bot.services.side_by_side import begun, together

WHOSE: ContextVar[str] = ContextVar("whose", default="nobody")


def idents(count: int) -> set[int]:
    gate = threading.Barrier(count)

    def work() -> int:
        gate.wait(5)
        return threading.get_ident()

    return set(together(*[work] * count))


def test_threads_are_used_again() -> None:
    first = idents(4)
    assert len(first) == 4
    ends = time.monotonic() + 5
    while not idents(3) <= first:  # each goes back to rest a moment after its answer
        assert time.monotonic() < ends
        first |= idents(4)


def test_what_is_begun_is_in_the_context_of_who_began_it() -> None:
    seen = []
    for name in ("ana", "bo"):
        WHOSE.set(name)
        seen.append(begun(WHOSE.get).result(5))
    assert seen == ["ana", "bo"]


def test_an_error_is_raised_where_the_result_is_asked_for_and_the_thread_goes_on() -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            begun(lambda: 1 / 0).result(5)
    assert begun(lambda: "right").result(5) == "right"


def test_a_child_process_starts_threads_of_its_own() -> None:
    idents(2)
    child = os.fork()
    if child == 0:
        os._exit(0 if together(lambda: 1, lambda: 2) == [1, 2] else 1)
    ends = time.monotonic() + 10
    while (done := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > ends:
            os.kill(child, 9)
        time.sleep(0.01)
    assert os.waitstatus_to_exitcode(done[1]) == 0
