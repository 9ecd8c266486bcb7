"""One WebSocket to Slack: what comes in is handed on, pings keep it honest, silence or a farewell ends it."""

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import structlog
from websocket import ABNF, WebSocket, WebSocketException, WebSocketTimeoutException, create_connection

DEAD_PINGS = 3
"""Pings in a row to which nothing came back."""


class Link:
    """`received` is called in the link's thread with itself and each message (a JSON object); `ended` once, at its end.

    `ping` is the time between two pings in seconds: any frame counts as an answer. `leaving` is Slack's word for why it
    wants another connection in place of this one, "" while it doesn't. Raises what `create_connection` raises.
    """

    def __init__(
        self,
        url: str,
        *,
        received: "Callable[[Link, Mapping[str, Any]], None]",
        ended: "Callable[[Link, str], None]",
        ping: float,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._received = received
        self._ended = ended
        self._ping = ping
        self._timer = timer
        self._greeted = False
        self._known = threading.Event()  # greeted, or over
        self._sending = threading.Lock()
        self._closing = threading.Event()
        self._log = structlog.get_logger("slack.socket")
        self._socket: WebSocket = create_connection(url, timeout=ping, enable_multithread=True)
        self._thread = threading.Thread(target=self._run, name="socket-mode-link", daemon=True)
        self.born = self.last_message = timer()
        self.leaving = ""
        self.over = False

    @property
    def age(self) -> float:
        """Seconds since it was opened."""
        return self._timer() - self.born

    @property
    def closing(self) -> bool:
        """Whether we have said farewell."""
        return self._closing.is_set()

    def start(self) -> None:
        """Begin to read, in a daemon thread."""
        self._thread.start()

    def greeted(self, seconds: float) -> bool:
        """Whether Slack's hello comes within `seconds`: before it nothing is delivered."""
        self._known.wait(seconds)
        return self._greeted and not self.over

    def send(self, message: Mapping[str, Any]) -> bool:
        """False when the link has ended: Slack delivers again what was not acknowledged."""
        try:
            with self._sending:
                self._socket.send(json.dumps(message))
        except (WebSocketException, OSError) as error:
            self._log.info("an answer was not sent: the connection has ended", why=type(error).__name__)
            return False
        return True

    def close(self) -> None:
        """Say farewell; it ends when Slack has answered that, or at the next silence. Does not wait."""
        self._closing.set()
        try:
            with self._sending:
                self._socket.send_close()
        except (WebSocketException, OSError) as error:
            self._log.debug("a connection ended without a farewell", why=type(error).__name__)

    def cut(self) -> None:
        """End it now, without waiting for anybody: wakes the thread that reads."""
        self._closing.set()
        line = self._socket.sock
        if line is not None:
            with suppress(OSError):  # it has ended already
                line.shutdown(socket.SHUT_RDWR)

    def join(self, seconds: float) -> bool:
        """True when it has ended, within `seconds`."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        why = "it ended with a fault"
        try:
            why = self._read()
        except (WebSocketException, OSError) as error:
            why = f"it broke ({type(error).__name__})"
        except Exception:  # noqa: BLE001 - the link ends and another takes its place; the fault is logged
            self._log.exception("a Socket Mode connection failed")
        finally:
            self.over = True
            self._known.set()
            self._socket.shutdown()  # type: ignore[no-untyped-call]
            self._ended(self, why)

    def _read(self) -> str:
        """Until the end; says why it came."""
        unanswered = 0
        while not self._closing.is_set():
            try:
                opcode, frame = self._socket.recv_data_frame(control_frame=True)
            except WebSocketTimeoutException:
                if unanswered >= DEAD_PINGS:
                    return "pings are not answered"
                unanswered += 1
                with self._sending:
                    self._socket.ping()
                continue
            unanswered = 0
            if opcode == ABNF.OPCODE_CLOSE:
                return "Slack closed it"
            if opcode == ABNF.OPCODE_TEXT:
                self._hand_on(frame.data)
        return "we closed it"

    def _hand_on(self, data: bytes) -> None:
        self.last_message = self._timer()
        try:
            message = json.loads(data)
        except ValueError:
            self._log.warning("a message of Slack was no JSON")
            return
        if not isinstance(message, dict):
            return
        if message.get("type") == "hello":
            self._greeted = True
            self._known.set()
        self._received(self, message)
