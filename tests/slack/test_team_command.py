"""`/hs-team`: over SCIM Groups, with what is so written into the record, its changes and the audit log."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.demo.helpscout import Fault, SimulatedHelpScout
from bot.demo.slack import Message
from bot.demo.slack.reading import shown_text
from bot.model.change import ChangeKind
from bot.model.request import Kind, State
from bot.services.teams import Teams
from bot.slack.views.text import JOINER
from tests.slack.conftest import JANE, Room


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests change it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


def shown(room: Room, who: str, line: str, words: str) -> Message:
    answer = room.slack.command(who, line)
    room.until(lambda: words in answer.shown)
    return answer.message


def other_team(room: Room) -> str:
    """A team that Jane is not in."""
    mine = {team.name for team in room.directory.teams_of(room.person().id)}
    return next(team.name for team in room.directory.teams() if team.name not in mine)


@pytest.mark.parametrize(
    ("line", "form"),
    [
        ("add", "add WHO TEAM"),
        (f"add {JANE}", "add WHO TEAM"),
        ("add nobody@else.example Onboarding", "add WHO TEAM"),
        (f"remove {JANE} Nowhere", "remove WHO TEAM"),
    ],
)
def test_a_wrong_argument_gets_the_usage_line_also_when_it_is_found_out_later(room: Room, line: str, form: str) -> None:
    assert f"`/hs-team {form}`" in shown(room, "max", f"/hs-team {line}", form).shown


def test_list_and_show_tell_who_is_in_which_team(room: Room) -> None:
    teams = room.directory.teams()
    page = shown(room, "max", "/hs-team list", "team")
    assert teams[0].name in page.shown
    card = shown(room, "max", f"/hs-team show {teams[0].name}", "member")
    some = room.directory.listing(team=teams[0], limit=1).rows[0]
    assert some.user.email in card.shown


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("👩\u200d💻 Tech", "👩\u200d💻 Tech"),
        ("👩\u200d💻 Tech", "👩💻 tech"),
        ("🚀 Launch", ":rocket: Launch"),
        ("“VIP” desk", "“VIP” desk"),
        ("“VIP” desk", '"VIP" desk'),
        ("“VIP” desk", '"“VIP” desk"'),
        ("R&D <core>", "R&D <core>"),
        ("R&D <core>", '"R&D <core>"'),
        ("Tier 2: Billing", "Tier 2: Billing"),
        ("Kids\u200b Club", "Kids Club"),
        ("Ops\u00a0Night", "ops night"),
        ("Équipe", "equipe"),
    ],
)
def test_a_team_is_found_by_its_name_however_it_is_typed(cold: Room, name: str, typed: str) -> None:
    team = cold.helpscout.teams[0]
    before, team.name = team.name, name
    try:
        room = cold.warm().connect()
        for line in (f"/hs-team show {typed}", f"/hs-user list team:{typed}", f"/hs-team add max@acme.example {typed}"):
            said = room.slack.command("ana", line)
            room.slack.wait_until(lambda said=said: any(w in said.shown for w in ("members", "1–", " is in ", " now")))  # type: ignore[misc]
            assert "There is no team" not in said.shown
    finally:
        team.name = before


def test_a_new_team_is_called_what_was_typed(room: Room) -> None:
    for typed, name in ((":tada: Events", "🎉 Events"), ("👩\u200d💻 <core> & “VIP”", "👩\u200d💻 <core> & “VIP”")):
        room.slack.command("ana", f"/hs-team create {typed}").wait("was made")
        assert name in [team.name for team in room.helpscout.teams]
    assert "There is a team" in room.slack.command("ana", "/hs-team create 🎉  EVENTS").wait("already").shown


def test_the_list_leads_to_a_team_and_the_team_to_its_deletion(room: Room) -> None:
    page = shown(room, "rita", "/hs-team list", "team")
    name = room.directory.teams()[0].name
    room.slack.click("rita", page, "Show")
    room.until(lambda: "puts somebody in" in page.shown)
    assert name in page.shown
    form = room.slack.click("rita", page, "Delete…").wait_for_view()
    assert name in shown_text(form.blocks)


def test_somebody_is_put_into_a_team_and_taken_out_again(room: Room) -> None:
    name, jane = other_team(room), room.person()
    assert "is in" in shown(room, "rita", f"/hs-team add {JANE} {name}", "now").shown
    assert name in {team.name for team in room.directory.teams_of(jane.id)}
    assert jane.id in room.helpscout.team(name).members
    assert "already" in shown(room, "rita", f"/hs-team add {JANE} {name}", "already").shown
    out = shown(room, "rita", f"/hs-team remove {JANE} {name}", "no longer")
    room.slack.click("rita", out, "Show the team")
    room.until(lambda: "Delete…" in out.shown)
    assert jane.id not in room.helpscout.team(name).members
    kinds = [change.kind for change in room.record.changes.of_user(jane.id, limit=2, offset=0)]
    assert kinds == [ChangeKind.TEAM_LEFT, ChangeKind.TEAM_JOINED]
    lines = room.record.audit.entries(user_id=jane.id, newest_first=False)
    events = ["team.add.sending", "team.member_added", "team.remove.sending", "team.member_removed"]
    assert [(line.event, line.actor) for line in lines] == [(event, room.id("rita")) for event in events]


def test_a_team_is_made_once_also_when_the_answer_is_lost(room: Room) -> None:
    room.helpscout.faults.add(fault=Fault.DROPPED_AFTER, match="POST /scim/Groups")
    shown(room, "rita", "/hs-team create Night Shift", "was made")
    assert "already" in shown(room, "rita", "/hs-team create night shift", "already").shown
    assert sum(team.name == "Night Shift" for team in room.helpscout.teams) == 1


def test_deleting_a_team_asks_a_second_person(room: Room) -> None:
    name = room.directory.teams()[0].name
    answer = room.slack.command("rita", f"/hs-team delete {name}")
    room.until(lambda: answer.view is not None)
    assert answer.view is not None
    room.slack.submit(answer.view, {"Reason": "merged into another"})
    room.until(lambda: room.record.requests.find(kinds={Kind.DELETE_TEAM}))
    (request,) = room.record.requests.find(kinds={Kind.DELETE_TEAM})
    assert (request.state, request.requester, request.reason) == (
        State.PENDING,
        room.id("rita"),
        "merged into another",
    )
    assert "Cancel" in room.slack.wait_for(lambda: room.told("rita"), request.id).shown
    assert not room.slack.dms("rita"), "it is said where the form was opened"
    room.work_off()
    assert name in {team.name for team in room.helpscout.teams}, "nobody has approved it yet"
    room.decide(request, "ana")
    room.work_off()
    assert name not in {team.name for team in room.helpscout.teams}
    assert name not in {team.name for team in room.record.teams.all()}


def test_a_team_that_somebody_asked_for_already_shows_that_request(room: Room) -> None:
    name = room.directory.teams()[0].name
    for who in ("rita", "max"):
        view = room.slack.command(who, f"/hs-team delete {name}").wait_for_view()
        room.slack.submit(view, {"Reason": "merged into another"})
        room.until(lambda view=view: view.closed or view.errors)  # type: ignore[misc]
    (request,) = room.record.requests.find(kinds={Kind.DELETE_TEAM})
    assert request.id in view.errors["reason"]
    assert request.id in room.slack.wait_for(lambda: room.told("max"), "merged into another").shown


def test_who_may_not_open_requests_may_not_change_teams_and_it_is_recorded(room: Room) -> None:
    room.requesters = (room.id("rita"),)
    room.workspace._requesters = room.requesters
    name = other_team(room)
    assert "who may change teams" in shown(room, "max", f"/hs-team add {JANE} {name}", "who may").shown
    assert room.person().id not in room.helpscout.team(name).members
    assert [entry.event for entry in room.record.audit.entries(user_id=room.person().id)] == ["team.add.failed"]


def test_one_person_takes_only_so_many_people_out_of_teams_in_an_hour(cold: Room) -> None:
    cold.settings["teams"] = Teams(cold.record, cold.client, cold.workspace, max_per_hour=2)
    room = cold.warm().connect()
    team = next(one for one in room.helpscout.teams if len(one.members) > 3)
    people = [room.helpscout.person(id).email for id in sorted(team.members)[:3]]
    ids = {"rita": "RITA@acme.example", "max": "rita+2@acme.example"}  # Max's account is another one of Rita's
    for handle, address in ids.items():
        room.slack.people[handle].email = address
    room.ticks += 61
    for handle, email in zip(ids, people, strict=False):
        assert "no longer" in shown(room, handle, f"/hs-team remove {email} {team.name}", "no longer").shown
    for handle in ids:
        assert "that is the most" in shown(room, handle, f"/hs-team remove {people[2]} {team.name}", "the most").shown
    assert "no longer" in shown(room, "ana", f"/hs-team remove {people[2]} {team.name}", "no longer").shown
    told = [item.payload["sentence"] for item in room.record.outbox.claim("t", room.record.now(), timedelta(0))]
    assert len(told) == 3
    assert f"out of the team {team.name}" in str(told[0])


FORMS = ("show TEAM", "add WHO TEAM", "remove WHO TEAM", "create NAME", "delete TEAM")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("add", "Who?"),
        (f"add {JANE}", "Give a person and a team"),
        (f"add {JANE} Nowhere", "There is no team"),
        ("remove nobody@nowhere.example Support", "Nobody with a seat"),
        ("show", "show TEAM"),
        ("create", "create NAME"),
        ("sho Onboarding", "Did you mean"),
    ],
)
def test_a_wrong_argument_gets_a_sentence_and_the_usage(room: Room, line: str, words: str) -> None:
    said = shown(room, "rita", f"/hs-team {line}", words).shown
    form = next((form for form in FORMS if form.split()[0] == line.split()[0]), "list")
    assert f"/hs-team {form}" in said
    assert f"{JOINER}`" not in said, "what one would type is in code, not between bare backticks"


@pytest.mark.parametrize(("fault", "words"), [(Fault.UNAUTHORIZED, "token"), (Fault.FORBIDDEN, "pro plan")])
def test_a_refused_token_or_plan_is_said_as_what_it_means(room: Room, fault: Fault, words: str) -> None:
    room.helpscout.faults.add(fault=fault, match="/scim/*", times=None)
    answer = room.slack.command("rita", f"/hs-team add {JANE} {other_team(room)}")
    room.until(lambda: answer.shown)
    room.helpscout.faults.clear()
    assert "SCIM" in answer.shown
    assert words in answer.shown.lower()
