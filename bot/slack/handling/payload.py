"""What Slack delivers, read once. Everything in it is a claim: ids are looked up again, texts are only shown.

Source: docs.slack.dev, "Slash commands" and "Interaction payloads". Fields that are missing or of another type than
documented read as empty: a payload never makes a listener fail.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.policy.people.origin import Origin

LONGEST_TEXT = 8000  # signs; Slack's own limit for what is typed after a command is far below

DEPARTED = "left"
"""Key in Bolt's context: an event that the transport sets when the answer has left, see `http.py` and `socket.py`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One command, click, submission, typeahead, shortcut or event.

    `text` is what was typed (command, typeahead); `value` what a button or a chosen option carries; `arrived` is
    monotonic seconds; `left` is set when the immediate answer has been sent, None where nobody can tell.
    """

    kind: str = ""  # "command", "block_actions", "view_submission", "block_suggestion", "shortcut", "message_action", …
    user: str = ""
    origin: Origin = field(default_factory=Origin)
    channel: str = ""
    name: str = ""  # of the command; action_id; callback_id
    text: str = ""
    value: str = ""
    block: str = ""
    trigger: str = ""
    response_url: str = ""
    view: Mapping[str, Any] = field(default_factory=dict)
    message: Mapping[str, Any] = field(default_factory=dict)
    event: Mapping[str, Any] = field(default_factory=dict)
    event_id: str = ""
    bot: str = ""  # of an event: the bot's own user id
    hint: str = ""  # the sub-command that the first word may have meant
    ephemeral: bool = False  # a click on a message that only this person sees
    arrived: float = 0.0
    left: threading.Event | None = field(default=None, compare=False, repr=False)

    @property
    def age(self) -> float:
        """Seconds since it arrived."""
        return time.monotonic() - self.arrived

    @property
    def key(self) -> str:
        """The same for a second delivery of the same thing; "" when Slack gave no sign of identity.

        Who did it and where belong to it: what one person was answered is never another one's answer.
        """
        sign = self.event_id or self.trigger
        origin = self.origin
        by = (self.kind, self.name, self.user, origin.team, origin.enterprise, origin.own)
        return "/".join((sign, *by)) if sign else ""

    @property
    def in_modal(self) -> bool:
        """A click on something in a modal, which stays open."""
        return self.kind == "block_actions" and self.view.get("type") == "modal"

    @property
    def mark(self) -> str:
        """The mark of what was shown, which stands in a block's id behind its colon; "" for a block without."""
        return self.block.partition(":")[2]

    def state(self, block: str) -> Mapping[str, Any]:
        """What a form holds in the (one) element of this block; {} when that is nothing."""
        values = mapping(mapping(self.view.get("state")).get("values")).get(block)
        return next((mapping(one) for one in mapping(values).values()), {})

    def typed(self, block: str) -> str:
        """The text of a field."""
        return text(self.state(block).get("value"))

    def chosen(self, block: str) -> str:
        """The value of a menu's chosen option."""
        return text(mapping(self.state(block).get("selected_option")).get("value"))

    def all_chosen(self, block: str) -> tuple[str, ...]:
        """The values of a menu of which several may be chosen."""
        options = self.state(block).get("selected_options")
        return tuple(text(mapping(one).get("value")) for one in options) if isinstance(options, list) else ()

    def files(self, block: str) -> tuple[Mapping[str, Any], ...]:
        """The objects of the files that somebody has put into a field."""
        found = self.state(block).get("files")
        return tuple(mapping(one) for one in found if mapping(one)) if isinstance(found, list) else ()

    def number(self, block: str, key: str) -> int | None:
        """A number that an element holds, like `selected_date_time`."""
        found = self.state(block).get(key)
        return found if isinstance(found, int) and not isinstance(found, bool) else None


def read_command(body: Mapping[str, Any], context: Mapping[str, Any]) -> Call:
    """A slash command."""
    return Call(
        kind="command",
        user=text(body.get("user_id")),
        origin=Origin(team=claim(body.get("team_id")), enterprise=claim(body.get("enterprise_id"))),
        channel=text(body.get("channel_id")),
        name=text(body.get("command")),
        text=text(body.get("text")),
        trigger=text(body.get("trigger_id")),
        response_url=text(body.get("response_url")),
        arrived=time.monotonic(),
        left=context.get(DEPARTED),
    )


def read_interaction(body: Mapping[str, Any], context: Mapping[str, Any]) -> Call:
    """A click, a submission, a typeahead or a shortcut."""
    actions = body.get("actions")
    action = mapping(actions[0]) if isinstance(actions, list) and actions else {}
    view, user, container = mapping(body.get("view")), mapping(body.get("user")), mapping(body.get("container"))
    option = mapping(action.get("selected_option"))
    return Call(
        kind=text(body.get("type")),
        user=text(user.get("id")),
        origin=Origin(
            team=claimed(body.get("team")),
            enterprise=claimed(body.get("enterprise")),
            own=claim(user.get("team_id")),
        ),
        channel=text(mapping(body.get("channel")).get("id")) or text(container.get("channel_id")),
        name=text(
            action.get("action_id") or body.get("action_id") or body.get("callback_id") or view.get("callback_id")
        ),
        text=text(body.get("value")),
        value=text(action.get("value") or option.get("value")),
        block=text(action.get("block_id") or body.get("block_id")),
        trigger=text(body.get("trigger_id")),
        response_url=text(body.get("response_url")),
        view=view,
        message=mapping(body.get("message")),
        ephemeral=container.get("is_ephemeral") is True,
        arrived=time.monotonic(),
        left=context.get(DEPARTED),
    )


def read_event(body: Mapping[str, Any], context: Mapping[str, Any]) -> Call:
    """An event of the Events API."""
    event, ours = mapping(body.get("event")), body.get("authorizations")
    return Call(
        kind="event",
        user=text(event.get("user")),
        origin=Origin(team=claim(body.get("team_id")), enterprise=claim(body.get("enterprise_id"))),
        channel=text(event.get("channel")),
        name=text(event.get("type")),
        event=event,
        bot=text(mapping(ours[0]).get("user_id")) if isinstance(ours, list) and ours else "",
        event_id=text(body.get("event_id")),
        arrived=time.monotonic(),
        left=context.get(DEPARTED),
    )


def is_to_us(happened: Call) -> bool:
    """Whether an event is one that somebody causes towards the bot. Of messages: a person's own, new, and direct.

    Edits, deletions, and what the bot or another app posts there are told by the same event.
    """
    event = happened.event
    if happened.name != "message":
        return True
    by_app = bool(event.get("bot_id") or event.get("app_id")) or (happened.bot and happened.user == happened.bot)
    new = event.get("subtype") in (None, "file_share") and not event.get("hidden")
    return new and not by_app and event.get("channel_type") == "im"


def read_id(value: str) -> int | None:
    """A Help Scout id that a button or an option carries; None when it can't be one."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def text(value: Any) -> str:
    """A string of bearable length; "" for anything else. What no database can hold is taken out."""
    if not isinstance(value, str):
        return ""
    kept = value[:LONGEST_TEXT]
    if not kept.isascii():
        kept = kept.encode("utf-8", "replace").decode("utf-8")  # half of a pair of surrogates
    return kept.replace("\x00", "")


def claim(value: Any) -> str:
    """The id of a workspace or organisation; "" when there is none, "?" for what is no id, which is nobody's."""
    return "" if value is None else text(value) if isinstance(value, str) else "?"


def claimed(whose: Any) -> str:
    """The id that an object like `{"id": "T…"}` has, see `claim`."""
    return claim(whose.get("id")) if isinstance(whose, Mapping) else "" if whose is None else "?"


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
