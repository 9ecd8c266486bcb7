"""Socket Mode: the same payloads in envelopes over WebSockets. Needs `websockets`, which nicegui brings."""

import contextlib
import json
import secrets
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from bot.demo.slack.delivery import PATIENCE_SECONDS, Payload, Reply
from bot.demo.slack.people import APP_ID

if TYPE_CHECKING:
    from websockets.sync.server import Server, ServerConnection


_ENDED = threading.Event()
_ENDED.set()


class SocketMode:
    """A WebSocket server on loopback. Each payload goes to one connection, in turn; its ack is the reply."""

    def __init__(self, *, patience: float = PATIENCE_SECONDS) -> None:
        from websockets.sync.server import serve

        self.connections: list[ServerConnection] = []
        self.silent = False  # open, but nothing is delivered: what a watchdog must notice
        self.greets = True  # says hello on a new connection
        self.after_hello = ""  # "close", or the reason of a disconnect that follows each hello
        self.opened = 0  # connections so far
        self.patience = patience
        self._tickets: set[str] = set()
        self._leaving: set[ServerConnection] = set()  # asked to come back with another connection
        self._over: dict[ServerConnection, threading.Event] = {}  # what tells that an open connection has ended
        self._waiting: dict[str, tuple[threading.Event, list[Any]]] = {}
        self._turn = 0
        self._connected = threading.Event()
        self._lock = threading.Lock()
        self._server: Server = serve(self._serve, "127.0.0.1", 0, compression=None, close_timeout=1)
        self._port = self._server.socket.getsockname()[1]
        threading.Thread(target=self._server.serve_forever, name="simulated-slack-sockets", daemon=True).start()

    def new_url(self) -> str:
        """What apps.connections.open answers: good for one connection."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return f"ws://127.0.0.1:{self._port}/link?ticket={ticket}&app_id={APP_ID}"

    def _serve(self, connection: "ServerConnection") -> None:
        from websockets.exceptions import ConnectionClosed

        path = connection.request.path if connection.request else ""
        ticket = path.partition("ticket=")[2].partition("&")[0]
        if ticket not in self._tickets:
            connection.close(1008, "unknown ticket")
            return
        self._tickets.discard(ticket)
        with self._lock:
            self.connections.append(connection)
            number = len(self.connections)
            self.opened += 1
            self._over[connection] = threading.Event()
        hello = {
            "type": "hello",
            "num_connections": number,
            "connection_info": {"app_id": APP_ID},
            "debug_info": {"host": "simulated", "approximate_connection_time": 3600},
        }
        try:
            if self.greets:
                connection.send(json.dumps(hello))
            self._connected.set()
            if self.after_hello == "close":
                connection.close()
            elif self.after_hello:
                self._ask(connection, self.after_hello)
            for frame in connection:
                self._acknowledged(json.loads(frame))
        except ConnectionClosed:
            pass  # gone without a farewell, as connections go
        finally:
            with self._lock:
                if connection in self.connections:
                    self.connections.remove(connection)
                self._leaving.discard(connection)
                self._over.pop(connection).set()
                if not self.connections:
                    self._connected.clear()

    def wait_for_connection(self, timeout: float = 5.0) -> bool:
        """True once a connection is open and greeted."""
        return self._connected.wait(timeout)

    def _acknowledged(self, ack: Any) -> None:
        waiting = self._waiting.pop(str(ack.get("envelope_id")), None)
        if waiting is not None:
            waiting[1].append(ack.get("payload"))
            waiting[0].set()

    def bring(self, payload: Payload, *, retry: int = 0, reason: str = "") -> Reply:
        """Delivers to one connection and waits for its ack, `patience` seconds."""
        started = time.perf_counter()
        envelope_id = secrets.token_hex(16)
        envelope = {
            "envelope_id": envelope_id,
            "type": payload.kind,
            "payload": payload.data,
            "accepts_response_payload": payload.kind != "events_api",
        }
        if payload.kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": reason}
        came, box = threading.Event(), list[Any]()
        self._waiting[envelope_id] = (came, box)
        over = self._sent(json.dumps(envelope))
        while over is not None and not came.wait(0.02):
            if over.is_set() or _since(started) > self.patience * 1000:
                break
        if not came.is_set():
            self._waiting.pop(envelope_id, None)
            failure = "connection_failed" if over is None or over.is_set() else "operation_timeout"
            return Reply(status=None, failure=failure, milliseconds=_since(started))
        body = b"" if box[0] in (None, "", {}) else json.dumps(box[0]).encode()
        return Reply(status=200, body=body, milliseconds=_since(started))

    def _sent(self, frame: str) -> threading.Event | None:
        """To one of the connections, in turn; to one that was asked to leave only when there is no other.

        Tells when that connection ends; None: there is none.
        """
        from websockets.exceptions import ConnectionClosed

        with self._lock:
            staying = [one for one in self.connections if one not in self._leaving]
            leaving = [one for one in reversed(self.connections) if one in self._leaving]
            self._turn += 1
            turn = self._turn % len(staying) if staying else 0
        for connection in (*staying[turn:], *staying[:turn], *leaving):
            try:
                if not self.silent:
                    connection.send(frame)
            except ConnectionClosed:
                continue  # a moment ago: there may be others
            return self._over.get(connection) or _ENDED
        return None

    def _ask(self, connection: "ServerConnection", reason: str) -> None:
        from websockets.exceptions import ConnectionClosed

        with self._lock:
            self._leaving.add(connection)
        said = {"type": "disconnect", "reason": reason, "debug_info": {"host": "simulated"}}
        with contextlib.suppress(ConnectionClosed):  # it has left already
            connection.send(json.dumps(said))

    def deafen(self) -> None:
        """Half-open: every connection stays, but takes in nothing and answers no ping, as behind a dead router."""
        with self._lock:
            connections = list(self.connections)
        for connection in connections:
            connection.protocol.receive_data = lambda data: None  # type: ignore[method-assign]  # noqa: ARG005

    def ask_to_refresh(self, reason: str = "refresh_requested") -> None:
        """Tells every connection to come back with a new one, as Slack does every few hours."""
        with self._lock:
            connections = list(self.connections)
        for connection in connections:
            self._ask(connection, reason)

    def drop(self) -> None:
        """Closes every connection without a word."""
        with self._lock:
            connections = list(self.connections)
        for connection in connections:
            with contextlib.suppress(OSError):  # gone already
                connection.socket.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self._server.shutdown()


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
