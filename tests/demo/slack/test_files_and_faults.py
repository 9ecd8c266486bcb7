"""Files arrive in three steps; faults hit the calls they are meant for."""

from http.client import RemoteDisconnected
from urllib.request import urlopen

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.demo.slack import SimulatedSlack


def test_a_file_lands_in_the_direct_message(slack: SimulatedSlack, web: WebClient) -> None:
    channel = web.conversations_open(users=slack.people["rita"].id)["channel"]["id"]
    web.files_upload_v2(channel=channel, filename="people.csv", content="id,email\n1,a@b.example\n", title="People")
    message = slack.dms("rita")[0]
    assert [(f.name, f.title, f.content) for f in message.files] == [
        ("people.csv", "People", b"id,email\n1,a@b.example\n")
    ]
    with urlopen(message.files[0].url) as answer:
        assert answer.read().startswith(b"id,email")


def test_a_file_cannot_go_where_the_bot_is_not(web: WebClient) -> None:
    with pytest.raises(SlackApiError, match="not_in_channel"):
        web.files_upload_v2(channel="C0GENERAL1", filename="x.txt", content="x")


def test_a_rate_limit_says_how_long_to_wait_and_then_is_over(slack: SimulatedSlack, web: WebClient) -> None:
    slack.faults.rate_limit("chat.*", retry_after=7)
    web.auth_test()
    with pytest.raises(SlackApiError) as caught:
        web.chat_postMessage(channel="C0ACCESS01", text="x")
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "7")
    web.chat_postMessage(channel="C0ACCESS01", text="x")
    assert len(slack.channel("access").messages) == 1


def test_a_lost_answer_leaves_the_message_posted(slack: SimulatedSlack) -> None:
    once = WebClient(token=slack.bot_token, base_url=slack.url, retry_handlers=[])
    slack.faults.lose_answer("chat.postMessage")
    with pytest.raises(RemoteDisconnected):
        once.chat_postMessage(channel="C0ACCESS01", text="posted")
    assert [m.text for m in slack.channel("access").messages] == ["posted"]


def test_a_refused_connection_leaves_nothing(slack: SimulatedSlack) -> None:
    once = WebClient(token=slack.bot_token, base_url=slack.url, retry_handlers=[])
    slack.faults.refuse("chat.postMessage")
    with pytest.raises(RemoteDisconnected):
        once.chat_postMessage(channel="C0ACCESS01", text="never")
    assert slack.channel("access").messages == []


def test_server_errors_garbage_and_error_codes_come_as_asked(slack: SimulatedSlack, web: WebClient) -> None:
    slack.faults.server_error("auth.test", status=503)
    with pytest.raises(SlackApiError) as caught:
        web.auth_test()
    assert caught.value.response.status_code == 503
    slack.faults.garbage("auth.test")
    with pytest.raises(SlackApiError):
        web.auth_test()
    slack.faults.error("account_inactive", times=None)
    for _ in range(3):
        with pytest.raises(SlackApiError, match="account_inactive"):
            web.auth_test()
    slack.faults.clear()
    assert web.auth_test()["ok"]
