"""The sidebar: the workspace, its channels, the app; and the doors to what is behind the scenes."""

from bot.demo.page.avatars import avatar
from bot.demo.page.tags import Tag, icon
from bot.demo.page.window import HOME, Window
from bot.demo.slack import BOT_USER_ID
from bot.demo.slack.people import TEAM_NAME

PANELS = (
    ("tour", "flag", "Guided tour"),
    ("helpscout", "support_agent", "Help Scout"),
    ("record", "inventory_2", "The record"),
    ("faults", "flash_on", "Faults"),
)


class Sidebar:
    """Follows unread messages and what one looks at."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._drawn: object = None
        with Tag("nav", "sidebar", aria_label="Workspace"):
            with Tag("div", "workspace"):
                Tag("strong", "", TEAM_NAME)
                Tag("small", "", "simulated workspace")
            self.list = Tag("div", "rows")

    def refresh(self) -> None:
        window, person = self.window, self.window.person
        channels = window.channels(person)
        unread = {c.id: window.unread(person, c) for c in [*channels, window.direct]}
        current = (person.id, window.place, window.panel, tuple(unread.items()))
        if current == self._drawn:
            return
        self._drawn = current
        self.list.clear()
        with self.list:
            Tag("h2", "", "Channels")
            for channel in channels:
                self._row("tag", channel.name, channel.id, unread[channel.id])
            if not channels:
                Tag("p", "", "In no channel.")
            Tag("h2", "", "Apps")
            app = window.stage.app_name
            self._row("", app, window.direct.id, unread[window.direct.id], also=HOME)
            Tag("h2", "", "Behind the scenes")
            for name, picture, words in PANELS:
                if self._exists(name):
                    self._panel(name, picture, words)

    def _exists(self, name: str) -> bool:
        stage = self.window.stage
        needed = {"helpscout": stage.helpscout, "record": stage.record, "faults": stage.helpscout}
        return needed.get(name, stage) is not None

    def _row(self, picture: str, words: str, place: str, unread: int, *, also: str = "") -> None:
        window = self.window
        here = window.place in (place, also)
        css = f"entry {'here' if here else ''} {'unread' if unread else ''}"
        label = f"{words}, {unread} unread" if unread else words
        with Tag("button", css, type="button", aria_label=label, aria_current="page" if here else None) as row:
            if picture:
                icon(picture)
            else:
                avatar(window.workspace.people[BOT_USER_ID], "small")
            Tag("span", "name", words)
            if unread:
                Tag("span", "count", str(unread))
        row.on("click", lambda _: window.go(also if also and not unread else place))

    def _panel(self, name: str, picture: str, words: str) -> None:
        window = self.window
        shown = window.panel == name and window.thread is None
        with Tag("button", f"entry {'open' if shown else ''}", type="button", aria_pressed=str(shown).lower()) as row:
            icon(picture)
            Tag("span", "name", words)
        row.on("click", lambda _: window.show_panel(name))
