"""What can go wrong with Help Scout, as types; one place maps httpx's exceptions and HTTP's statuses onto them.

* HelpScoutError
  x Unreachable     nothing was sent, or what was sent surely had no effect
  x LostAnswer      it was sent, its effect is unknown: settle by reading
  x Unauthorized    401: credentials refused (also: the token endpoint said no)
  x Forbidden       403: the plan, the role or SSO does not allow it
  x NotFound        404
  x Conflict        409: somebody or something is there already
  x Rejected        any other 4xx, and redirects
  x RateLimited     429, after waiting as told
  x ServerFault     5xx, after what may be repeated was repeated
  x Unbelievable    an answer that is not JSON, not of the right shape, cut off or not what was asked for
"""

import re
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import httpx

from bot.model.problem import Problem

Api: TypeAlias = Literal["REST", "SCIM", "OAuth"]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods without effect (RFC 9110 §9.2.1): a lost answer to one of them has changed nothing."""


class HelpScoutError(Problem):
    """Base of everything this room raises.

    `status` is the HTTP status (None: no answer), `log_ref` what Help Scout's support asks for, `unsettled` says that a
    write may or may not have had its effect, `detail` is the server's own text, `scim_type` RFC 7644 §3.12's keyword.
    """

    def __init__(
        self,
        sentence: str,
        *,
        api: Api = "REST",
        status: int | None = None,
        log_ref: str = "",
        unsettled: bool = False,
        detail: str = "",
        scim_type: str = "",
    ) -> None:
        super().__init__(sentence)
        self.api: Api = api
        self.status = status
        self.log_ref = log_ref
        self.unsettled = unsettled
        self.detail = detail
        self.scim_type = scim_type
        self.retry_after: float | None = None  # seconds, as the answer told
        self.location = ""  # where the answer says that the thing is now


class Unreachable(HelpScoutError):
    """Nothing was sent, or what was sent surely had no effect."""


class LostAnswer(HelpScoutError):
    """It was sent and no whole answer came: the effect is unknown, settle by reading."""

    def __init__(self, sentence: str, *, api: Api = "REST", status: int | None = None, log_ref: str = "") -> None:
        super().__init__(sentence, api=api, status=status, log_ref=log_ref, unsettled=True)


class Unauthorized(HelpScoutError):
    """The credentials were refused."""


class Forbidden(HelpScoutError):
    """The credentials are known, and not enough."""


class NotFound(HelpScoutError):
    """There is nothing under that id: Help Scout keeps no tombstones."""


class Conflict(HelpScoutError):
    """It is there already, or changed meanwhile."""


class Rejected(HelpScoutError):
    """The request was understood and refused."""


class RateLimited(HelpScoutError):
    """Too many requests, and waiting as told did not help or would take too long."""


class ServerFault(HelpScoutError):
    """Help Scout failed (5xx)."""


class Unbelievable(HelpScoutError):
    """An answer that must not be believed: not JSON, wrong shape, cut off, or not what was asked for."""


NOT_SENT: tuple[type[Exception], ...] = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
    httpx.CookieConflict,
)
"""httpx's exceptions that prove that the server has not seen the request."""

UNREADABLE: tuple[type[Exception], ...] = (httpx.DecodingError, httpx.TooManyRedirects)
"""An answer came, and can't be read as one."""

POSSIBLY_SENT: tuple[type[Exception], ...] = (httpx.HTTPError, httpx.StreamError)
"""Everything else of httpx: the request was or may have been sent. Bases, so that a new exception is read carefully."""

MAPPED: tuple[type[Exception], ...] = NOT_SENT + UNREADABLE + POSSIBLY_SENT


def from_httpx(exc: Exception, *, api: Api, method: str, where: str) -> HelpScoutError:
    """The typed error for an exception of httpx. `where` is scheme and host; never a query, which may name people."""
    reason = _reason(exc)
    if isinstance(exc, NOT_SENT):
        return Unreachable(
            f"Help Scout can't be reached at {where} ({reason}). Check the network and the address, then try again.",
            api=api,
        )
    if isinstance(exc, UNREADABLE):
        return Unbelievable(
            f"The answer of {where} can't be read ({reason}). Check that the address is Help Scout's API.",
            api=api,
            unsettled=method not in SAFE,
        )
    if method in SAFE:
        return Unreachable(f"Help Scout at {where} gave no whole answer ({reason}). Try again in a minute.", api=api)
    return LostAnswer(
        f"Help Scout at {where} gave no whole answer ({reason}); whether it did what was asked must be read first.",
        api=api,
    )


def from_status(
    status: int, body: Mapping[str, Any], *, api: Api, method: str, what: str, log_ref: str = ""
) -> HelpScoutError:
    """The typed error for an HTTP status that is not a success; `what` names the call in words of the field."""
    detail = detail_of(body)
    scim_type = body.get("scimType") if isinstance(body.get("scimType"), str) else ""
    said = f" It says: {detail}" + ("" if detail.endswith((".", "!", "?")) else ".") if detail else ""
    kind, sentence = _KINDS.get(status, (None, ""))
    if kind is None:
        if status >= 500:
            kind, sentence = ServerFault, "Help Scout failed at {what} (HTTP {status}). Try again in a few minutes."
        elif status < 400:
            kind = Rejected
            sentence = "Help Scout answered {what} with a redirect (HTTP {status}). Give the API's own address."
        else:
            kind, sentence = Rejected, "Help Scout refused {what} (HTTP {status})."
    if api == "SCIM" and status in _SCIM_SENTENCES:
        sentence = _SCIM_SENTENCES[status]
    return kind(
        sentence.format(what=what, status=status) + said,
        api=api,
        status=status,
        log_ref=log_ref,
        unsettled=status >= 500 and method not in SAFE,
        detail=detail,
        scim_type=str(scim_type),
    )


_KINDS: Mapping[int, tuple[type[HelpScoutError] | None, str]] = {
    401: (
        Unauthorized,
        "Help Scout refused the access token at {what} (HTTP 401). Check HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET.",
    ),
    403: (
        Forbidden,
        "Help Scout doesn't allow this (HTTP 403): {what}. Check the plan and the role of who owns the app or token.",
    ),
    404: (NotFound, "Not found in Help Scout: {what} (HTTP 404)."),
    409: (Conflict, "Help Scout reports a conflict (HTTP 409): {what}. Look at it in Help Scout."),
    413: (Rejected, "Help Scout finds {what} too large (HTTP 413). Ask for less at once."),
    429: (RateLimited, "Help Scout's rate limit is used up at {what} (HTTP 429). Try again in a minute."),
}

_SCIM_SENTENCES: Mapping[int, str] = {
    401: "SCIM refused the token: make a new one under Admin > Authentication in Help Scout and set "
    "HELPSCOUT_SCIM_TOKEN (HTTP 401 at {what}).",
    403: "SCIM refused the token or is not switched on (HTTP 403 at {what}): it needs the Pro plan and SSO; then make "
    "a new token under Admin > Authentication and set HELPSCOUT_SCIM_TOKEN.",
}


def detail_of(body: Mapping[str, Any]) -> str:
    """The server's own words, of whichever error format: vnd.error+json, RFC 7644 §3.12 or OAuth (RFC 6749 §5.2).

    At most 300 characters on one line, `rejectedValue` left out: it may be a person's data.
    """
    parts: list[str] = []
    for key in ("detail", "message", "error_description", "error"):
        value = body.get(key)
        if isinstance(value, str) and value.strip():
            parts.append(value)
            break
    embedded = body.get("_embedded")
    errors = embedded.get("errors") if isinstance(embedded, Mapping) else None
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, Mapping) and isinstance(error.get("message"), str):
            path = error.get("path")
            parts.append(f"{path}: {error['message']}" if isinstance(path, str) and path else error["message"])
    text = re.sub(r"\s+", " ", "; ".join(parts)).strip()
    return text if len(text) <= 300 else text[:299] + "…"


def _reason(exc: Exception) -> str:
    """A short reason without anything that a server or a library might have quoted from the request."""
    words = {
        httpx.ConnectTimeout: "no connection in time",
        httpx.ReadTimeout: "no answer in time",
        httpx.WriteTimeout: "it did not take the request in time",
        httpx.PoolTimeout: "all connections are in use",
        httpx.RemoteProtocolError: "the connection was dropped or broken off",
        httpx.ReadError: "the connection was dropped",
        httpx.WriteError: "the connection was dropped",
        httpx.UnsupportedProtocol: "the address must begin with https://",
    }
    for kind, text in words.items():
        if isinstance(exc, kind):
            return text
    if isinstance(exc, httpx.ConnectError):
        return re.sub(r"\s+", " ", str(exc))[:120] or "no connection"
    return type(exc).__name__
