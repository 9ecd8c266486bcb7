"""The Bolt app: everything is routed by `routes.py` through the dispatcher.

Over HTTP the signature has been checked before (`http.py`); Bolt checks it once more.

Bolt is not asked to verify the token: a start must not fail when Slack is away. `hs-bot doctor` verifies it.
"""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from slack_bolt import App, BoltContext, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError

from bot.slack.handling.deps import Deps
from bot.slack.inbound import routes
from bot.slack.inbound.dispatch import Dispatcher, Listener

ANYTHING = re.compile(r"(?s).*")


def build_app(deps: Deps, *, signing_secret: str) -> App:
    """The app, ready to `dispatch`. Constructing it calls nobody.

    `signing_secret` is for HTTP mode; Socket Mode needs none, and with an empty one every HTTP request is refused.
    """
    token = deps.client.token or ""

    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)

    logger = logging.getLogger("slack_bolt.hs-bot")
    logger.setLevel(logging.ERROR)  # below that Bolt logs whole payloads, and warns of a token that it does not need
    app = App(
        name="hs-bot",
        logger=logger,
        signing_secret=signing_secret or _unguessable(),
        authorize=authorize,
        process_before_response=True,
        raise_error_for_unhandled_request=True,
        attaching_function_token_enabled=False,
        ignoring_self_events_enabled=False,
    )
    app.error(_unhandled)
    _listen(app, Dispatcher(deps))
    return app


def _listen(app: App, dispatcher: Dispatcher) -> None:
    for command in routes.COMMANDS:
        app.command(command.name)(dispatcher.command(command))
    clicks = {action: dispatcher.button(handler) for action, handler in {**routes.BUTTONS, **routes.DECISIONS}.items()}
    forms = {callback: dispatcher.form(form) for callback, form in routes.FORMS.items()}
    typeaheads = {action: dispatcher.typeahead(typeahead) for action, typeahead in routes.TYPEAHEADS.items()}
    shortcuts = {callback: dispatcher.shortcut(handler) for callback, handler in routes.SHORTCUTS.items()}
    # What is filled in without asking for anything (a field, a link) is acknowledged, so that Slack shows no failure.
    app.action(ANYTHING)(_one_of(clicks, _clicked, _acknowledge))
    app.view(ANYTHING)(_one_of(forms, lambda body: body["view"].get("callback_id")))
    app.options(ANYTHING)(_one_of(typeaheads, lambda body: _named(body.get("action_id"))))
    app.shortcut(ANYTHING)(_one_of(shortcuts, lambda body: body.get("callback_id")))
    app.view_closed(ANYTHING)(_acknowledge)
    for event, (listener, turned_away) in routes.EVENTS.items():
        app.event(event)(dispatcher.event(listener, turned_away))
    for event, heard in routes.SIGNALS.items():
        app.event(event)(dispatcher.signal(heard))
    app.event(ANYTHING)(_acknowledge)


def _one_of(
    listeners: Mapping[str, Listener], name: Callable[[Mapping[str, Any]], object], otherwise: Listener | None = None
) -> Listener:
    """A listener that calls the one of that name. Bolt studies each that it is given, and asks one after the other."""

    def listener(body: Mapping[str, Any], context: BoltContext, request: BoltRequest) -> BoltResponse:
        found = listeners.get(str(name(body)))
        if found is not None:
            return found(body, context)
        if otherwise is not None:
            return otherwise()
        raise BoltUnhandledRequestError(request=request, current_response=None)

    return listener


def _clicked(body: Mapping[str, Any]) -> str:
    return _named((body["actions"][0] if body.get("actions") else {}).get("action_id"))


def _named(action_id: object) -> str:
    """An action's id may go on after a colon: ids in one message differ, and so does a field's that begins anew."""
    return str(action_id or "").partition(":")[0]


def _acknowledge() -> BoltResponse:
    return BoltResponse(status=200)


def _unhandled(error: Exception, request: BoltRequest) -> BoltResponse:
    """What no listener takes, or a fault between Bolt and the dispatcher. Nothing of the payload is logged."""
    kind = request.body.get("type") or request.body.get("command") or "nothing known"
    structlog.get_logger("slack.app").warning("a request of Slack was not handled", kind=kind, why=type(error).__name__)
    return BoltResponse(status=404 if isinstance(error, BoltUnhandledRequestError) else 500)


def _unguessable() -> str:
    import secrets

    return secrets.token_hex(32)
