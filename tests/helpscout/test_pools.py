"""Several small pools of connections: as many requests at once as one large pool takes, and none is lost from count."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from bot.helpscout.wire.pools import SIZE, Pools


class Slow(httpx.BaseTransport):
    """Answers when it is told to; how many it was asked for at once at most."""

    def __init__(self, limits: httpx.Limits, gate: threading.Barrier) -> None:
        assert limits.max_connections == SIZE
        self._gate = gate
        self._lock = threading.Lock()
        self.now = self.most = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            if request.url.path == "/fails":
                raise httpx.ConnectError("no way")
            if request.url.path == "/waits":
                self._gate.wait(5)
            return httpx.Response(200, stream=Body())
        finally:
            with self._lock:
                self.now -= 1


class Body(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield b"right"


def pools(gate: threading.Barrier) -> tuple[httpx.Client, list[Slow]]:
    made: list[Slow] = []

    def make(limits: httpx.Limits) -> Slow:
        made.append(Slow(limits, gate))
        return made[-1]

    return httpx.Client(transport=Pools(make, 3 * SIZE), base_url="http://help.example"), made


def test_all_connections_are_in_use_at_once_and_no_pool_has_more_than_its_own() -> None:
    client, made = pools(threading.Barrier(3 * SIZE))
    with client, ThreadPoolExecutor(3 * SIZE) as people:
        answers = list(people.map(lambda _: client.get("/waits").text, range(3 * SIZE)))
    assert answers == ["right"] * (3 * SIZE)
    assert [one.most for one in made] == [SIZE] * 3


def test_what_fails_or_is_not_read_gives_its_place_back() -> None:
    client, made = pools(threading.Barrier(1))
    with client:
        for _ in range(2 * SIZE):
            with pytest.raises(httpx.ConnectError):
                client.get("/fails")
            with client.stream("GET", "/"):
                pass  # nothing of it is read
            assert client.get("/").text == "right"
    assert [one.most for one in made] == [1, 0, 0], "the first pool was always free"
