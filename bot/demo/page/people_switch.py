"""Who one is: five people to choose from, with a dot on those for whom something new has come."""

from nicegui import ui

from bot.demo.page.drawing.avatars import avatar
from bot.demo.page.stage import Part
from bot.demo.page.tags import Tag, button
from bot.demo.page.window import Window
from bot.demo.slack.people import Person


class PeopleSwitch:
    """A row of people at the top; the one pressed in is who one is."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._choices: dict[str, tuple[Tag, Tag]] = {}
        self.dark = ui.dark_mode(None)
        with Tag("header", "topbar"):
            Tag("span", "ask", "You are")
            self.row = Tag("div", "people", role="radiogroup", aria_label="Who you are")
            Tag("span", "space")
            self.theme = button("", self._next_theme, css="ghost", picture="contrast", label="Light or dark")

    def refresh(self) -> None:
        """A choice stays the same element: one that is redrawn under the mouse loses its click."""
        for part in self.window.stage.parts:
            person = self.window.workspace.people[part.handle]
            if part.handle not in self._choices:
                with self.row:
                    self._choices[part.handle] = self._choice(part, person)
            choice, dot = self._choices[part.handle]
            me = person is self.window.person
            news = not me and self._unread(part.handle)
            choice.wear("me", me)
            choice.mark_as("aria_checked", str(me).lower())
            choice.mark_as("aria_label", f"{_first(person)}, {part.role}" + (", something new" if news else ""))
            dot.set_visibility(news)

    def _choice(self, part: Part, person: Person) -> tuple[Tag, Tag]:
        about = f"{person.name} · {person.title} · {person.tz}"
        with Tag("button", "person", type="button", role="radio", title=about) as choice:
            avatar(person)
            with Tag("span", "who"):
                Tag("strong", "", _first(person))
                Tag("small", "", part.role)
            dot = Tag("span", "dot")
        choice.on("click", lambda _: self.window.become(part.handle))
        return choice, dot

    def _unread(self, handle: str) -> bool:
        window = self.window
        person = window.workspace.people[handle]
        return any(window.unread(person, c) for c in [*window.channels(person), window.workspace.direct(person.id)])

    def _next_theme(self) -> None:
        self.dark.value = {None: True, True: False, False: None}[self.dark.value]
        words = {None: "As the system", True: "Dark", False: "Light"}[self.dark.value]
        self.theme.mark_as("title", f"Light or dark: {words}")


def _first(person: Person) -> str:
    return person.name.split()[0]
