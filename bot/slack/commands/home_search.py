"""The search box of the Home: what `/hs-user lookup` says, in a modal; what an API knows is filled in afterwards."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import structlog

from bot.model.problem import Problem
from bot.slack.commands.user import lookup
from bot.slack.forms.updating import replace_form
from bot.slack.handling.answer import Answer, Later, Opens, Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call, text
from bot.slack.views.kit import Message, without_pictures
from bot.slack.views.search_box import TITLE
from bot.slack.views.words import note

Then = Callable[[], Message | None]


def search(call: Call, deps: Deps) -> Reply:
    """Enter in the search box; with nothing typed, nothing is meant."""
    typed = call.value.strip()
    if not typed:
        return None
    reply = lookup(call, deps, typed)
    while isinstance(reply, Later):
        reply = reply.work()
    answer = reply if isinstance(reply, Answer) else Answer(reply if isinstance(reply, Message) else None)
    if answer.message is None:
        return reply
    filled = partial(_fill, call, deps, answer.then) if answer.then is not None else None
    return Opens(note(answer.message, TITLE), then=filled)


def _fill(call: Call, deps: Deps, then: Then, view: Mapping[str, Any]) -> None:
    """Have the filler put more into the modal, unless another page of it is shown by then."""

    def job() -> None:
        message = then()
        if message is None:
            return
        id, hash = text(view.get("id")), text(view.get("hash"))
        for part in (message, without_pictures(message)):
            if replace_form(deps, id, note(part, TITLE), unless_changed_since=hash):
                return

    try:
        deps.filling.submit(job, since=call.arrived)
    except Problem as problem:
        structlog.get_logger("slack.home").warning("a search result was not filled in", problem=problem.sentence)
