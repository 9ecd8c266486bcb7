"""Modals open, fill, complain, change and close as in Slack."""

from datetime import UTC, datetime
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.demo.slack import CannotFill, SimulatedSlack

Json = dict[str, Any]


def text_field(kit: Any, label: str, block_id: str, **more: Any) -> Json:
    return kit.field(label, {"type": "plain_text_input", "action_id": "text", **more}, block_id)  # type: ignore[no-any-return]


@pytest.fixture
def form(slack: SimulatedSlack, app: App, kit: Any) -> Any:
    """`/form` opens a modal with these blocks; gives a function that opens it as Rita."""

    wanted: list[Json] = []

    @app.command("/form")
    def listen(ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=wanted.pop())

    def opened(*blocks: Json, **more: Any) -> Any:
        wanted.append(kit.modal(*blocks, **more))
        return slack.command("rita", "/form").wait_for_view()

    return opened


def test_a_required_field_is_asked_for_before_anything_is_sent(slack: SimulatedSlack, form: Any, kit: Any) -> None:
    view = form(text_field(kit, "Reason", "reason"))
    assert slack.submit(view).reply is None
    assert view.errors == {"reason": "Please complete this required field."}
    assert slack.view("rita") is view


def test_what_was_filled_in_arrives_and_the_form_closes(slack: SimulatedSlack, app: App, form: Any, kit: Any) -> None:
    seen: list[Json] = []

    @app.view("form")
    def listen(ack: Any, view: Json) -> None:
        seen.append(view["state"]["values"])
        ack()

    options = [{"text": kit.plain(name), "value": name.lower()} for name in ("User", "Admin")]
    view = form(
        text_field(kit, "Reason", "reason"),
        kit.field("Role", {"type": "static_select", "action_id": "role", "options": options}, "role"),
        kit.field("Teams", {"type": "checkboxes", "action_id": "teams", "options": options}, "teams", optional=True),
        kit.field("When", {"type": "datetimepicker", "action_id": "when"}, "when", optional=True),
    )
    when = datetime(2026, 12, 1, 18, tzinfo=UTC)
    slack.submit(view, {"Reason": "left", "Role": "Admin", "When": when, "Teams": ["User"]})
    assert seen[0]["reason"]["text"]["value"] == "left"
    assert seen[0]["role"]["role"]["selected_option"]["value"] == "admin"
    assert seen[0]["when"]["when"]["selected_date_time"] == int(when.timestamp())
    assert [o["value"] for o in seen[0]["teams"]["teams"]["selected_options"]] == ["user"]
    assert slack.view("rita") is None


def test_errors_of_the_bot_stand_at_their_fields(slack: SimulatedSlack, app: App, form: Any, kit: Any) -> None:
    app.view("form")(lambda ack: ack(response_action="errors", errors={"reason": "Too short."}))
    view = form(text_field(kit, "Reason", "reason"))
    slack.submit(view, {"Reason": "x"})
    assert view.errors == {"reason": "Too short."}


def test_errors_for_fields_that_are_not_there_are_trouble(slack: SimulatedSlack, app: App, form: Any, kit: Any) -> None:
    app.view("form")(lambda ack: ack(response_action="errors", errors={"nowhere": "?"}))
    view = form(text_field(kit, "Reason", "reason"))
    slack.submit(view, {"Reason": "x"})
    assert "We had some trouble" in view.trouble


def test_a_form_can_become_another_or_put_one_on_top(slack: SimulatedSlack, app: App, form: Any, kit: Any) -> None:
    answers = iter(
        [
            {"response_action": "push", "view": kit.modal(kit.section("sure?"), title="Second", callback_id="second")},
        ]
    )
    app.view("form")(lambda ack: ack(**next(answers)))
    app.view("second")(lambda ack: ack(response_action="update", view=kit.modal(kit.section("done"), title="Third")))
    first = form(text_field(kit, "Reason", "reason"))
    slack.submit(first, {"Reason": "x"})
    second = slack.view("rita")
    assert second is not None
    assert (second.title, second.as_json()["previous_view_id"]) == ("Second", first.id)
    slack.submit(second)
    assert second.title == "Third"
    slack.close(second)
    assert slack.view("rita") is first


def test_typeahead_asks_the_bot_and_only_offered_options_can_be_taken(
    slack: SimulatedSlack, app: App, form: Any, kit: Any
) -> None:
    @app.options("person")
    def offer(ack: Any, body: Json) -> None:
        names = [n for n in ("Jane Doe", "Janet Roe") if body["value"].lower() in n.lower()]
        ack(options=[{"text": kit.plain(n), "value": n[:5]} for n in names])

    element = {"type": "external_select", "action_id": "person", "min_query_length": 2}
    view = form(kit.field("Person", element, "person"))
    assert slack.type_ahead(view, "Person", "j") == []
    assert [o["text"]["text"] for o in slack.type_ahead(view, "Person", "jan")] == ["Jane Doe", "Janet Roe"]
    with pytest.raises(CannotFill, match="Janet Roe"):
        slack.fill(view, "Person", "jan")
    slack.fill(view, "Person", "janet")
    assert view.as_json()["state"]["values"]["person"]["person"]["selected_option"]["text"]["text"] == "Janet Roe"


def test_a_field_with_dispatch_action_tells_the_bot_at_once_and_keeps_what_was_typed(
    slack: SimulatedSlack, app: App, form: Any, kit: Any
) -> None:
    person = kit.field(
        "Person",
        {"type": "users_select", "action_id": "person"},
        "person",
        dispatch_action=True,
    )

    @app.action("person")
    def chosen(ack: Any, body: Json, client: WebClient) -> None:
        ack()
        reason = text_field(kit, "Reason", "reason")
        preview = kit.section(f"about {body['actions'][0]['selected_user']}")
        client.views_update(
            view_id=body["view"]["id"], hash=body["view"]["hash"], view=kit.modal(person, preview, reason)
        )

    view = form(person, text_field(kit, "Reason", "reason"))
    slack.fill(view, "Reason", "typed before")
    slack.fill(view, "Person", slack.people["max"].id)
    assert "about U0MAX00001" in view.shown
    assert view.as_json()["state"]["values"]["reason"]["text"]["value"] == "typed before"


def test_an_update_over_a_newer_view_is_a_conflict(slack: SimulatedSlack, web: WebClient, form: Any, kit: Any) -> None:
    view = form(kit.section("one"))
    before = view.hash
    web.views_update(view_id=view.id, view=kit.modal(kit.section("two")), hash=before)
    with pytest.raises(SlackApiError, match="hash_conflict"):
        web.views_update(view_id=view.id, view=kit.modal(kit.section("three")), hash=before)
    assert "two" in view.shown


def test_a_trigger_is_good_once_and_for_three_seconds(
    slack: SimulatedSlack, app: App, web: WebClient, kit: Any
) -> None:
    triggers: list[str] = []

    @app.command("/form")
    def listen(ack: Any, body: Json) -> None:
        triggers.append(body["trigger_id"])
        ack()

    slack.command("rita", "/form")
    web.views_open(trigger_id=triggers[0], view=kit.modal(kit.section("x")))
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        web.views_open(trigger_id=triggers[0], view=kit.modal(kit.section("x")))
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        web.views_open(trigger_id="1.2.3", view=kit.modal(kit.section("x")))
    slack.command("rita", "/form")
    slack.installation.triggers.seconds = 0.0
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        web.views_open(trigger_id=triggers[1], view=kit.modal(kit.section("x")))


def test_a_wrong_view_is_refused_with_every_fault(slack: SimulatedSlack, web: WebClient, app: App, kit: Any) -> None:
    with pytest.raises(SlackApiError) as caught:
        web.views_publish(
            user_id="U0RITA0001", view={"type": "home", "blocks": [{"type": "poem"}, {"type": "section"}]}
        )
    assert caught.value.response["error"] == "invalid_arguments"
    assert len(caught.value.response["response_metadata"]["messages"]) == 2


def test_closing_is_told_only_when_asked_for(slack: SimulatedSlack, app: App, form: Any, kit: Any) -> None:
    seen: list[Json] = []

    @app.view_closed("form")
    def closed(ack: Any, body: Json) -> None:
        ack()
        seen.append(body)

    assert slack.close(form(kit.section("quiet"))).reply is None
    slack.close(form(kit.section("loud"), notify_on_close=True))
    assert [b["is_cleared"] for b in seen] == [False]
    assert slack.view("rita") is None


def test_the_same_action_in_two_blocks_is_told_apart_by_its_block(
    slack: SimulatedSlack, app: App, web: WebClient, kit: Any
) -> None:
    seen: list[str] = []

    @app.action("show")
    def listen(ack: Any, body: Json) -> None:
        ack()
        seen.append(body["actions"][0]["value"])

    rows = [{**kit.section(n, kit.button("Show", "show", value=n)), "block_id": n} for n in ("one", "two")]
    web.chat_postMessage(channel="C0ACCESS01", text="list", blocks=rows)
    message = slack.channel("access").messages[0]
    slack.click("rita", message, "show")
    slack.click("rita", message, "show", block="two")
    assert seen == ["one", "two"]


def test_what_is_still_being_typed_is_kept_and_not_told(slack: SimulatedSlack, app: App, form: Any, kit: Any) -> None:
    view = form(
        text_field(kit, "Reason", "reason", dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"]})
    )
    deliveries = len(slack.log)
    slack.keep(view, "Reason", "half a sen")
    assert view.as_json()["state"]["values"]["reason"]["text"]["value"] == "half a sen"
    assert len(slack.log) == deliveries
