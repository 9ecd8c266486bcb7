"""waitress, made to outlive connections that bring nothing: half open, trickling, never read, or many.

waitress counts a connection as alive with every byte, accepts nobody more once a hundred are open, and drops a request
that its own parser trips over with a traceback and without an answer. Here a request has an absolute deadline, the
connection that has waited longest makes room for a new one, and whatever can't be read is answered with 400 or 413.
"""

import copy
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError, TransferEncodingNotImplemented
from waitress.server import TcpWSGIServer
from waitress.utilities import BadRequest, RequestHeaderFieldsTooLarge

DEADLINE = 10.0  # seconds from the first byte of a request to its last, and for an answer to be taken
IDLE = 75.0  # seconds between two requests of one connection: longer than the proxies that keep them open wait (60)
LINGER = 2.0  # seconds for which what is still being sent is read, and thrown away, after it was refused
MOST = 600  # open connections at most


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """`limits`: path → the largest body there, in bytes, `below`: there and below it; `otherwise`: elsewhere."""

    adj: Any
    error: Any = None
    limits: Mapping[str, int] = {}
    otherwise = 0
    below: Mapping[str, int] = {}

    def received(self, data: bytes) -> int:
        consumed = int(super().received(data))
        if isinstance(self.error, RequestHeaderFieldsTooLarge):
            self.error = BadRequest("The headers are too long.")
        if self.completed:  # nothing more is wanted: waitress would ask for it, and wait for ever
            self.expect_continue = False
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except TransferEncodingNotImplemented:
            raise ParsingError("This transfer encoding is not supported.") from None
        except ValueError:  # a host like `[::1`, a length of 5,000 digits
            raise ParsingError("The request can't be read.") from None
        self.adj = copy.copy(self.adj)
        # waitress refuses what is as large as its limit.
        self.adj.max_request_body_size = self._most(str(self.path)) + 1

    def _most(self, path: str) -> int:
        if path in self.limits:
            return self.limits[path]
        return next((most for prefix, most in self.below.items() if path.startswith(f"{prefix}/")), self.otherwise)


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection. All times are seconds of `time.monotonic`."""

    parser_class = Parser
    close_when_flushed: bool = False

    def __init__(self, *args: Any, **more: Any) -> None:
        self._since = time.monotonic()  # the opening, the last answer, or the first byte of a request
        self._fresh = True
        self._at_work = 0  # threads
        self._lingers_until = 0.0
        super().__init__(*args, **more)

    @property
    def waited(self) -> float:
        """For how long it has brought no whole request; 0 while one is at work."""
        return 0.0 if self.requests or self._at_work else time.monotonic() - self._since

    @property
    def overdue(self) -> bool:
        if self._lingers_until:
            return time.monotonic() > self._lingers_until
        between = not self._fresh and self.request is None and not self.total_outbufs_len
        return self.waited > (IDLE if between else DEADLINE)

    def readable(self) -> bool:
        return bool(self._lingers_until or super().readable())

    def writable(self) -> bool:
        return not self._lingers_until and bool(super().writable())

    def handle_read(self) -> None:
        if not self._lingers_until:
            super().handle_read()
            return
        try:
            self.recv(self.adj.recv_bytes)  # at the end of what is sent this closes
        except OSError:
            self.handle_close()

    def received(self, data: bytes) -> bool:
        if self.request is None and not self.requests and not self._fresh:
            self._since = time.monotonic()
        return bool(super().received(data))

    def service(self) -> None:
        with self.requests_lock:
            self._at_work += 1
        try:
            super().service()
        finally:
            with self.requests_lock:
                self._since, self._fresh = time.monotonic(), False
                self._at_work -= 1

    def handle_write(self) -> None:
        """Closing while the other side still sends would take our answer away from it."""
        if self.close_when_flushed and not self.requests:
            self._flush_exception(self._flush_some)
            if not self.total_outbufs_len and not self.will_close:
                self.close_when_flushed = False
                self._linger()
                return
        super().handle_write()

    def _linger(self) -> None:
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.handle_close()
        else:
            self._lingers_until = time.monotonic() + LINGER


class Server(TcpWSGIServer):  # type: ignore[misc]
    """`every_second` is called about as often, in the thread that serves."""

    channel_class = Channel
    most = MOST
    every_second: Callable[[], None] = staticmethod(lambda: None)

    def maintenance(self, _now: float) -> None:
        for channel in list(self.active_channels.values()):
            if channel.overdue:
                channel.handle_close()
        self.every_second()

    def handle_accept(self) -> None:
        if len(self.active_channels) >= self.most:
            idle = max(self.active_channels.values(), key=lambda channel: channel.waited)
            if idle.waited:
                idle.handle_close()
        super().handle_accept()
