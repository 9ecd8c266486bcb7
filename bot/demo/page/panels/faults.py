"""Switches that break things, to watch the bot survive."""

from collections.abc import Callable
from dataclasses import dataclass

from nicegui import run, ui

from bot.demo.helpscout import Fault, SimulatedHelpScout
from bot.demo.page.stage import BotProcess
from bot.demo.page.tags import Tag, button, icon
from bot.demo.page.window import Window
from bot.demo.slack.faults import Fault as SlackFault

ASK_EVERY_SECONDS = 0.5
PLAIN_USER = "max@acme.example"
ACCOUNT = {
    "scim_plan": "Help Scout: no SCIM",
    "credential": "Help Scout: a plain user's credential",
    "new_calls": "Help Scout: no calls for users",
}
"""Switches of the account that stay until they are cleared, and how they are called meanwhile."""
CALLS = (
    ("statuses", "An older API: nobody can be set away. The offboarding must say so and go on.", "/users/*/status"),
    ("rotations", "An older API: rotations can't be read or changed.", "/mailboxes/*/routing"),
    (
        "snoozes and schedules",
        "An older API: a snooze can't be set, a scheduled reply can't be stopped.",
        "/conversations/*/snooze",
        "/conversations/*/schedule",
    ),
    ("workflows", "An older API: nobody can tell which workflow became invalid.", "/workflows"),
)
"""Groups of calls that an account's API may lack: title, what to watch, the paths."""


@dataclass(frozen=True, kw_only=True)
class Switch:
    """`order` switches the fault on; `picture` is an icon."""

    title: str
    text: str
    picture: str
    order: Callable[[], object]


class FaultPanel:
    """Orders faults of the two simulations and kills the bot; shows what is still to come."""

    def __init__(self, window: Window, helpscout: SimulatedHelpScout) -> None:
        self.window = window
        self.helpscout = helpscout
        self._drawn: object = None
        self._account = {name: getattr(helpscout.behaviour, name) for name in ACCOUNT}  # as the demo begins
        with Tag("section", "panel faults", aria_label="Faults") as self.root:
            with Tag("header"):
                Tag("h2", "", "Faults")
                Tag("span", "space")
                button("", lambda: window.show_panel("faults"), css="ghost", picture="close", label="Close panel")
            with Tag("div", "panel-body"):
                Tag("p", "lead", "Break something, then go on as if nothing had happened.")
                if window.stage.bot is not None:
                    self._bot_card(window.stage.bot)
                self.pending = Tag("div", "pending", role="status")
                self._group("Help Scout", self._helpscout_switches())
                self._group("What the account can do", self._account_switches())
                self._group("Slack", self._slack_switches())
        ui.timer(ASK_EVERY_SECONDS, self.refresh)

    def _helpscout_switches(self) -> list[Switch]:
        faults = self.helpscout.faults
        return [
            Switch(
                title="Too many requests",
                text="The next 3 requests are answered 429; the bot must wait as told.",
                picture="speed",
                order=lambda: faults.add(fault=Fault.RATE_LIMITED, times=3, retry_after=2),
            ),
            Switch(
                title="Server error",
                text="The next 2 requests are answered 500.",
                picture="error",
                order=lambda: faults.add(fault=Fault.ERROR_500, times=2),
            ),
            Switch(
                title="Lost answer to a removal",
                text="The person is removed, but the bot does not hear it. It must look, not guess.",
                picture="link_off",
                order=lambda: faults.add(fault=Fault.DROPPED_AFTER, match="DELETE /scim/Users/*"),
            ),
            Switch(
                title="Slow answers",
                text="The next 5 requests take two seconds.",
                picture="hourglass_bottom",
                order=lambda: faults.add(fault=Fault.SLOW, times=5, seconds=2.0),
            ),
            Switch(
                title="Slow hand-over",
                text="Each of the next 8 conversations takes a second longer: time to watch, or to kill the bot.",
                picture="hourglass_top",
                order=lambda: [
                    faults.add(fault=Fault.SLOW, match="PATCH /conversations/*", times=1, seconds=float(seconds))
                    for seconds in range(1, 9)
                ],
            ),
            Switch(
                title="Shifted pages",
                text="Page 2 of the people starts one person late. Nobody may be taken for gone.",
                picture="low_priority",
                order=lambda: faults.add(fault=Fault.SHIFTED_PAGE, match="GET /users?page=2"),
            ),
            *(self._missing(*group) for group in CALLS),
        ]

    def _account_switches(self) -> list[Switch]:
        """How the bot writes follows: over SCIM, over REST, or by hand. Until cleared."""
        behaviour = self.helpscout.behaviour
        return [
            Switch(
                title="No SCIM",
                text="SCIM refuses its token, as on a plan without it: new requests go over REST.",
                picture="key_off",
                order=lambda: setattr(behaviour, "scim_plan", False),
            ),
            Switch(
                title="Role user",
                text="The bot's credential is a plain user's now: over REST they may give and take no seats.",
                picture="person_off",
                order=lambda: setattr(behaviour, "credential", PLAIN_USER),
            ),
            Switch(
                title="Calls missing",
                text="An older API: no calls that create or delete users. What was approved is done by hand.",
                picture="phonelink_off",
                order=lambda: setattr(behaviour, "new_calls", False),
            ),
        ]

    def _missing(self, title: str, text: str, *paths: str) -> Switch:
        """A group of calls that this account's API lacks, until cleared."""
        faults = self.helpscout.faults
        return Switch(
            title=f"Calls missing: {title}",
            text=text,
            picture="extension_off",
            order=lambda: [faults.add(fault=Fault.NO_SUCH_CALL, match=path, times=None) for path in paths],
        )

    def _slack_switches(self) -> list[Switch]:
        faults = self.window.slack.faults
        return [
            Switch(
                title="Too many messages",
                text="The next 3 posts or updates are answered 429.",
                picture="speed",
                order=lambda: faults.rate_limit("chat.*", times=3, retry_after=2),
            ),
            Switch(
                title="Server error",
                text="The next 2 calls are answered 500.",
                picture="error",
                order=lambda: faults.server_error(times=2),
            ),
            Switch(
                title="Lost answer to a post",
                text="The message is there, but the bot does not hear it. It must not post twice.",
                picture="link_off",
                order=lambda: faults.lose_answer("chat.postMessage"),
            ),
            *self._refusals(),
        ]

    def _refusals(self) -> list[Switch]:
        """What Slack refuses for good, in its own words; for calls about the channel of the cards, until cleared."""
        slack = self.window.slack
        faults, cards = slack.faults, slack.channel("access").id
        late = "[ERROR] `trigger_id` expired [json-pointer:/trigger_id]"
        return [
            Switch(
                title="Archived channel",
                text="#access takes no message and no update, as if it were archived.",
                picture="inventory_2",
                order=lambda: [
                    faults.error("is_archived", "chat.postMessage", times=None, channel=cards),
                    faults.error("is_inactive", "chat.update", times=None, channel=cards),
                ],
            ),
            Switch(
                title="Read-only channel",
                text="Only admins may post in #access; requesters must hear of it.",
                picture="edit_off",
                order=lambda: faults.error("restricted_action", "chat.postMessage", times=None, channel=cards),
            ),
            Switch(
                title="Locked thread",
                text="Replies under the cards are refused; what they'd say must reach people another way.",
                picture="lock",
                order=lambda: faults.error(
                    "restricted_action_thread_locked", "chat.postMessage", times=None, channel=cards, replies=True
                ),
            ),
            Switch(
                title="Late form",
                text="The next form can't be opened, as if it came after Slack's three seconds.",
                picture="timer_off",
                order=lambda: faults.error(
                    "invalid_arguments", "views.open", details={"response_metadata": {"messages": [late]}}
                ),
            ),
            Switch(
                title="Member list limited",
                text="The next 3 pages of Slack's member list are answered 429; reading must go on where it was.",
                picture="groups",
                order=lambda: faults.rate_limit("users.list", times=3, retry_after=2),
            ),
        ]

    def _group(self, title: str, switches: list[Switch]) -> None:
        Tag("h3", "", title)
        for switch in switches:
            with Tag("div", "switch"):
                icon(switch.picture)
                with Tag("div", "about"):
                    Tag("strong", "", switch.title)
                    Tag("small", "", switch.text)
                label = f"{title}: {switch.title}"
                button("Break", lambda s=switch: self._order(s), css="button", aria_label_=label)  # type: ignore[misc]

    def _bot_card(self, bot: BotProcess) -> None:
        with Tag("div", "bot-card"):
            with Tag("div", "line"):
                self.light = Tag("span", "light")
                self.state = Tag("strong", "", "The bot")
                self.pid = Tag("small", "")
            with Tag("div", "buttons"):
                button("Kill the bot and restart", lambda: self._kill(bot, again=True), css="button danger")
                button("Kill", lambda: self._kill(bot), css="button")
                button("Start", lambda: self._start(bot), css="button")
            with Tag("details"):
                Tag("summary", "", "What it logs")
                self.output = Tag("pre", "output", "")

    async def _kill(self, bot: BotProcess, *, again: bool = False) -> None:
        await run.io_bound(bot.kill)
        if again:
            await run.io_bound(bot.start)
        self.refresh()

    async def _start(self, bot: BotProcess) -> None:
        await run.io_bound(bot.start)
        self.refresh()

    def _order(self, switch: Switch) -> None:
        switch.order()
        self.refresh()

    def _clear(self) -> None:
        self.helpscout.faults.clear()
        self.window.slack.faults.clear()
        for name, value in self._account.items():
            setattr(self.helpscout.behaviour, name, value)
        self.refresh()

    def _on(self) -> list[str]:
        planned = [p for p in self.helpscout.faults.planned() if p.times is None or p.times > 0]
        slack = self.window.slack.faults.on
        words = [f"Help Scout: {p.fault.value}{_times(p.times)}" for p in planned]
        words += [
            ACCOUNT[name] for name, value in self._account.items() if getattr(self.helpscout.behaviour, name) != value
        ]
        return words + [f"Slack: {_said(f)} on {f.method}{_times(f.times)}" for f in slack]

    def refresh(self) -> None:
        shown = self.window.panel == "faults" and self.window.thread is None
        self.root.set_visibility(shown)
        if not shown:
            return
        bot = self.window.stage.bot
        if bot is not None:
            self.light.classes(replace=f"light {bot.state}")
            self.state.say(f"The bot is {bot.state}")
            self.pid.say(f"process {bot.pid}" if bot.pid else "")
            self.output.say("\n".join(bot.output[-40:]))
        on = self._on()
        if on == self._drawn:
            return
        self._drawn = on
        self.pending.clear()
        with self.pending:
            if on:
                with Tag("div", "line"):
                    Tag("strong", "", "Still to come")
                    button("Clear all", self._clear, css="link")
                for words in on:
                    Tag("small", "", words)


def _said(fault: SlackFault) -> str:
    return fault.code if fault.kind == "error" else fault.kind.replace("_", " ")


def _times(times: int | None) -> str:
    return "" if times is None else f", {times} time{'s' if times != 1 else ''}"
