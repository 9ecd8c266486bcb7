"""Commands, clicks and events reach the bot signed and in Slack's form; failures are shown as Slack shows them."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk import WebClient

from bot.demo.slack import NoSuchElement, NothingCame, SimulatedSlack

Json = dict[str, Any]
OK: tuple[int, Mapping[str, str], bytes] = (200, {}, b"")


def test_a_command_arrives_as_slack_sends_it(slack: SimulatedSlack, app: App) -> None:
    seen: list[Json] = []

    @app.command("/hs-user")
    def listen(ack: Any, body: Json) -> None:
        seen.append(body)
        ack("hello")

    answer = slack.command("rita", "/hs-user lookup jane@b.example, @max #access a<b&c https://x.example/?a=1&b=2")
    assert answer.shown == "hello"
    assert answer[0].ephemeral_to == slack.people["rita"].id
    assert seen[0]["command"] == "/hs-user"
    assert seen[0]["text"] == (
        "lookup <mailto:jane@b.example|jane@b.example>, <@U0MAX00001|max> <#C0ACCESS01|access> a&lt;b&amp;c"
        " <https://x.example/?a=1&amp;b=2>"
    )
    assert seen[0]["user_id"] == slack.people["rita"].id
    assert seen[0]["channel_id"] == "C0ACCESS01"


def test_without_should_escape_the_text_is_as_typed() -> None:
    bodies: list[bytes] = []

    def bot(body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        bodies.append(body)
        return OK

    with SimulatedSlack(bot, escape=False) as slack:
        slack.command("rita", "/hs-user lookup a@b.example @max")
    assert b"text=lookup+a%40b.example+%40max" in bodies[0]


def test_a_forged_or_old_signature_is_refused_by_bolt(slack: SimulatedSlack, app: App) -> None:
    app.command("/hs-user")(lambda ack: ack("hello"))
    with slack.forging(secret="somebody else's"):
        assert slack.command("rita", "/hs-user x").status == 401
    with slack.forging(age=6 * 60):
        assert slack.command("rita", "/hs-user x").status == 401
    assert slack.command("rita", "/hs-user x").status == 200


def test_a_command_that_nobody_takes_is_shown_as_failed(slack: SimulatedSlack) -> None:
    answer = slack.command("rita", "/hs-user x")
    assert answer.failure == "connection_failed"
    assert 'failed with the error "dispatch_failed"' in slack.ephemerals("rita")[-1].shown


def test_a_bot_that_is_too_slow_is_shown_as_timed_out() -> None:
    done = threading.Event()

    def bot(body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        done.wait(0.05)
        return OK

    with SimulatedSlack(bot, patience=0.02) as slack:
        assert slack.command("rita", "/hs-user x").failure == "operation_timeout"
        assert "operation_timeout" in slack.ephemerals("rita")[-1].shown


def test_an_answer_that_slack_would_not_draw_is_shown_as_an_error(slack: SimulatedSlack, app: App) -> None:
    app.command("/hs-user")(lambda ack: ack(blocks=[{"type": "poem"}]))
    assert slack.command("rita", "/hs-user x").messages == []
    assert "invalid_blocks" in slack.ephemerals("rita")[-1].shown


def test_a_click_carries_the_button_and_where_it_was(slack: SimulatedSlack, app: App, web: WebClient, kit: Any) -> None:
    seen: list[Json] = []

    @app.action("approve")
    def listen(ack: Any, body: Json) -> None:
        seen.append(body)
        ack()

    blocks = [{"type": "actions", "block_id": "b", "elements": [kit.button("Approve", "approve", value="r1")]}]
    web.chat_postMessage(channel="C0ACCESS01", text="card", blocks=blocks)
    card = slack.channel("access").messages[0]
    assert slack.click("ana", card, "Approve").status == 200
    assert seen[0]["user"]["id"] == slack.people["ana"].id
    assert seen[0]["actions"][0] == seen[0]["actions"][0] | {"value": "r1", "block_id": "b", "action_id": "approve"}
    assert seen[0]["container"]["message_ts"] == card.ts
    assert seen[0]["message"]["text"] == "card"


def test_a_declined_confirm_sends_nothing(slack: SimulatedSlack, app: App, web: WebClient, kit: Any) -> None:
    confirm = {n: kit.plain(n) for n in ("title", "text", "confirm", "deny")}
    blocks = [{"type": "actions", "elements": [kit.button("Approve", "approve", confirm=confirm)]}]
    web.chat_postMessage(channel="C0ACCESS01", text="card", blocks=blocks)
    assert slack.click("ana", slack.channel("access").messages[0], "Approve", confirm=False).reply is None


def test_looking_for_a_button_that_is_not_there_lists_those_that_are(
    slack: SimulatedSlack, app: App, web: WebClient, kit: Any
) -> None:
    blocks = [{"type": "actions", "elements": [kit.button("Approve", "approve")]}]
    web.chat_postMessage(channel="C0ACCESS01", text="card", blocks=blocks)
    with pytest.raises(NoSuchElement, match="Approve"):
        slack.click("ana", slack.channel("access").messages[0], "Deny")


def test_the_message_under_an_ephemeral_click_does_not_travel(slack: SimulatedSlack, app: App, kit: Any) -> None:
    seen: list[Json] = []
    app.command("/hs-user")(
        lambda ack: ack(text="x", blocks=[{"type": "actions", "elements": [kit.button("More", "more")]}])
    )

    @app.action("more")
    def listen(ack: Any, body: Json, respond: Any) -> None:
        ack()
        seen.append(body)
        respond(text="replaced", replace_original=True)

    answer = slack.command("rita", "/hs-user x")
    slack.click("rita", answer.message, "More")
    assert "message" not in seen[0]
    assert seen[0]["container"]["is_ephemeral"] is True
    assert answer.shown == "replaced"


def test_an_event_is_repeated_until_it_is_taken(slack: SimulatedSlack) -> None:
    seen: list[str] = []

    def bot(body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        seen.append(f"{headers.get('X-Slack-Retry-Num', '')}{headers.get('X-Slack-Retry-Reason', '')}")
        return (500, {}, b"") if len(seen) < 3 else OK

    slack.connect(bot)
    assert slack.visit_home("rita").failure == ""
    assert seen == ["", "1http_error", "2http_error"]


def test_the_home_opens_when_the_bot_has_published_it(slack: SimulatedSlack, app: App, kit: Any) -> None:
    @app.event("app_home_opened")
    def listen(event: Json, client: WebClient) -> None:
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [kit.section("Welcome")]})

    assert slack.open_home("max").shown == "Welcome"
    assert slack.home("rita") is None


def test_a_home_that_never_comes_is_told(slack: SimulatedSlack, app: App) -> None:
    app.event("app_home_opened")(lambda: None)
    with pytest.raises(NothingCame, match="no Home"):
        slack.open_home("max", timeout=0.05)


def test_the_same_payload_can_come_twice(slack: SimulatedSlack, app: App) -> None:
    seen: list[str] = []

    @app.command("/hs-user")
    def listen(ack: Any, body: Json) -> None:
        seen.append(body["trigger_id"])
        ack()

    answer = slack.command("rita", "/hs-user x")
    slack.redeliver(answer)
    assert len(seen) == 2
    assert len(set(seen)) == 1


def test_shortcuts_arrive_with_what_they_are_for(slack: SimulatedSlack, app: App) -> None:
    seen: list[Json] = []

    @app.shortcut("offboard")
    def globally(ack: Any, body: Json) -> None:
        ack()
        seen.append(body)

    @app.shortcut("offboard_author")
    def on_message(ack: Any, body: Json) -> None:
        ack()
        seen.append(body)

    slack.shortcut("rita", "offboard")
    said = slack.say("max", "good bye @rita")
    slack.message_shortcut("rita", said, "offboard_author")
    assert seen[0]["type"] == "shortcut"
    assert seen[1]["message"]["user"] == slack.people["max"].id
    assert seen[1]["message"]["text"] == "good bye <@U0RITA0001|rita>"


def test_a_click_that_nobody_takes_is_told_in_passing(slack: SimulatedSlack, web: WebClient, kit: Any) -> None:
    blocks = [{"type": "actions", "elements": [kit.button("Approve", "approve")]}]
    web.chat_postMessage(channel="C0ACCESS01", text="card", blocks=blocks)
    slack.click("ana", slack.channel("access").messages[0], "Approve")
    assert [t.user for t in slack.workspace.toasts] == [slack.people["ana"].id]
