"""What people do in the workspace: type commands, press buttons, fill and send forms, use shortcuts, open the Home."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bot.demo.slack import payloads
from bot.demo.slack.answers import Answer, NothingCame
from bot.demo.slack.block_kit import check_options
from bot.demo.slack.delivery import HttpDelivery, Payload, Reply
from bot.demo.slack.forms import CannotFill, choice, complaints, filled, value_key
from bot.demo.slack.installation import Installation
from bot.demo.slack.people import SLACKBOT_ID, Person
from bot.demo.slack.reading import NoSuchElement, Placed, find_element, options_of
from bot.demo.slack.socket_mode import SocketMode
from bot.demo.slack.typed_text import as_sent
from bot.demo.slack.web_api.call import Refused
from bot.demo.slack.web_api.views import checked_view, pushed
from bot.demo.slack.workspace import Channel, Json, Message, Toast, View, Workspace

NOBODY_HOME = Reply(status=None, failure="connection_failed")
TROUBLE = "We had some trouble connecting. Try again?"


class Hands:
    """Every act is one signed delivery to the bot; it returns when the bot has replied, or after three seconds."""

    workspace: Workspace
    installation: Installation
    delivery: HttpDelivery | None
    socket: SocketMode | None
    base_url: str
    escape: bool
    event_retries: int

    # -- commands and messages ------------------------------------------------------------------------------------

    def command(self, user: str | Person, line: str, *, channel: str = "access", thread_ts: str = "") -> Answer:
        """Types `/name text` in a channel ("access", an id, or "dm" for the direct message with the bot)."""
        person, place = self.workspace.people[user], self._place(user, channel)
        name, _, text = line.strip().partition(" ")
        trigger = self.installation.triggers.hand_out(person.id)
        url = self.installation.responses.hand_out(person.id, place.id, thread_ts=thread_ts)
        payload = Payload(
            kind="slash_commands",
            data=payloads.slash_command(
                person,
                place,
                name,
                as_sent(text.strip(), self.workspace, escape=self.escape),
                trigger_id=trigger.id,
                response_url=f"{self.base_url}/respond/{url.handle}",
            ),
        )
        reply = self._bring(payload)
        answer = Answer(self.workspace, reply=reply, payload=payload, trigger=trigger, url=url)
        if reply.failure:
            self._slackbot(person, place, f'{name} failed with the error "{_dispatch_error(reply)}"')
        elif reply.body.strip():
            content = reply.json() or {"text": reply.body.decode("utf-8", "replace")}
            try:
                self.installation.responses.answer(url, {**content, "replace_original": False})
            except Refused as refusal:
                detail = (refusal.more.get("response_metadata") or {}).get("messages", [])
                self._slackbot(person, place, f'{name} failed with the error "{refusal.code}" {detail}'.strip())
        return answer

    def say(self, user: str | Person, text: str, *, channel: str = "general", thread_ts: str = "") -> Message:
        """Posts a plain message as somebody."""
        person, place = self.workspace.people[user], self._place(user, channel)
        return self.workspace.post(
            place,
            Message(
                ts=self.workspace.new_ts(),
                channel=place.id,
                user=person.id,
                text=as_sent(text, self.workspace),
                thread_ts=thread_ts,
            ),
        )

    # -- buttons, menus, fields -----------------------------------------------------------------------------------

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

    # -- modals ---------------------------------------------------------------------------------------------------

    def submit(self, view: View, values: Mapping[str, Any] | None = None) -> Answer:
        """Fills fields (by label, action_id or block_id) and sends the form. Errors are in `view.errors`."""
        person = self.workspace.people[view.user]
        for what, given in (values or {}).items():
            self.fill(view, what, given)
        with self.workspace.changing():
            view.errors, view.trouble = complaints(view.blocks, view.state), ""
            view.revision = self.workspace.version + 1
        if view.errors:
            return Answer(self.workspace, reply=None)
        trigger = self.installation.triggers.hand_out(person.id, from_view=True)
        payload = Payload(kind="interactive", data=payloads.view_submitted(person, view, trigger_id=trigger.id))
        reply = self._bring(payload)
        answer = Answer(self.workspace, reply=reply, payload=payload, trigger=trigger)
        try:
            if reply.failure:
                raise Refused(reply.failure)
            self._after_submission(view, reply.json(), bool(reply.body.strip()))
        except Refused as refusal:
            with self.workspace.changing():
                view.trouble = f"{TROUBLE} ({refusal.code}{_details(refusal)})"
                view.revision = self.workspace.version + 1
        return answer

    def _after_submission(self, view: View, said: Json, has_body: bool) -> None:
        match said.get("response_action"):
            case None if not has_body or not said:
                self._drop(view)
            case "clear":
                self._drop(view, all_of_them=True)
            case "errors":
                known = {b["block_id"] for b in view.blocks if b["type"] == "input"}
                errors = said.get("errors")
                if not isinstance(errors, dict) or not errors or not set(errors) <= known:
                    raise Refused("invalid_errors")
                with self.workspace.changing():
                    view.errors = {name: str(text) for name, text in errors.items()}
                    view.revision = self.workspace.version + 1
            case "update":
                self.workspace.change_view(view, checked_view(said.get("view"), kinds=("modal",)))
            case "push":
                pushed(self.workspace, view.user, checked_view(said.get("view"), kinds=("modal",)))
            case other:
                raise Refused(f"unknown response_action {other!r}")

    def close(self, view: View, *, all_of_them: bool = False) -> Answer:
        """Presses Cancel (or the cross, which closes all). The bot hears of it only with notify_on_close."""
        person = self.workspace.people[view.user]
        self._drop(view, all_of_them=all_of_them)
        if not view.content.get("notify_on_close"):
            return Answer(self.workspace, reply=None)
        payload = Payload(kind="interactive", data=payloads.view_closed(person, view, cleared=all_of_them))
        return Answer(self.workspace, reply=self._bring(payload), payload=payload)

    def view(self, user: str | Person) -> View | None:
        """The modal that somebody looks at."""
        stack = self.workspace.modals.get(self.workspace.people[user].id)
        return stack[-1] if stack else None

    # -- shortcuts, Home, events ----------------------------------------------------------------------------------

    def shortcut(self, user: str | Person, callback_id: str) -> Answer:
        """Uses a global shortcut."""
        person = self.workspace.people[user]
        trigger = self.installation.triggers.hand_out(person.id)
        payload = Payload(kind="interactive", data=payloads.shortcut_used(person, callback_id, trigger_id=trigger.id))
        return Answer(self.workspace, reply=self._bring(payload, toast=person), payload=payload, trigger=trigger)

    def message_shortcut(self, user: str | Person, message: Message, callback_id: str) -> Answer:
        """Uses a shortcut of a message's menu."""
        person, channel = self.workspace.people[user], self.workspace.channels[message.channel]
        trigger = self.installation.triggers.hand_out(person.id)
        url = self.installation.responses.hand_out(person.id, channel.id)
        payload = Payload(
            kind="interactive",
            data=payloads.message_shortcut_used(
                person,
                message,
                channel,
                callback_id,
                trigger_id=trigger.id,
                response_url=f"{self.base_url}/respond/{url.handle}",
            ),
        )
        reply = self._bring(payload, toast=person)
        return Answer(self.workspace, reply=reply, payload=payload, trigger=trigger, url=url)

    def visit_home(self, user: str | Person) -> Answer:
        """Opens the App's Home tab; does not wait for the bot to publish it."""
        person = self.workspace.people[user]
        place = self.workspace.direct(person.id)
        return self.event(payloads.home_opened(person, place, self.workspace.homes.get(person.id)))

    def open_home(self, user: str | Person, timeout: float = 5.0) -> View:
        """Opens the App's Home tab and waits until the bot has published it anew; else NothingCame."""
        person = self.workspace.people[user]
        before = self.workspace.homes.get(person.id)
        revision = before.revision if before else -1
        answer = self.visit_home(person)

        def fresh() -> bool:
            view = self.workspace.homes.get(person.id)
            return view is not None and view.revision > revision

        if not self.workspace.wait_until(fresh, timeout):
            raise NothingCame(f"no Home was published for {person.handle} within {timeout} s ({answer.reply})")
        return self.workspace.homes[person.id]

    def event(self, inner: Json) -> Answer:
        """Delivers an event, and again up to `event_retries` times while the bot does not take it."""
        payload = Payload(kind="events_api", data=payloads.event(inner, event_id=self.workspace.new_id("Ev")))
        reply = self._bring(payload)
        for attempt in range(1, self.event_retries + 1):
            if not reply.failure:
                break
            reply = self._bring(payload, retry=attempt, reason=_retry_reason(reply))
        return Answer(self.workspace, reply=reply, payload=payload)

    def redeliver(self, answer: Answer) -> Reply:
        """The same payload once more, byte for byte but for signature and time."""
        if answer.payload is None:
            raise ValueError("nothing was sent, so nothing can be sent again")
        retry = answer.payload.kind == "events_api"
        return self._bring(answer.payload, retry=int(retry), reason="http_timeout" if retry else "")

    @contextmanager
    def forging(self, *, secret: str | None = None, age: int = 0) -> Iterator[None]:
        """Deliveries within are signed with another secret, or `age` seconds ago."""
        if self.delivery is None:
            raise ValueError("no bot is connected over HTTP")
        true_secret, self.delivery.age = self.delivery.secret, age
        self.delivery.secret = true_secret if secret is None else secret
        try:
            yield
        finally:
            self.delivery.secret, self.delivery.age = true_secret, 0

    # -- inner ----------------------------------------------------------------------------------------------------

    def _bring(self, payload: Payload, *, retry: int = 0, reason: str = "", toast: Person | None = None) -> Reply:
        if self.socket is not None and self.socket.connections:
            reply = self.socket.bring(payload, retry=retry, reason=reason)
        elif self.delivery is not None:
            reply = self.delivery.bring(payload, retry=retry, reason=reason)
        else:
            reply = NOBODY_HOME
        if reply.failure and toast is not None:
            self._toast(toast, f"hs-bot did not answer ({_dispatch_error(reply)}).")
        return reply

    def _toast(self, person: Person, text: str) -> None:
        with self.workspace.changing():
            self.workspace.toasts.append(Toast(user=person.id, text=text))

    def _slackbot(self, person: Person, place: Channel, text: str) -> None:
        ts = self.workspace.new_ts()
        message = Message(ts=ts, channel=place.id, user=SLACKBOT_ID, text=text, ephemeral_to=person.id)
        self.workspace.post(place, message)

    def _place(self, user: str | Person, channel: str) -> Channel:
        if channel == "dm":
            return self.workspace.direct(self.workspace.people[user].id)
        found = self.workspace.find_channel(channel)
        if found is None:
            raise KeyError(f"no channel called {channel!r} in the simulated workspace")
        return found

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

    def _drop(self, view: View, *, all_of_them: bool = False) -> None:
        with self.workspace.changing():
            stack = self.workspace.modals.get(view.user, [])
            gone = list(stack) if all_of_them else [v for v in stack if v is view]
            for one in gone:
                one.closed = True
                stack.remove(one)


def _blocks(where: Message | View, block_id: str = "") -> list[Json]:
    blocks = where.all_blocks if isinstance(where, Message) else where.blocks
    return [block for block in blocks if block_id in ("", block.get("block_id"))]


def _owner(where: Message | View) -> str:
    owner = where.user if isinstance(where, View) else where.ephemeral_to
    if not owner:
        raise ValueError("who does it? a message that everybody sees needs `user=`")
    return owner


def _dispatch_error(reply: Reply) -> str:
    return "operation_timeout" if reply.failure == "operation_timeout" else "dispatch_failed"


def _retry_reason(reply: Reply) -> str:
    return {"operation_timeout": "http_timeout", "connection_failed": "connection_failed"}.get(
        reply.failure, "http_error"
    )


def _details(refusal: Refused) -> str:
    messages = (refusal.more.get("response_metadata") or {}).get("messages", [])
    return ": " + "; ".join(messages) if messages else ""
