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


class SocketMode:
    """A WebSocket server on loopback. Each payload goes to one connection, in turn; its ack is the reply."""

    def __init__(self, *, patience: float = PATIENCE_SECONDS) -> None:
        from websockets.sync.server import serve

        self.connections: list[ServerConnection] = []
        self.silent = False  # open, but nothing is delivered: what a watchdog must notice
        self.patience = patience
        self._tickets: set[str] = set()
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
        hello = {
            "type": "hello",
            "num_connections": number,
            "connection_info": {"app_id": APP_ID},
            "debug_info": {"host": "simulated", "approximate_connection_time": 3600},
        }
        try:
            connection.send(json.dumps(hello))
            self._connected.set()
            for frame in connection:
                self._acknowledged(json.loads(frame))
        except ConnectionClosed:
            pass  # gone without a farewell, as connections go
        finally:
            with self._lock:
                if connection in self.connections:
                    self.connections.remove(connection)
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
        with self._lock:
            if not self.connections:
                return Reply(status=None, failure="connection_failed")
            self._turn += 1
            connection = self.connections[self._turn % len(self.connections)]
        if not self.silent:
            connection.send(json.dumps(envelope))
        if not came.wait(self.patience):
            self._waiting.pop(envelope_id, None)
            return Reply(status=None, failure="operation_timeout", milliseconds=_since(started))
        body = b"" if box[0] in (None, "", {}) else json.dumps(box[0]).encode()
        return Reply(status=200, body=body, milliseconds=_since(started))

    def ask_to_refresh(self, reason: str = "refresh_requested") -> None:
        """Tells every connection to come back with a new one, as Slack does every few hours."""
        with self._lock:
            connections = list(self.connections)
        for connection in connections:
            connection.send(json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "simulated"}}))

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
