"""One small HTTP server for the three: Okta under `/okta`, Entra's login and Graph under `/entra`, Google `/google`.

`faults` puts another answer in the place of the next ones: tests hand in what a sick provider says.
"""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from bot.demo.directories import answers
from bot.demo.directories.answers import Said
from bot.demo.directories.people import Directory

Fault = Callable[[BaseHTTPRequestHandler, str], bool]
"""Answers itself and returns True, or False to let the provider answer. The text is the path."""


class SimulatedDirectories:
    """A context manager. `latency` is seconds before each answer."""

    def __init__(self, *, latency: float = 0.0) -> None:
        self.okta = Directory()
        self.entra = Directory()
        self.google = Directory()
        self.okta_roles: list[str] = ["READ_ONLY_ADMIN"]
        self.entra_roles: list[str] = ["User.Read.All"]
        self.fault: Fault | None = None
        self.asked: list[str] = []
        self.latency = latency
        self.stopping = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), name="directories", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], form: Any) -> Said:
        root, _, rest = path.lstrip("/").partition("/")
        rest = f"/{rest}"
        if root == "okta":
            return answers.okta(self.okta, f"{self.url}/okta", rest, query, headers, self.okta_roles)
        if root == "entra" and method == "POST":
            return answers.entra_token(form, self.entra_roles)
        if root == "entra":
            return answers.entra(self.entra, f"{self.url}/entra", rest, query, headers)
        if root == "google" and method == "POST":
            return Said(body={"access_token": "simulated-google", "token_type": "Bearer", "expires_in": 3599})
        if root == "google":
            return answers.google(self.google, rest, query, headers)
        return Said(404, {"error": "no such provider"})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = 65536

            def _one(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                outer.asked.append(self.path)
                if outer.latency:
                    outer.stopping.wait(outer.latency)
                if outer.fault is not None and outer.fault(self, parts.path):
                    return
                headers = {name.lower(): value for name, value in self.headers.items()}
                form = dict(parse_qsl(body.decode("utf-8", "replace")))
                said = outer.answer(self.command, parts.path, dict(parse_qsl(parts.query)), headers, form)
                self.say(said)

            def say(self, said: Said) -> None:
                content = json.dumps(said.body).encode()
                self.send_response(said.status)
                for name, value in {"Content-Type": "application/json", **said.headers}.items():
                    self.send_header(name, value)
                for link in said.links:
                    self.send_header("Link", link)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                self.wfile.flush()

            do_GET = do_POST = _one

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        return Handler
