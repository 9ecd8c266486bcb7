"""What a person has filled into the elements of a view or a message, as Slack keeps it in `state.values`."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from bot.demo.slack.reading import Placed, options_of, placed_elements

Json = dict[str, Any]
Key = tuple[str, str]  # block_id, action_id

_MOST_RECENT_CHOICES = 100


class CannotFill(ValueError):
    """A person can't put that into that element: the option is not offered, the text is too long, …"""


class FormState:
    """The values by (block_id, action_id); each as Slack sends it: `{"type": "datepicker", "selected_date": …}`."""

    def __init__(self, values: dict[Key, Json] | None = None) -> None:
        self._values: dict[Key, Json] = dict(values or {})

    @classmethod
    def of(cls, blocks: Iterable[Json]) -> "FormState":
        """The state when nobody has touched anything yet: the initial values."""
        return cls({(p.block_id, p.action_id): initial(p.element) for p in placed_elements(blocks) if _holds(p)})

    def carried_to(self, blocks: Iterable[Json]) -> "FormState":
        """The state after the blocks were replaced: kept where both ids and the type stay, else initial."""
        fresh = FormState.of(blocks)
        for key, value in self._values.items():
            if fresh._values.get(key, {}).get("type") == value.get("type"):
                fresh._values[key] = value
        return fresh

    def get(self, placed: Placed) -> Json:
        return self._values.get((placed.block_id, placed.action_id)) or initial(placed.element)

    def put(self, placed: Placed, value: Json) -> None:
        self._values[placed.block_id, placed.action_id] = value

    def as_json(self) -> Json:
        """`{block_id: {action_id: value}}`."""
        values: dict[str, Json] = {}
        for (block_id, action_id), value in self._values.items():
            values.setdefault(block_id, {})[action_id] = value
        return values


# type of element -> (key of its value in the payload, key of its initial value)
_SINGLE = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
_MULTIPLE = {
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "file_input": ("files", "initial_files"),
}


def _holds(placed: Placed) -> bool:
    return placed.element.get("type") in _SINGLE or placed.element.get("type") in _MULTIPLE


def holds_many(element: Json) -> bool:
    return element.get("type") in _MULTIPLE


def value_key(element: Json) -> str:
    """The key of the payload under which this type of element keeps its value; "" when it keeps none."""
    kind = str(element.get("type"))
    return (_SINGLE.get(kind) or _MULTIPLE.get(kind) or ("", ""))[0]


def initial(element: Json) -> Json:
    """The value nobody has touched yet."""
    kind = str(element.get("type"))
    if kind in _SINGLE:
        key, start = _SINGLE[kind]
        return {"type": kind, key: element.get(start)}
    if kind in _MULTIPLE:
        key, start = _MULTIPLE[kind]
        return {"type": kind, key: list(element.get(start) or ())}
    return {"type": kind}


def is_empty(element: Json, value: Json) -> bool:
    held = value.get(value_key(element))
    return held is None or held == "" or held == []


def filled(element: Json, given: Any, offered: list[Json] | None = None) -> Json:
    """The value when a person enters `given`: text, an option's text or value, a date, a list of these; None empties.

    `offered` are the options that a typeahead has just shown (external selects).
    """
    kind = str(element.get("type"))
    key = value_key(element)
    if not key:
        raise CannotFill(f"a {kind} can be pressed, not filled")
    if given is None:
        return {"type": kind, key: [] if holds_many(element) else None}
    match kind:
        case "static_select" | "radio_buttons":
            return {"type": kind, key: choice(options_of(element), given)}
        case "external_select":
            return {"type": kind, key: choice(offered or [], given)}
        case "multi_static_select" | "checkboxes":
            return {"type": kind, key: [choice(options_of(element), one) for one in _several(given)]}
        case "multi_external_select":
            return {"type": kind, key: [choice(offered or [], one) for one in _several(given)]}
        case "file_input":
            return {"type": kind, key: [dict(one) for one in _several(given)[: int(element.get("max_files", 10))]]}
        case "datetimepicker":
            return {"type": kind, key: int(given.timestamp()) if isinstance(given, datetime) else int(given)}
        case "datepicker" | "timepicker":
            return {"type": kind, key: str(given)}
    return {"type": kind, key: [str(one) for one in _several(given)] if holds_many(element) else str(given)}


def _several(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple | set | frozenset) else [given]


def choice(options: list[Json], given: Any) -> Json:
    """The option that a person means: by its value, its text, or the only one whose text contains the words."""
    if isinstance(given, dict):
        return choice(options, given.get("value"))
    words = str(given)
    for option in options:
        if option.get("value") == words or option["text"]["text"] == words:
            return _bare(option)
    near = [o for o in options if words.casefold() in _said(o)]
    if len(near) == 1:
        return _bare(near[0])
    raise CannotFill(f"no option {words!r}; offered: {[o['text']['text'] for o in options[:_MOST_RECENT_CHOICES]]}")


def _said(option: Json) -> str:
    return " ".join([option["text"]["text"], option.get("description", {}).get("text", "")]).casefold()


def _bare(option: Json) -> Json:
    """An option as it comes back in payloads: text and value (and description), nothing else."""
    return {name: option[name] for name in ("text", "value", "description") if name in option}


_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def complaints(blocks: Iterable[Json], state: FormState) -> dict[str, str]:
    """What Slack's own client says before it sends a form: block_id -> sentence. Empty when all is in order."""
    found: dict[str, str] = {}
    for placed in placed_elements(blocks):
        if not placed.is_input:
            continue
        element, value = placed.element, state.get(placed)
        if is_empty(element, value):
            if not placed.block.get("optional"):
                found[placed.block_id] = "Please complete this required field."
            continue
        problem = _complaint(element, value.get(value_key(element)))
        if problem:
            found[placed.block_id] = problem
    return found


def _complaint(element: Json, held: Any) -> str:
    match element.get("type"):
        case "plain_text_input":
            least, most = element.get("min_length", 0), element.get("max_length", 3000)
            if len(held) < least:
                return f"Please enter at least {least} characters."
            if len(held) > most:
                return f"Please enter no more than {most} characters."
        case "email_text_input" if not _EMAIL.fullmatch(held.strip()):
            return "Please enter a valid email address."
        case "url_text_input" if not re.fullmatch(r"https?://\S+", held.strip()):
            return "Please enter a valid URL."
        case "number_input":
            if not re.fullmatch(r"-?\d+(\.\d+)?", held.strip()):
                return "Please enter a valid number."
            if "." in held and not element.get("is_decimal_allowed"):
                return "Please enter a whole number."
            if "min_value" in element and float(held) < float(element["min_value"]):
                return f"Please enter a number of at least {element['min_value']}."
            if "max_value" in element and float(held) > float(element["max_value"]):
                return f"Please enter a number of at most {element['max_value']}."
        case kind if str(kind).startswith("multi_"):
            most = element.get("max_selected_items")
            if most and len(held) > most:
                return f"Please choose at most {most}."
        case "datetimepicker" if datetime.fromtimestamp(held, UTC).year > 2286:
            return "Please enter a valid date."
    return ""
