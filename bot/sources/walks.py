"""Lists of one source read side by side: whoever works here, whoever left, the members of each group.

In daemon threads: a provider that hangs must not keep the process from stopping.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

WIDTH = 4
"""At most so many at once: as many connections has `Web`."""


def all_of(*walks: Callable[[], Iterable[T]]) -> list[list[T]]:
    """What each walk gives, in their order. Raises what the first of them (in that order) has raised.

    When one fails the others end at their next item: nothing of it can be used.
    """
    if len(walks) == 1:
        return [list(walks[0]())]
    found: list[list[T]] = [[] for _ in walks]
    failed: dict[int, BaseException] = {}
    todo: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(walks)):
        todo.put(number)

    def crew() -> None:
        while not failed:
            try:
                number = todo.get_nowait()
            except queue.Empty:
                return
            try:
                for one in walks[number]():
                    found[number].append(one)
                    if failed:
                        return
            except BaseException as error:  # noqa: BLE001 - handed to who waits for all of them
                failed[number] = error

    threads = [threading.Thread(target=crew, name="source-walk", daemon=True) for _ in range(min(WIDTH, len(walks)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[min(failed)]
    return found


def memberships(groups: Sequence[str], members: Sequence[Iterable[Mapping[str, Any]]]) -> dict[str, set[str]]:
    """Id of a person → the groups that they are in, by the members of each, in the same order."""
    found: dict[str, set[str]] = {}
    for group, inside in zip(groups, members, strict=True):
        for one in inside:
            found.setdefault(str(one["id"]), set()).add(group)
    return found
