"""Socket Mode: Slack's payloads over a WebSocket that we open. Source: docs.slack.dev, "Using Socket Mode".

slack_sdk's own clients leave gaps that people notice: one spins and takes most of a minute to see that a connection has
ended, the other never sees one that is open and dead, and both are deaf for a moment when Slack asks for a new one. So
the links are ours (`link.py`), and a new one is open before the old one is closed.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from slack_bolt import App, BoltRequest
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_sdk import WebClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web import SlackResponse
from websocket import WebSocketException

from bot.slack.http import Noted, kind_of
from bot.slack.link import Link
from bot.slack.payload import DEPARTED
from bot.slack.web import SlackFault, SlackRefused, call

HOPELESS = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "not_allowed_token_type", "socket_mode_not_enabled"}
)
"""Slack's words for a token with which there will never be a connection."""
FAREWELL = 5.0  # seconds for which a link that was replaced may still deliver and be answered


class SocketMode:
    """Keeps one link open. Times in seconds.

    `ping` is the time between two pings. `quiet`: when an open link has delivered nothing for so long, a new one takes
    its place, in case Slack has forgotten it. `retry` is the first pause after a failure, doubled up to a minute.
    """

    def __init__(
        self,
        app: App,
        *,
        app_token: str,
        client: WebClient,
        ping: float = 10.0,
        quiet: float = 900.0,
        retry: float = 0.5,
        threads: int = 10,
        noted: Noted = lambda _kind, _seconds: None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._token = app_token
        self._client = client
        self._ping = ping
        self._quiet = quiet
        self._retry = retry
        self._noted = noted
        self._timer = timer
        self._lock = threading.Lock()
        self._link: Link | None = None
        self._problem = "Slack is not connected yet."
        self._nudge = threading.Event()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="socket-mode")
        self._keeper = threading.Thread(target=self._keep, name="socket-mode", daemon=True)
        self._log = structlog.get_logger("slack.socket")

    @property
    def connected(self) -> bool:
        return self._link is not None

    def problem(self) -> str:
        """What keeps Slack from reaching us, as a sentence; "" when it does."""
        return "" if self.connected else self._problem

    def refusal(self) -> str:
        """Why there will never be a connection with this token; "" when Slack takes it, or can't be asked now."""
        try:
            call("apps.connections.open", self._open)
        except SlackRefused as refused:
            return refused.sentence if refused.code in HOPELESS else ""
        except SlackFault:
            return ""
        return ""

    def start(self) -> None:
        """Connect in the background, and again until it succeeds: a start does not fail because Slack is away."""
        self._keeper.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Take no new payloads, finish those at work within `timeout` seconds, close the link."""
        self._stopping.set()
        self._nudge.set()
        ends = time.monotonic() + timeout
        finishing = threading.Thread(target=self._pool.shutdown, name="socket-mode-end", daemon=True)
        finishing.start()
        finishing.join(timeout)
        with self._lock:
            link, self._link = self._link, None
        if link is not None:
            link.close()
        if self._keeper.is_alive():
            self._keeper.join(max(0.1, ends - time.monotonic()))

    # Keeping a link

    def _keep(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            failures = failures + 1 if self._wanted() and not self._connect() else 0
            pause = min(60.0, self._retry * 2.0 ** (failures - 1)) if failures else min(self._ping, self._quiet) / 2
            self._nudge.wait(pause)
            self._nudge.clear()

    def _wanted(self) -> bool:
        link = self._link
        if link is not None and self._timer() - link.last_message > self._quiet:
            self._log.info("Socket Mode takes a new connection", why="nothing came for long")
            return True
        return link is None

    def _connect(self) -> bool:
        """A new link beside the old one, which then goes."""
        try:
            opened = call("apps.connections.open", self._open)
            link = Link(
                str(opened["url"]), received=self._received, ended=self._ended, ping=self._ping, timer=self._timer
            )
        except SlackFault as fault:
            hopeless = isinstance(fault, SlackRefused) and fault.code in HOPELESS
            cure = "Check SLACK_APP_TOKEN and that Socket Mode is on." if hopeless else "It is tried again."
            self._problem = f"Slack gives no Socket Mode connection. {fault.sentence} {cure}"
        except (WebSocketException, OSError) as error:
            self._problem = f"Slack can't be reached for Socket Mode ({type(error).__name__}): it is tried again."
        else:
            with self._lock:
                old, self._link = self._link, link
            link.start()
            self._log.info("Socket Mode is connected")
            if old is not None:
                self._part(old)
            return True
        self._log.warning("Socket Mode is not connected", problem=self._problem)
        return False

    def _open(self) -> SlackResponse:
        return self._client.apps_connections_open(app_token=self._token)

    def _part(self, old: Link) -> None:
        """Close a link that was replaced, after what it has delivered is answered."""
        timer = threading.Timer(min(FAREWELL, self._ping), old.close)
        timer.daemon = True
        timer.start()

    def _ended(self, link: Link, why: str) -> None:
        with self._lock:
            current = self._link is link
            if current:
                self._link = None
        if current and not self._stopping.is_set():
            self._problem = f"The Socket Mode connection has ended: {why}."
            self._log.info("Socket Mode has lost its connection", why=why)
            self._nudge.set()

    # Payloads

    def _received(self, link: Link, message: Mapping[str, Any]) -> None:
        kind = message.get("type")
        if kind == "disconnect":
            with self._lock:
                asked = self._link is link
            if asked and not self._connect():  # in the link's own thread, so that nothing is missed meanwhile
                link.close()
        elif kind != "hello" and message.get("envelope_id") and not self._stopping.is_set():
            self._pool.submit(self._handle, link, message)

    def _handle(self, link: Link, message: Mapping[str, Any]) -> None:
        started, left = time.perf_counter(), threading.Event()
        request = SocketModeRequest.from_dict(dict(message))
        if request is None:
            return
        headers, context = build_headers(request), {DEPARTED: left}
        try:
            asked = BoltRequest(mode="socket_mode", body=request.payload, headers=headers, context=context)
            with structlog.contextvars.bound_contextvars(call=request.envelope_id):
                answer = self._app.dispatch(asked)
        except Exception:  # noqa: BLE001 - Slack delivers again what was not acknowledged; the fault is logged
            self._log.exception("a payload failed")
            return
        if answer.status == 200:
            link.send({"envelope_id": request.envelope_id, **_payload(answer.body)})
        left.set()
        self._noted(kind_of(asked.body), time.perf_counter() - started)


def _payload(body: str | None) -> dict[str, Any]:
    """What of a response goes into an acknowledgement: a JSON object, or nothing."""
    return {"payload": json.loads(body)} if body and body.startswith("{") else {}
