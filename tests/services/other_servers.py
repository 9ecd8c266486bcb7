"""SCIM servers that somebody else wrote, called in process, and a REST beside them that shows what they say."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any

import httpx

from bot.helpscout.client import HelpScout, Waits
from bot.helpscout.errors import NotFound
from bot.helpscout.scim.api import Scim, ScimUser
from tests.services.django_app import serving

TOKEN = "tok"
SCIMMY_AT = "TESTS_SCIMMY"
"""Its address, where somebody has started one: see `kinds/with_scimmy.py`."""
ADDRESSES: dict[str, Any] = {"api_url": "http://rest.test/v2", "app_id": "-", "app_secret": "-", "scim_token": TOKEN}


class InOneThread(httpx.BaseTransport):
    """A WSGI application that is made and called in a thread of its own: its database may live there only."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._inner = httpx.WSGITransport(self._thread.submit(make).result())

    def do(self, work: Callable[[], object]) -> None:
        self._thread.submit(work).result()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._thread.submit(self._answer, request).result()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        response.read()
        return response


class Rest(httpx.BaseTransport):
    """Help Scout's REST, read from SCIM at each request: active people, groups as teams, no conversations."""

    def __init__(self) -> None:
        self.scim: Scim | None = None
        self._ids: dict[str, int] = {}
        self._lock = threading.Lock()

    def _id(self, scim_id: str) -> int:
        with self._lock:
            return self._ids.setdefault(scim_id, len(self._ids) + 1)

    def _scim_id(self, id: str) -> str:
        with self._lock:
            return next((scim_id for scim_id, known in self._ids.items() if str(known) == id), "-")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        match request.url.path.removeprefix("/v2/").split("/"):
            case ["auth", "token"]:
                return httpx.Response(200, json={"token_type": "bearer", "access_token": "t", "expires_in": 1000})
            case ["users", id]:
                return self._one(id)
            case [kind, *rest]:
                rows = self._rows(kind, *rest)
                page = {"size": 500, "totalElements": len(rows), "totalPages": 1, "number": 1}
                return httpx.Response(200, json={"_embedded": {rest[-1] if rest else kind: rows}, "page": page})
        return httpx.Response(404)

    def _one(self, id: str) -> httpx.Response:
        assert self.scim is not None
        try:
            found = self.scim.user(self._scim_id(id))
        except NotFound:
            return httpx.Response(404)
        return httpx.Response(404) if found.active is False else httpx.Response(200, json=self._person(found))

    def _rows(self, kind: str, id: str = "", _: str = "") -> list[dict[str, Any]]:
        assert self.scim is not None
        if kind == "users":
            return [self._person(user) for user in self.scim.users() if user.active is not False]
        if kind == "teams" and not id:
            return [{"id": self._id(f"g{one.id}"), "name": one.display_name} for one in self.scim.groups()]
        if kind == "teams":
            return [{"id": self._id(member)} for member in self.scim.group(self._scim_id(id)[1:]).members]
        return []

    def _person(self, user: ScimUser) -> dict[str, Any]:
        return {
            "id": self._id(user.id),
            "email": user.user_name,
            "firstName": user.given_name,
            "lastName": user.family_name,
            "role": next(iter(user.roles), "user"),
            "type": "user",
        }


class Routed(httpx.BaseTransport):
    """SCIM to the server, everything else to the REST beside it."""

    def __init__(self, server: httpx.BaseTransport, rest: Rest) -> None:
        self._server, self._rest = server, rest

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return (self._rest if request.url.host == "rest.test" else self._server).handle_request(request)


def connected(server: httpx.BaseTransport, scim_url: str) -> Callable[[], HelpScout]:
    """Makes clients of one server; the first one is REST's own way to it."""
    rest = Rest()

    def client() -> HelpScout:
        made = HelpScout(**ADDRESSES, scim_url=scim_url, per_minute=1_000_000, waits=Waits.none())
        made._client._transport = Routed(server, rest)
        made._client._mounts = {}
        return made

    rest.scim = client().scim
    return client


def scim2_server() -> Callable[[], HelpScout]:
    from scim2_models import ScimProvider
    from scim2_server import memory, service, utils
    from scim2_server.memory import InMemoryStorage
    from scim2_server.testserver.application import BearerTokenApplication
    from scim2_server.utils import (
        load_default_resource_types,
        load_default_schemas,
        load_default_service_provider_config,
    )

    # Its classes for lists are made anew at each request, and take longer than all the rest: here they are kept.
    memory.parametrize = service.parametrize = cache(utils.parametrize)  # type: ignore[assignment,attr-defined]
    provider = ScimProvider.from_discovery(
        load_default_schemas().values(),
        load_default_resource_types().values(),
        config=load_default_service_provider_config(),
    )
    app = BearerTokenApplication(InMemoryStorage(), provider, bearer_tokens=[TOKEN])
    return connected(httpx.WSGITransport(app), "http://scim.test/v2")


@cache
def _django() -> InOneThread:
    return InOneThread(serving.application)


def django_scim2(*, slim: bool) -> Callable[[], HelpScout]:
    """Django is configured once for a process; its shape, and nobody being there, count from now on."""
    server = _django()
    server.do(partial(serving.shaped, slim))
    server.do(serving.emptied)
    return connected(server, "http://scim.test/scim")


def django_forgets(names: list[str]) -> None:
    """Whom a changed django-scim2 keeps."""
    _django().do(partial(serving.forgotten, list(names)))


def scimmy() -> Callable[[], HelpScout]:
    return connected(httpx.HTTPTransport(), os.environ[SCIMMY_AT])
