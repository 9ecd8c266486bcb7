"""Access tokens of REST v2 as an `httpx.Auth` flow, by client credentials.

A token is cached until shortly before its end, renewed by one thread while the others wait for it, and renewed once
when Help Scout answers 401. Guide and pages name different endpoints; the one that answered is remembered.
"""

import copy
import threading
from collections.abc import Generator, Mapping
from typing import Any, Protocol

import httpx

from bot.helpscout.errors import Forbidden, HelpScoutError, NotFound, Rejected, Unauthorized, Unbelievable
from bot.helpscout.secret import Secret
from bot.helpscout.wire.exchange import Exchange

ASKED = "the request for an access token"
APP_REFUSED = (
    "Help Scout refused the app's credentials: check HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET "
    "under Your Profile > My apps"
)
UNTOLD_LIFE = 3600.0
"""Seconds a token is used for when its answer does not say; a 401 renews it anyway."""


class Tokens(Protocol):
    """Where access tokens come from."""

    def current(self) -> Secret:
        """A token that should still be good."""

    def renew(self, dead: Secret) -> Secret:
        """Another token than `dead`, which Help Scout refused."""


class BearerAuth(httpx.Auth):
    """Send with the current token; on 401 renew it and send once more."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        token = self._tokens.current()
        request.headers["Authorization"] = f"Bearer {token.reveal()}"
        response = yield request
        if response.status_code == 401:
            response.read()
            request.headers["Authorization"] = f"Bearer {self._tokens.renew(token).reveal()}"
            yield request


class StaticBearer(httpx.Auth):
    """SCIM's long-lived token."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        yield request


class CachedToken:
    """A token in memory, fetched by one thread at a time; subclasses say how."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._lock = threading.Lock()
        self._held = (
            Secret(""),
            0.0,
        )  # the token and until when (monotonic) it is used; one tuple, read without the lock
        self._fetches = 0
        self._failure: HelpScoutError | None = None

    def current(self) -> Secret:
        token, good_until = self._held
        if token and self._exchange.waits.clock() < good_until:
            return token
        return self._renewed(token)

    def renew(self, dead: Secret) -> Secret:
        return self._renewed(dead)

    def _renewed(self, dead: Secret) -> Secret:
        fetches = self._fetches
        with self._lock:
            clock = self._exchange.waits.clock
            token, good_until = self._held
            if token and token != dead and clock() < good_until:
                return token
            if self._fetches != fetches and self._failure is not None:
                # Somebody tried while this thread waited, and failed: twenty threads need not try twenty times.
                raise copy.copy(self._failure)
            started = clock()
            try:
                document = self._fetch(dead)
                token = access_token(document)
            except HelpScoutError as exc:
                self._failure = exc
                raise
            else:
                self._failure = None
            finally:
                self._fetches += 1
            life = life_of(document)
            self._held = (token, started + life - min(60.0, life / 10))
            return token

    def _fetch(self, dead: Secret) -> dict[str, Any]:
        """A token answer with another access token than `dead`, which has run out or was refused."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class TokenEndpoint:
    """The token endpoint, wherever it is: the configured one, and `/oauth2/token` where that answers 404 or 405."""

    def __init__(self, exchange: Exchange, urls: tuple[str, ...]) -> None:
        self._exchange = exchange
        self._urls = urls

    @property
    def answering(self) -> str:
        """The URL that is asked first: the one that answered last."""
        return self._urls[0]

    def ask(self, form: Mapping[str, str], *, refused: str = APP_REFUSED) -> dict[str, Any]:
        """POST `form`; Unauthorized with the sentence `refused`, NotFound when no endpoint is there.

        Repeated when the answer is lost: another token does no harm, and for a rotated one there is no better way.
        """
        missing: HelpScoutError | None = None
        for url in self._urls:
            try:
                document = self._exchange.send("POST", url, what=ASKED, form=form, repeatable=True).json_object()
            except NotFound as exc:
                missing = exc
                continue
            except (Unauthorized, Forbidden, Rejected) as exc:
                if exc.status == 405:
                    missing = exc
                    continue
                if exc.status in (400, 401, 403):
                    raise self._refused(exc, refused) from None
                raise
            self._urls = (url, *(other for other in self._urls if other != url))
            return document
        raise NotFound(
            "Help Scout has no token endpoint at HELPSCOUT_API_URL. Check that address, or set HELPSCOUT_TOKEN_URL.",
            api="OAuth",
            status=missing.status if missing else 404,
        ) from None

    @staticmethod
    def _refused(exc: HelpScoutError, sentence: str) -> Unauthorized:
        said = f" It says: {exc.detail}" if exc.detail else ""
        return Unauthorized(
            f"{sentence} (HTTP {exc.status}).{said}",
            api="OAuth",
            status=exc.status,
            log_ref=exc.log_ref,
            detail=exc.detail,
        )


class ClientCredentials(CachedToken):
    """Tokens of the app itself (RFC 6749 §4.4): no refresh token, one asks again."""

    def __init__(self, exchange: Exchange, endpoint: TokenEndpoint, app_id: str, app_secret: Secret) -> None:
        super().__init__(exchange)
        self._endpoint = endpoint
        self._app_id = app_id
        self._app_secret = app_secret

    def _fetch(self, dead: Secret) -> dict[str, Any]:  # noqa: ARG002 - each request gets another one
        return self._endpoint.ask(
            {
                "grant_type": "client_credentials",
                "client_id": self._app_id,
                "client_secret": self._app_secret.reveal(),
            }
        )


def access_token(document: Mapping[str, Any]) -> Secret:
    """The token of a token answer (RFC 6749 §5.1); Unbelievable when there is none that fits into a header."""
    token = document.get("access_token")
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable() or " " in token:
        raise Unbelievable("Help Scout's answer to the request for an access token holds none. Try again.", api="OAuth")
    return Secret(token)


def life_of(document: Mapping[str, Any]) -> float:
    """Seconds the token lives, as told: `expires_in` as a number or as digits."""
    told = document.get("expires_in")
    try:
        seconds = float(told) if isinstance(told, str | int | float) and not isinstance(told, bool) else UNTOLD_LIFE
    except ValueError:
        seconds = UNTOLD_LIFE
    return seconds if seconds > 0 else UNTOLD_LIFE
