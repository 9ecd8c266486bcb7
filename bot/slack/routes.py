"""Every command, button, form, typeahead, shortcut and event that hs-bot listens to, one line each."""

from collections.abc import Mapping

from bot.slack import decide
from bot.slack.commands import offboard, requests, status, user
from bot.slack.commands.command import Command
from bot.slack.desk import EventHandler, FormHandler, Handler, Typeahead
from bot.slack.forms import offboard as offboard_form
from bot.slack.views import deny_form, letters, person, request_card
from bot.slack.views import offboard_form as offboard_view

COMMANDS: tuple[Command, ...] = (
    Command("/hs-user", (user.LOOKUP,), default=user.WHO),
    Command(
        "/hs-offboard",
        (offboard.WHO, offboard.NOTHING, requests.LIST, requests.STATUS_OF, requests.CANCEL_ONE),
        default=offboard.WHO,
        empty=offboard.NOTHING,
    ),
    Command("/hs-status", (status.NOTHING,), empty=status.NOTHING),
)

BUTTONS: Mapping[str, Handler] = {
    person.SHOW: user.show,
    person.OFFBOARD: offboard.chosen,
    requests.STATUS: requests.show,
    requests.PAGE: requests.turn,
    offboard_view.PERSON: offboard_form.person_chosen,
    offboard_view.ASSIGNEE: offboard_form.person_chosen,
}
"""action_id (or what stands before its first `:`) → handler."""

DECISIONS: Mapping[str, Handler] = {
    request_card.APPROVE: decide.approve,
    request_card.DENY: decide.deny,
    request_card.CANCEL: decide.cancel,
    request_card.RETRY: decide.retry,
    letters.GUARD: decide.confirm_removals,
}
"""Buttons whose handler has every click judged and recorded by the engine, also of people hs-bot does not work for."""

FORMS: Mapping[str, FormHandler] = {
    offboard_view.CALLBACK: offboard_form.submitted,
    deny_form.CALLBACK: decide.denied,
}
"""callback_id → handler."""

TYPEAHEADS: Mapping[str, Typeahead] = {
    offboard_view.PERSON: offboard_form.people,
    offboard_view.ASSIGNEE: offboard_form.people,
}
"""action_id → options."""

SHORTCUTS: Mapping[str, Handler] = {
    "offboard": offboard.shortcut,
    "offboard_author": offboard.author,
}
"""callback_id → handler, of global and message shortcuts."""

EVENTS: Mapping[str, EventHandler] = {}
"""Type of event → handler."""
