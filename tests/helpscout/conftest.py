"""The Help Scout room: the simulated Help Scout, a raw server that says exactly what a test wants, clients."""

import contextlib
import json
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import pytest

from bot.demo.helpscout.simulated import SimulatedHelpScout
from bot.helpscout.client import HelpScout, Waits


@dataclass(slots=True)
class Asked:
    """One request as the raw server saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass(slots=True)
class Say:
    """One answer. `document` is sent as JSON unless `body` is given; `drop` hangs up at once, `cut` in mid-body.

    `silent` holds the connection without a byte until the server stops; `dribble` sends byte after byte without end.
    """

    status: int = 200
    document: Any = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    cut: bool = False
    silent: bool = False
    dribble: bool = False

    @property
    def content(self) -> bytes:
        if self.body is not None:
            return self.body
        return b"" if self.document is None else json.dumps(self.document).encode()


Answerer = Callable[[Asked], Say]

TOKEN = {"access_token": "token-1", "token_type": "bearer", "expires_in": 172800}


class RawServer:
    """Answers with what `answer` says; by default a token at `/v2/auth/token` and 404 elsewhere."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Answerer = lambda asked: Say(404, {"message": "no such thing"})
        self.token: Answerer = lambda asked: Say(200, TOKEN)
        self.stopping = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = 65536

            def handle_one(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)
                outer.asked.append(asked)
                is_token = asked.path in ("/v2/auth/token", "/v2/oauth2/token")
                say = (outer.token if is_token else outer.answer)(asked)
                if say.silent:
                    outer.stopping.wait(30)
                if say.silent or say.drop:
                    self.close_connection = True
                    return
                content = b" " * 1_000_000 if say.dribble else say.content
                self.send_response(say.status)
                for name, value in {"Content-Type": "application/json", **say.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                while say.dribble and not outer.stopping.wait(0.05):
                    self.wfile.write(b" ")
                    self.wfile.flush()
                self.wfile.write(content[: len(content) // 2] if say.cut else content)
                self.wfile.flush()
                self.close_connection = self.close_connection or say.cut

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that goes away is part of these tests."""

        self._server: socketserver.BaseServer = Server(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/v2"

    def paths(self, method: str = "") -> list[str]:
        return [asked.path for asked in self.asked if method in ("", asked.method)]

    def stop(self) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()


class MakeClient(Protocol):
    def __call__(self, api_url: str, **settings: Any) -> HelpScout: ...


@pytest.fixture
def raw() -> Iterator[RawServer]:
    server = RawServer()
    yield server
    server.stop()


@pytest.fixture
def say() -> type[Say]:
    """How a test words an answer of the raw server."""
    return Say


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """Made once: it costs more than most tests do."""
    return ssl.create_default_context()


@pytest.fixture
def make_client(tls: ssl.SSLContext) -> Iterator[MakeClient]:
    """Clients that retry at once and wait for nothing, unless a test hands in other `waits`."""
    with contextlib.ExitStack() as stack:

        def make(api_url: str, **settings: Any) -> HelpScout:
            plain: dict[str, Any] = {
                "app_id": "simulated-app-id",
                "app_secret": "simulated-app-secret",
                "scim_token": "simulated-scim-token",
                "per_minute": 100_000,
                "timeout": 5.0,
                "waits": Waits.none(),
                "verify": tls,
            }
            return stack.enter_context(HelpScout(api_url=api_url, **{**plain, **settings}))

        yield make


@pytest.fixture
def client(raw: RawServer, make_client: MakeClient) -> HelpScout:
    """A client of the raw server."""
    return make_client(raw.api_url)


@pytest.fixture(params=["guide", "pages"])
def reading(request: pytest.FixtureRequest) -> str:
    """Both descriptions of the API that are in people's hands."""
    return str(request.param)


@pytest.fixture
def sim(reading: str) -> Iterator[SimulatedHelpScout]:
    with SimulatedHelpScout(people=130, reading=reading) as running:  # type: ignore[arg-type]
        yield running


@pytest.fixture
def hs(sim: SimulatedHelpScout, make_client: MakeClient) -> HelpScout:
    """A client of the simulated Help Scout, under either reading."""
    return make_client(sim.api_url)
