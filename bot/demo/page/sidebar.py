"""The sidebar: the workspace, its channels, the app; and the doors to what is behind the scenes."""

from collections.abc import Callable
from functools import partial

from bot.demo.page.drawing.avatars import avatar
from bot.demo.page.tags import Tag, icon
from bot.demo.page.window import HOME, Window
from bot.demo.slack import BOT_USER_ID
from bot.demo.slack.people import TEAM_NAME
from bot.demo.slack.things import Channel

PANELS = (
    ("tour", "flag", "Guided tour"),
    ("helpscout", "support_agent", "Help Scout"),
    ("provider", "badge", "Identity provider"),
    ("record", "inventory_2", "The record"),
    ("faults", "flash_on", "Faults"),
)


class Sidebar:
    """Follows unread messages and what one looks at.

    Rows are changed where they are: a row that is drawn anew under somebody's finger would lose the click.
    """

    def __init__(self, window: Window) -> None:
        self.window = window
        self._rows: dict[str, Row] = {}  # by place, and by panel
        self._drawn: object = None
        with Tag("nav", "sidebar", aria_label="Workspace"):
            with Tag("div", "workspace"):
                Tag("strong", "", TEAM_NAME)
                Tag("small", "", "simulated workspace")
            self.list = Tag("div", "rows")

    def refresh(self) -> None:
        window, person = self.window, self.window.person
        channels = window.channels(person)
        drawn = (person.id, [channel.id for channel in channels])
        if drawn != self._drawn:
            self._drawn = drawn
            self._draw(channels)
        for channel in [*channels, window.direct]:
            row = self._rows[channel.id]
            unread = window.unread(person, channel)
            row.unread = unread
            row.say(f"{row.words}, {unread} unread" if unread else row.words, str(unread) if unread else "")
            here = window.place == channel.id or (channel.is_im and window.place == HOME)
            row.mark(here=here, unread=bool(unread))
            row.element.mark_as("aria_current", "page" if here else None)
        for name, _, _ in PANELS:
            if name in self._rows:
                shown = window.panel == name and window.thread is None
                self._rows[name].mark(open=shown)
                self._rows[name].element.mark_as("aria_pressed", str(shown).lower())

    def _draw(self, channels: list[Channel]) -> None:
        window = self.window
        self._rows.clear()
        self.list.clear()
        with self.list:
            Tag("h2", "", "Channels")
            for channel in channels:
                self._rows[channel.id] = Row(partial(icon, "tag"), channel.name, partial(window.go, channel.id))
            if not channels:
                Tag("p", "", "In no channel.")
            Tag("h2", "", "Apps")
            face = partial(avatar, window.workspace.people[BOT_USER_ID], "small")
            self._rows[window.direct.id] = Row(face, window.stage.app_name, self._open_app)
            Tag("h2", "", "Behind the scenes")
            for name, picture, words in PANELS:
                if self._exists(name):
                    self._rows[name] = Row(partial(icon, picture), words, partial(window.show_panel, name))

    def _open_app(self) -> None:
        """What is unread first, else the Home."""
        direct = self.window.direct.id
        self.window.go(direct if self._rows[direct].unread else HOME)

    def _exists(self, name: str) -> bool:
        stage = self.window.stage
        needed = {
            "helpscout": stage.helpscout,
            "provider": stage.provider,
            "record": stage.record,
            "faults": stage.helpscout,
        }
        return needed.get(name, stage) is not None


class Row:
    """One entry: `picture` draws what stands before the words."""

    def __init__(self, picture: Callable[[], object], words: str, opened: Callable[[], None]) -> None:
        self.words = words
        self.unread = 0
        with Tag("button", "entry", type="button", aria_label=words, title=words) as self.element:
            picture()
            Tag("span", "name", words)
            self._count = Tag("span", "count", "")
        self._count.set_visibility(False)
        self.element.on("click", lambda _: opened())

    def say(self, label: str, count: str) -> None:
        self.element.mark_as("aria_label", label)
        self._count.say(count)
        self._count.set_visibility(bool(count))

    def mark(self, **states: bool) -> None:
        """Classes that come and go."""
        for name, on in states.items():
            self.element.classes(**{"add" if on else "remove": name})
