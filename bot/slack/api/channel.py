"""Who is in a channel."""

from slack_sdk import WebClient

from bot.slack.api.web import call

PAGE = 200
MOST_PAGES = 50


def members_of_channel(client: WebClient, channel: str) -> frozenset[str]:
    """The ids of everybody who is in it. Raises a `SlackFault`."""
    found: set[str] = set()
    cursor = ""
    for _ in range(MOST_PAGES):
        page = cursor
        answer = call(
            "conversations.members",
            lambda page=page: client.conversations_members(channel=channel, limit=PAGE, cursor=page or None),  # type: ignore[misc]
        )
        found.update(str(id) for id in answer.get("members") or ())
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor or cursor == page:
            break
    return frozenset(found)
