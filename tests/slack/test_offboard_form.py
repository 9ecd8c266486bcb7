"""The form of an offboarding: opened filled in, its preview, its errors at their fields, what its sending does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.demo.slack import Answer, View
from bot.model.colleague import Manager
from bot.model.request import State
from bot.model.user import Status
from bot.slack.transport.request import read_request
from tests.slack.conftest import JANE, Room


def form(room: Room, line: str = f"/hs-offboard {JANE}", who: str = "rita") -> View:
    return room.slack.command(who, line).wait_for_view()


def previewed(room: Room, view: View, words: str = "15 open conversations") -> str:
    room.slack.wait_until(lambda: words in view.shown)
    return view.shown


def held(view: View, label: str) -> Any:
    """What the field with this label holds."""
    for block in view.blocks:
        if block.get("label", {}).get("text") == label:
            values = next(iter(view.state.as_json()[block["block_id"]].values()))
            chosen = values.get("selected_option")
            return chosen["value"] if chosen else values.get("value", values.get("selected_date_time"))
    raise AssertionError(f"no field {label}")


def labels(view: View) -> list[str]:
    return [block["label"]["text"] for block in view.blocks if block["type"] == "input"]


# Opening


def test_the_form_has_the_labels_of_the_contract(room: Room) -> None:
    assert labels(form(room, "/hs-offboard")) == ["Person", "Reason", "Hand conversations to", "When"]


def test_the_command_is_acknowledged_at_once_and_the_form_opens_within_its_trigger(room: Room) -> None:
    answer = room.slack.command("rita", f"/hs-offboard {JANE}")
    assert answer.status == 200
    assert answer.milliseconds < 1000
    assert answer.wait_for_view(2.5).title == "Offboard from Help Scout"


def test_what_was_typed_is_filled_in(room: Room) -> None:
    view = form(room, f"/hs-offboard {JANE} to:ana@acme.example at:2026-12-01 18:00 left the company")
    assert held(view, "Person") == str(room.person().id)
    assert held(view, "Reason") == "left the company"
    assert held(view, "Hand conversations to") == str(room.person("ana@acme.example").id)
    assert held(view, "When") == int(datetime(2026, 12, 1, 17, 0, tzinfo=UTC).timestamp()), "in Rita's zone, Madrid"


def test_where_slack_tells_no_zone_of_the_requester_the_configured_one_counts(cold: Room) -> None:
    cold.slack.people["rita"].tz = ""
    cold.settings["timezone"] = "Asia/Tokyo"
    view = form(cold.warm().connect(), f"/hs-offboard {JANE} at:2026-12-01 18:00 left")
    assert held(view, "When") == int(datetime(2026, 12, 1, 9, 0, tzinfo=UTC).timestamp())


def test_a_name_of_two_words_and_a_reason_need_no_quotes(room: Room) -> None:
    view = form(room, "/hs-offboard jane d'arcy left us")
    assert held(view, "Person") == str(room.person().id)
    assert held(view, "Reason") == "left us"


def test_a_slack_mention_fills_in_the_person_with_that_address(room: Room) -> None:
    assert held(form(room, "/hs-offboard @max"), "Person") == str(room.person("max@acme.example").id)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("at:yesterday left us", "has passed"),
        ("at:2001-01-01 10:00 left us", "has passed"),
        ("at:gestern left us", "“gestern” isn't a time"),
        ("at: to:ana@acme.example left us", "`at:` needs a value"),
        ("left us to:", "`to:` needs a value"),
        ("to:nobody@acme.example left us", "Nobody in Help Scout matches"),
        ("to:#general left us", "a channel, not a person"),
        ("to:a left us", "people match"),
        ("to:ana@acme.example to:bo@acme.example left us", "`to:` is given twice"),
        ("too:bo left us", "Did you mean `to:`"),
    ],
)
def test_a_wrong_option_is_said_in_the_form_that_keeps_the_rest(room: Room, line: str, words: str) -> None:
    view = form(room, f"/hs-offboard {JANE} {line}")
    assert words in view.shown
    assert held(view, "Person") == str(room.person().id)
    assert "left us" in held(view, "Reason")
    if "to:ana@" in line:
        assert held(view, "Hand conversations to") == str(room.person("ana@acme.example").id)


def test_a_fault_stands_under_its_field_until_something_is_chosen_there(room: Room) -> None:
    view = form(room, f"/hs-offboard {JANE} to:nobody@acme.example at:gestern left us")
    previewed(room, view)
    order = [block.get("block_id", "") for block in view.blocks]
    assert "Check *Hand conversations to* and *When* below" in view.blocks[0]["text"]["text"]
    for name in ("assignee_id", "run_at"):
        assert order.index(f"{name}.fault") == order.index(name) + 1
    room.slack.fill(view, "Hand conversations to", "ana@acme.example")
    room.slack.wait_until(lambda: "matches" not in view.shown)
    assert "“gestern” isn't a time" in view.shown, "no time has been chosen yet"


def test_what_could_not_be_read_is_left_empty_only_by_who_submits_again(room: Room) -> None:
    view = form(room, f"/hs-offboard {JANE} to:nobody@acme.example at:gestern left us")
    previewed(room, view)
    room.slack.submit(view)
    room.slack.wait_until(lambda: "submit again to leave it empty" in view.shown)
    assert held(view, "Reason") == "left us"
    assert not room.record.requests.count()
    room.slack.submit(view)
    room.until(lambda: room.record.requests.count())
    assert room.record.requests.find()[0].run_at is None


def test_a_form_can_be_opened_without_a_person(room: Room) -> None:
    view = form(room, "/hs-offboard to:ana@acme.example reason:left us")
    assert held(view, "Person") is None
    assert held(view, "Reason") == "left us"
    assert held(view, "Hand conversations to") == str(room.person("ana@acme.example").id)


def managed(room: Room, email: str, by: str) -> None:
    room.record.managers.keep({room.person(email).id: Manager(by, "okta")}, ())


def test_choosing_a_person_proposes_their_manager_and_overwrites_nobodys_choice(room: Room) -> None:
    managed(room, JANE, "max@acme.example")
    managed(room, "bo@acme.example", "rita@acme.example")
    max_, rita, ana = (str(room.person(f"{one}@acme.example").id) for one in ("max", "rita", "ana"))
    taker = "Hand conversations to"
    view = form(room, "/hs-offboard")
    for person, manager in ((JANE, max_), ("bo@acme.example", rita), ("ana@acme.example", None), (JANE, max_)):
        room.slack.fill(view, "Person", person)
        room.slack.wait_until(lambda manager=manager: held(view, taker) == manager)  # type: ignore[misc]
    room.slack.fill(view, taker, "ana@acme.example")
    room.slack.fill(view, "Person", "bo@acme.example")
    assert "handed to Ana" in previewed(room, view, "bo@acme.example · role")
    assert held(view, taker) == ana


def test_a_manager_who_is_about_to_leave_is_proposed_to_nobody_but_themselves(room: Room) -> None:
    managed(room, JANE, "max@acme.example")
    max_, before = str(room.person("max@acme.example").id), form(room, f"/hs-offboard {JANE}", "max")
    whole = previewed(room, before)
    room.open("max@acme.example")
    view = form(room, "/hs-offboard")
    room.slack.fill(view, "Person", JANE)
    previewed(room, view)
    assert held(view, "Hand conversations to") is None
    assert held(form(room, f"/hs-offboard {JANE}"), "Hand conversations to") is None
    after = form(room, f"/hs-offboard {JANE}", "max")
    assert previewed(room, after) == whole
    assert held(after, "Hand conversations to") == held(before, "Hand conversations to") == max_


def test_when_nobody_matches_the_form_keeps_the_rest(room: Room) -> None:
    answer = room.slack.command("rita", "/hs-offboard qqqqq@nowhere.example to:ana@acme.example gone fishing")
    view = room.slack.click("rita", answer.wait("Nobody in Help Scout matches"), "Open the form").wait_for_view()
    assert held(view, "Person") is None
    assert held(view, "Reason") == "gone fishing"
    assert held(view, "Hand conversations to") == str(room.person("ana@acme.example").id)


def test_a_channel_is_nobody_to_offboard(room: Room) -> None:
    answer = room.slack.command("rita", "/hs-offboard #general")
    assert "[to:ASSIGNEE] [at:WHEN] [reason…]" in answer.wait("a channel, not a person").shown
    assert answer.view is None


def test_beside_a_name_the_address_says_who(room: Room) -> None:
    """The names are Jane D'Arcy's, the address is not."""
    for typed in (
        "Jane D'Arcy <bo@acme.example>",
        '"D\'Arcy, Jane" <bo@acme.example>',
        "“Jane D’Arcy” <bo@acme.example>",
        "Jane D'Arcy (bo@acme.example)",
        "jane d'arcy bo@acme.example",
        "please offboard bo@acme.example,",
    ):
        view = form(room, f"/hs-offboard {typed} left us")
        assert held(view, "Person") == str(room.person("bo@acme.example").id), typed
        assert held(view, "Reason") in ("left us", "please offboard left us"), typed


def test_a_name_with_an_address_in_the_reason_is_who_is_meant(room: Room) -> None:
    view = form(room, "/hs-offboard jane d'arcy left, ask bo@acme.example")
    assert held(view, "Person") == str(room.person().id)
    assert held(view, "Reason") == "left, ask bo@acme.example"


def test_several_people_make_a_list_that_keeps_what_was_typed(room: Room) -> None:
    answer = room.slack.command("rita", "/hs-offboard a to:ana@acme.example reason:gone fishing")
    listed = answer.wait("Which one?")
    view = room.slack.click("rita", listed, "Offboard…").wait_for_view()
    assert held(view, "Reason") == "gone fishing"
    assert held(view, "Hand conversations to") == str(room.person("ana@acme.example").id)


def test_what_one_person_typed_is_not_filled_in_for_another(room: Room) -> None:
    listed = room.slack.command("rita", "/hs-offboard a reason:a secret").wait("Which one?")
    view = room.slack.click("max", listed, "Offboard…").wait_for_view()
    assert held(view, "Person")
    assert not held(view, "Reason")


def test_nobody_of_that_name_offers_who_may_be_meant(room: Room) -> None:
    answer = room.slack.command("rita", "/hs-offboard Darzy")
    assert "D'Arcy" in answer.wait("D'Arcy").shown
    assert answer.view is None


def test_who_has_left_is_not_offered(room: Room) -> None:
    room.record.users.mark_gone(room.person().id, Status.REMOVED, room.record.now(), None)
    answer = room.slack.command("rita", f"/hs-offboard {JANE}")
    assert "has already left Help Scout" in answer.wait("already left").shown
    assert answer.view is None


def test_a_card_of_a_person_has_a_button_that_opens_the_form(room: Room) -> None:
    card = room.slack.command("rita", f"/hs-user {JANE}").message
    view = room.slack.click("rita", card, "Offboard…").wait_for_view()
    assert held(view, "Person") == str(room.person().id)


def test_the_global_shortcut_opens_the_empty_form(room: Room) -> None:
    view = room.slack.shortcut("rita", "offboard").wait_for_view()
    assert held(view, "Person") is None


def test_the_message_shortcut_opens_the_form_for_who_wrote_it(room: Room) -> None:
    message = room.slack.say("max", "bye", channel="access")
    view = room.slack.message_shortcut("rita", message, "offboard_author").wait_for_view()
    assert held(view, "Person") == str(room.person("max@acme.example").id)


def test_the_message_shortcut_on_an_apps_message_says_so(room: Room) -> None:
    message = room.slack.say("max", "beep", channel="access")
    message.user = "U0HSBOT001"
    answer = room.slack.message_shortcut("rita", message, "offboard_author")
    assert "posted by an app" in answer.wait("posted by").shown


def test_when_slack_will_not_open_the_form_it_is_said_in_private(room: Room) -> None:
    room.slack.faults.error("expired_trigger_id", "views.open")
    answer = room.slack.command("rita", f"/hs-offboard {JANE}")
    assert "try again" in answer.wait("try again").shown


# Typeahead and preview


def test_the_typeahead_finds_people_who_are_there(room: Room) -> None:
    view = form(room, "/hs-offboard")
    assert [option["value"] for option in room.slack.type_ahead(view, "Person", "jane@")] == [str(room.person().id)]
    assert len(room.slack.type_ahead(view, "Person", "")) > 20
    assert room.slack.type_ahead(view, "Person", "zzzzzzzz") == []


def test_teams_are_not_people_to_offboard(room: Room) -> None:
    teams = [row for row in room.record.users.by_status() if row.user.type == "team"]
    assert teams
    view = form(room, "/hs-offboard")
    offered = {option["value"] for option in room.slack.type_ahead(view, "Person", "")}
    assert offered.isdisjoint(str(row.id) for row in teams)


def test_the_leaver_is_not_offered_their_own_conversations(room: Room) -> None:
    view = form(room)
    offered = [option["value"] for option in room.slack.type_ahead(view, "Hand conversations to", "jane")]
    assert str(room.person().id) not in offered


def test_the_preview_says_what_would_come_of_it(room: Room) -> None:
    shown = previewed(room, form(room))
    for words in ("This will remove", "role user", "Onboarding", "15 open conversations: left unassigned"):
        assert words in shown
    assert "needs 1 approval" in shown


def test_choosing_a_person_and_an_assignee_updates_the_preview_and_keeps_what_was_typed(room: Room) -> None:
    view = form(room, "/hs-offboard")
    room.slack.fill(view, "Reason", "half-written")
    room.slack.fill(view, "Person", "jane@acme.example")
    previewed(room, view, "15 open conversations: left unassigned")
    room.slack.fill(view, "Hand conversations to", "ana@acme.example")
    previewed(room, view, "15 open conversations: handed to Ana")
    assert held(view, "Reason") == "half-written"
    assert labels(view) == ["Person", "Reason", "Hand conversations to", "When"]


def test_the_preview_says_beforehand_what_would_be_refused(room: Room) -> None:
    view = form(room, "/hs-offboard olivia@acme.example")
    assert "The owner can't be changed or removed" in (said := previewed(room, view, "owns the Help Scout account"))
    assert "This will remove" not in said, "it won't be"
    assert "by others" not in said


def test_an_admin_needs_more_approvals_and_the_preview_says_so(room: Room) -> None:
    view = form(room, "/hs-offboard")
    room.slack.fill(view, "Person", "bo@acme.example")
    assert "needs 2 approvals" in previewed(room, view, "needs 2 approvals")


def test_the_preview_of_somebody_chosen_later_wins(room: Room) -> None:
    view = form(room, "/hs-offboard")
    held_back = room.helpscout.faults.hold("GET /conversations*")
    room.slack.fill(view, "Person", "jane@acme.example")
    room.slack.fill(view, "Person", "max@acme.example")
    previewed(room, view, "Max")
    held_back.release()
    room.slack.wait_until(lambda: "being counted" not in view.shown)
    assert "Jane D'Arcy* is removed" not in view.shown


def test_when_help_scout_is_away_the_preview_leaves_the_count_out(room: Room) -> None:
    room.client.close()
    view = form(room)
    assert "being counted" in previewed(room, view, "being counted")


# Sending


def sent(room: Room, values: dict[str, Any] | None = None, line: str = f"/hs-offboard {JANE}") -> tuple[View, Answer]:
    view = form(room, line)
    return view, room.slack.submit(view, {"Reason": "left the company"} | (values or {}))


def test_sending_it_opens_a_request_closes_the_form_and_confirms_in_private(room: Room) -> None:
    view, _ = sent(room)
    assert view.closed
    request = room.record.requests.find(limit=1)[0]
    assert (request.state, request.reason, request.requester) == (State.PENDING, "left the company", room.id("rita"))
    room.slack.wait_until(lambda: any(request.id in message.shown for message in room.told("rita")))
    assert "needs one approval" in room.told("rita")[-1].shown


def test_after_the_global_shortcut_it_is_confirmed_by_a_direct_message(room: Room) -> None:
    view = room.slack.shortcut("rita", "offboard").wait_for_view()
    room.slack.submit(view, {"Person": JANE, "Reason": "left"})
    room.slack.wait_until(lambda: bool(room.slack.dms("rita")))
    assert "needs one approval" in room.slack.dms("rita")[-1].shown


def test_the_assignee_and_the_time_are_in_the_plan(room: Room) -> None:
    moment = datetime.now(UTC).replace(microsecond=0, second=0) + timedelta(days=2)
    sent(room, {"Hand conversations to": "ana@acme.example", "When": moment})
    request = room.record.requests.find(limit=1)[0]
    assert request.run_at == moment
    assert request.plan["assignee_id"] == room.person("ana@acme.example").id


def test_a_time_just_passed_means_now(room: Room) -> None:
    sent(room, {"When": datetime.now(UTC) - timedelta(minutes=2)})
    assert room.record.requests.find(limit=1)[0].run_at is None


@pytest.mark.parametrize(
    ("line", "values", "block", "words"),
    [
        ("/hs-offboard olivia@acme.example", {}, "target_id", "owner"),
        ("/hs-offboard rita@acme.example", {}, "target_id", "yourself"),
        (f"/hs-offboard {JANE}", {"Reason": "  \u200b "}, "reason", "reason"),
        (f"/hs-offboard {JANE}", {"When": datetime(2001, 1, 1, tzinfo=UTC)}, "run_at", "passed"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    room: Room, line: str, values: dict[str, Any], block: str, words: str
) -> None:
    view, answer = sent(room, values, line)
    assert list(view.errors) == [block]
    assert words in view.errors[block]
    assert not view.closed
    assert answer.milliseconds < 3000
    assert not room.record.requests.find()


def test_a_protected_person_is_refused_at_the_field(cold: Room) -> None:
    cold.terms = {"protected": frozenset({JANE})}
    view, _ = sent(cold.warm().connect())
    assert "protected" in view.errors["target_id"]


def test_a_second_request_is_refused_and_the_first_one_shown(room: Room) -> None:
    first = room.open()
    view, _ = sent(room)
    assert first.id in view.errors["target_id"]
    room.slack.wait_until(lambda: any(first.id in message.shown for message in room.told("rita")))
    assert "Approve" not in room.told("rita")[-1].shown


def test_who_may_not_ask_is_told_at_the_form(cold: Room) -> None:
    cold.requesters = (cold.id("max"),)
    view, _ = sent(cold.warm().connect())
    assert "who may open requests" in view.errors["target_id"]


def test_a_guest_who_sends_a_form_opens_nothing_and_the_refusal_is_recorded(room: Room) -> None:
    view = form(room)
    room.slack.people["rita"].is_restricted = True
    room.slack.submit(view, {"Reason": "left"})
    assert "Guests" in view.errors["target_id"]
    assert not room.record.requests.find()
    assert any(entry.event == "request.refused" for entry in room.record.audit.entries())


def test_when_slack_takes_long_the_form_says_so_and_then_how_it_ended(room: Room) -> None:
    view = form(room)
    previewed(room, view)
    room.slack.faults.slow(2.6, "usergroups.users.list")
    answer = room.slack.submit(view, {"Reason": "left"})
    assert answer.milliseconds < 2900
    assert "takes a little longer" in view.shown
    room.slack.wait_until(lambda: "needs one approval" in view.shown, 10)
    assert len(room.record.requests.find()) == 1


def test_a_late_refusal_brings_the_form_back_with_what_was_filled_in(room: Room) -> None:
    view = form(room)
    previewed(room, view)
    room.open()
    room.slack.faults.slow(2.6, "usergroups.users.list", times=None)
    room.ticks += 61
    room.slack.submit(view, {"Reason": "my words"})
    room.slack.wait_until(lambda: "already has an open request" in view.shown, 15)
    assert "my words" in view.shown
    assert held(view, "Person") == str(room.person().id)


def test_slacks_second_delivery_of_the_same_form_asks_only_once(room: Room) -> None:
    _, answer = sent(room)
    again = room.slack.redeliver(answer)
    assert again.json() == {"response_action": "clear"}
    assert len(room.record.requests.find()) == 1


@pytest.mark.parametrize("restarted", [False, True], ids=["the same process", "another process"])
def test_a_replayed_form_opens_no_second_request(room: Room, restarted: bool) -> None:
    view = form(room)
    recorded = room.eavesdrop()
    room.slack.submit(view, {"Reason": "left"})
    room.until(lambda: room.record.requests.count() == 1)
    if restarted:
        room.restart()
    ((body, headers),) = recorded
    assert room.app.dispatch(read_request(body.decode(), headers)).status == 200
    room.until(lambda: not room.worker.unfinished)
    assert room.record.requests.count() == 1


def test_a_forged_person_in_the_form_is_refused(room: Room) -> None:
    view = form(room)
    for forged in ("999999999", "not a number", "-1", "9" * 400):
        room.slack.keep(view, "Reason", "left")
        view.state.put(
            next(p for p in _placed(view) if p.block_id == "target_id"),
            {
                "type": "external_select",
                "selected_option": {"text": {"type": "plain_text", "text": "x"}, "value": forged},
            },
        )
        room.slack.submit(view)
        assert view.errors["target_id"]
    assert not room.record.requests.find()


def test_metadata_that_was_tampered_with_harms_nothing(room: Room) -> None:
    view = form(room)
    view.content["private_metadata"] = '{"response_url": "https://evil.example/x", "request_id": 5}'
    room.slack.submit(view, {"Reason": "left"})
    room.slack.wait_until(lambda: bool(room.slack.dms("rita")))
    assert len(room.record.requests.find()) == 1


def _placed(view: View) -> Any:
    from bot.demo.slack.reading import placed_elements

    return list(placed_elements(view.blocks))
