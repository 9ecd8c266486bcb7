"""HTTP mode: `POST /slack/events`, `POST /helpscout/webhook`, `GET /healthz`, `GET /metrics`, served by waitress.

A signature is checked over the raw bytes of the body before anything in it is read; what is unsigned, malformed or too
large gets 401, 400 or 413.
"""

import ipaddress
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import structlog
from slack_bolt import App

from bot.slack.handling.payload import DEPARTED
from bot.slack.transport.request import NotSlacks, read_request
from bot.slack.transport.signature import bears, of_help_scout, of_slack
from bot.slack.transport.unsigned import Unsigned

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SLACK, HELP_SCOUT = "/slack/events", "/helpscout/webhook"
LARGEST_BODY = 256 * 1024
LARGEST_BODIES: Mapping[str, int] = {SLACK: LARGEST_BODY, HELP_SCOUT: LARGEST_BODY}
"""Path → bytes. Nothing else takes a body."""
ELSEWHERE = 16 * 1024
PLAIN = "text/plain; charset=utf-8"
OPEN_METRICS = "text/plain; version=0.0.4; charset=utf-8"
JSON = "application/json"
REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}
PASSED_ON = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST")
"""What a proxy says: then the peer is the proxy, and whoever asks may be anybody."""

Health = Callable[[], tuple[bool, Mapping[str, object]]]
"""Whether the bot is fit, and what to tell about it (JSON)."""
Webhook = Callable[[str, Mapping[str, Any]], None]
"""Called with the event's name (`convo.assigned`) and its body; must be quick."""
Noted = Callable[[str, float], None]
"""Called with the kind of a payload and the seconds that its answer took."""


class Site:
    """The WSGI application. `signing_secret` "": everything of Slack's is refused; `webhook_secret` "": Help Scout's.

    `mounted` answer everything below their path by themselves.
    `metrics_token` opens the metrics and the details of health; "": they are for who asks from this very machine.
    """

    def __init__(
        self,
        app: App,
        *,
        signing_secret: str,
        metrics_token: str = "",
        health: Health = lambda: (True, {}),
        metrics: Callable[[], bytes] = lambda: b"",
        webhook_secret: str = "",
        webhook: Webhook = lambda _event, _body: None,
        noted: Noted = lambda _kind, _seconds: None,
        mounted: "Mapping[str, WSGIApplication] | None" = None,
    ) -> None:
        self._app = app
        self._signing_secret = signing_secret
        self._metrics_token = metrics_token
        self.unsigned = Unsigned()
        self._health = health
        self._metrics = metrics
        self._webhook_secret = webhook_secret
        self._webhook = webhook
        self._noted = noted
        self._mounted = dict(mounted or {})
        self._log = structlog.get_logger("slack.http")
        self._routes: dict[str, dict[str, Callable[[WSGIEnvironment], HttpResponse]]] = {
            SLACK: {"POST": self._slack},
            HELP_SCOUT: {"POST": self._helpscout},
            "/healthz": {"GET": self._healthz},
            "/metrics": {"GET": self._page},
        }

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        for prefix, application in self._mounted.items():
            if path == prefix or path.startswith(f"{prefix}/"):
                return application(environ, start_response)
        methods = self._routes.get(path)
        method = environ.get("REQUEST_METHOD", "")
        if methods is None:
            answer = HttpResponse(404, b"There is nothing here.\n")
        elif (handler := methods.get("GET" if method == "HEAD" else method)) is None:
            answer = HttpResponse(405, b"Not like this.\n", {"Allow": ", ".join(methods)})
        else:
            answer = self._guarded(handler, environ)
        headers = {"Content-Type": PLAIN, **answer.headers, "Content-Length": str(len(answer.body))}
        start_response(f"{answer.status} {REASONS.get(answer.status, 'Status')}", list(headers.items()))
        return answer if method != "HEAD" else answer.without_body()

    def _guarded(
        self, handler: "Callable[[WSGIEnvironment], HttpResponse]", environ: "WSGIEnvironment"
    ) -> "HttpResponse":
        try:
            return handler(environ)
        except Exception:  # noqa: BLE001 - the server outlives a fault; it is logged with its traceback
            self._log.exception("a request failed", path=environ.get("PATH_INFO"))
            return HttpResponse(500, b"Something went wrong inside hs-bot.\n")

    def _slack(self, environ: "WSGIEnvironment") -> "HttpResponse":
        started, left = time.perf_counter(), threading.Event()
        body, headers = _body(environ), _headers(environ)
        timestamp, signature = (str(headers.get(f"x-slack-{name}", "")) for name in ("request-timestamp", "signature"))
        if not of_slack(body, timestamp=timestamp, signature=signature, secret=self._signing_secret):
            return self._unsigned(SLACK)
        query, context = environ.get("QUERY_STRING", ""), {DEPARTED: left}
        try:
            request = read_request(body.decode("utf-8"), headers, query=query, context=context)
        except UnicodeDecodeError:
            return HttpResponse(400, b"Not UTF-8.\n")
        except NotSlacks as fault:
            return HttpResponse(400, f"{fault}\n".encode())
        with structlog.contextvars.bound_contextvars(call=secrets.token_hex(4)):
            answer = self._app.dispatch(request)
        self._noted(kind_of(request.body), time.perf_counter() - started)
        return HttpResponse(
            answer.status, (answer.body or "").encode(), answer.first_headers_without_set_cookie(), left
        )

    def _helpscout(self, environ: "WSGIEnvironment") -> "HttpResponse":
        body = _body(environ)
        signature = str(environ.get("HTTP_X_HELPSCOUT_SIGNATURE", ""))
        if not of_help_scout(body, signature, self._webhook_secret):
            return self._unsigned(HELP_SCOUT)
        try:
            told = json.loads(body or b"{}")
        except (ValueError, RecursionError):
            return HttpResponse(400, b"Not JSON.\n")
        self._webhook(str(environ.get("HTTP_X_HELPSCOUT_EVENT", "")), told if isinstance(told, dict) else {})
        return HttpResponse(200)

    def _unsigned(self, path: str) -> "HttpResponse":
        self.unsigned.count(path)
        return HttpResponse(401, b"The signature does not match.\n")

    def _healthz(self, environ: "WSGIEnvironment") -> "HttpResponse":
        well, told = self._health()
        shown = told if self._trusted(environ) else {"well": well}
        return HttpResponse(200 if well else 503, json.dumps(shown).encode(), {"Content-Type": JSON})

    def _page(self, environ: "WSGIEnvironment") -> "HttpResponse":
        if not self._trusted(environ):
            if self._metrics_token:
                return HttpResponse(401, b"This needs the bearer token.\n", {"WWW-Authenticate": "Bearer"})
            return HttpResponse(403, b"Without a token this is for the machine itself only.\n")
        return HttpResponse(200, self._metrics(), {"Content-Type": OPEN_METRICS})

    def _trusted(self, environ: "WSGIEnvironment") -> bool:
        if self._metrics_token:
            return bears(str(environ.get("HTTP_AUTHORIZATION", "")), self._metrics_token)
        return loopback(str(environ.get("REMOTE_ADDR", ""))) and not any(name in environ for name in PASSED_ON)


class HttpResponse:
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

    def without_body(self) -> "HttpResponse":
        return HttpResponse(self.status, b"", self.headers, self._left)

    def __iter__(self) -> Iterator[bytes]:
        yield self.body

    def close(self) -> None:
        """WSGI: called when everything was sent."""
        if self._left is not None:
            self._left.set()


def loopback(address: str) -> bool:
    """Whether a peer with this address is on this machine."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback


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
