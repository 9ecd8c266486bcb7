"""What people do in the workspace: type commands, press buttons, fill and send forms, use shortcuts, open the Home."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bot.demo.slack import payloads
from bot.demo.slack.answers import Answer, NothingCame
from bot.demo.slack.delivery import Payload
from bot.demo.slack.fingers import Fingers
from bot.demo.slack.forms import complaints
from bot.demo.slack.people import SLACKBOT_ID, Person
from bot.demo.slack.reach import dispatch_error
from bot.demo.slack.things import Channel, File, Json, Message, View
from bot.demo.slack.typed_text import as_sent
from bot.demo.slack.web_api.call import Refused
from bot.demo.slack.web_api.views import checked_view, pushed

TROUBLE = "We had some trouble connecting. Try again?"


class Hands(Fingers):
    """Every act is one signed delivery to the bot; it returns when the bot has replied, or after three seconds."""

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
            self._slackbot(person, place, f'{name} failed with the error "{dispatch_error(reply)}"')
        elif reply.body.strip():
            content = reply.json() or {"text": reply.body.decode("utf-8", "replace")}
            try:
                self.installation.responses.answer(url, {**content, "replace_original": False})
            except Refused as refusal:
                detail = (refusal.more.get("response_metadata") or {}).get("messages", [])
                self._slackbot(person, place, f'{name} failed with the error "{refusal.code}" {detail}'.strip())
        return answer

    def say(
        self,
        user: str | Person,
        text: str,
        *,
        channel: str = "general",
        thread_ts: str = "",
        files: Sequence[File] = (),
    ) -> Message:
        """Posts a message as somebody, perhaps with files; the bot hears of it in its direct messages."""
        person, place = self.workspace.people[user], self._place(user, channel)
        message = self.workspace.post(
            place,
            Message(
                ts=self.workspace.new_ts(),
                channel=place.id,
                user=person.id,
                text=as_sent(text, self.workspace),
                thread_ts=thread_ts,
                files=list(files),
            ),
        )
        if place.is_im and (self.delivery is not None or self.socket is not None):
            self.event(payloads.message_posted(message))
        return message

    def upload(self, user: str | Person, name: str, content: bytes, text: str = "", **more: Any) -> Message:
        """Drops a file into the direct messages with the bot; `more` is what its object says otherwise."""
        person = self.workspace.people[user]
        return self.say(person, text, channel="dm", files=[self.new_file(person, name, content, **more)])

    def new_file(self, user: Person, name: str, content: bytes, **more: Any) -> File:
        """Somebody's file, hosted by Slack."""
        with self.workspace.changing():
            id = self.workspace.new_id("F")
            url = f"{self.base_url}/files/{id}/download/{quote(name)}"
            file = File(
                id=id, name=name, title=name, length=len(content), content=content, shared=True, url=url, user=user.id
            )
            file.more = more
            self.workspace.files[id] = file
        return file

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

    def deactivate(self, user: str | Person) -> Answer:
        """An administrator deactivates somebody; the bot is told as by Slack."""
        person = self.workspace.people[user]
        with self.workspace.changing():
            person.deleted = True
        return self.changed(person)

    def changed(self, user: str | Person) -> Answer:
        """Something about somebody has changed: the event user_change."""
        return self.event(payloads.user_changed(self.workspace.people[user]))

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

    def _drop(self, view: View, *, all_of_them: bool = False) -> None:
        with self.workspace.changing():
            stack = self.workspace.modals.get(view.user, [])
            gone = list(stack) if all_of_them else [v for v in stack if v is view]
            for one in gone:
                one.closed = True
                stack.remove(one)


def _details(refusal: Refused) -> str:
    messages = (refusal.more.get("response_metadata") or {}).get("messages", [])
    return ": " + "; ".join(messages) if messages else ""
