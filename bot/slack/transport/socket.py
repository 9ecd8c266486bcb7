"""Socket Mode: Slack's payloads over a WebSocket that we open. Source: docs.slack.dev, "Using Socket Mode".

Why not slack_sdk's own clients (3.48, measured against a Slack on loopback that misbehaves):

| Slack … | `builtin` (Bolt's own) | `websocket_client` | here |
|---|---|---|---|
| sends `too_many_websockets` after each hello | 63 connections in 10 s | 5 | 5 |
| closes after each hello | one every 5 s | one every 0.56 s, for ever | 5, then every minute |
| ends a connection without a farewell | unseen in 10 s, spinning | seen at once | seen at once |
| takes everything and answers nothing | seen after 27 s | unseen in 75 s | seen after 40 s |
| answers 429 with Retry-After | asks again after 5 s | gives up: no further try | waits for it |
| asks for a new connection | deaf in between | deaf in between | old one read until the new one greets |

So the links are ours (`link.py`), and a new one has greeted before the old one is let go. One thread, the keeper, opens
them; each link has a thread that reads and does nothing else, so that a slow opening holds up no payload.
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

from bot.slack.handling.payload import DEPARTED
from bot.slack.transport.http import Noted, kind_of
from bot.slack.transport.link import Link
from bot.slack.transport.link_opening import GREETING, LinkOpening, LinkRefused
from bot.slack.transport.link_state import LinkState
from bot.slack.transport.reconnecting import Reconnecting

DISABLED = "link_disabled"
"""Slack's reason for a disconnect when Socket Mode was turned off for the app."""
FAREWELL = 5.0  # seconds for which a link that was replaced may still deliver and be answered
COURTESY = 1.0  # seconds for Slack to answer a farewell


class SocketMode:
    """Keeps one link open. Times in seconds.

    `ping` is the time between two pings. `quiet`: when an open link has delivered nothing for so long, a new one takes
    its place, in case Slack has forgotten it. `retry` is the first pause after a connection that failed or lasted less
    than `steady`, doubled up to a minute. `told` is called in the keeper's thread when a link was opened, or there is
    none any longer.
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
        steady: float = 30.0,
        threads: int = 10,
        noted: Noted = lambda _kind, _seconds: None,
        told: Callable[[LinkState], None] = lambda _: None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._opening = LinkOpening(client, app_token, min(GREETING, 3 * ping))
        self._ping = ping
        self._quiet = quiet
        self._noted = noted
        self._told = told
        self._timer = timer
        self._pauses = Reconnecting(first=retry, steady=steady, timer=timer)
        self._lock = threading.Lock()
        self._link: Link | None = None
        self._open: set[Link] = set()  # every link whose thread reads
        self._parting: list[tuple[float, Link]] = []  # the keeper's: when to part with a link that was replaced
        self._since = timer()  # when the link was lost, or last told about
        self._last_told: bool | None = None
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

    def state(self) -> LinkState:
        """How the connection stands, for health checks."""
        with self._lock:
            link, since = self._link, self._since
        if link is not None:
            return LinkState(True, link.age, self._pauses.short)
        return LinkState(False, self._timer() - since, self._pauses.short, self._problem)

    def refusal(self) -> str:
        """Why there will never be a connection with this token; "" when Slack takes it, or can't be asked now."""
        return self._opening.refusal()

    def start(self) -> None:
        """Connect in the background, and again until it succeeds: a start does not fail because Slack is away."""
        self._keeper.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Take no new payloads, finish those at work within `timeout` seconds, close the links."""
        self._stopping.set()
        self._nudge.set()
        ends = time.monotonic() + timeout
        finishing = threading.Thread(target=self._pool.shutdown, name="socket-mode-end", daemon=True)
        finishing.start()
        finishing.join(timeout)
        with self._lock:
            self._link = None
            links = list(self._open)
        for link in links:
            link.close()
        polite = time.monotonic() + COURTESY
        for link in links:
            if not link.join(max(0.0, polite - time.monotonic())):
                link.cut()
                link.join(COURTESY)
        if self._keeper.is_alive():
            self._keeper.join(max(0.1, ends - time.monotonic()))

    # Keeping a link, in the keeper's thread

    def _keep(self) -> None:
        while not self._stopping.is_set():
            try:
                pause = self._round()
            except Exception:  # noqa: BLE001 - the keeper outlives a fault of one round, which is logged
                self._log.exception("keeping the Socket Mode connection failed")
                self._pauses.failed()
                pause = self._pauses.wait()
            self._nudge.wait(pause)
            self._nudge.clear()

    def _round(self) -> float:
        """What there is to do now; seconds until there may be more."""
        waits = [min(self._ping, self._quiet) / 2]
        if self._parting:
            waits.append(self._part())
        self._tell()
        if why := self._why_another():
            if (pause := self._pauses.wait()) <= 0:
                self._log.info("Socket Mode takes a new connection", why=why)
                self._connect()
                self._tell()
                pause = 0.0 if self._link is not None else self._pauses.wait()
            waits.append(pause)
        return min(waits)

    def _why_another(self) -> str:
        link = self._link
        if link is None:
            return "there is none"
        if link.leaving:
            return link.leaving
        return "nothing came for long" if self._timer() - link.last_message > self._quiet else ""

    def _connect(self) -> None:
        """A new link beside the old one, which then goes."""
        self._pauses.tried()
        try:
            link = self._opening.open(self._started)
        except LinkRefused as refused:
            self._problem = refused.sentence
            self._pauses.failed(refused.wait)
            self._log.warning("Socket Mode is not connected", problem=self._problem)
        else:
            self._take(link)

    def _started(self, url: str) -> Link:
        link = Link(url, received=self._received, ended=self._ended, ping=self._ping, timer=self._timer)
        with self._lock:
            self._open.add(link)
            link.start()
        return link

    def _take(self, link: Link) -> None:
        with self._lock:
            if self._stopping.is_set():
                over = True
            elif not (over := link.over):
                old, self._link = self._link, link
                self._since = self._timer()
        if over:
            link.cut()
            self._pauses.ended(link.age)
            return
        self._log.info("Socket Mode is connected")
        if link.leaving:  # said between its hello and now
            self._pauses.ended(link.age)
        if old is not None:
            self._parting.append((self._timer() + min(FAREWELL, self._ping), old))

    def _part(self) -> float:
        """Say farewell to the links whose time has come, then cut them off; seconds until there is more to do."""
        now, kept = self._timer(), list[tuple[float, Link]]()
        for when, link in self._parting:
            if link.over:
                continue
            if when > now:
                kept.append((when, link))
            elif link.closing:
                link.cut()
            else:
                link.close()
                kept.append((now + COURTESY, link))
        self._parting = kept
        return max(0.05, min((when - now for when, _ in kept), default=COURTESY))

    def _tell(self) -> None:
        state = self.state()
        if state.connected != self._last_told:
            self._last_told = state.connected
            self._told(state)

    # In the links' threads

    def _ended(self, link: Link, why: str) -> None:
        with self._lock:
            self._open.discard(link)
            current = self._link is link
            if current:
                self._link = None
                self._since = self._timer()
        if not current or self._stopping.is_set():
            return
        if not link.leaving:
            self._pauses.ended(link.age)
        off = link.leaving == DISABLED
        cure = "Socket Mode was turned off for the app: turn it on again under Settings > Socket Mode."
        self._problem = cure if off else f"The Socket Mode connection has ended: {why}."
        self._log.info("Socket Mode has lost its connection", why=link.leaving or why)
        self._nudge.set()

    def _received(self, link: Link, message: Mapping[str, Any]) -> None:
        kind = message.get("type")
        if kind == "disconnect":
            self._asked_to_leave(link, str(message.get("reason") or "refresh_requested"))
        elif kind != "hello" and message.get("envelope_id") and not self._stopping.is_set():
            self._pool.submit(self._handle, link, message)

    def _asked_to_leave(self, link: Link, reason: str) -> None:
        """Slack wants another connection: the keeper opens it, and this one is read until it is there."""
        with self._lock:
            first, link.leaving = not link.leaving, reason
            current = self._link is link
        if current and first:
            self._pauses.ended(link.age)
            self._nudge.set()

    # Payloads

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
