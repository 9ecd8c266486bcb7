"""Switches that break things, to watch the bot survive."""

from nicegui import run, ui

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.page.panels.fault_switches import Switch, of_account, of_helpscout, of_slack
from bot.demo.page.stage import BotProcess
from bot.demo.page.tags import Tag, button, icon
from bot.demo.page.window import Window
from bot.demo.slack.faults import Fault as SlackFault

ASK_EVERY_SECONDS = 0.5
ACCOUNT = {
    "scim_plan": "Help Scout: no SCIM",
    "credential": "Help Scout: a plain user's credential",
    "new_calls": "Help Scout: no calls for users",
}
"""Switches of the account that stay until they are cleared, and how they are called meanwhile."""


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
                self._group("Help Scout", of_helpscout(helpscout.faults))
                self._group("What the account can do", of_account(helpscout.behaviour))
                self._group("Slack", of_slack(window.slack))
        ui.timer(ASK_EVERY_SECONDS, self.refresh)

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
