"""Help Scout as the rest of the bot sees it: `rest`, `scim`, one token, one pool, one rate budget."""

import logging
import ssl
from dataclasses import replace
from pathlib import Path

import httpx

from bot.helpscout.budget import Budget, Priority
from bot.helpscout.burst import SECONDS, Burst
from bot.helpscout.duty import Learned
from bot.helpscout.rest import Rest
from bot.helpscout.scim.api import Scim
from bot.helpscout.scim.lists import ListStyle
from bot.helpscout.secret import Secret
from bot.helpscout.sign_in.authorization import StoredLogin, TokenFile, login_by_code
from bot.helpscout.sign_in.oauth import BearerAuth, ClientCredentials, StaticBearer, TokenEndpoint, Tokens
from bot.helpscout.waits import Waits
from bot.helpscout.wire.calls import ApiCall, Observer
from bot.helpscout.wire.exchange import Exchange
from bot.helpscout.wire.pools import Pools
from bot.helpscout.wire.surroundings import certificates, ways_out

__all__ = ["HelpScout", "Priority", "Waits"]

SPARE = 24
"""Connections beyond those of a walk, so that neither a person's click nor a second walk waits for one."""


class HelpScout:
    """`rest` is always there, `scim` is None without a SCIM token. Thread-safe; `close()` ends the connections.

    `per_minute` units per `window` seconds (reads 1, writes 2) and, unless `bursts` are allowed, 12 writes in 5 seconds
    of a whole minute's window; `timeout` seconds for connecting, for each silence
    and, threefold, for a whole answer; `connections` requests at once in a walk. With a `token_file` the client
    acts for the person whose login is stored there, else as the app itself. `observer` is told of every request, of
    all views. `verify` is a TLS context of one's own: a company's certificates, or one for many clients (it takes
    40 ms to make). Raises `BadSurroundings` for a proxy or certificates with which nothing can be reached.
    """

    rest: Rest
    scim: Scim | None

    def __init__(
        self,
        *,
        api_url: str,
        scim_url: str | None = None,
        token_url: str | None = None,
        app_id: str,
        app_secret: str,
        scim_token: str | None = None,
        per_minute: int = 400,
        window: float = 60.0,
        bursts: bool = False,
        timeout: float = 20.0,
        connections: int = 8,
        waits: Waits | None = None,
        user_agent: str = "hs-bot",
        observer: Observer | None = None,
        token_file: str | Path | None = None,
        verify: ssl.SSLContext | None = None,
    ) -> None:
        # httpx logs whole URLs at INFO, and a query may hold somebody's e-mail address.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        waits = waits or Waits()
        api_url = api_url.rstrip("/")
        self._connections = connections
        scim_url = (scim_url or f"{api_url}/scim").rstrip("/")
        trust = certificates() if verify is None else verify
        limits = httpx.Limits(max_connections=connections + SPARE, max_keepalive_connections=connections + SPARE)
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout),
            transport=Pools(
                lambda each: httpx.HTTPTransport(verify=trust, trust_env=False, limits=each), connections + SPARE
            ),
            headers={"user-agent": user_agent},
            mounts=ways_out((api_url, scim_url, token_url or api_url), trust, limits),
            trust_env=False,
        )
        burst = None if bursts else Burst(seconds=SECONDS * min(1.0, window / 60.0))
        self.budget = Budget(per_minute, window=window, waits=waits, burst=burst)
        base = Exchange(
            api="REST",
            base_url=api_url,
            client=self._client,
            budget=self.budget,
            waits=waits,
            timeout=timeout,
            accept="application/hal+json, application/json",
            observer=observer,
        )
        self._observer = observer
        tokens_exchange = replace(base, api="OAuth", base_url="", accept="application/json", overdraw=True)
        first = token_url or f"{api_url}/auth/token"
        self._endpoint = TokenEndpoint(tokens_exchange, tuple(dict.fromkeys((first, f"{api_url}/oauth2/token"))))
        self._app = (tokens_exchange, self._endpoint, app_id, Secret(app_secret))
        self._file = None if token_file is None else TokenFile(token_file)
        tokens: Tokens = ClientCredentials(*self._app) if self._file is None else StoredLogin(*self._app, self._file)
        self._rest_exchange = replace(base, auth=BearerAuth(tokens))
        self._scim_exchange = (
            replace(
                base,
                api="SCIM",
                base_url=scim_url,
                auth=StaticBearer(Secret(scim_token)),
                accept="application/scim+json, application/json",
                content_type="application/scim+json",
            )
            if scim_token
            else None
        )
        self._known = Learned()
        self._style = ListStyle()  # what one view learns of the server, all know
        self._put_together()

    def _put_together(self) -> None:
        self.rest = Rest(self._rest_exchange, connections=self._connections, known=self._known)
        self.scim = Scim(self._scim_exchange, self._style) if self._scim_exchange is not None else None

    def view(self, *, priority: Priority = Priority.PEOPLE, observer: Observer | None = None) -> "HelpScout":
        """The same client for somebody else: own priority and observer; pool, token and budget are shared."""
        observer = _both(self._observer, observer)
        view = object.__new__(HelpScout)
        view.__dict__.update(self.__dict__)
        view._rest_exchange = replace(self._rest_exchange, priority=priority, observer=observer)
        if self._scim_exchange is not None:
            view._scim_exchange = replace(self._scim_exchange, priority=priority, observer=observer)
        view._put_together()
        return view

    def log_in(self, code: str) -> None:
        """Change an authorization code (see login.py) for tokens and store them in `token_file`."""
        if self._file is None:
            raise ValueError("a client without a token file has nowhere to store a login")
        login_by_code(*self._app, code, self._file)

    @property
    def token_url(self) -> str:
        """The token endpoint that is asked first: the one that answered last."""
        return self._endpoint.answering

    def close(self) -> None:
        """End the connections of this client and of all its views."""
        self._client.close()

    def __enter__(self) -> "HelpScout":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"HelpScout({self._rest_exchange.base_url}, {'with' if self.scim else 'without'} SCIM)"


def _both(first: Observer | None, second: Observer | None) -> Observer | None:
    if first is None or second is None:
        return first or second

    def tell(call: ApiCall) -> None:
        first(call)
        second(call)

    return tell
