"""HTTP mode: `POST /slack/events`, `POST /helpscout/webhook`, `GET /healthz`, `GET /metrics`, served by waitress.

Slack's signature is checked by Bolt. Help Scout's is base64 of HMAC-SHA1 over the raw body, in `X-HelpScout-Signature`.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import structlog
from slack_bolt import App

from bot.slack.payload import DEPARTED
from bot.slack.request import NotSlacks, read_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LARGEST_BODY = 2 * 1024 * 1024
PLAIN = "text/plain; charset=utf-8"
OPEN_METRICS = "text/plain; version=0.0.4; charset=utf-8"
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed"}

Health = Callable[[], tuple[bool, Mapping[str, object]]]
"""Whether the bot is fit, and what to tell about it (JSON)."""
Webhook = Callable[[str, Mapping[str, Any]], None]
"""Called with the event's name (`convo.assigned`) and its body; must be quick."""
Noted = Callable[[str, float], None]
"""Called with the kind of a payload and the seconds that its answer took."""


class Site:
    """The WSGI application. `webhook_secret` "": Help Scout's webhooks are refused."""

    def __init__(
        self,
        app: App,
        *,
        health: Health = lambda: (True, {}),
        metrics: Callable[[], bytes] = lambda: b"",
        webhook_secret: str = "",
        webhook: Webhook = lambda _event, _body: None,
        noted: Noted = lambda _kind, _seconds: None,
    ) -> None:
        self._app = app
        self._health = health
        self._metrics = metrics
        self._webhook_secret = webhook_secret
        self._webhook = webhook
        self._noted = noted
        self._log = structlog.get_logger("slack.http")
        self._routes: dict[str, dict[str, Callable[[WSGIEnvironment], Answer]]] = {
            "/slack/events": {"POST": self._slack},
            "/helpscout/webhook": {"POST": self._helpscout},
            "/healthz": {"GET": self._healthz},
            "/metrics": {"GET": self._page},
        }

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        methods = self._routes.get(environ.get("PATH_INFO", ""))
        method = environ.get("REQUEST_METHOD", "")
        if methods is None:
            answer = Answer(404, b"There is nothing here.\n")
        elif (handler := methods.get("GET" if method == "HEAD" else method)) is None:
            answer = Answer(405, b"Not like this.\n", {"Allow": ", ".join(methods)})
        else:
            answer = self._guarded(handler, environ)
        headers = {"Content-Type": PLAIN, **answer.headers, "Content-Length": str(len(answer.body))}
        start_response(f"{answer.status} {REASONS.get(answer.status, 'Status')}", list(headers.items()))
        return answer if method != "HEAD" else answer.without_body()

    def _guarded(self, handler: "Callable[[WSGIEnvironment], Answer]", environ: "WSGIEnvironment") -> "Answer":
        try:
            return handler(environ)
        except Exception:  # noqa: BLE001 - the server outlives a fault; it is logged with its traceback
            self._log.exception("a request failed", path=environ.get("PATH_INFO"))
            return Answer(500, b"hs-bot met a fault of its own.\n")

    def _slack(self, environ: "WSGIEnvironment") -> "Answer":
        started, left = time.perf_counter(), threading.Event()
        body = _body(environ).decode("utf-8", "replace")  # what is not UTF-8 no longer fits its signature
        query, context = environ.get("QUERY_STRING", ""), {DEPARTED: left}
        try:
            request = read_request(body, _headers(environ), query=query, context=context)
        except NotSlacks as fault:
            return Answer(400, f"{fault}\n".encode())
        with structlog.contextvars.bound_contextvars(call=secrets.token_hex(4)):
            answer = self._app.dispatch(request)
        self._noted(kind_of(request.body), time.perf_counter() - started)
        return Answer(answer.status, (answer.body or "").encode(), answer.first_headers_without_set_cookie(), left)

    def _helpscout(self, environ: "WSGIEnvironment") -> "Answer":
        body = _body(environ)
        signature = str(environ.get("HTTP_X_HELPSCOUT_SIGNATURE", ""))
        if not self._webhook_secret or not genuine(body, signature, self._webhook_secret):
            return Answer(401, b"The signature does not fit.\n")
        try:
            told = json.loads(body or b"{}")
        except ValueError:
            return Answer(400, b"Not JSON.\n")
        self._webhook(str(environ.get("HTTP_X_HELPSCOUT_EVENT", "")), told if isinstance(told, dict) else {})
        return Answer(200)

    def _healthz(self, _environ: "WSGIEnvironment") -> "Answer":
        well, told = self._health()
        return Answer(200 if well else 503, json.dumps(told).encode(), {"Content-Type": "application/json"})

    def _page(self, _environ: "WSGIEnvironment") -> "Answer":
        return Answer(200, self._metrics(), {"Content-Type": OPEN_METRICS})


class Answer:
    """A response; `left` is set when the server has written it out."""

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        left: threading.Event | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.headers = dict(headers or {})
        self._left = left

    def without_body(self) -> "Answer":
        return Answer(self.status, b"", self.headers, self._left)

    def __iter__(self) -> Iterator[bytes]:
        yield self.body

    def close(self) -> None:
        """WSGI: called when everything was sent."""
        if self._left is not None:
            self._left.set()


class HttpServer:
    """waitress on `port` of all interfaces (0 takes a free one). A request in progress is finished before the end."""

    def __init__(self, site: Site, *, port: int, host: str = "0.0.0.0", threads: int = 16) -> None:
        from waitress import create_server

        self._server = create_server(
            site,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            max_request_body_size=LARGEST_BODY,
            clear_untrusted_proxy_headers=True,
            asyncore_use_poll=True,
        )
        self.port = int(self._server.effective_port)
        self._thread = threading.Thread(target=self._server.run, name="http", daemon=True)

    def start(self) -> None:
        """Serve, in a daemon thread."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> bool:
        """Take no new connections, finish what came in within `timeout` seconds; False when something was cut off."""
        from waitress import wasyncore

        server, tasks, pause = self._server, self._server.task_dispatcher, threading.Event()
        if not self._thread.is_alive():
            return True
        self._in_the_loop(lambda: wasyncore.dispatcher.close(server))
        ends = time.monotonic() + timeout
        while (tasks.queue or tasks.active_count or _unsent(server)) and time.monotonic() < ends:
            pause.wait(0.01)
        finished = not (tasks.queue or tasks.active_count)
        tasks.shutdown(timeout=0.2)
        self._in_the_loop(lambda: wasyncore.close_all(server._map, ignore_all=True))
        self._thread.join(max(0.5, ends - time.monotonic()))
        return finished

    def _in_the_loop(self, work: Callable[[], object]) -> None:
        """In the thread that serves; here, when that can't be woken any more: the end of a bot must not fail by it."""
        try:
            self._server.trigger.pull_trigger(work)
        except OSError:
            work()


def genuine(body: bytes, signature: str, secret: str) -> bool:
    """Whether this is Help Scout's signature of the body."""
    right = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha1).digest())
    return hmac.compare_digest(right, signature.strip().encode("utf-8", "replace"))


def kind_of(body: Mapping[str, Any]) -> str:
    """The kind of a payload, for metrics: a small set of words, whatever is sent."""
    if body.get("command"):
        return "command"
    kind = body.get("type")
    known = ("block_actions", "view_submission", "block_suggestion", "shortcut", "message_action", "event_callback")
    return kind if kind in known else "other"


def _body(environ: "WSGIEnvironment") -> bytes:
    length = environ.get("CONTENT_LENGTH") or "0"
    return bytes(environ["wsgi.input"].read(int(length))) if length.isdigit() else b""


def _headers(environ: "WSGIEnvironment") -> dict[str, str | Sequence[str]]:
    sent: dict[str, str | Sequence[str]] = {
        name[5:].replace("_", "-").lower(): str(value) for name, value in environ.items() if name.startswith("HTTP_")
    }
    return sent | {"content-type": str(environ.get("CONTENT_TYPE", ""))}


def _unsent(server: Any) -> bool:
    return any(channel.total_outbufs_len for channel in list(server.active_channels.values()))
