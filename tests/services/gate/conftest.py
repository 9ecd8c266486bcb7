"""An identity provider in front of a bot: the gate's own WSGI application, the engine, and a simulated Help Scout."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from bot.gate import PREFIX
from bot.gate.reading import LARGEST
from bot.gate.tokens import Tokens
from bot.model.outbox import Topic
from bot.model.request import OPEN, Request
from bot.policy.people.provider import provider
from bot.services.teams import Teams
from bot.services.wishes.asking import Asking
from bot.services.wishes.groups import Groups
from bot.services.wishes.pursuit import Pursuit
from bot.services.wishes.pushes import Pushes
from bot.services.wishes.roster import Roster
from bot.slack.transport.http import Site
from bot.slack.transport.server import HttpServer

OKTA, ENTRA = "okta-token-for-the-tests", "entra-token-for-the-tests"
BASE = "https://hs-bot.example/scim/v2"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass
class Provider:
    """`bot` is the fixtures' engine; a push is answered, and `round` brings about what was pushed."""

    bot: Any
    guard: float = 0.10
    protected: frozenset[str] = frozenset()
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from bot.gate.site import Gate  # here: SCIM's models take a second to read, and every worker reads this file

        record, workspace = self.bot.record, self.bot.workspace
        workspace.people |= {name: provider(name) for name in ("okta", "entra")}
        self.roster = Roster(record)
        teams = Teams(record, self.bot.helpscout, workspace)
        groups = self.groups = Groups(record, self.roster, teams, self.bot.approvals)
        asking = Asking(record, self.bot.approvals, self.roster, groups, guard=self.guard)
        self.pursuit = Pursuit(record, self.bot.approvals, asking, groups, owner="test")
        pushes = Pushes(record, self.roster, protected=self.protected)
        self.gate = Gate(Tokens([("okta", OKTA), ("entra", ENTRA)]), self.roster, pushes)
        for name, token in (("okta", OKTA), ("entra", ENTRA), ("wrong", "wrong")):
            self.clients[name] = httpx.Client(
                transport=httpx.WSGITransport(app=self.gate, raise_app_exceptions=True),
                base_url=BASE,
                headers={"Authorization": f"Bearer {token}"},
            )

    def send(self, method: str, path: str, body: object = None, *, by: str = "okta", **more: Any) -> httpx.Response:
        answer = self.clients[by].request(method, f"{BASE}{path}", json=body, **more)
        assert answer.status_code != 500, answer.text
        return answer

    def find(self, address: str, *, by: str = "okta") -> dict[str, Any]:
        """The one resource with this userName."""
        answer = self.send("GET", "/Users", params={"filter": f'userName eq "{address}"'}, by=by).json()
        assert answer["totalResults"] == 1, answer
        found: dict[str, Any] = answer["Resources"][0]
        return found

    def patch(self, path: str, *operations: dict[str, Any], by: str = "okta") -> httpx.Response:
        schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
        return self.send("PATCH", path, {"schemas": schemas, "Operations": list(operations)}, by=by)

    def unassign(self, id: object, *, by: str = "okta") -> httpx.Response:
        return self.patch(f"/Users/{id}", {"op": "replace", "value": {"active": False}}, by=by)

    def leavers(self, count: int) -> list[str]:
        """Resource ids of so many plain users, always the same first."""
        page = self.send("GET", "/Users", params={"count": "1000", "sortBy": "userName"}).json()["Resources"]
        plain = [one for one in page if [role["value"] for role in one.get("roles", [])] == ["user"]]
        return [str(one["id"]) for one in plain[:count]]

    def round(self) -> None:
        self.pursuit.round()

    def requests(self) -> list[Request]:
        found: list[Request] = self.bot.record.requests.find(limit=None)
        return found

    def open(self) -> list[Request]:
        return [one for one in self.requests() if one.state in OPEN]

    def told(self) -> list[str]:
        """The sentences that the channel is owed."""
        return [str(item.payload.get("sentence", "")) for item in self.bot.owed(Topic.WARNING)]


@pytest.fixture
def okta_of(bot: Any) -> Callable[..., Provider]:
    return lambda **more: Provider(bot, **more)


@pytest.fixture
def okta(bot: Any) -> Provider:
    """A running bot behind the gate."""
    return Provider(bot)


@pytest.fixture
def quiet(idle: Any) -> Provider:
    """The same with nothing carried out: what is approved stays where it is."""
    return Provider(idle)


@pytest.fixture
def address(quiet: Any) -> Iterator[str]:
    """The gate's address on loopback."""
    site = Site(None, signing_secret="", mounted={PREFIX: quiet.gate})  # type: ignore[arg-type]  # no Slack here
    server = HttpServer(site, port=0, host="127.0.0.1", below={PREFIX: LARGEST})
    server.start()
    yield f"http://127.0.0.1:{server.port}{PREFIX}"
    server.stop()
