"""One way to ask a source over HTTP: whole answers or typed errors, told waits kept, never longer than is useful.

The credentials are sent to the configured host alone: a next page that leads elsewhere is not followed.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import httpx

from bot.helpscout.wire.surroundings import BadSurroundings, certificates, ways_out
from bot.sources.errors import Away, Busy, Doubtful, NotAllowed, NotThere, Refused
from bot.sources.waits import Waits, told_wait
from bot.sources.walks import WIDTH

MOST_BYTES = 64 << 20
"""Of one page; the largest real ones have a few megabytes."""
_LATER = "It is read again at the next interval."
_Fields: TypeAlias = Mapping[str, str] | None
_LIMITS = httpx.Limits(max_connections=WIDTH, max_keepalive_connections=WIDTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cures:
    """What to do about each refusal: whole sentences. `where` is about the address and the group."""

    credentials: str
    permission: str
    where: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`content` is the JSON value; `links` the rel=next of the Link headers (RFC 8288), "" without one."""

    content: Any
    headers: httpx.Headers
    next: str


class Web:
    """For several threads. `authorize(again)` gives the headers that prove who asks; `again`: the last got a 401."""

    def __init__(
        self,
        source: str,
        title: str,
        base: str,
        *,
        cures: Cures,
        authorize: Callable[[bool], Mapping[str, str]],
        waits: Waits | None = None,
        also: tuple[str, ...] = (),
    ) -> None:
        self._source = source
        self._title = title
        self._base = base.rstrip("/")
        self._cures = cures
        self._authorize = authorize
        self._waits = waits or Waits()
        self._also = also
        self._open: httpx.Client | None = None
        self._renewed = 0  # how often the credentials were refused and made anew
        self._lock = threading.RLock()

    @property
    def _client(self) -> httpx.Client:
        with self._lock:
            return self._opened()

    def _opened(self) -> httpx.Client:
        if self._open is None:
            try:
                trust = certificates()
                mounts = ways_out((self._base, *self._also), trust, _LIMITS)
            except BadSurroundings as bad:
                raise Away(self._source, f"{self._title} can't be reached.", bad.sentence) from None
            self._open = httpx.Client(
                verify=trust,
                mounts=mounts,
                trust_env=False,
                limits=_LIMITS,
                timeout=self._within(self._waits.idle),
                headers={"Accept": "application/json", "User-Agent": "hs-bot"},
            )
        return self._open

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def pages(self, path: str, params: Mapping[str, str], following: Callable[[Answer], str]) -> Iterator[Answer]:
        """Every page from `path` on; `following` gives the address of the next one, "" behind the last."""
        url, seen = self._url(path), set[str]()
        more: Mapping[str, str] | None = params
        while url:
            answer = self.get(url, more, later=bool(seen))
            yield answer
            url, more = following(answer), None
            if url and self._elsewhere(url):
                raise Doubtful(
                    self._source,
                    f"{self._title} names a next page on another host.",
                    "The credentials are sent to the configured host alone. " + self._cures.where,
                )
            if url in seen:
                raise self.doubtful("names the same next page again and again")
            seen.add(url)

    def get(self, url: str, params: _Fields = None, *, later: bool = False) -> Answer:
        """One GET, tried again where that is worth it; `later`: behind the first page. Raises `SourceError`."""
        return self._asked("GET", self._url(url), params=params, later=later)

    def post(self, url: str, form: Mapping[str, str]) -> Answer:
        """One POST of a form, for a token: without our own headers."""
        return self._asked("POST", url, form=form)

    def exchange(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, httpx.Headers, bytes]:
        """One request as it is, for a library that speaks for itself. Raises `SourceError` where no answer came."""
        try:
            answer = self._client.request(method, url, content=body, headers=dict(headers))
        except (httpx.ReadTimeout, httpx.WriteTimeout):
            raise self._hanging() from None
        except (httpx.TransportError, httpx.InvalidURL, UnicodeError):
            raise Away(self._source, f"{self._title} can't be reached.", self._cures.where) from None
        return answer.status_code, answer.headers, answer.content

    def doubtful(self, what: str) -> Doubtful:
        """That an answer can't be taken for the whole truth: `what` follows the source's name."""
        return Doubtful(self._source, f"{self._title} {what}.", "Try again; if it stays so, check the address.")

    def listed(self, value: Any, what: str = "its list of people") -> list[dict[str, Any]]:
        """A list of objects, or `Doubtful`."""
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self.doubtful(f"answered with something that is not {what}")
        return value

    def _url(self, url: str) -> str:
        return url if "://" in url else f"{self._base}/{url.lstrip('/')}"

    def _elsewhere(self, url: str) -> bool:
        try:
            one, other = urlsplit(url), urlsplit(self._base)
            return (one.scheme, one.hostname, one.port) != (other.scheme, other.hostname, other.port)
        except ValueError:
            return True

    def _asked(
        self, method: str, url: str, *, params: _Fields = None, form: _Fields = None, later: bool = False
    ) -> Answer:
        ends = self._waits.clock() + self._waits.idle
        refused: int | None = None
        attempt = 0
        while True:
            attempt += 1
            last = attempt >= self._waits.attempts
            try:
                proof, renewed = self._proven(refused) if method == "GET" else ({}, 0)
                status, headers, body = self._sent(method, url, params, form, proof, ends)
            except (httpx.ReadTimeout, httpx.WriteTimeout, TimeoutError):
                raise self._hanging() from None
            except httpx.RemoteProtocolError:
                if last:
                    raise self.doubtful("ended in the middle of an answer") from None
                self._pause(self._waits.pause * attempt, ends)
                continue
            except (httpx.TransportError, httpx.InvalidURL, UnicodeError) as fault:
                if last or isinstance(fault, httpx.InvalidURL | httpx.UnsupportedProtocol):
                    raise Away(self._source, f"{self._title} can't be reached.", self._cures.where) from None
                self._pause(self._waits.pause * attempt, ends)
                continue
            if status == 200:
                return self._read(headers, body)
            if status == 401 and method == "GET" and refused is None:
                refused = renewed
                continue
            wait = told_wait(headers, self._waits.wall()) if status in (429, 503) else None
            if status == 429 or (status >= 500 and not last):
                wait = self._waits.pause * 2**attempt if wait is None else wait
                if not last and self._waits.clock() + wait < ends:
                    self._waits.sleep(wait)
                    continue
            raise self._expired(status) if later and status in (400, 410) else self._meaning(status, wait)

    def _proven(self, refused: int | None) -> tuple[Mapping[str, str], int]:
        """What proves who asks, and the number of it.

        `refused`: that one was. Of several walks that were refused with the same one the first makes it anew.
        """
        with self._lock:
            again = refused == self._renewed
            self._renewed += again
            return self._authorize(again), self._renewed

    def _sent(
        self,
        method: str,
        url: str,
        params: _Fields,
        form: _Fields,
        proof: Mapping[str, str],
        ends: float,
    ) -> tuple[int, httpx.Headers, bytes]:
        """The whole answer; TimeoutError when it trickles in for too long."""
        body, left = bytearray(), self._within(max(0.001, ends - self._waits.clock()))
        with self._client.stream(method, url, params=params, data=form, headers=proof, timeout=left) as answer:
            for part in answer.iter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise self.doubtful(f"sent a page of more than {MOST_BYTES >> 20} MB")
                if self._waits.clock() > ends:
                    raise TimeoutError
            return answer.status_code, answer.headers, bytes(body)

    def _within(self, seconds: float) -> httpx.Timeout:
        return httpx.Timeout(seconds, connect=min(self._waits.connect, seconds), pool=None)

    def _read(self, headers: httpx.Headers, body: bytes) -> Answer:
        try:
            content = json.loads(body)
        except (ValueError, RecursionError):
            if body.lstrip().startswith(b"<"):
                raise self._page() from None
            raise self.doubtful("sent an answer that is cut off or is not JSON") from None
        return Answer(content, headers, _next_of(headers))

    def _pause(self, seconds: float, ends: float) -> None:
        if self._waits.clock() + seconds >= ends:
            raise self._hanging()
        self._waits.sleep(seconds)

    def _hanging(self) -> Away:
        return Away(
            self._source,
            f"{self._title} took more than {self._waits.idle:g} seconds for one page, so the reading was given up.",
            _LATER,
        )

    def _expired(self, status: int) -> Away:
        why = f"{self._title} refused a later page of its list ({status}): it keeps pages for a short time."
        return Away(self._source, why, _LATER)

    def _page(self) -> Doubtful:
        return Doubtful(
            self._source,
            f"{self._title} answered with a web page instead of data.",
            f"A proxy or a sign-in page may be in between. {self._cures.where}",
        )

    def _meaning(self, status: int, wait: float | None) -> Exception:
        name = self._title
        if status == 401:
            return Refused(self._source, f"{name} rejected the credentials (401).", self._cures.credentials)
        if status == 403:
            return NotAllowed(
                self._source, f"{name} doesn't allow these credentials to read people (403).", self._cures.permission
            )
        if status == 404:
            return NotThere(self._source, f"{name} has nothing at that address (404).", self._cures.where)
        if status == 429:
            told = f" and asks to wait {wait:.0f} seconds" if wait is not None else ""
            return Busy(
                self._source,
                f"{name} allows no more requests now (429){told}.",
                "It is read again at the next interval; if this repeats, have hs-bot read it less often.",
            )
        if status >= 500:
            return Away(self._source, f"{name} failed with a fault of its own ({status}).", _LATER)
        if 300 <= status < 400:
            return Doubtful(self._source, f"{name} redirects to another address ({status}).", self._cures.where)
        return Doubtful(self._source, f"{name} refused the request ({status}).", self._cures.where)


def _next_of(headers: httpx.Headers) -> str:
    """The address of rel="next" among all Link headers; "" without one."""
    for value in headers.get_list("link"):
        for link in httpx.Response(200, headers={"link": value}).links.values():
            if link.get("rel") == "next":
                return str(link.get("url", ""))
    return ""


def text(value: object) -> str:
    """A text of an answer; "" for anything else."""
    return value.strip() if isinstance(value, str) else ""


def address(value: object) -> str:
    """A text that could be an address; "" for anything else."""
    found = text(value)
    return found if "@" in found.strip("@") else ""
