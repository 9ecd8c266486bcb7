"""Plain HTML elements as NiceGUI elements: text is always text, attributes are attributes."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

Handler = Callable[[], Awaitable[None] | None]

_MOVED = "(e) => { if (e.movementX || e.movementY) emit(); }"


class Tag(Element):
    """`Tag("button", "primary", "Send", aria_label="Send")`: name, classes, text, attributes with `_` for `-`."""

    def __init__(self, name: str, css: str = "", text: str | None = None, /, **attributes: Any) -> None:
        super().__init__(name)
        if css:
            self.classes(css)
        if text is not None:
            self._text = text
        for attribute, value in attributes.items():
            if value is not None:
                self._props[attribute.strip("_").replace("_", "-")] = value

    def say(self, text: str) -> None:
        """Changes the text."""
        if self._text != text:
            self._text = text
            self.update()

    def wear(self, css: str, on: bool) -> None:
        """Has a class, or has it not."""
        if on:
            self.classes(add=css)
        else:
            self.classes(remove=css)

    def mark_as(self, attribute: str, value: Any) -> None:
        """Changes an attribute; None takes it away."""
        name = attribute.replace("_", "-")
        if self._props.get(name) == value:
            return
        if value is None:
            self._props.pop(name, None)
        else:
            self._props[name] = value
        self.update()


def html(content: str, css: str = "", *, tag: str = "div") -> ui.html:
    """HTML that was written by this package's own renderers, which escape everything that is not theirs."""
    return ui.html(content, sanitize=False, tag=tag).classes(css)


def icon(name: str, css: str = "") -> Tag:
    """An icon of the Material Icons font, hidden from screen readers: the control around it has the words."""
    return Tag("i", f"icon {css}".strip(), name, aria_hidden="true")


def button(text: str, on_click: Handler, *, css: str = "", picture: str = "", label: str = "", **more: Any) -> Tag:
    """A button with words, an icon or both. `label` is for screen readers when there are no words."""
    made = Tag("button", css, type="button", aria_label=label or None, title=label or None, **more)
    with made:
        if picture:
            icon(picture)
        if text:
            Tag("span", "", text)
    made.on("click", lambda _: on_click())
    return made


def typed(element: Element, heard: Callable[[str], Awaitable[None] | None], *, event: str = "input") -> None:
    """Calls `heard` with what stands in the field after each key."""

    def hear(event: GenericEventArguments) -> Awaitable[None] | None:
        return heard(str(event.args or ""))

    element.on(event, hear, js_handler="(e) => emit(e.target.value)")


def pointed_at(element: Element, heard: Callable[[], None]) -> None:
    """Calls `heard` when the mouse is moved over an element; not when the element opens under one that lies still."""
    element.on("mousemove", lambda _: heard(), throttle=0.05, js_handler=_MOVED)


def put_value(element: Element, text: str, *, focus: bool = False) -> None:
    """Replaces what stands in a field (fields keep their own text; see `typed`)."""
    script = (
        f"const f = document.getElementById({json.dumps(element.html_id)}); if (f) {{ f.value = {json.dumps(text)};"
    )
    if focus:
        script += " f.focus(); f.setSelectionRange(f.value.length, f.value.length);"
    element.client.run_javascript(script + " }")


def to_the_newest(element: Element) -> None:
    """Scrolls a list of messages to its end."""
    found = f"document.getElementById({json.dumps(element.html_id)})"
    element.client.run_javascript(f"const list = {found}; list?.scrollTo(0, list.scrollHeight)")


def focus(element: Element) -> None:
    element.client.run_javascript(f"document.getElementById({json.dumps(element.html_id)})?.focus()")
