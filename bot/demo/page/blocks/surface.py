"""Where blocks stand: a message or a view, looked at by one person in one tab."""

from dataclasses import dataclass
from typing import Any

from bot.demo.page.drawing.reader import Reader
from bot.demo.page.window import Window
from bot.demo.slack import Message, View
from bot.demo.slack.reading import Placed

Json = dict[str, Any]


@dataclass(frozen=True)
class Surface:
    """`where` is what the elements belong to; acts are done by whoever looks through the window."""

    window: Window
    where: Message | View

    @property
    def reader(self) -> Reader:
        return self.window.reader

    def value(self, placed: Placed) -> Json:
        """What stands in the element now, as in `state.values`."""
        return self.where.state.get(placed)

    def sends_at_once(self, placed: Placed) -> bool:
        """Whether the bot hears of each change (outside input blocks, or with dispatch_action)."""
        return not placed.is_input or bool(placed.block.get("dispatch_action"))

    async def press(self, placed: Placed, option: Any = None) -> None:
        """Presses a button or takes a menu's option, after Slack's confirm dialog where there is one."""
        confirm = placed.element.get("confirm")
        if confirm and not await self.window.confirm(confirm):
            return
        person = self.window.person
        await self.window.do(
            lambda: self.window.slack.click(person, self.where, placed.action_id, option=option, block=placed.block_id)
        )

    async def fill(self, placed: Placed, given: Any) -> None:
        """Enters a finished value (a choice, a date, a line ended with Enter)."""
        if self.sends_at_once(placed):
            await self.press(placed, given)
        else:
            self.keep(placed, given)

    def keep(self, placed: Placed, given: Any) -> None:
        """Enters something while it is being typed; nobody is told."""
        self.window.slack.keep(self.where, placed.action_id, given, user=self.window.person, block=placed.block_id)

    async def suggestions(self, placed: Placed, words: str) -> list[Json]:
        """What the bot offers for the words."""
        person = self.window.person
        found = await self.window.do(
            lambda: self.window.slack.type_ahead(
                self.where, placed.action_id, words, user=person, block=placed.block_id
            )
        )
        return found or []
