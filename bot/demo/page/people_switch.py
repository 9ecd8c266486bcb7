"""Who one is: five people to choose from, with a dot on those for whom something new has come."""

from nicegui import ui

from bot.demo.page.drawing.avatars import avatar
from bot.demo.page.tags import Tag, button
from bot.demo.page.window import Window


class PeopleSwitch:
    """A row of people at the top; the one pressed in is who one is."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self._drawn: object = None
        self.dark = ui.dark_mode(None)
        with Tag("header", "topbar"):
            Tag("span", "ask", "You are")
            self.row = Tag("div", "people", role="radiogroup", aria_label="Who you are")
            Tag("span", "space")
            self.theme = button("", self._next_theme, css="ghost", picture="contrast", label="Light or dark")

    def refresh(self) -> None:
        window = self.window
        waiting = {p.handle: self._unread(p.handle) for p in window.stage.parts}
        current = (window.person.id, tuple(waiting.items()))
        if current == self._drawn:
            return
        self._drawn = current
        self.row.clear()
        with self.row:
            for part in window.stage.parts:
                person = window.workspace.people[part.handle]
                me = person is window.person
                first = person.name.split()[0]
                news = waiting[part.handle] and not me
                with Tag(
                    "button",
                    f"person {'me' if me else ''}",
                    type="button",
                    role="radio",
                    aria_checked=str(me).lower(),
                    aria_label=f"{first}, {part.role}" + (", something new" if news else ""),
                    title=f"{person.name} · {person.title} · {person.tz}",
                ) as choice:
                    avatar(person)
                    with Tag("span", "who"):
                        Tag("strong", "", first)
                        Tag("small", "", part.role)
                    if news:
                        Tag("span", "dot")
                choice.on("click", lambda _, h=part.handle: window.become(h))

    def _unread(self, handle: str) -> bool:
        window = self.window
        person = window.workspace.people[handle]
        return any(window.unread(person, c) for c in [*window.channels(person), window.workspace.direct(person.id)])

    def _next_theme(self) -> None:
        self.dark.value = {None: True, True: False, False: None}[self.dark.value]
        words = {None: "As the system", True: "Dark", False: "Light"}[self.dark.value]
        self.theme.mark_as("title", f"Light or dark: {words}")
