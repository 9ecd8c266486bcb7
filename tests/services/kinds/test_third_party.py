"""Every kind of request against a SCIM server that somebody else wrote; REST shows what that one says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from bot.helpscout.scim.resources import Operation, ScimUser
from bot.model.request import Kind, Request, State
from bot.model.user import Status
from tests.third_party_scim import TOKEN, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.helpscout.scim.api import Scim
    from tests.services.conftest import Bot, House

JANE, NEW = "jane@acme.example", "nora@acme.example"
NAME = "Ñóra 👩‍🚀 <!channel> *b* ‏مريم"


@dataclass
class Account:
    """The bot, the other server's SCIM, and the people there under their REST ids."""

    house: House
    bot: Bot
    scim: Scim
    people: dict[str, int] = field(default_factory=dict)

    def follow(self, _: str = "") -> None:
        """Have REST show what SCIM says now."""
        there = {user.id: user for user in self.scim.users() if user.active is not False}
        for id in set(self.people) - set(there):
            self.house.sim.remove_person(self.people.pop(id))
        for id, user in there.items():
            fields: dict[str, Any] = {
                "email": user.user_name,
                "first_name": user.given_name,
                "last_name": user.family_name,
                "role": next(iter(user.roles), "user"),
                "job_title": user.title,
                "phone": user.phone,
                "timezone": user.timezone or "UTC",
                "alternate_emails": tuple(user.emails[1:]),
            }
            if id in self.people:
                self.house.sim.change_person(self.people[id], **fields)
            else:
                self.people[id] = self.house.sim.add_person(**fields).id
        names = {group.display_name for group in self.scim.groups()}
        for team in self.house.sim.teams:
            if team.name not in names:
                self.house.sim.account.remove_team(team)

    def asked(self, kind: Kind, *by: str, **arguments: object) -> Request:
        """Opened, approved by these, worked off."""
        outcome = self.bot.open(kind, arguments)
        assert outcome.accepted, outcome.sentence
        assert outcome.request is not None
        for actor in by:
            assert self.bot.approve(outcome.request, actor).accepted
        return self.bot.until(outcome.request, State.DONE, State.ATTENTION, State.STALE)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running() as address:
        yield address


@pytest.fixture
def account(server: str, house: House, request: pytest.FixtureRequest) -> Iterator[Account]:
    """Jane and the teams are there; a bot works. The parameter is HS_BOT_DEPROVISION."""
    how = getattr(request, "param", "delete")
    bot = house.bot(options={"scim_url": server, "scim_token": TOKEN}, deprovision=how)
    scim = bot.helpscout.scim
    assert scim is not None
    person = house.sim.person(JANE)
    made = scim.create_user(
        ScimUser(
            user_name=JANE,
            given_name=person.first_name,
            family_name=person.last_name,
            emails=(JANE, *person.alternate_emails),
            title=person.job_title,
            roles=(person.role,),
            phone="+1 1",
            raw={"nickName": "JD", "phoneNumbers": [{"value": "+1 1"}, {"value": "+1 2", "type": "mobile"}]},
        )
    )
    for team in house.sim.teams:
        scim.create_group(team.name, [made.id] if person.id in team.members else [])
    account = Account(house, bot, scim, {made.id: person.id})
    bot.at = account.follow
    bot.runner.start()
    yield account
    bot.runner.stop(5)
    for group in scim.groups():
        scim.delete_group(group.id)
    for user in scim.users():
        scim.delete_user(user.id)


def test_a_new_person_gets_seat_role_and_teams(account: Account) -> None:
    team = account.house.sim.teams[0]
    wanted = {"email": NEW, "first_name": NAME, "last_name": "x" * 200, "role": "admin", "team_ids": [team.id]}
    row = account.asked(Kind.PROVISION, "UANA", "UBO", **wanted)
    assert row.state is State.DONE, row.outcome
    made = account.scim.find_user(NEW)
    assert made is not None
    assert (made.given_name, made.family_name, made.roles) == (NAME, "x" * 200, ("admin",))
    (group,) = [group for group in account.scim.groups() if group.display_name == team.name]
    assert made.id in group.members
    (known,) = account.bot.record.users.by_email(NEW)
    assert (known.user.first_name, known.scim_id, known.status) == (NAME, made.id, Status.ACTIVE)


def test_somebody_is_offboarded_and_restored_with_their_conversations(account: Account) -> None:
    house, taker = account.house, account.house.id("max")
    before = {one.id for one in house.sim.conversations_of(JANE)}
    row = account.asked(Kind.OFFBOARD, "UANA", target_id=house.id("jane"), assignee_id=taker)
    assert row.state is State.DONE, row.outcome
    assert account.scim.find_user(JANE) is None
    row = account.asked(Kind.RESTORE, "UANA", target_id=row.target_id, hand_back=True)
    assert row.state is State.DONE, row.outcome
    back = account.scim.find_user(JANE)
    assert back is not None
    assert (back.given_name, back.family_name, back.title) == ("Jane", "D'Arcy", "Senior Support Engineer")
    teams = {team.name for team in account.bot.record.teams.of_user(account.people[back.id])}
    assert {group.display_name for group in account.scim.groups() if back.id in group.members} == teams != set()
    assert {one.id for one in house.sim.conversations_of(JANE)} == before


@pytest.mark.parametrize("account", ["deactivate"], indirect=True)
def test_who_was_deactivated_is_woken_up_as_who_is_asked_for(account: Account) -> None:
    (id,) = account.people
    row = account.asked(Kind.OFFBOARD, "UANA", target_id=account.house.id("jane"))
    assert row.state is State.DONE, row.outcome
    assert account.scim.user(id).active is False
    wanted = {"email": JANE, "first_name": "Janet", "last_name": "Šimek", "role": "admin", "job_title": "Lead"}
    row = account.asked(Kind.PROVISION, "UANA", "UBO", **wanted)
    assert row.outcome == "Janet Šimek has a seat in Help Scout."
    (woken,) = account.scim.users()
    assert (woken.id, woken.active, woken.given_name, woken.family_name) == (id, True, "Janet", "Šimek")
    assert (woken.roles, woken.title) == (("admin",), "Lead")
    assert woken.emails == (JANE, "jane.darcy@acme.example")
    assert woken.raw["nickName"] == "JD", "what the bot does not know stays"


def test_who_is_deactivated_over_scim_while_rest_still_shows_them_is_not_touched(account: Account) -> None:
    (id,) = account.people
    account.bot.at = lambda _: None
    jane = account.house.id("jane")
    outcome = account.bot.ask(jane)
    assert outcome.request is not None
    account.scim.set_active(id, False)
    account.bot.approve(outcome.request)
    row = account.bot.until(outcome.request, State.STALE, State.DONE, State.ATTENTION)
    assert "deactivated over SCIM, though REST still shows them" in row.outcome
    assert row.state is State.STALE
    again = account.bot.ask(jane)
    assert not again.accepted
    assert "is already deactivated over SCIM" in again.sentence


def test_somebody_is_changed_and_keeps_what_was_not_asked_for(account: Account) -> None:
    jane = account.house.id("jane")
    row = account.asked(
        Kind.CHANGE, target_id=jane, first_name=NAME, job_title="", phone="+1 555", timezone="Asia/Tokyo"
    )
    assert row.state is State.DONE, row.outcome
    row = account.asked(Kind.CHANGE, "UANA", "UBO", target_id=jane, email="j@acme.example", role="admin")
    assert row.outcome == f"{NAME} D'Arcy was changed."
    (after,) = account.scim.users()
    assert (after.user_name, after.emails) == ("j@acme.example", ("j@acme.example", "jane.darcy@acme.example"))
    assert (after.given_name, after.family_name, after.title, after.phone) == (NAME, "D'Arcy", "", "+1 555")
    assert (after.roles, after.timezone, after.raw["nickName"]) == (("admin",), "Asia/Tokyo", "JD")
    assert [number["value"] for number in after.raw["phoneNumbers"]] == ["+1 555", "+1 2"]


def test_an_alternate_address_that_becomes_the_first_one_is_there_once(account: Account) -> None:
    row = account.asked(Kind.CHANGE, "UANA", target_id=account.house.id("jane"), email="jane.darcy@acme.example")
    assert row.state is State.DONE, row.outcome
    (after,) = account.scim.users()
    assert after.user_name == "jane.darcy@acme.example"
    assert [entry["value"] for entry in after.raw["emails"]] == ["jane.darcy@acme.example"]


@pytest.mark.parametrize("side", ["SCIM", "REST"])
def test_a_team_that_is_called_otherwise_on_either_side_is_not_deleted(side: str, account: Account) -> None:
    team = account.house.sim.teams[0]
    account.bot.at = lambda _: None
    outcome = account.bot.open(Kind.DELETE_TEAM, {"target_id": team.id})
    assert outcome.request is not None
    if side == "SCIM":
        renamed = Operation(op="replace", path="displayName", value="Nobody's")
        account.scim.patch_group(str(outcome.request.plan["scim_id"]), [renamed])
    else:
        account.house.sim.account.rename_team(team, "Nobody's")
    account.bot.approve(outcome.request)
    row = account.bot.until(outcome.request, State.STALE, State.DONE, State.ATTENTION)
    assert (row.state, "now called Nobody's" in row.outcome) == (State.STALE, True)
    assert len(account.scim.groups()) == len(account.house.sim.teams)


def test_of_two_groups_of_one_name_the_one_with_the_teams_members_is_the_team(account: Account) -> None:
    (jane,) = account.people
    teams = {team.name: team for team in account.house.sim.teams}
    mine = next(team for team in teams.values() if account.people[jane] in team.members)
    other = next(team for team in teams.values() if team is not mine)
    for name in (mine.name, other.name):
        account.scim.create_group(name)
    outcome = account.bot.open(Kind.DELETE_TEAM, {"target_id": mine.id})
    assert outcome.request is not None, outcome.sentence
    assert account.scim.group(outcome.request.plan["scim_id"]).members == {jane}
    refused = account.bot.open(Kind.DELETE_TEAM, {"target_id": other.id})  # both are empty: it can't be told which
    assert not refused.accepted
    assert "exactly one group" in refused.sentence


def test_a_team_that_was_renamed_since_is_the_same_one_to_come_back_to(account: Account) -> None:
    house = account.house
    row = account.asked(Kind.OFFBOARD, "UANA", target_id=house.id("jane"))
    team = account.bot.record.teams.of_user(int(row.target_id or 0))[0]
    group = next(group for group in account.scim.groups() if group.display_name == team.name)
    account.bot.record.teams.set_scim_id(team.id, group.id)
    account.scim.patch_group(group.id, [Operation(op="replace", path="displayName", value="Called otherwise")])
    house.sim.account.rename_team(house.sim.team(team.name), "Called otherwise")
    row = account.asked(Kind.RESTORE, "UANA", target_id=row.target_id)
    assert row.state is State.DONE, row.outcome
    back = account.scim.find_user(JANE)
    assert back is not None
    assert back.id in account.scim.group(group.id).members


def test_a_team_is_deleted(account: Account) -> None:
    team = account.house.sim.teams[0]
    row = account.asked(Kind.DELETE_TEAM, "UANA", target_id=team.id)
    assert row.state is State.DONE, row.outcome
    assert team.name not in {group.display_name for group in account.scim.groups()}
