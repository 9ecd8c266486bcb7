"""A request and an answer of the gate, as WSGI has them (PEP 3333)."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.gate import PREFIX
from bot.gate.faults import Fault
from bot.gate.reading import LARGEST, MOST, read_object

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SCIM = "application/scim+json; charset=utf-8"
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,60}\](?::[0-9]{1,5})?")
REASONS = {
    200: "OK",
    201: "Created",
    204: "No Content",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
}


@dataclass(slots=True)
class Asked:
    """One request of a token that is right."""

    token: str
    method: str
    parts: list[str]
    query: dict[str, str]
    base: str
    environ: "WSGIEnvironment"

    def body(self, most: int = MOST) -> dict[str, Any]:
        length = str(self.environ.get("CONTENT_LENGTH") or "0")
        size = int(length) if length.isdigit() and len(length) < 12 else 0
        if size > LARGEST:
            raise Fault(413, "The body is too large: at most 10 MB.", "tooMany")
        return read_object(bytes(self.environ["wsgi.input"].read(size)), most)

    def header(self, name: str) -> str:
        return str(self.environ.get(f"HTTP_{name}", ""))


@dataclass(slots=True)
class Answer:
    status: int
    document: Mapping[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)


def same_version(header: str, version: str, *, absent: bool) -> bool:
    """Whether one of the ETags is this one, compared weakly (RFC 9110 §13.1); `absent` is the answer without any."""
    if not header.strip():
        return absent
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or version.removeprefix("W/") in tags or version.removeprefix("W/").strip('"') in tags


def base_of(environ: "WSGIEnvironment") -> str:
    """The address as the client sees it; behind a proxy that ends TLS as that says."""
    host = str(environ.get("HTTP_X_FORWARDED_HOST") or environ.get("HTTP_HOST") or "").split(",")[0].strip()
    if not _HOST.fullmatch(host):
        return PREFIX
    scheme = str(environ.get("HTTP_X_FORWARDED_PROTO", "")).split(",")[0].strip().lower()
    return f"{scheme if scheme in ('http', 'https') else environ.get('wsgi.url_scheme', 'http')}://{host}{PREFIX}"


def sent(answer: Answer, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    body = b"" if answer.document is None else json.dumps(answer.document, ensure_ascii=False).encode()
    headers = {**answer.headers, "Content-Length": str(len(body))}
    if answer.document is not None:
        headers["Content-Type"] = SCIM
    start_response(f"{answer.status} {REASONS.get(answer.status, 'Status')}", list(headers.items()))
    return [b"" if environ.get("REQUEST_METHOD") == "HEAD" else body]
