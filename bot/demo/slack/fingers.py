"""Pressing buttons and filling fields, in messages and in views."""

from typing import Any

from bot.demo.slack import payloads
from bot.demo.slack.answers import Answer
from bot.demo.slack.block_kit import check_options
from bot.demo.slack.delivery import Payload
from bot.demo.slack.forms import CannotFill, choice, filled, value_key
from bot.demo.slack.people import Person
from bot.demo.slack.reach import Reach
from bot.demo.slack.reading import NoSuchElement, Placed, find_element, options_of
from bot.demo.slack.things import Json, Message, View


class Fingers(Reach):
    """What a person does to one element; named by action_id, label or block_id."""

    def click(
        self,
        user: str | Person,
        where: Message | View,
        what: str,
        *,
        option: Any = None,
        confirm: bool = True,
        block: str = "",
    ) -> Answer:
        """Presses what has that action_id or label; `option` is what to take from a menu, `confirm=False` declines.

        `block` (a block_id) says which one when several blocks have it, else it is the first.
        """
        person = self.workspace.people[user]
        placed = find_element(_blocks(where, block), what)
        if placed.element.get("confirm") and not confirm:
            return Answer(self.workspace, reply=None)
        action: Json = {
            "type": placed.element["type"],
            "action_id": placed.action_id,
            "block_id": placed.block_id,
            "action_ts": self.workspace.new_ts(),
        }
        if placed.element["type"] == "overflow":
            action["selected_option"] = choice(options_of(placed.element), option)
        elif value_key(placed.element):
            action |= self._fill(person, where, placed, option)
        else:
            action |= {name: placed.element[name] for name in ("text", "value", "style") if name in placed.element}
        return self._clicked(person, where, placed, action)

    def fill(self, where: Message | View, what: str, given: Any, *, user: str | Person = "", block: str = "") -> Answer:
        """Enters something; sends block_actions where Slack does (with dispatch_action, or outside input blocks)."""
        person = self.workspace.people[user or _owner(where)]
        placed = find_element(_blocks(where, block), what)
        if not placed.is_input or placed.block.get("dispatch_action"):
            return self.click(person, where, placed.action_id, option=given, block=placed.block_id)
        self._fill(person, where, placed, given)
        return Answer(self.workspace, reply=None)

    def keep(self, where: Message | View, what: str, given: Any, *, user: str | Person = "", block: str = "") -> None:
        """Enters something without telling the bot yet, as while one is still typing."""
        self._fill(
            self.workspace.people[user or _owner(where)], where, find_element(_blocks(where, block), what), given
        )

    def type_ahead(
        self, where: Message | View, what: str, text: str, *, user: str | Person = "", block: str = ""
    ) -> list[Json]:
        """The options that the bot offers for what is typed; none when that is too short or the bot fails."""
        person = self.workspace.people[user or _owner(where)]
        placed = find_element(_blocks(where, block), what)
        if len(text) < placed.element.get("min_query_length", 3):
            return []
        channel = self.workspace.channels.get(where.channel) if isinstance(where, Message) else None
        reply = self._bring(
            Payload(kind="interactive", data=payloads.suggestion_asked(person, where, channel, placed, text))
        )
        if reply.failure:
            return []
        options, wrong = check_options(reply.json())
        if wrong:
            raise CannotFill(f"the bot's answer to the typeahead is not valid: {wrong}")
        return options

    def _fill(self, person: Person, where: Message | View, placed: Placed, given: Any) -> Json:
        value = self._value(person, where, placed, given)
        with self.workspace.changing():
            where.state.put(placed, value)
            where.revision = self.workspace.version + 1
        return value

    def _value(self, person: Person, where: Message | View, placed: Placed, given: Any) -> Json:
        if "external" not in placed.element["type"] or given is None:
            return filled(placed.element, given)
        many = given if isinstance(given, list | tuple) else [given]
        offered: list[Json] = []
        for one in many:
            offered += [one] if isinstance(one, dict) else self._offered(where, placed, one, person)
        return filled(placed.element, given, offered)

    def _offered(self, where: Message | View, placed: Placed, text: str, person: Person) -> list[Json]:
        return self.type_ahead(where, placed.action_id, text, user=person, block=placed.block_id)

    def _clicked(self, person: Person, where: Message | View, placed: Placed, action: Json) -> Answer:
        trigger = self.installation.triggers.hand_out(person.id, from_view=isinstance(where, View))
        if isinstance(where, View):
            data = payloads.view_action_clicked(person, where, action, trigger_id=trigger.id)
            payload = Payload(kind="interactive", data=data)
            return Answer(self.workspace, reply=self._bring(payload, toast=person), payload=payload, trigger=trigger)
        if where.deleted:
            raise NoSuchElement(f"the message with {placed.label!r} is deleted")
        channel = self.workspace.channels[where.channel]
        url = self.installation.responses.hand_out(person.id, channel.id, original=where, thread_ts=where.thread_ts)
        data = payloads.message_action_clicked(
            person,
            where,
            channel,
            action,
            trigger_id=trigger.id,
            response_url=f"{self.base_url}/respond/{url.handle}",
        )
        payload = Payload(kind="interactive", data=data)
        reply = self._bring(payload, toast=person)
        return Answer(self.workspace, reply=reply, payload=payload, trigger=trigger, url=url)


def _blocks(where: Message | View, block_id: str = "") -> list[Json]:
    blocks = where.all_blocks if isinstance(where, Message) else where.blocks
    return [block for block in blocks if block_id in ("", block.get("block_id"))]


def _owner(where: Message | View) -> str:
    owner = where.user if isinstance(where, View) else where.ephemeral_to
    if not owner:
        raise ValueError("who does it? a message that everybody sees needs `user=`")
    return owner
