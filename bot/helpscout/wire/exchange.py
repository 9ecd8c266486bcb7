"""One request and its answer: budget, deadline, retries, observers, and errors as types. REST, SCIM and OAuth all
pass here.
"""

import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
import stamina
import structlog

from bot.helpscout.budget import Budget, Priority, cost_of
from bot.helpscout.errors import (
    MAPPED,
    NOT_SENT,
    SAFE,
    Api,
    HelpScoutError,
    Unbelievable,
    Unreachable,
    from_httpx,
    from_status,
)
from bot.helpscout.limits import Limits, read_limits
from bot.helpscout.waits import Waits
from bot.helpscout.wire.calls import ApiCall, Observer
from bot.helpscout.wire.response import ApiResponse, object_of
from bot.helpscout.wire.retries import WorthAnother

LARGEST_ANSWER = 32 * 1024 * 1024
PAUSE_UNTOLD = 2.0
"""Seconds of silence after a 429 that does not say how long; doubled with each further one, up to a minute."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Sends requests of one API. Copies (`dataclasses.replace`) share pool, token and budget."""

    api: Api
    base_url: str
    client: httpx.Client = field(repr=False)
    auth: httpx.Auth | None = field(default=None, repr=False)
    budget: Budget = field(repr=False)
    waits: Waits = field(repr=False)
    timeout: float
    accept: str
    content_type: str = "application/json"
    priority: Priority = Priority.PEOPLE
    observer: Observer | None = field(default=None, repr=False)
    overdraw: bool = False

    def read(self, path: str, *, what: str, params: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        """GET a JSON object; an answer that is none is asked for once more before it is refused (Unbelievable)."""
        return self._attempts(True, lambda number: self._once("GET", path, number, what, params).json_object())

    def send(
        self,
        method: str,
        path: str,
        *,
        what: str,
        document: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> ApiResponse:
        """Send a write and return a success; raise HelpScoutError for everything else.

        What is `repeatable` is sent again after a 5xx, a dropped connection or silence. What is not is sent again only
        when it surely was not processed: no connection came about, or a 429.
        """
        content = json.dumps(document).encode() if document is not None else None
        return self._attempts(
            repeatable, lambda number: self._once(method, path, number, what, content=content, form=form)
        )

    def _attempts(self, repeatable: bool, once: Callable[[int], T]) -> T:
        worth = WorthAnother(self.api, repeatable, self.waits)
        for attempt in stamina.retry_context(
            on=worth,
            attempts=None,  # `worth` counts, each kind of failure by itself
            timeout=None,
            wait_initial=self.waits.initial,
            wait_max=self.waits.maximum,
            wait_jitter=self.waits.jitter,
        ):
            with attempt:
                return once(attempt.num)
        raise AssertionError("stamina gives at least one attempt")

    def _once(
        self,
        method: str,
        path: str,
        number: int,
        what: str,
        params: Mapping[str, str | int] | None = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
    ) -> ApiResponse:
        url = self.base_url + path
        ticket = self.budget.take(cost_of(method), self.priority, api=self.api, overdraw=self.overdraw)
        seen = _Seen()
        started = self.waits.clock()
        try:
            self._transmit(seen, method, url, what, params, content, form)
        finally:
            self.budget.settle(ticket, api=self.api, limits=seen.limits, sent=seen.sent)
            call = ApiCall(
                method=method,
                path=path if self.base_url else _path(url),
                status=seen.status,
                milliseconds=(self.waits.clock() - started) * 1000,
                attempt=number,
                correlation=_correlation(seen),
                api=self.api,
            )
            if self.observer is not None and seen.sent:
                self.observer(call)
        assert seen.status is not None
        if 200 <= seen.status < 300:
            return ApiResponse(seen.status, seen.headers, seen.body, call, self.api, what, seen.whole)
        raise self._refusal(seen.status, seen, call, what)

    def _transmit(
        self,
        seen: "_Seen",
        method: str,
        url: str,
        what: str,
        params: Mapping[str, str | int] | None,
        content: bytes | None,
        form: Mapping[str, str] | None,
    ) -> None:
        """Send and read, noting in `seen` how far it came; exceptions of httpx become errors here and nowhere else."""
        try:
            request = self.client.build_request(
                method,
                url,
                params=dict(params) if params else None,
                content=content,
                data=dict(form) if form else None,
                headers={"accept": self.accept, **({"content-type": self.content_type} if content is not None else {})},
            )
            response = self.client.send(request, auth=self.auth, stream=True)
            try:
                seen.status, seen.headers = response.status_code, response.headers
                seen.limits = read_limits(response.headers, now=self.waits.wall())
                for _ in response.history:  # a 401 before the token was renewed
                    self.budget.spend(cost_of(method), api=self.api)
                try:
                    seen.body = self._read(response)
                except MAPPED as exc:
                    # The status is known, which is all that a write without a body needs; a reader must not believe it.
                    seen.whole = False
                    if method in SAFE:
                        raise self._cut(what, response.status_code) from exc
            finally:
                response.close()
        except MAPPED as exc:
            seen.sent = not isinstance(exc, NOT_SENT)
            raise from_httpx(exc, api=self.api, method=method, where=_where(url)) from exc
        except (RuntimeError, ssl.SSLError, UnicodeError) as exc:
            if isinstance(exc, RuntimeError) and not self.client.is_closed:
                raise
            seen.sent = False
            raise Unreachable(f"{_CLOSED_OR_BAD[isinstance(exc, RuntimeError)]} {_where(url)}.", api=self.api) from exc
        except HelpScoutError:
            seen.sent = seen.status is not None  # without a status no token could be had: this request was not sent
            raise

    def _read(self, response: httpx.Response) -> bytes:
        """The whole body, within three timeouts in all: a server that dribbles would otherwise hold us for ever."""
        parts = bytearray()
        deadline = time.monotonic() + 3 * self.timeout
        for part in response.iter_bytes():
            parts += part
            if len(parts) > LARGEST_ANSWER:
                raise httpx.DecodingError("larger than any answer of this API")
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("the answer does not end")
        return bytes(parts)

    def _cut(self, what: str, status: int) -> Unbelievable:
        return Unbelievable(
            f"Help Scout's answer to {what} was cut off, so it was discarded. Try again in a minute.",
            api=self.api,
            status=status,
        )

    def _refusal(self, status: int, seen: "_Seen", call: ApiCall, what: str) -> HelpScoutError:
        """The error for a status that is no success; a 429 holds everybody back from here on."""
        said = object_of(seen.body)
        log_ref = said.get("logRef")
        log_ref = str(log_ref)[:100] if isinstance(log_ref, str | int) and log_ref else call.correlation
        error = from_status(status, said, api=self.api, method=call.method, what=what, log_ref=log_ref)
        error.location = seen.headers.get("location", "")
        if seen.limits is not None:
            error.retry_after = seen.limits.retry_after
        if status == 429:
            told = seen.limits.told_wait if seen.limits else None
            wait = min(60.0, PAUSE_UNTOLD * 2.0 ** (call.attempt - 1)) if told is None else told + 0.1
            self.budget.pause(wait)
            error.retry_after = wait
        # 404 is how Help Scout says that somebody is gone: an answer, no trouble. Support asks for the log reference.
        structlog.get_logger("helpscout").log(
            logging.INFO if status == 404 else logging.WARNING,
            "Help Scout refused a request",
            api=self.api,
            method=call.method,
            path=call.path,
            status=status,
            log_ref=log_ref,
            attempt=call.attempt,
        )
        return error


@dataclass(slots=True)
class _Seen:
    """How far one request came."""

    sent: bool = True
    status: int | None = None
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    limits: Limits | None = None
    body: bytes = b""
    whole: bool = True


_CLOSED_OR_BAD = {
    True: "This client has been closed, and sends nothing more to",
    False: "Help Scout can't be reached: the address, the token or the certificate is unusable at",
}


def _where(url: str) -> str:
    """Scheme and host only: a path or a query may name people, and a URL may hold a password."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "an address that is not one"
    return f"{parsed.scheme}://{parsed.netloc.decode('ascii', 'replace').rpartition('@')[2]}"


def _path(url: str) -> str:
    try:
        return httpx.URL(url).path
    except httpx.InvalidURL:
        return ""


def _correlation(seen: _Seen) -> str:
    for name in ("correlation-id", "x-correlation-id", "x-request-id"):
        if name in seen.headers:
            return seen.headers[name][:100]
    if b'"logRef"' in seen.body[:4096]:
        log_ref = object_of(seen.body).get("logRef")
        return str(log_ref)[:100] if isinstance(log_ref, str | int) else ""
    return ""
