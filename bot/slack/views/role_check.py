"""What is said of a role that Help Scout did not take over."""

from slack_sdk.models.blocks import Block

from bot.slack.views.kit import Message, actions, button, say
from bot.slack.views.text import safe

CHECK = "role.check"
"""Button. Its value is the id of the request that asked for the role."""


def check_again(request_id: str, name: str) -> Block:
    """The button, for under what was told."""
    return actions(button("Check again", CHECK, request_id, label=f"Check again: the role of {name}"), block_id="role")


def as_wanted(name: str, role: str) -> Message:
    return say(f":white_check_mark: *{safe(name, 200)}* has the role {safe(role, 40)} in Help Scout now.")


def still_ignored(name: str, wanted: str, shown: str, request_id: str) -> Message:
    """With the place to set it, and the button once more."""
    return say(
        f":warning: *{safe(name, 200)}* still has the role {safe(shown, 40) or 'it does not name'} instead of "
        f"{safe(wanted, 40)}: set it in Help Scout under Manage > Users.".replace(" > ", " &gt; "),
        check_again(request_id, name),
    )
