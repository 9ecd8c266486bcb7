"""Every command, button, form, typeahead, shortcut and event that hs-bot listens to, one line each."""

from collections.abc import Mapping

from bot.slack.commands import user
from bot.slack.commands.command import Command
from bot.slack.desk import EventHandler, FormHandler, Handler, Typeahead
from bot.slack.views import person

COMMANDS: tuple[Command, ...] = (Command("/hs-user", (user.LOOKUP,), default=user.WHO),)

BUTTONS: Mapping[str, Handler] = {
    person.SHOW: user.show,
}
"""action_id (or what stands before its first `:`) → handler."""

DECISIONS: Mapping[str, Handler] = {}
"""Buttons whose handler has every click judged and recorded by the engine, also of people hs-bot does not work for."""

FORMS: Mapping[str, FormHandler] = {}
"""callback_id → handler."""

TYPEAHEADS: Mapping[str, Typeahead] = {}
"""action_id → options."""

SHORTCUTS: Mapping[str, Handler] = {}
"""callback_id → handler, of global and message shortcuts."""

EVENTS: Mapping[str, EventHandler] = {}
"""Type of event → handler."""
