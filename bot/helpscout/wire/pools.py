"""Connections in several small pools instead of one large one.

For each request httpcore looks at every connection of a pool, and for each idle one at all of them again, under one
lock: with 32 connections that took a fifth of the time of a batch (httpcore 1.0, `ConnectionPool`).
"""

import threading
from collections.abc import Callable, Iterator

import httpx

SIZE = 8
"""Connections of one pool."""


class _Pool:
    def __init__(self, transport: httpx.BaseTransport) -> None:
        self.transport = transport
        self.busy = 0


class Pools(httpx.BaseTransport):
    """Each request takes the first pool that has a connection free, so that few are kept warm.

    `make` makes the transport of one pool, which has at most `SIZE` connections. Thread-safe.
    """

    def __init__(self, make: Callable[[httpx.Limits], httpx.BaseTransport], connections: int) -> None:
        limits = httpx.Limits(max_connections=SIZE, max_keepalive_connections=SIZE)
        self._pools = [_Pool(make(limits)) for _ in range(-(-connections // SIZE))]
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            free = (one for one in self._pools if one.busy < SIZE)
            pool = next(free, None) or min(self._pools, key=lambda one: one.busy)
            pool.busy += 1
        try:
            response = pool.transport.handle_request(request)
        except BaseException:
            self._done(pool)
            raise
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _Counted(response.stream, lambda: self._done(pool))
        return response

    def _done(self, pool: _Pool) -> None:
        with self._lock:
            pool.busy -= 1

    def close(self) -> None:
        for pool in self._pools:
            pool.transport.close()


class _Counted(httpx.SyncByteStream):
    """A body that tells once when it is closed: httpx closes each."""

    def __init__(self, body: httpx.SyncByteStream, closed: Callable[[], None]) -> None:
        self._body = body
        self._closed: Callable[[], None] | None = closed

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        try:
            self._body.close()
        finally:
            closed, self._closed = self._closed, None
            if closed is not None:
                closed()
