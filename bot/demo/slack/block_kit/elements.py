"""The elements of Block Kit and their limits. Source: docs.slack.dev/reference/block-kit/block-elements."""

from typing import Any

from bot.demo.slack.block_kit.rules import (
    Complaints,
    Json,
    Rule,
    any_text,
    anything,
    boolean,
    integer,
    items,
    one_of,
    pattern,
    plain_text,
    string,
    thing,
    typed,
)

ACTION_ID = string(255)
PLACEHOLDER = plain_text(150)
CONFIRM = thing(
    {"title": plain_text(100), "text": any_text(300), "confirm": plain_text(30), "deny": plain_text(30)},
    {"style": one_of("primary", "danger")},
)
OPTION = thing({"text": plain_text(75), "value": string(150)}, {"description": plain_text(75), "url": string(3000)})
CHOICE_OPTION = thing({"text": any_text(75), "value": string(150)}, {"description": any_text(75)})
OPTION_GROUP = thing({"label": plain_text(75), "options": items(OPTION, most=100)})
DISPATCH = thing({}, {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), most=2)})
SLACK_FILE = thing({}, {"id": string(255), "url": string(3000)})
_DATE = pattern(r"\d{4}-\d{2}-\d{2}", "must be a date in the format YYYY-MM-DD")
_TIME = pattern(r"([01]\d|2[0-3]):[0-5]\d", "must be a time in the format HH:mm")
_FILTER = thing(
    {},
    {
        "include": items(one_of("im", "mpim", "private", "public"), most=4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
_COMMON: dict[str, Rule] = {"type": anything, "action_id": ACTION_ID, "confirm": CONFIRM, "focus_on_load": boolean}
_MENU: dict[str, Rule] = _COMMON | {"placeholder": PLACEHOLDER}
_SEVERAL: dict[str, Rule] = _MENU | {"max_selected_items": integer(1, 2_147_483_647)}


def _either_options_or_groups(value: Json, path: str, complain: Complaints) -> None:
    given = [name for name in ("options", "option_groups") if value.get(name) is not None]
    if not given:
        complain.add("missing required field: options", path)
    if len(given) == 2:
        complain.add("only one of options and option_groups is allowed", path)


def _initial_is_offered(value: Json, path: str, complain: Complaints) -> None:
    offered = list(value.get("options") or ())
    for group in value.get("option_groups") or ():
        offered += list(group.get("options") or ()) if isinstance(group, dict) else []
    chosen: list[Any] = list(value.get("initial_options") or ())
    if value.get("initial_option") is not None:
        chosen.append(value["initial_option"])
    for option in chosen:
        if option not in offered:
            where = "initial_option" if value.get("initial_option") is not None else "initial_options"
            complain.add("initial option must exactly match one of the options", f"{path}/{where}")


def _one_picture(value: Json, path: str, complain: Complaints) -> None:
    if (value.get("image_url") is None) == (value.get("slack_file") is None):
        complain.add("exactly one of image_url and slack_file is required", path)


def _http_link(value: Any, path: str, complain: Complaints) -> None:
    string(3000)(value, path, complain)
    if isinstance(value, str) and not value.startswith(("http://", "https://")):
        complain.add("must be a valid URL", path)


PICTURE: dict[str, Rule] = {"image_url": _http_link, "slack_file": SLACK_FILE}
one_picture = _one_picture

IMAGE = thing({"type": anything, "alt_text": string(2000)}, PICTURE, _one_picture)

BUTTON = thing(
    {"type": anything, "text": plain_text(75)},
    {
        "action_id": ACTION_ID,
        "url": _http_link,
        "value": string(2000),
        "style": one_of("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
    },
)
_OPTIONS: dict[str, Rule] = {"options": items(OPTION, most=100), "option_groups": items(OPTION_GROUP, most=100)}

STATIC_SELECT = thing(
    {"type": anything}, _MENU | _OPTIONS | {"initial_option": OPTION}, _either_options_or_groups, _initial_is_offered
)
MULTI_STATIC_SELECT = thing(
    {"type": anything},
    _SEVERAL | _OPTIONS | {"initial_options": items(OPTION, most=100)},
    _either_options_or_groups,
    _initial_is_offered,
)
OVERFLOW = thing({"type": anything, "options": items(OPTION, most=5)}, {"action_id": ACTION_ID, "confirm": CONFIRM})

MENUS: dict[str, Rule] = {
    "static_select": STATIC_SELECT,
    "external_select": thing(
        {"type": anything}, _MENU | {"initial_option": OPTION, "min_query_length": integer(0, 3000)}
    ),
    "users_select": thing({"type": anything}, _MENU | {"initial_user": string(255)}),
    "channels_select": thing(
        {"type": anything}, _MENU | {"initial_channel": string(255), "response_url_enabled": boolean}
    ),
    "conversations_select": thing(
        {"type": anything},
        _MENU
        | {
            "initial_conversation": string(255),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": _FILTER,
        },
    ),
}
MULTI_MENUS: dict[str, Rule] = {
    "multi_static_select": MULTI_STATIC_SELECT,
    "multi_external_select": thing(
        {"type": anything},
        _SEVERAL | {"initial_options": items(OPTION, most=100), "min_query_length": integer(0, 3000)},
    ),
    "multi_users_select": thing({"type": anything}, _SEVERAL | {"initial_users": items(string(255), most=100)}),
    "multi_channels_select": thing({"type": anything}, _SEVERAL | {"initial_channels": items(string(255), most=100)}),
    "multi_conversations_select": thing(
        {"type": anything},
        _SEVERAL
        | {
            "initial_conversations": items(string(255), most=100),
            "default_to_current_conversation": boolean,
            "filter": _FILTER,
        },
    ),
}
CHOICES: dict[str, Rule] = {
    "checkboxes": thing(
        {"type": anything, "options": items(CHOICE_OPTION, most=10)},
        _COMMON | {"initial_options": items(CHOICE_OPTION, most=10)},
        _initial_is_offered,
    ),
    "radio_buttons": thing(
        {"type": anything, "options": items(CHOICE_OPTION, most=10)},
        _COMMON | {"initial_option": CHOICE_OPTION},
        _initial_is_offered,
    ),
}
PICKERS: dict[str, Rule] = {
    "datepicker": thing({"type": anything}, _MENU | {"initial_date": _DATE}),
    "timepicker": thing({"type": anything}, _MENU | {"initial_time": _TIME, "timezone": string(255)}),
    "datetimepicker": thing({"type": anything}, _COMMON | {"initial_date_time": integer(1_000_000_000, 9_999_999_999)}),
}
_TYPED: dict[str, Rule] = {
    "type": anything,
    "action_id": ACTION_ID,
    "placeholder": PLACEHOLDER,
    "focus_on_load": boolean,
    "dispatch_action_config": DISPATCH,
}
INPUTS: dict[str, Rule] = {
    "plain_text_input": thing(
        {"type": anything},
        _TYPED
        | {
            "initial_value": string(3000, 0),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
    ),
    "email_text_input": thing({"type": anything}, _TYPED | {"initial_value": string(3000, 0)}),
    "url_text_input": thing({"type": anything}, _TYPED | {"initial_value": string(3000, 0)}),
    "number_input": thing(
        {"type": anything, "is_decimal_allowed": boolean},
        _TYPED | {"initial_value": string(50, 0), "min_value": string(50), "max_value": string(50)},
    ),
    "rich_text_input": thing({"type": anything}, _TYPED | {"initial_value": anything}),
    "file_input": thing(
        {"type": anything},
        {"action_id": ACTION_ID, "filetypes": items(string(20), most=100), "max_files": integer(1, 10)},
    ),
}
FEEDBACK = thing({"type": anything, "positive_button": anything, "negative_button": anything}, {"action_id": ACTION_ID})
ICON_BUTTON = thing(
    {"type": anything, "icon": one_of("trash"), "text": plain_text(75)},
    {
        "action_id": ACTION_ID,
        "value": string(2000),
        "confirm": CONFIRM,
        "accessibility_label": string(75),
        "visible_to_user_ids": items(string(255), most=100),
    },
)

_PRESSED: dict[str, Rule] = {"button": BUTTON, "overflow": OVERFLOW, "workflow_button": anything}

IN_ACTIONS = typed(
    _PRESSED
    | MENUS
    | MULTI_MENUS
    | CHOICES
    | PICKERS
    | {"plain_text_input": INPUTS["plain_text_input"], "rich_text_input": INPUTS["rich_text_input"]}
)
IN_SECTION = typed(_PRESSED | MENUS | MULTI_MENUS | CHOICES | PICKERS | {"image": IMAGE})
IN_INPUT = typed(MENUS | MULTI_MENUS | CHOICES | PICKERS | INPUTS)
IN_CONTEXT_ACTIONS = typed({"feedback_buttons": FEEDBACK, "icon_button": ICON_BUTTON})
