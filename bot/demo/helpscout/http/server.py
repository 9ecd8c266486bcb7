"""A small threaded HTTP/1.1 server with control over every byte, so that broken answers can be sent on purpose.

The stdlib's `http.server` parses headers with the e-mail package and always finishes its answers; this one reads a
request in some 20 µs, keeps connections alive, and can cut a body or hang up at any point. Source: RFC 9112.
"""

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from io import BufferedReader
from typing import Any
from urllib.parse import parse_qsl, unquote

LONGEST_LINE = 65_536
LARGEST_BODY = 16 * 1_048_576


class Transport(Enum):
    """How an answer travels."""

    WHOLE = "whole"
    DROPPED = "dropped"  # the connection is closed and nothing is sent
    CUT = "cut"  # half of the announced body, then the connection is closed


@dataclass(slots=True)
class Request:
    """`path` is decoded and without the query; header names are lower case; of repeated parameters the last counts."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    peer: str = "127.0.0.1"

    @property
    def bearer(self) -> str:
        """The bearer token sent along, or an empty string."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value.strip() if scheme.casefold() == "bearer" else ""

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().casefold()


@dataclass(slots=True)
class Reply:
    """`log_ref` is the reference in the body of a REST error."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    transport: Transport = Transport.WHOLE
    log_ref: str = ""


class BadRequest(ValueError):
    """What came over the connection is not a request this server reads; the connection is closed after a 400."""


def read_request(stream: BufferedReader, peer: str) -> Request | None:
    """The next request of a connection, or None when the client hung up between two requests.

    Raises BadRequest for a malformed one, for chunked bodies and for bodies over 16 MiB.
    """
    line = stream.readline(LONGEST_LINE)
    if not line:
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequest("The request line is malformed.")
    headers: dict[str, str] = {}
    while (line := stream.readline(LONGEST_LINE)) not in (b"\r\n", b"\n"):
        if not line:
            return None
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise BadRequest("A header line has no colon.")
        headers[name.strip().lower()] = value.strip()
    if parts[2] == "HTTP/1.0":
        headers.setdefault("connection", "close")
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isdigit() or int(length) > LARGEST_BODY:
        raise BadRequest("The body needs a Content-Length of at most 16 MiB.")
    body = stream.read(int(length)) if int(length) else b""
    if len(body) < int(length):
        return None
    path, _, query = parts[1].partition("?")
    return Request(
        method=parts[0],
        path=unquote(path),
        query=dict(parse_qsl(query, keep_blank_values=True)) if query else {},
        headers=headers,
        body=body,
        peer=peer,
    )


def wire_bytes(reply: Reply) -> bytes:
    """The answer as it goes over the connection; under CUT with only half of its body."""
    reason = http.client.responses.get(reply.status, "")
    lines = [f"HTTP/1.1 {reply.status} {reason}"]
    if reply.status != 204:
        lines.append(f"Content-Length: {len(reply.body)}")
        if reply.body:
            lines.append(f"Content-Type: {reply.content_type}")
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    body = reply.body[: len(reply.body) // 2] if reply.transport is Transport.CUT else reply.body
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body if reply.status != 204 else b"")


class Server:
    """Serves `answer` on one port, a thread for each connection. `start` and `stop` may be repeated; the port stays."""

    def __init__(self, answer: Callable[[Request], Reply], *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._answer = answer
        self.host = host
        self.port = port
        self._listener: socket.socket | None = None
        self._accepting: threading.Thread | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.connections = 0  # accepted so far

    def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        self._listener = socket.create_server((self.host, self.port), backlog=256)
        self.port = self._listener.getsockname()[1]
        self._accepting = threading.Thread(
            target=self._accept, args=(self._listener,), name="helpscout-sim", daemon=True
        )
        self._accepting.start()

    def stop(self) -> None:
        """Stop listening and hang up on everybody."""
        if self._listener is None or self._accepting is None:
            return
        listener, self._listener = self._listener, None
        with contextlib.suppress(OSError):  # wakes the accepting thread on every platform
            socket.create_connection((self.host, self.port), timeout=1).close()
        self._accepting.join(5)
        listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            connection, address = listener.accept()
            if self._listener is not listener:
                connection.close()
                return
            with self._lock:
                self._open.add(connection)
                self.connections += 1
            threading.Thread(target=self._serve, args=(connection, address), daemon=True).start()

    def _serve(self, connection: socket.socket, address: tuple[Any, ...]) -> None:
        try:
            # A client that hangs up in the middle is everyday life, not an error of the simulation.
            with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._converse(connection, stream, str(address[0]))
        finally:
            with self._lock:
                self._open.discard(connection)

    def _converse(self, connection: socket.socket, stream: BufferedReader, peer: str) -> None:
        while True:
            try:
                request = read_request(stream, peer)
            except BadRequest as problem:
                connection.sendall(wire_bytes(Reply(400, str(problem).encode(), "text/plain")))
                return
            if request is None:
                return
            reply = self._answer(request)
            if reply.transport is Transport.DROPPED:
                return
            connection.sendall(wire_bytes(reply))
            if reply.transport is Transport.CUT or request.headers.get("connection", "").casefold() == "close":
                return
