"""A running simulated Help Scout and a client that holds its tokens."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any, TypeAlias

import httpx
import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.helpscout.scim.groups import GROUP
from bot.demo.helpscout.scim.patch import PATCH_OP
from bot.demo.helpscout.scim.user import USER


class Client:
    """Asks one simulation over real HTTP. `rest` and `scim` carry their tokens; `plain` carries none."""

    def __init__(self, sim: SimulatedHelpScout, stack: ExitStack) -> None:
        self.sim = sim
        scim_headers = {"Authorization": f"Bearer {sim.scim_token}", "Content-Type": "application/scim+json"}
        # verify=False: nothing here speaks TLS, and reading the authorities' certificates takes most of a short test.
        self.plain = stack.enter_context(httpx.Client(base_url=sim.url, timeout=10, verify=False))
        self.rest = stack.enter_context(httpx.Client(base_url=sim.api_url, timeout=10, verify=False))
        self.scim = stack.enter_context(
            httpx.Client(base_url=sim.scim_url, headers=scim_headers, timeout=10, verify=False)
        )
        self.renew()

    def renew(self) -> None:
        self.rest.headers["Authorization"] = f"Bearer {self.sim.access_token()}"

    def page(self, path: str, **query: object) -> dict[str, Any]:
        answer = self.rest.get(path, params={name: str(value) for name, value in query.items()})
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        return body

    def everybody(self) -> list[dict[str, Any]]:
        """All rows of `GET /users`, page by page."""
        rows: list[dict[str, Any]] = []
        number = pages = 1
        while number <= pages:
            body = self.page("/users", page=number)
            rows += body["_embedded"]["users"]
            pages = body["page"]["totalPages"]
            number += 1
        return rows

    def find_scim(self, email: str) -> dict[str, Any] | None:
        answer = self.scim.get("/Users", params={"filter": f'userName eq "{email}"'})
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["Resources"]
        return found[0] if found else None

    def patch_user(self, scim_id: str, *operations: Mapping[str, object]) -> httpx.Response:
        return self.scim.patch(f"/Users/{scim_id}", json={"schemas": [PATCH_OP], "Operations": operations})

    def patch_group(self, scim_id: str, *operations: Mapping[str, object]) -> httpx.Response:
        return self.scim.patch(f"/Groups/{scim_id}", json={"schemas": [PATCH_OP], "Operations": operations})

    def create_user(self, email: str, **attributes: object) -> httpx.Response:
        name = {"givenName": "Nova", "familyName": "Newcomer"}
        return self.scim.post("/Users", json={"schemas": [USER], "userName": email, "name": name, **attributes})

    def create_group(self, name: str, *members: str) -> httpx.Response:
        values = [{"value": member} for member in members]
        return self.scim.post("/Groups", json={"schemas": [GROUP], "displayName": name, "members": values})


Connect: TypeAlias = Callable[..., Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """`connect(people=…, reading=…)` starts a simulation and returns its client; all end with the test."""
    with ExitStack() as stack:
        yield lambda **options: Client(stack.enter_context(SimulatedHelpScout(**{"people": 120} | options)), stack)


@pytest.fixture
def client(connect: Connect) -> Client:
    """120 rows, the guide's reading, no limit."""
    return connect()
