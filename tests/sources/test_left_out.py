"""Lists that leave something out without saying so: members who are no addresses, and pages that expired."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

from bot.demo.directories import SimulatedDirectories
from bot.sources import entra
from bot.sources.errors import Away, NotAllowed
from tests.sources.conftest import Make, raw


def _instead(where: str, body: object, status: int = 200) -> Callable[[BaseHTTPRequestHandler, str], bool]:
    """What is answered at addresses with `where` in them."""

    def answer(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if where in handler.path:
            raw(handler, status, json.dumps(body).encode())
        return where in handler.path

    return answer


def test_googles_member_that_is_the_whole_account_stands_for_everybody(make: Make, world: SimulatedDirectories) -> None:
    members = [{"id": "C01", "type": "CUSTOMER"}, {"id": "id2", "type": "USER", "email": "person2@acme.example"}]
    world.fault = _instead("/members", {"members": members})
    people = make("google", group="Help Scout", also=("hs@acme.example",)).read().people
    assert {one.id for one in people} == {f"id{n}" for n in range(450)}
    assert all(one.groups == {"hs@acme.example"} for one in people)


def test_a_member_whom_entra_tells_nothing_of_makes_its_group_unreadable(
    make: Make, world: SimulatedDirectories
) -> None:
    hidden = {"@odata.type": "#microsoft.graph.user", "id": "id4", "mail": None, "userPrincipalName": None}
    world.fault = _instead("/transitiveMembers", {"value": [hidden]})
    with pytest.raises(NotAllowed, match=r"without telling who they are.*User\.Read\.All"):
        make("entra", group="Help Scout").read()


@pytest.mark.parametrize(("name", "later"), [("okta", "after="), ("entra", "skiptoken="), ("google", "pageToken=")])
def test_a_page_that_expired_is_no_fault_of_the_configuration(
    make: Make, world: SimulatedDirectories, monkeypatch: pytest.MonkeyPatch, name: str, later: str
) -> None:
    monkeypatch.setattr(entra, "PAGE", "100")
    world.fault = _instead(later, {"error": {"code": "Directory_ExpiredPageToken"}}, 400)
    with pytest.raises(Away, match=r"a later page of its list \(400\).*read again at the next interval"):
        make(name, group="Help Scout").read()
