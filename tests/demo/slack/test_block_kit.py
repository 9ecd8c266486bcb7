"""Block Kit's limits are Slack's, and the refusal says where."""

from typing import Any

import pytest

from bot.demo.slack.block_kit import check_message, check_options, check_view

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Go"), **more}


def options(count: int) -> list[Json]:
    return [{"text": plain(f"Option {n}"), "value": str(n)} for n in range(count)]


def select(**more: Any) -> Json:
    return {"type": "static_select", "options": options(2), **more}


def in_actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def as_field(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


CONFIRM = {"title": plain("Sure?"), "text": mrkdwn("Really"), "confirm": plain("Yes"), "deny": plain("No")}
DAY = {"type": "datepicker", "initial_date": "2026-11-24"}

AT_THE_LIMIT: list[tuple[str, Json]] = [
    ("section text", {"type": "section", "text": mrkdwn("x" * 3000)}),
    ("ten fields", {"type": "section", "fields": [mrkdwn("x" * 2000)] * 10}),
    ("header", {"type": "header", "text": plain("x" * 150)}),
    ("ten in a context", {"type": "context", "elements": [mrkdwn("x")] * 10}),
    ("25 actions", in_actions(*[button(action_id=str(n)) for n in range(25)])),
    ("button", in_actions({"type": "button", "text": plain("x" * 75), "value": "v" * 2000, "action_id": "a" * 255})),
    ("100 options", in_actions(select(options=options(100)))),
    ("option", in_actions(select(options=[{"text": plain("x" * 75), "value": "v" * 150}]))),
    ("overflow", in_actions({"type": "overflow", "options": options(5)})),
    ("confirm", in_actions(button(confirm={**CONFIRM, "title": plain("t" * 100), "text": mrkdwn("x" * 300)}))),
    ("date", in_actions(DAY)),
    ("initial option", in_actions(select(initial_option=options(2)[1]))),
    ("table", {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 20] * 100}),
    ("image", {"type": "image", "image_url": "https://x.example/y.png", "alt_text": "a chart"}),
    ("slack file", {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a chart"}),
    ("markdown", {"type": "markdown", "text": "x" * 12_000}),
    (
        "rich text",
        {
            "type": "rich_text",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "hi"}]}],
        },
    ),
]

BEYOND: list[tuple[str, Json, str]] = [
    ("section text", {"type": "section", "text": mrkdwn("x" * 3001)}, "must be less than 3001 characters"),
    ("empty text", {"type": "section", "text": mrkdwn("")}, "must be more than 0 characters"),
    ("no text", {"type": "section"}, "missing required field: text"),
    ("eleven fields", {"type": "section", "fields": [mrkdwn("x")] * 11}, "no more than 10 items"),
    ("field", {"type": "section", "fields": [mrkdwn("x" * 2001)]}, "/blocks/0/fields/0/text"),
    ("header", {"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters"),
    ("mrkdwn header", {"type": "header", "text": mrkdwn("x")}, "unsupported type: mrkdwn"),
    ("context", {"type": "context", "elements": [mrkdwn("x")] * 11}, "no more than 10 items"),
    ("actions", in_actions(*[button(action_id=str(n)) for n in range(26)]), "no more than 25 items"),
    ("no actions", in_actions(), "must have at least 1 item"),
    ("button text", in_actions({"type": "button", "text": plain("x" * 76)}), "must be less than 76 characters"),
    ("button value", in_actions(button(value="v" * 2001)), "/blocks/0/elements/0/value"),
    ("button style", in_actions(button(style="green")), "must be one of: primary, danger"),
    ("unknown property", in_actions(button(colour="red")), "invalid additional property: colour"),
    ("options", in_actions(select(options=options(101))), "no more than 100 items"),
    ("no options", in_actions({"type": "static_select"}), "missing required field: options"),
    ("option text", in_actions(select(options=[{"text": plain("x" * 76), "value": "v"}])), "less than 76"),
    ("option value", in_actions(select(options=[{"text": plain("x"), "value": "v" * 151}])), "less than 151"),
    ("stray initial", in_actions(select(initial_option={"text": plain("?"), "value": "?"})), "exactly match"),
    ("overflow", in_actions({"type": "overflow", "options": options(6)}), "no more than 5 items"),
    ("confirm title", in_actions(button(confirm={**CONFIRM, "title": plain("t" * 101)})), "/confirm/title/text"),
    ("confirm text", in_actions(button(confirm={**CONFIRM, "text": mrkdwn("t" * 301)})), "/confirm/text/text"),
    ("confirm button", in_actions(button(confirm={**CONFIRM, "deny": plain("t" * 31)})), "/confirm/deny/text"),
    ("date", in_actions({**DAY, "initial_date": "24.11.2026"}), "YYYY-MM-DD"),
    ("image without words", {"type": "image", "image_url": "https://x.example/y.png"}, "alt_text"),
    ("image of nothing", {"type": "image", "alt_text": "x"}, "exactly one of image_url and slack_file"),
    ("unknown block", {"type": "poem"}, "unsupported type: poem"),
    ("email in actions", in_actions({"type": "email_text_input"}), "unsupported type: email_text_input"),
    ("same action twice", in_actions(button(action_id="a"), button(action_id="a")), "already exists"),
    ("table columns", {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]}, "no more than 20"),
    ("not an object", "hello", "must provide an object"),  # type: ignore[list-item]
]


@pytest.mark.parametrize("block", [b for _, b in AT_THE_LIMIT], ids=[n for n, _ in AT_THE_LIMIT])
def test_what_is_just_within_the_limits_passes(block: Json) -> None:
    assert check_message([block])[1] == []


@pytest.mark.parametrize(("block", "said"), [b[1:] for b in BEYOND], ids=[b[0] for b in BEYOND])
def test_what_is_just_beyond_is_refused_with_its_place(block: Json, said: str) -> None:
    lines = check_message([block])[1]
    assert any(said in line for line in lines), lines


def test_fifty_blocks_are_a_message_and_fifty_one_are_not() -> None:
    assert check_message([{"type": "divider"}] * 50)[1] == []
    assert "no more than 50 items" in check_message([{"type": "divider"}] * 51)[1][0]


def test_a_hundred_blocks_are_a_home_and_one_more_is_not() -> None:
    assert check_view({"type": "home", "blocks": [{"type": "divider"}] * 100})[1] == []
    assert check_view({"type": "home", "blocks": [{"type": "divider"}] * 101})[1] != []


def test_block_ids_are_unique_and_missing_ones_are_filled_in() -> None:
    kept, wrong = check_message([{"type": "divider"}, {"type": "divider"}, in_actions(button(), button())])
    assert wrong == []
    assert len({block["block_id"] for block in kept}) == 3
    assert len({element["action_id"] for element in kept[2]["elements"]}) == 2
    assert "already exists" in check_message([{"type": "divider", "block_id": "x"}] * 2)[1][0]


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "blocks": list(blocks), **more}


def test_a_modals_title_has_24_characters() -> None:
    divider = {"type": "divider"}
    assert check_view(modal(divider, title=plain("x" * 24)))[1] == []
    assert check_view(modal(divider, title=plain("x" * 25)))[1] != []
    assert check_view(modal(divider, submit=plain("x" * 25)))[1] != []
    assert check_view(modal(divider, private_metadata="x" * 3001))[1] != []


def test_a_form_with_fields_needs_a_submit() -> None:
    form = modal(as_field({"type": "plain_text_input"}))
    assert "submit" in check_view(form)[1][0]
    assert check_view({**form, "submit": plain("Send")})[1] == []


def test_only_one_field_takes_the_focus() -> None:
    two = [as_field({"type": "plain_text_input", "focus_on_load": True}) for _ in range(2)]
    assert "focus_on_load" in check_view(modal(*two, submit=plain("Send")))[1][0]


def test_a_table_is_for_messages_and_only_one() -> None:
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    assert "unsupported type: table" in check_view({"type": "home", "blocks": [table]})[1][0]
    assert "only_one_table_allowed" in check_message([table, table])[1][0]


def test_a_typeahead_offers_at_most_a_hundred() -> None:
    assert len(check_options({"options": options(100)})[0]) == 100
    assert check_options({"options": options(101)})[1] != []
    grouped = {"option_groups": [{"label": plain("A"), "options": options(3)}]}
    assert len(check_options(grouped)[0]) == 3
