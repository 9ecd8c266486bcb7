"""The demo's identity provider pushes as Okta does; the page reads what became of it from the record."""

from pathlib import Path
from typing import Any

import pytest

from bot.demo.directories import Account, Directory
from bot.demo.directories.pushing import NotPushed, Provider
from bot.demo.page.panels.record_reader import Pushed, RecordReader
from bot.model.action import Decide
from bot.model.request import Verdict

NINA, JANE = "nina.new@acme.example", "jane@acme.example"


@pytest.fixture
def provider(quiet: Any) -> Provider:
    people = [
        Account(id="00u1", email="jane+okta@acme.example", login=JANE, name="Jane D'Arcy", manager="max@acme.example"),
        Account(id="00u2", email=NINA, name="Nina New"),
        Account(id="00u3", email="max@acme.example", name="Max Brückner"),
    ]
    assigned = [one.id for one in people]
    directory = Directory(accounts=people, groups={"Help Scout": assigned, "Night Shift": ["00u1", "00u2"]})
    return Provider(directory, quiet.clients["okta"], group="Help Scout")


def pushed(quiet: Any, house: Any) -> dict[str, Pushed]:
    quiet.round()
    return {one.address or one.name: one for one in RecordReader(Path(house.target)).pushed()}


def sent(provider: Provider) -> list[str]:
    found = [f"{one.method} {one.status}" for one in provider.pushes]
    provider.pushes.clear()
    return found


def test_who_is_assigned_unassigned_and_renamed_shows_as_wish_card_and_fact(
    quiet: Any, house: Any, provider: Provider
) -> None:
    jane, nina, max = provider.directory.accounts
    provider.unassign(jane)
    assert sent(provider) == ["GET 200", "PUT 200", "PATCH 200"], "whom it hasn't met gets their profile first"
    wish = pushed(quiet, house)[JANE]
    assert (wish.wanted, wish.request, wish.state) == ({"active": False}, "offboard", "pending")
    [request] = quiet.open()
    assert request.plan["assignee_id"] == house.id("max"), "the manager whom it pushed"
    quiet.bot.approvals.apply(Decide(request_id=request.id, actor="UANA", verdict=Verdict.DENY, reason="stays"))
    wish = pushed(quiet, house)[JANE]
    assert (wish.wanted, wish.state) == ({}, "denied")
    provider.assign(nina)
    assert sent(provider) == ["GET 200", "POST 201"]
    wish = pushed(quiet, house)[NINA]
    assert (wish.wanted["active"], wish.subject_id, wish.request) == (True, None, "provision")
    provider.rename(max, name="Max Brückner", email="max.b@acme.example")
    assert sent(provider) == ["GET 200", "PUT 200"]
    wish = pushed(quiet, house)["max.b@acme.example"]
    assert (wish.wanted, wish.request, wish.state) == ({"email": "max.b@acme.example"}, "change", "pending")


def test_a_group_is_pushed_with_those_whom_the_gate_knows(quiet: Any, house: Any, provider: Provider) -> None:
    provider.push_group("Night Shift")
    assert sent(provider) == ["GET 200", "GET 200", "GET 200", "POST 201"]
    wish = pushed(quiet, house)["Night Shift"]
    assert wish.kind == "group"
    [team] = [one for one in quiet.bot.record.teams.all() if one.name == "Night Shift"]
    assert house.id("jane") in {one.user_id for one in quiet.bot.record.teams.members() if one.team_id == team.id}
    provider.push_group("Night Shift")
    provider.delete_group("Night Shift")
    assert sent(provider)[-2:] == ["PATCH 204", "DELETE 204"]
    wish = pushed(quiet, house)["Night Shift"]
    assert (wish.deleted, wish.request, wish.state) == (True, "delete team", "pending")


def test_what_the_gate_refuses_is_said_in_its_words(quiet: Any, provider: Provider) -> None:
    provider.directory.accounts.append(Account(id="00u9", email="olivia@acme.example", name="Olivia Fitzgerald"))
    with pytest.raises(NotPushed, match="owns the Help Scout account"):
        provider.unassign(provider.directory.accounts[-1])
    assert provider.pushes[-1].status == 403
