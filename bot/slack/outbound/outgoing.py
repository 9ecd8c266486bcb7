"""A message that is owed, as it is to be sent: where, with which words; or why it can't be."""

from dataclasses import dataclass

from bot.model.problem import Problem
from bot.slack.views.kit import Message


class Undeliverable(Problem):
    """It can't be sent, ever, or need not be: it is dropped with this reason."""


class NotYet(Problem):
    """Something else must be sent before it."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`channel` is a channel's id, or a member's for their direct messages. `updates`: the message it is to replace.

    `broadcast`: a reply that is shown in the channel too.
    """

    channel: str
    message: Message
    thread_ts: str = ""
    broadcast: bool = False
    updates: str = ""
