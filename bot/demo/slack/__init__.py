"""A simulated Slack: the Web API over real HTTP, signed deliveries to the bot, and people who act. For demo and tests.

It checks what Slack checks (Block Kit's limits, scopes, trigger ids, who is in a channel) and fails as Slack fails.
"""

from bot.demo.slack.answers import Answer, NothingCame
from bot.demo.slack.delivery import Payload, Reply, signed
from bot.demo.slack.faults import Fault, Faults
from bot.demo.slack.forms import CannotFill
from bot.demo.slack.installation import ApiCall
from bot.demo.slack.people import (
    APP_ID,
    APPROVERS_GROUP,
    BOT_ID,
    BOT_USER_ID,
    TEAM_ID,
    People,
    Person,
    UserGroup,
    colleagues,
    five_people,
)
from bot.demo.slack.reading import NoSuchElement, shown_text
from bot.demo.slack.simulated import SimulatedSlack
from bot.demo.slack.things import Channel, File, Message, View

__all__ = [
    "APPROVERS_GROUP",
    "APP_ID",
    "BOT_ID",
    "BOT_USER_ID",
    "TEAM_ID",
    "Answer",
    "ApiCall",
    "CannotFill",
    "Channel",
    "Fault",
    "Faults",
    "File",
    "Message",
    "NoSuchElement",
    "NothingCame",
    "Payload",
    "People",
    "Person",
    "Reply",
    "SimulatedSlack",
    "UserGroup",
    "View",
    "colleagues",
    "five_people",
    "shown_text",
    "signed",
]
