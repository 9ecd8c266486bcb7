"""The search box of the Home: a name and Enter."""

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement, PlainTextObject
from slack_sdk.models.blocks.basic_components import DispatchActionConfig

SEARCH = "home.search"
"""What is typed comes as the value of this action."""
TITLE = "Search results"
LONGEST = 200


def search_box() -> InputBlock:
    """Enter sends it; without an argument that Slack keeps, what was typed stays in it."""
    return InputBlock(
        block_id="search",
        label=PlainTextObject(text="Look someone up"),
        element=PlainTextInputElement(
            action_id=SEARCH,
            placeholder=PlainTextObject(text="Name, e-mail address or Help Scout id, then Enter"),
            max_length=LONGEST,
            dispatch_action_config=DispatchActionConfig(trigger_actions_on=["on_enter_pressed"]),
        ),
        dispatch_action=True,
    )
