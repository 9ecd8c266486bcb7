"""The Web API refuses and answers as Slack's does, through Slack's own client."""

import time
from http.client import HTTPConnection
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.demo.slack import BOT_USER_ID, SimulatedSlack


def refused(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        call(*arguments, **named)
    return str(caught.value.response["error"])


def test_the_bot_learns_who_it_is(web: WebClient) -> None:
    assert web.auth_test()["user_id"] == BOT_USER_ID


def test_a_wrong_token_is_not_let_in(slack: SimulatedSlack) -> None:
    assert refused(WebClient(token="xoxb-wrong", base_url=slack.url).auth_test) == "invalid_auth"
    assert refused(WebClient(base_url=slack.url).auth_test) == "not_authed"


def test_a_method_that_does_not_exist_is_named(web: WebClient) -> None:
    assert refused(web.api_call, "users.explode") == "unknown_method"


def test_people_come_with_what_tells_guests_and_strangers_apart(slack: SimulatedSlack, web: WebClient) -> None:
    gus = web.users_info(user=slack.people["gus"].id)["user"]
    assert gus["is_restricted"] is True
    assert gus["is_ultra_restricted"] is True
    assert gus["profile"]["email"] == "gus@acme.example"
    assert web.users_info(user=slack.people["sid"].id)["user"]["is_stranger"] is True
    leo = web.users_info(user=slack.people["leo"].id)["user"]
    assert leo["deleted"] is True
    assert "is_restricted" not in leo
    assert refused(web.users_info, user="U0NOBODY01") == "user_not_found"


def test_an_email_needs_its_own_scope() -> None:
    with SimulatedSlack(scopes={"users:read"}) as slack:
        web = WebClient(token=slack.bot_token, base_url=slack.url)
        assert "email" not in web.users_info(user=slack.people["rita"].id)["user"]["profile"]
        with pytest.raises(SlackApiError) as caught:
            web.users_lookupByEmail(email="rita@acme.example")
        assert caught.value.response["error"] == "missing_scope"
        assert caught.value.response["needed"] == "users:read.email"


def test_all_members_arrive_over_cursor_pages(slack: SimulatedSlack, web: WebClient) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        page = web.users_list(limit=4, cursor=cursor)
        assert len(page["members"]) <= 4
        seen += [m["id"] for m in page["members"]]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert sorted(seen) == sorted(p.id for p in slack.people if not p.is_stranger)
    assert refused(web.users_list, cursor="nonsense") == "invalid_cursor"


def test_somebody_is_found_by_email_unless_deactivated(slack: SimulatedSlack, web: WebClient) -> None:
    assert web.users_lookupByEmail(email="Rita@ACME.example")["user"]["id"] == slack.people["rita"].id
    assert refused(web.users_lookupByEmail, email="leo@acme.example") == "users_not_found"


def test_a_group_tells_its_people_until_it_is_disabled(slack: SimulatedSlack, web: WebClient) -> None:
    group = web.usergroups_list()["usergroups"][0]
    assert web.usergroups_users_list(usergroup=group["id"])["users"] == [
        slack.people["ana"].id,
        slack.people["bo"].id,
    ]
    slack.workspace.groups[group["id"]].disabled = True
    assert web.usergroups_list()["usergroups"] == []
    assert web.usergroups_list(include_disabled=True)["usergroups"][0]["date_delete"] > 0


def test_groups_are_for_paid_plans() -> None:
    with SimulatedSlack(paid=False) as slack:
        web = WebClient(token=slack.bot_token, base_url=slack.url)
        assert refused(web.usergroups_users_list, usergroup="S0APPROVER") == "plan_upgrade_required"


def test_a_message_is_posted_rewritten_and_deleted(slack: SimulatedSlack, web: WebClient) -> None:
    posted = web.chat_postMessage(channel="C0ACCESS01", text="one")
    assert [m.text for m in slack.channel("access").messages] == ["one"]
    web.chat_update(channel="C0ACCESS01", ts=posted["ts"], text="two")
    assert [(m.text, m.edited) for m in slack.channel("access").messages] == [("two", True)]
    web.chat_delete(channel="C0ACCESS01", ts=posted["ts"])
    assert slack.channel("access").messages == []
    assert refused(web.chat_update, channel="C0ACCESS01", ts=posted["ts"], text="x") == "message_not_found"


def test_the_bot_may_not_rewrite_what_a_person_wrote(slack: SimulatedSlack, web: WebClient) -> None:
    said = slack.say("max", "mine", channel="access")
    assert refused(web.chat_update, channel="C0ACCESS01", ts=said.ts, text="x") == "cant_update_message"


def test_posting_needs_membership_and_a_channel_that_exists(slack: SimulatedSlack, web: WebClient) -> None:
    assert refused(web.chat_postMessage, channel="C0GENERAL1", text="x") == "not_in_channel"
    assert refused(web.chat_postMessage, channel="C0NOWHERE1", text="x") == "channel_not_found"
    assert refused(web.chat_postMessage, channel="C0ACCESS01") == "no_text"
    web.conversations_join(channel="C0GENERAL1")
    assert web.chat_postMessage(channel="C0GENERAL1", text="x")["ok"]


def test_a_thread_and_its_metadata_can_be_read_back(slack: SimulatedSlack, web: WebClient) -> None:
    metadata = {"event_type": "card", "event_payload": {"key": "7"}}
    card = web.chat_postMessage(channel="C0ACCESS01", text="card", metadata=metadata)["ts"]
    for number in range(3):
        web.chat_postMessage(channel="C0ACCESS01", text=f"reply {number}", thread_ts=card)
    history = web.conversations_history(channel="C0ACCESS01", include_all_metadata=True)["messages"]
    assert [(m["text"], m["reply_count"], m["metadata"]) for m in history] == [("card", 3, metadata)]
    replies = web.conversations_replies(channel="C0ACCESS01", ts=card)["messages"]
    assert [m["text"] for m in replies] == ["card", "reply 0", "reply 1", "reply 2"]
    assert "metadata" not in replies[0]


def test_history_is_newest_first_and_paged(web: WebClient) -> None:
    stamps = [web.chat_postMessage(channel="C0ACCESS01", text=str(n))["ts"] for n in range(5)]
    page = web.conversations_history(channel="C0ACCESS01", limit=2)
    assert [m["text"] for m in page["messages"]] == ["4", "3"]
    rest = web.conversations_history(channel="C0ACCESS01", cursor=page["response_metadata"]["next_cursor"])
    assert [m["text"] for m in rest["messages"]] == ["2", "1", "0"]
    since = web.conversations_history(channel="C0ACCESS01", oldest=stamps[3])
    assert [m["text"] for m in since["messages"]] == ["4"]


def test_an_ephemeral_message_is_seen_by_one_person_and_not_in_the_history(
    slack: SimulatedSlack, web: WebClient
) -> None:
    web.chat_postEphemeral(channel="C0ACCESS01", user=slack.people["ana"].id, text="for you")
    assert [m.text for m in slack.ephemerals("ana")] == ["for you"]
    assert slack.ephemerals("bo") == []
    assert web.conversations_history(channel="C0ACCESS01")["messages"] == []
    stranger = slack.people["gus"].id
    assert refused(web.chat_postEphemeral, channel="C0ACCESS01", user=stranger, text="x") == "user_not_in_channel"


def test_a_direct_message_opens_for_people_who_are_there(slack: SimulatedSlack, web: WebClient) -> None:
    channel = web.conversations_open(users=slack.people["rita"].id)["channel"]["id"]
    web.chat_postMessage(channel=channel, text="in private")
    assert [m.text for m in slack.dms("rita")] == ["in private"]
    assert refused(web.conversations_open, users=slack.people["leo"].id) == "user_disabled"


def test_more_than_a_post_a_second_is_told_to_wait() -> None:
    with SimulatedSlack(one_post_a_second=True) as slack:
        web = WebClient(token=slack.bot_token, base_url=slack.url)
        web.chat_postMessage(channel="C0ACCESS01", text="one")
        with pytest.raises(SlackApiError) as caught:
            web.chat_postMessage(channel="C0ACCESS01", text="two")
        assert caught.value.response.status_code == 429
        assert caught.value.response.headers["Retry-After"] == "1"
        assert len(slack.channel("access").messages) == 1


def test_calls_beyond_a_methods_tier_are_told_to_wait() -> None:
    with SimulatedSlack(per_minute={"users.list": 2}) as slack:
        web = WebClient(token=slack.bot_token, base_url=slack.url)
        web.users_list()
        web.users_list()
        with pytest.raises(SlackApiError) as caught:
            web.users_list()
        assert int(caught.value.response.headers["Retry-After"]) > 50


def test_every_call_is_in_the_log(slack: SimulatedSlack, web: WebClient) -> None:
    web.chat_postMessage(channel="C0ACCESS01", text="hello")
    refused(web.chat_postMessage, channel="C0NOWHERE1", text="x")
    assert [(c.method, c.ok, c.error) for c in slack.log] == [
        ("chat.postMessage", True, ""),
        ("chat.postMessage", False, "channel_not_found"),
    ]
    assert slack.calls("chat.postMessage")[0].arguments["text"] == "hello"


def test_a_call_takes_less_than_a_millisecond(slack: SimulatedSlack) -> None:
    connection = HTTPConnection("127.0.0.1", int(slack.base_url.rpartition(":")[2]))
    headers = {"Authorization": f"Bearer {slack.bot_token}", "Content-Type": "application/x-www-form-urlencoded"}
    took: list[float] = []
    for _ in range(200):
        started = time.perf_counter()
        connection.request("POST", "/api/users.info", body="user=U0RITA0001", headers=headers)
        connection.getresponse().read()
        took.append(time.perf_counter() - started)
    assert sorted(took)[100] < 0.001
