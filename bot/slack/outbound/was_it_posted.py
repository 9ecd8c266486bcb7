"""Was it sent? After a lost answer, or when an earlier sender died, the channel is read: what we post carries a key.

The key is in the message's metadata, which Slack keeps and shows to apps only.
"""

from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from bot.slack.api.web import SlackRefused, call

EVENT = "hs_bot"
PAGE = 200
MOST_PAGES = 25
SKEW = timedelta(minutes=10)
"""By how much Slack's clock and ours may differ."""


def stamp(key: str) -> dict[str, Any]:
    """Metadata for chat.postMessage."""
    return {"event_type": EVENT, "event_payload": {"key": key}}


def find_sent(client: WebClient, key: str, *, channel: str, thread_ts: str, since: datetime) -> str | None:
    """The `ts` of the message with this key posted at or after `since`; None when there is none.

    `channel` may be a member's id: their direct messages. Where Slack does not let us read, it can't be known: None.
    Raises `SlackBusy`, `SlackAway`.
    """
    try:
        return _find(client, key, _conversation(client, channel), thread_ts, since - SKEW)
    except SlackRefused:
        return None


def _find(client: WebClient, key: str, channel: str, thread_ts: str, since: datetime) -> str | None:
    cursor = ""
    for _ in range(MOST_PAGES):
        answer = _page(client, channel, thread_ts, since, cursor)
        for message in answer.get("messages") or ():
            metadata = message.get("metadata") or {}
            if metadata.get("event_type") == EVENT and (metadata.get("event_payload") or {}).get("key") == key:
                return str(message["ts"])
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            break
    return None


def _page(client: WebClient, channel: str, thread_ts: str, since: datetime, cursor: str) -> SlackResponse:
    where: dict[str, Any] = {
        "channel": channel,
        "limit": PAGE,
        "oldest": f"{since.timestamp():.6f}",
        "include_all_metadata": True,
    }
    if cursor:
        where["cursor"] = cursor
    if thread_ts:
        return call("conversations.replies", lambda: client.conversations_replies(ts=thread_ts, **where))
    return call("conversations.history", lambda: client.conversations_history(**where))


def _conversation(client: WebClient, channel: str) -> str:
    """The id of the conversation; a member's direct messages have one of their own."""
    if not channel.startswith(("U", "W")):
        return channel
    answer = call("conversations.open", lambda: client.conversations_open(users=channel))
    return str((answer.get("channel") or {}).get("id", ""))
