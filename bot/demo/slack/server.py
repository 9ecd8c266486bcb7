"""The simulated Slack over HTTP: /api/METHOD, response URLs, uploads and files. Standard library only."""

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import Message as Headers
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bot.demo.slack.faults import Fault
from bot.demo.slack.installation import ApiCall, Installation
from bot.demo.slack.people import BOT_USER_ID
from bot.demo.slack.web_api import METHODS, Call, Refused
from bot.demo.slack.web_api.chat import TooSoon
from bot.slack.api.scopes import SCOPES

Json = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]


class DropConnection(Exception):
    """Ends the connection without an answer."""


class SlackServer:
    """Serves one installation on loopback; `base_url` is known at once, calls are answered after `start`."""

    def __init__(self, installation: Installation, *, port: int = 0) -> None:
        self.installation = installation
        self._http = _Http(("127.0.0.1", port), self)
        self.base_url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> None:
        threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, name="simulated-slack", daemon=True
        ).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def answer(self, path: str, query: str, headers: Headers, body: bytes) -> Answer:
        """What an HTTP request gets."""
        match path.strip("/").split("/"):
            case ["api", method]:
                return self._api(method, query, headers, body)
            case ["respond", handle]:
                return self._respond(handle, body)
            case ["upload", file_id]:
                return self._upload(file_id, headers, body)
            case ["files", file_id, *_]:
                return self._file(file_id, headers)
        return 404, {}, b"not found"

    # -- Web API ------------------------------------------------------------------------------------------------

    def _api(self, method: str, query: str, headers: Headers, body: bytes) -> Answer:
        started, at = time.perf_counter(), datetime.now(UTC)
        arguments = _arguments(query, headers, body)
        token = headers.get("authorization", "").removeprefix("Bearer ").strip() or str(arguments.pop("token", ""))
        arguments.pop("token", None)
        fault = self.installation.faults.take(method, arguments)
        if fault is not None and fault.kind == "slow":
            time.sleep(fault.seconds)
        status, more, answer = self._before(method, fault) or self._run(method, arguments, token)
        self._note(method, arguments, at, started, status, answer)
        if fault is not None and fault.kind == "lost_answer":
            raise DropConnection
        if token == self.installation.bot_token:
            more = {**more, "x-oauth-scopes": ",".join(self.installation.scopes or SCOPES)}
        return status, more, json.dumps(answer).encode() if not isinstance(answer, bytes) else answer

    def _before(self, method: str, fault: Fault | None) -> tuple[int, dict[str, str], Any] | None:
        """The answer of a fault that keeps the call from being done."""
        match fault.kind if fault else "":
            case "ratelimited" if fault:
                return _too_many(fault.seconds)
            case "server_error" if fault:
                return fault.status, {}, b"<html><body>Internal Server Error</body></html>"
            case "garbage":
                return 200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html><body>Slack is down</body></html>"
            case "error" if fault:
                return 200, {}, {"ok": False, "error": fault.code, **fault.details}
            case "empty":
                return 200, {}, {"ok": True}
            case "refused":
                raise DropConnection
        limit = self.installation.per_minute.get(method)
        if limit is not None and (wait := self._wait(method, limit)):
            return _too_many(wait)
        return None

    def _wait(self, method: str, limit: int) -> float:
        """Seconds until the method may be called again; 0 when now, and then this call is counted."""
        now = time.monotonic()
        with self.installation.lock:
            recent = self.installation.recent.setdefault(method, deque())
            while recent and now - recent[0] >= 60:
                recent.popleft()
            if len(recent) >= limit:
                return 60 - (now - recent[0])
            recent.append(now)
        return 0.0

    def _run(self, method: str, arguments: Json, token: str) -> tuple[int, dict[str, str], Json]:
        installation = self.installation
        try:
            known = METHODS.get(method)
            if known is None:
                raise Refused("unknown_method", req_method=method)
            if not token:
                raise Refused("not_authed")
            if token not in (installation.bot_token, installation.app_token):
                raise Refused("invalid_auth")
            if known.app_level != (token == installation.app_token) and method != "auth.test":
                raise Refused("not_allowed_token_type")
            call = Call(
                method=method, arguments=arguments, installation=installation, token=token, base_url=self.base_url
            )
            if known.scopes and not known.app_level:
                call.require(*known.scopes)
            with installation.workspace.lock:
                result = known.run(call)
        except TooSoon as early:
            return _too_many(early.seconds)
        except Refused as refusal:
            return 200, {}, {"ok": False, "error": refusal.code, **refusal.more}
        return 200, {}, {"ok": True, **result}

    def _note(
        self, method: str, arguments: Mapping[str, Any], at: datetime, started: float, status: int, answer: Any
    ) -> None:
        fine = status == 200 and isinstance(answer, dict) and bool(answer.get("ok", True))
        error = "" if fine else str(answer.get("error", "")) if isinstance(answer, dict) else f"HTTP {status}"
        self.installation.log.append(
            ApiCall(
                method=method,
                arguments=arguments,
                at=at,
                ok=fine,
                error=error,
                status=status,
                milliseconds=(time.perf_counter() - started) * 1000,
            )
        )

    # -- the rest -----------------------------------------------------------------------------------------------

    def _respond(self, handle: str, body: bytes) -> Answer:
        started, at = time.perf_counter(), datetime.now(UTC)
        fault = self.installation.faults.take("response_url", {})
        if fault is not None and fault.kind == "slow":
            time.sleep(fault.seconds)
        before = self._before("response_url", fault)
        try:
            asked = json.loads(body)
        except ValueError:
            asked = None
        status, more, answer = before or (200, {}, {"ok": True})
        if before is None:
            try:
                with self.installation.workspace.lock:
                    self.installation.responses.answer(self.installation.responses.take(handle), asked)
            except Refused as refusal:
                status = 404 if refusal.code.endswith("_url") else 400
                answer = {"ok": False, "error": refusal.code, **refusal.more}
        self._note("response_url", asked if isinstance(asked, dict) else {}, at, started, status, answer)
        if fault is not None and fault.kind == "lost_answer":
            raise DropConnection
        return status, more, b"ok" if status == 200 and not more else json.dumps(answer).encode()

    def _upload(self, file_id: str, headers: Headers, body: bytes) -> Answer:
        file = self.installation.workspace.files.get(file_id)
        if file is None or file.content is not None:
            return 404, {}, b"no such upload"
        content = _multipart_content(headers, body)
        if len(content) != file.length:
            return 400, {}, b"length mismatch"
        with self.installation.workspace.changing():
            file.content = content
        return 200, {}, f"OK - {len(content)}".encode()

    def _file(self, file_id: str, headers: Headers) -> Answer:
        """An upload, to whoever may read files; everybody else gets the sign-in page, with status 200."""
        file = self.installation.workspace.files.get(file_id)
        if file is None or file.content is None:
            return 404, {}, b"no such file"
        fault = self.installation.faults.take("file", {})
        if fault is not None and (instead := self._before("file", fault)):
            status, more, body = instead
            return status, more, body if isinstance(body, bytes) else json.dumps(body).encode()
        token = headers.get("authorization", "").removeprefix("Bearer ").strip()
        scopes = self.installation.scopes
        may = token == self.installation.bot_token and (scopes is None or "files:read" in scopes)
        if file.user != BOT_USER_ID and not may:
            return 200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><html><body>Sign in to Slack</body></html>"
        return 200, {"Content-Type": str(file.as_json()["mimetype"])}, file.content


def _too_many(seconds: float) -> tuple[int, dict[str, str], Json]:
    return 429, {"Retry-After": str(max(1, round(seconds)))}, {"ok": False, "error": "ratelimited"}


def _arguments(query: str, headers: Headers, body: bytes) -> Json:
    arguments: Json = dict(parse_qsl(query, keep_blank_values=True))
    kind = headers.get("content-type", "").partition(";")[0].strip()
    if not body:
        return arguments
    if kind == "application/json":
        try:
            sent = json.loads(body)
        except ValueError:
            sent = None
        return arguments | sent if isinstance(sent, dict) else arguments
    if kind == "multipart/form-data":
        return arguments
    return arguments | dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _multipart_content(headers: Headers, body: bytes) -> bytes:
    """The file of an upload: the raw body, or the first part of a multipart one."""
    kind = headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return body
    boundary = b"--" + kind.partition("boundary=")[2].strip('"').encode()
    part = body.split(boundary)[1]
    return part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], slack: SlackServer) -> None:
        self.slack = slack
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Without http.server's look-up of the host's name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Http

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            status, headers, content = self.server.slack.answer(parts.path, parts.query, self.headers, body)
        except DropConnection:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(status)
        for name, value in {"Content-Type": "application/json; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the log of calls is in the installation."""
