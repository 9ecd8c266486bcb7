"""Block Kit as Slack checks it: limits, required fields, where a block may stand.

Source: docs.slack.dev/reference/block-kit.
"""

from bot.demo.slack.block_kit.surfaces import HOME_BLOCKS, MESSAGE_BLOCKS, check_message, check_options, check_view

__all__ = ["HOME_BLOCKS", "MESSAGE_BLOCKS", "check_message", "check_options", "check_view"]
