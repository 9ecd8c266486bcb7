"""The elements of Block Kit that one presses or fills, as HTML controls."""

from datetime import datetime
from typing import Any

from nicegui import ui

from bot.demo.page.blocks.picker import Picker
from bot.demo.page.blocks.surface import Surface
from bot.demo.page.drawing.reader import zone_of
from bot.demo.page.drawing.static_blocks import picture, text, words_of
from bot.demo.page.tags import Tag, html, icon, typed
from bot.demo.page.uploading import file_button
from bot.demo.slack.forms import value_key
from bot.demo.slack.reading import Placed, options_of

Json = dict[str, Any]


def draw_element(surface: Surface, placed: Placed, *, label: str = "", compact: bool = False) -> None:
    """Draws one element; `label` is what screen readers call it, `compact` for accessories and actions."""
    element = placed.element
    label = label or words_of(element.get("placeholder")) or str(element.get("action_id", ""))
    match element["type"]:
        case "image":
            html(picture(element, css="thumb"))
        case "button" | "workflow_button":
            _button(surface, placed)
        case "overflow":
            _overflow(surface, placed)
        case "checkboxes":
            _checkboxes(surface, placed, label)
        case "radio_buttons":
            _radio(surface, placed, label)
        case "plain_text_input" | "email_text_input" | "url_text_input" | "number_input" | "rich_text_input":
            _text_field(surface, placed, label)
        case "datepicker" | "timepicker" | "datetimepicker":
            _picker_of_time(surface, placed, label)
        case "file_input":
            _file_field(surface, placed, label)
        case kind if "select" in kind:
            Picker(surface, placed, label=label, compact=compact)
        case kind:
            Tag("span", "unknown", f"{kind} (not drawn)")


def _button(surface: Surface, placed: Placed) -> None:
    element = placed.element
    css = f"button {element.get('style', '')}"
    words = words_of(element["text"])
    made = Tag("button", css, type="button", aria_label=element.get("accessibility_label"))
    if element.get("url"):
        made = Tag("a", css, href=element["url"], target="_blank", rel="noopener noreferrer")
    with made:
        html(text(element["text"], surface.reader), tag="span")
    made.props["title"] = words if len(words) > 40 else None

    async def press() -> None:
        made.mark_as("aria_busy", "true")
        try:
            await surface.press(placed)
        finally:
            if not made.is_deleted:
                made.mark_as("aria_busy", None)

    made.on("click", press)


def _overflow(surface: Surface, placed: Placed) -> None:
    with Tag("button", "button more", type="button", aria_label="More options", aria_haspopup="menu"):
        icon("more_horiz")
        with ui.menu().props("auto-close").classes("menu"):
            for option in options_of(placed.element):
                item = Tag("button", "item", words_of(option["text"]), type="button", role="menuitem")
                if option.get("description"):
                    with item:
                        Tag("small", "", words_of(option["description"]))
                item.on("click.stop", lambda _, o=option: surface.press(placed, o["value"]))


def _checkboxes(surface: Surface, placed: Placed, label: str) -> None:
    chosen = {o["value"] for o in surface.value(placed).get("selected_options") or ()}

    async def toggle(value: str, on: bool) -> None:
        (chosen.add if on else chosen.discard)(value)
        await surface.fill(placed, [o["value"] for o in options_of(placed.element) if o["value"] in chosen] or None)

    with Tag("div", "choices", role="group", aria_label=label):
        for option in options_of(placed.element):
            field = _choice(surface, placed, option, "checkbox", option["value"] in chosen)
            field.on(
                "change",
                lambda e, v=option["value"]: toggle(v, bool(e.args)),
                js_handler="(e) => emit(e.target.checked)",
            )


def _radio(surface: Surface, placed: Placed, label: str) -> None:
    held = (surface.value(placed).get("selected_option") or {}).get("value")
    with Tag("div", "choices", role="radiogroup", aria_label=label):
        for option in options_of(placed.element):
            field = _choice(surface, placed, option, "radio", option["value"] == held)
            field.on("change", lambda _, v=option["value"]: surface.fill(placed, v))


def _choice(surface: Surface, placed: Placed, option: Json, kind: str, on: bool) -> Tag:
    with Tag("label", "choice"):
        field = Tag("input", type=kind, name=f"{placed.block_id}-{placed.action_id}", value=option["value"])
        field.props["checked"] = on
        with Tag("span"):
            html(text(option["text"], surface.reader), tag="span")
            if option.get("description"):
                html(text(option["description"], surface.reader), tag="small")
    return field


_HTML_TYPES = {"email_text_input": "email", "url_text_input": "url", "number_input": "text", "plain_text_input": "text"}


def _text_field(surface: Surface, placed: Placed, label: str) -> None:
    element = placed.element
    held = str(surface.value(placed).get("value") or "")
    common: Json = {
        "aria_label": label,
        "placeholder": words_of(element.get("placeholder")) or None,
        "maxlength": element.get("max_length"),
        "autofocus": True if element.get("focus_on_load") else None,
    }
    if element.get("multiline") or element["type"] == "rich_text_input":
        field = Tag("textarea", "field", held, rows="4", **common)
    else:
        mode = "decimal" if element["type"] == "number_input" else None
        kind = _HTML_TYPES.get(element["type"], "text")
        field = Tag("input", "field", type=kind, inputmode=mode, autocomplete="off", **common, **{"^value": held})
    typed(field, lambda words: surface.keep(placed, words or None))
    triggers = (element.get("dispatch_action_config") or {}).get("trigger_actions_on", ["on_enter_pressed"])
    if surface.sends_at_once(placed):
        if "on_enter_pressed" in triggers:
            typed(field, lambda words: surface.fill(placed, words or None), event="keydown.enter")
        if "on_character_entered" in triggers:
            field.on(
                "input",
                lambda e: surface.fill(placed, str(e.args) or None),
                js_handler="(e) => emit(e.target.value)",
                throttle=0.3,
                leading_events=False,
            )


def _file_field(surface: Surface, placed: Placed, label: str) -> None:
    window = surface.window

    def names() -> str:
        return ", ".join(str(one["name"]) for one in surface.value(placed).get("files") or ()) or "No file chosen"

    async def taken(name: str, content: bytes) -> None:
        file = window.slack.new_file(window.person, name, content)
        await surface.fill(placed, [file.as_json()])
        shown.say(names())

    with Tag("div", "file-field"):
        kinds = placed.element.get("filetypes") or ()
        file_button(window, taken, label=f"Choose a file: {label}", text="Choose a file", kinds=kinds)
        shown = Tag("span", "", names())


def _picker_of_time(surface: Surface, placed: Placed, label: str) -> None:
    kind = {"datepicker": "date", "timepicker": "time", "datetimepicker": "datetime-local"}[placed.element["type"]]
    held = surface.value(placed).get(value_key(placed.element))
    zone = zone_of(surface.window.person)
    if kind == "datetime-local" and held:
        held = f"{datetime.fromtimestamp(int(held), zone):%Y-%m-%dT%H:%M}"

    async def changed(words: str) -> None:
        if kind == "datetime-local" and words:
            await surface.fill(placed, datetime.fromisoformat(words).replace(tzinfo=zone))
        else:
            await surface.fill(placed, words or None)

    with Tag("div", "time-field"):
        field = Tag("input", "field", type=kind, aria_label=label, **{"^value": held or ""})
        typed(field, changed, event="change")
        if kind == "datetime-local":
            Tag("small", "", f"Your time zone: {zone.key}")
