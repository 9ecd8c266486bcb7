"""The guided tour on the page."""

from nicegui import ui

from bot.demo.page.panels.tour_steps import Tour, steps
from bot.demo.page.tags import Tag, button, icon
from bot.demo.page.window import Window

ASK_EVERY_SECONDS = 0.5


class TourPanel:
    """Marks steps as done while one does them; offers to be the right person and to type for one."""

    def __init__(self, window: Window, tour: Tour) -> None:
        self.window = window
        self.tour = tour
        self._drawn: object = None
        with Tag("section", "panel tour", aria_label="Guided tour") as self.root:
            with Tag("header"):
                Tag("h2", "", "Guided tour")
                Tag("span", "space")
                button("", lambda: window.show_panel("tour"), css="ghost", picture="close", label="Close panel")
            self.body = Tag("div", "panel-body")
        ui.timer(ASK_EVERY_SECONDS, self.refresh)

    def refresh(self) -> None:
        shown = self.window.panel == "tour" and self.window.thread is None
        self.root.set_visibility(shown)
        if not shown:
            return
        progress = self.tour.progress()
        current = (progress, self.window.person.id)
        if current == self._drawn:
            return
        self._drawn = current
        self.body.clear()
        with self.body:
            Tag("p", "lead", "See the whole story in four steps. Everything here is simulated but the bot.")
            with Tag("ol", "steps"):
                for number, _ in enumerate(steps(self.window.stage)):
                    self._draw(number, progress.done, progress.note)
            if progress.done == 4:
                with Tag("div", "finale", role="status"):
                    icon("celebration")
                    Tag("p", "", "That was the whole story. Look behind the scenes, or break something: Faults.")

    def _draw(self, number: int, done: int, note: str) -> None:
        step = steps(self.window.stage)[number]
        state = "done" if number < done else "now" if number == done else "later"
        with Tag("li", f"step {state}", aria_current="step" if state == "now" else None):
            with Tag("span", "number"):
                if state == "done":
                    icon("check")
                else:
                    Tag("span", "", str(number + 1))
            with Tag("div", "about"):
                Tag("h3", "", step.title)
                if state == "done":
                    return
                Tag("p", "", step.text)
                if state != "now":
                    return
                with Tag("div", "buttons"):
                    person = self.window.workspace.people[step.handle]
                    if person is not self.window.person:
                        first = person.name.split()[0]
                        button(f"Be {first}", lambda: self._be(step.handle), css="button", picture="switch_account")
                    if step.line:
                        button("Type it for me", lambda: self._type(step.line), css="button", picture="keyboard")
                if note or step.hint:
                    Tag("p", "note", note or step.hint)

    def _be(self, handle: str) -> None:
        self.window.become(handle)
        self.window.go(self.window.slack.channel(self.window.stage.channel).id)

    def _type(self, line: str) -> None:
        channel = self.window.channel
        if channel is None:
            self.window.go(self.window.slack.channel(self.window.stage.channel).id)
        self.window.write(line)
