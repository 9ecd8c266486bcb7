"""The Web API methods of the simulated Slack: one file a family, one table of all of them."""

from collections.abc import Mapping

from bot.demo.slack.web_api import apps, chat, conversations, files, users, views
from bot.demo.slack.web_api.call import Call, Method, Refused

METHODS: Mapping[str, Method] = {
    **users.METHODS,
    **conversations.METHODS,
    **chat.METHODS,
    **views.METHODS,
    **files.METHODS,
    **apps.METHODS,
}

__all__ = ["METHODS", "Call", "Method", "Refused"]
