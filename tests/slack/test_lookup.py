"""`/hs-user lookup WHO`: a card, a choice, near misses or a tombstone; at once, the rest filled in."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.demo.slack import Message
from bot.model.request import State, Verdict
from bot.model.user import Status
from bot.slack.api.allowance import Allowance
from bot.slack.commands.user import COUNTS
from bot.slack.handling.work.filling import Filling
from bot.slack.handling.work.worker import Worker
from tests.slack.conftest import JANE, Room


def counted(message: Message) -> bool:
    return "15 conversations" in message.shown


@pytest.mark.parametrize(
    "who",
    [
        "jane@acme.example",
        "JANE@Acme.Example,",
        "“jane@acme.example”",
        "jane\u00a0",
        "jane.darcy@acme.example",
        "101100",
        "Jane D'Arcy",
        "jane d’arcy",
        "darcy",
    ],
)
@pytest.mark.parametrize("line", ["/hs-user lookup {}", "/hs-user {}"])
def test_a_person_is_found_however_they_are_typed(room: Room, line: str, who: str) -> None:
    answer = room.slack.command("max", line.format(who))
    assert "Senior Support Engineer" in answer.shown


def test_text_that_slack_did_not_escape_is_understood_too(room: Room) -> None:
    room.slack.escape = False
    assert "Senior Support Engineer" in room.slack.command("max", "/hs-user jane@acme.example").shown


def test_a_slack_mention_leads_to_the_person_with_that_address(room: Room) -> None:
    assert "Brückner" in room.slack.command("rita", "/hs-user @max").wait("Brückner").shown


def test_a_slack_mention_of_somebody_without_a_seat_says_so(room: Room) -> None:
    answer = room.slack.command("rita", "/hs-user @dora")
    assert "Nobody in Help Scout has dora@acme.example" in answer.wait("Nobody").shown


def test_the_card_has_every_field_teams_and_what_one_would_do_next(room: Room) -> None:
    user = room.person().user
    shown = room.slack.command("max", f"/hs-user {JANE}").shown
    for value in (
        user.name, user.email, user.role, user.timezone, user.job_title, *user.alternate_emails, f"@{user.mention}",
        user.initials, str(user.id), "created", "updated", "In Help Scout as of", "Onboarding", "Offboard", "History",
    ):  # fmt: skip
        assert value in shown


def test_the_card_leads_to_the_history_and_the_history_back_to_the_card(room: Room) -> None:
    card = room.slack.command("max", f"/hs-user {JANE}").message
    answer = room.slack.click("max", card, "History")
    history = answer.wait("History of Jane D'Arcy")
    assert "had a seat when the record began" in history.shown
    assert "jane@acme.example" in room.slack.click("max", history, "Show").wait("jane@acme.example").shown


def test_open_conversations_and_the_slack_profile_are_filled_into_the_same_message(room: Room) -> None:
    answer = room.slack.command("rita", "/hs-user max@acme.example")
    assert "…" in answer.message.shown
    filled = answer.wait("Max Brückner")
    room.slack.wait_until(
        lambda: "…" not in filled.shown.replace("Offboard…", "").replace("Change…", "").replace("Set an end…", "")
    )
    assert len(answer.messages) == 1, "the same message"
    assert "conversation" in filled.shown


def test_a_slow_help_scout_does_not_keep_the_answer_waiting(room: Room) -> None:
    held = room.helpscout.faults.hold("GET /conversations*")
    try:
        answer = room.slack.command("max", f"/hs-user {JANE}")
        assert answer.milliseconds < 1000
        assert "Senior Support Engineer" in answer.shown
    finally:
        held.release()
    answer.wait(counted)


def test_when_help_scout_fails_the_card_stands_and_says_what_is_not_known(room: Room) -> None:
    room.helpscout.behaviour.latency = 0.0
    room.client.close()
    answer = room.slack.command("max", f"/hs-user {JANE}")
    assert "Senior Support Engineer" in answer.wait("not known").shown


def test_a_picture_that_slack_cannot_fetch_costs_only_the_picture(room: Room) -> None:
    room.slack.faults.server_error("response_url", status=400)
    answer = room.slack.command("max", f"/hs-user {JANE}")
    assert "Senior Support Engineer" in answer.wait(counted).shown


def test_several_people_make_a_list_and_a_button_shows_one(room: Room) -> None:
    answer = room.slack.command("max", "/hs-user a")
    listed = answer.wait("Which one?")
    assert listed.shown.count("Show") > 1
    clicked = room.slack.click("max", listed, "Show")
    assert "In Help Scout as of" in clicked.wait("In Help Scout as of").shown
    assert clicked.message is listed, "the card takes the place of the list"


@pytest.mark.parametrize("who", ["Jane Darzy", "jnae", "jane@acme.exmaple"])
def test_the_only_one_who_comes_near_is_a_card_that_says_so(room: Room, who: str) -> None:
    answer = room.slack.command("max", f"/hs-user {who}")
    assert f"Help Scout id {room.person().id}" in answer.wait(counted).shown
    assert f"Closest match for *{who}*:" in answer.shown, "also when the card has been filled in"


@pytest.mark.parametrize("who", ["jane", "Jane D'Arcy", "jnae"])
def test_who_has_just_been_offboarded_is_found_as_before(room: Room, who: str) -> None:
    room.record.users.mark_gone(room.person().id, Status.OFFBOARDED, room.record.now(), None)
    shown = room.slack.command("max", f"/hs-user {who}").shown
    assert "No longer in Help Scout" in shown
    assert "Offboard…" not in shown


def test_one_who_is_there_and_one_who_left_are_a_list_of_both(room: Room) -> None:
    other = next(row for row in room.record.users.by_status() if row.user.is_person and row.id != room.person().id)
    left = replace(other, user=replace(other.user, first_name="Jane", last_name="D'Arcy"))
    room.record.users.put([left])
    room.record.users.mark_gone(left.id, Status.REMOVED, room.record.now(), None)
    shown = room.slack.command("max", "/hs-user jane d'arcy").wait("Which one?").shown
    assert "2 people match" in shown
    assert shown.index("jane@acme.example") < shown.index("Already left Help Scout")


def test_a_misspelt_sub_command_is_guessed(room: Room) -> None:
    for typed, meant in (
        ("look up jane d'arcy", "/hs-user lookup jane d'arcy"),
        ("lokup jane d'arcy", "/hs-user lookup jane d'arcy"),
        ("serach jane", "/hs-user search jane"),
        ("lst role:admin", "/hs-user list role:admin"),
        ("exprt json", "/hs-user export json"),
        ("hepl", "/hs-user help"),
    ):
        shown = room.slack.command("max", f"/hs-user {typed}").wait("Did you mean").shown
        assert f"Did you mean `{meant}`?" in shown, typed


@pytest.mark.parametrize("typed", ["lokup zzzz", "look up zzzz", "serach qqqqqqqq", "lst foo:bar", "lst team:nowhere"])
def test_nothing_is_suggested_that_leads_nowhere(room: Room, typed: str) -> None:
    shown = room.slack.command("max", f"/hs-user {typed}").wait("atch").shown
    assert "/hs-user l" not in shown
    assert "/hs-user search qqq" not in shown


@pytest.mark.parametrize("line", ["/hs-user lookup", "/hs-user lookup #general", "/hs-user lookup ,,"])
def test_a_wrong_argument_gets_the_usage_line(room: Room, line: str) -> None:
    assert "/hs-user lookup WHO" in room.slack.command("max", line).shown


@pytest.mark.parametrize("line", ["/hs-user", "/hs-user help", "/hs-user HELP"])
def test_help_lists_every_form(room: Room, line: str) -> None:
    shown = room.slack.command("max", line).shown
    for form in ("lookup WHO", "search TEXT", "history WHO", "help"):
        assert form in shown


def test_help_explains_who_only_where_there_is_one(room: Room) -> None:
    assert "WHO is" in room.slack.command("max", "/hs-team help").shown
    assert "WHO is" not in room.slack.command("max", "/hs-status help").shown


def test_somebody_who_left_outside_the_bot_has_a_tombstone_with_an_alarm(room: Room) -> None:
    jane = room.person()
    room.record.users.mark_gone(jane.id, Status.REMOVED, room.record.now(), None)
    shown = room.slack.command("max", f"/hs-user {JANE}").shown
    assert "No longer in Help Scout" in shown
    assert "without a request" in shown
    assert "Offboard…" not in shown


def test_a_tombstone_says_when_how_who_asked_and_who_approved(room: Room) -> None:
    request = room.open(reason="left the company")
    room.decide(request, "ana")
    room.record.requests.transition(
        request.id, from_states={State.APPROVED}, to=State.DONE, finished_at=room.record.now()
    )
    room.record.users.mark_gone(room.person().id, Status.OFFBOARDED, room.record.now(), request.id)
    shown = room.slack.command("max", f"/hs-user {JANE}").shown
    for words in ("offboarded by a request", "Rita", "Ana", "left the company", request.id):
        assert words in shown


def test_an_answer_that_is_old_says_how_old(room: Room) -> None:
    room.clock.ahead = timedelta(hours=2)
    assert "2 hours" in room.slack.command("max", f"/hs-user {JANE}").shown


def test_before_everybody_is_read_an_exact_look_up_is_answered_at_once(cold: Room) -> None:
    cold.sync.run("start")
    cold.workspace.member(cold.id("max"))
    cold.workspace.shared(cold.slack.channel("access").id)
    cold.connect()
    answer = cold.slack.command("max", f"/hs-user {JANE}")
    assert answer.reply is not None
    assert b"Senior Support Engineer" in answer.reply.body


def test_looking_somebody_up_sends_them_nothing(room: Room) -> None:
    room.slack.command("rita", "/hs-user max@acme.example").wait("conversation")
    assert not room.slack.dms("max")
    assert not room.told("max")


def test_a_forged_person_in_a_button_is_only_looked_up(room: Room) -> None:
    listed = room.slack.command("max", "/hs-user a").wait("Which one?")
    for block in listed.blocks:
        if "accessory" in block:
            block["accessory"]["value"] = "999999999"
    answer = room.slack.click("max", listed, "Show")
    assert "isn't on record" in answer.wait("on record").shown


def test_denied_people_never_show_up_as_approvers_on_a_tombstone(room: Room) -> None:
    request = room.open()
    room.decide(request, "ana", Verdict.DENY, "not yet")
    room.record.users.mark_gone(room.person().id, Status.OFFBOARDED, room.record.now(), request.id)
    shown = room.slack.command("max", f"/hs-user {JANE}").shown
    assert "*Approved by*\nnobody" in shown


def test_what_help_scout_is_slow_to_fill_in_holds_up_no_click(cold: Room) -> None:
    filler, gate = Worker(), threading.Event()
    cold.stack.callback(filler.stop, 10)
    cold.settings["filling"] = Filling(filler)
    room = cold.warm().connect()
    request = room.open()

    def slow(_: object) -> None:
        gate.wait(20)

    end = room.helpscout.on_request(slow, "GET /conversations")
    cold.stack.callback(end)
    cold.stack.callback(gate.set)
    answers = [room.slack.command("max", f"/hs-user {JANE}") for _ in range(20)]
    room.until(lambda: filler.unfinished > 8)
    assert room.slack.command("rita", f"/hs-offboard cancel {request.id}").wait("Cancelled").shown
    assert room.row(request).state is State.CANCELLED
    gate.set()
    answers[-1].wait("15 conversations")


def test_with_little_left_of_the_rate_budget_conversations_are_not_counted(room: Room) -> None:
    room.client.budget.spend(room.client.budget.left() - 10)
    assert room.slack.command("max", f"/hs-user {JANE}").wait("not counted now").shown


def test_many_look_ups_leave_the_rate_budget_to_what_people_want_done(room: Room) -> None:
    budget = room.client.budget
    for _ in range(budget.limit // COUNTS - 1):
        room.deps.counts.take(budget.limit)
    room.slack.command("max", f"/hs-user {JANE}").wait("15 conversations")
    room.slack.command("max", f"/hs-user {JANE}").wait("not counted now")
    assert room.deps.counts.take(budget.limit), "another minute, or a larger limit, allows more"


def test_what_was_begun_a_minute_ago_counts_no_more() -> None:
    now = [0.0]
    allowance = Allowance(lambda: now[0])
    assert [allowance.take(2) for _ in range(3)] == [True, True, False]
    now[0] = 60.0
    assert allowance.take(2)
