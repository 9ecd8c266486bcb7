"""conversations.*: channels, their history and threads, direct messages."""

from collections.abc import Mapping

from bot.demo.slack.people import BOT_USER_ID
from bot.demo.slack.things import Channel, Message
from bot.demo.slack.web_api.call import Call, Json, Method, Refused


def _family(channel: Channel) -> str:
    return "im" if channel.is_im else "groups" if channel.is_private else "channels"


def _info(call: Call) -> Json:
    channel = call.channel()
    call.require(f"{_family(channel)}:read")
    return {"channel": channel.as_json()}


def _list(call: Call) -> Json:
    kinds = set(call.text("types", "public_channel").split(","))
    channels = [
        c
        for c in call.workspace.channels.values()
        if ("im" if c.is_im else "private_channel" if c.is_private else "public_channel") in kinds
        and not (c.is_private and BOT_USER_ID not in c.members)
        and not (c.is_archived and call.flag("exclude_archived"))
    ]
    page, following = call.page(channels, default=100, most=999)
    return {"channels": [c.as_json() for c in page], "response_metadata": {"next_cursor": following}}


def _members(call: Call) -> Json:
    channel = call.channel()
    call.require(f"{_family(channel)}:read")
    page, following = call.page(sorted(channel.members), default=100, most=999)
    return {"members": page, "response_metadata": {"next_cursor": following}}


def _join(call: Call) -> Json:
    channel = call.channel()
    if channel.is_im or channel.is_private:
        raise Refused("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refused("is_archived")
    with call.workspace.changing():
        already = BOT_USER_ID in channel.members
        channel.members.add(BOT_USER_ID)
    return {"channel": channel.as_json()} | ({"warning": "already_in_channel"} if already else {})


def _open(call: Call) -> Json:
    if call.text("channel"):
        return {"channel": {"id": call.channel().id}}
    users = [u for u in call.needed("users", "users_list_not_supplied").split(",") if u]
    if len(users) > 1:
        raise Refused("method_not_supported_for_channel_type")
    person = call.workspace.people.get(users[0])
    if person is None or person.id != users[0]:
        raise Refused("user_not_found")
    if person.deleted:
        raise Refused("user_disabled")
    if person.is_bot:
        raise Refused("cannot_dm_bot")
    channel = call.workspace.direct(person.id)
    return {"channel": channel.as_json() if call.flag("return_im") else {"id": channel.id}}


def _readable(call: Call) -> Channel:
    channel = call.channel()
    call.require(f"{_family(channel)}:history")
    if BOT_USER_ID not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _within(call: Call, messages: list[Message]) -> list[Message]:
    oldest, latest = float(call.text("oldest", "0") or 0), float(call.text("latest") or "inf")
    if call.flag("inclusive"):
        return [m for m in messages if oldest <= float(m.ts) <= latest]
    return [m for m in messages if oldest < float(m.ts) < latest]


def _as_listed(call: Call, channel: Channel, message: Message) -> Json:
    shown = message.as_json(with_metadata=call.flag("include_all_metadata"))
    replies = channel.thread(message.ts)
    if replies and not message.is_reply:
        shown |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": sorted({r.user for r in replies}),
            "latest_reply": replies[-1].ts,
        }
    return shown


def _history(call: Call) -> Json:
    channel = _readable(call)
    newest_first = _within(call, channel.messages)[::-1]
    page, following = call.page(newest_first, default=100, most=999)
    return {
        "messages": [_as_listed(call, channel, m) for m in page],
        "has_more": bool(following),
        "pin_count": 0,
        "response_metadata": {"next_cursor": following},
    }


def _replies(call: Call) -> Json:
    channel = _readable(call)
    parent = call.workspace.find_message(channel, call.needed("ts"))
    if parent is None:
        raise Refused("thread_not_found")
    replies = [] if parent.is_reply else _within(call, channel.thread(parent.ts))
    page, following = call.page([parent, *replies], default=1000, most=1000)
    return {
        "messages": [_as_listed(call, channel, m) for m in page],
        "has_more": bool(following),
        "response_metadata": {"next_cursor": following},
    }


_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")

METHODS: Mapping[str, Method] = {
    "conversations.info": Method(run=_info, scopes=_READ),
    "conversations.list": Method(run=_list, scopes=_READ),
    "conversations.members": Method(run=_members, scopes=_READ),
    "conversations.join": Method(run=_join, scopes=("channels:join",)),
    "conversations.open": Method(run=_open, scopes=("im:write", "mpim:write", "channels:manage", "groups:write")),
    "conversations.history": Method(run=_history, scopes=_HISTORY),
    "conversations.replies": Method(run=_replies, scopes=_HISTORY),
}
