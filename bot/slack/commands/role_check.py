"""The button "Check again" of a role that Help Scout did not take over: reads the person anew."""

from bot.helpscout.errors import NotFound
from bot.services.steps.ignored_role import ignored_role
from bot.slack.handling.answer import Answer, Later, Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call
from bot.slack.views.kit import Message
from bot.slack.views.role_check import as_wanted, still_ignored
from bot.slack.views.words import sentence


def check(call: Call, deps: Deps) -> Reply:
    """The button's value is the id of the request that asked for the role."""
    return Later(lambda: Answer(_look(call.value, deps), replaces=True))


def _look(request_id: str, deps: Deps) -> Message:
    request = deps.record.requests.get(request_id)
    asked = ignored_role(deps.record, request) if request is not None else None
    if request is None or asked is None or deps.helpscout is None:
        return sentence("There's nothing left to check: this request doesn't exist, or its role is set.")
    try:
        user = deps.helpscout.rest.user(asked.user_id)
    except NotFound:
        return sentence(f"{request.target_name} is no longer in Help Scout.")
    if user.role == asked.wanted:
        return as_wanted(user.name, user.role)
    return still_ignored(user.name, asked.wanted, user.role, request.id)
