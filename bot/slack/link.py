"""One WebSocket to Slack: what comes in is handed on, pings keep it honest, silence or a farewell ends it."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from websocket import ABNF, WebSocket, WebSocketException, WebSocketTimeoutException, create_connection

DEAD_PINGS = 3
"""Pings in a row to which nothing came back."""


class Link:
    """`received` is called in the link's thread with itself and each message (a JSON object); `ended` once, at its end.

    `ping` is the time between two pings in seconds: any frame counts as an answer.
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
        self.last_message = timer()
        self._sending = threading.Lock()
        self._closing = threading.Event()
        self._log = structlog.get_logger("slack.socket")
        self._socket: WebSocket = create_connection(url, timeout=ping, enable_multithread=True)
        self._thread = threading.Thread(target=self._run, name="socket-mode-link", daemon=True)

    def start(self) -> None:
        """Begin to read, in a daemon thread."""
        self._thread.start()

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
        """End it, with a farewell."""
        self._closing.set()
        try:
            self._socket.close(timeout=1)
        except (WebSocketException, OSError) as error:
            self._log.debug("a connection ended without a farewell", why=type(error).__name__)

    def _run(self) -> None:
        why = "it ended with a fault"
        try:
            why = self._read()
        except (WebSocketException, OSError) as error:
            why = f"it broke ({type(error).__name__})"
        finally:
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
        if isinstance(message, dict):
            self._received(self, message)
