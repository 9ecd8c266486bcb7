"""Forms that were sent: answered with errors at their fields, or closed; when that takes too long the form says so.

Who sends it is read from Slack anew. What somebody typed whom hs-bot does not work for is acted on by nobody.
"""

from collections.abc import Callable
from concurrent.futures import Future

import structlog
from slack_bolt import BoltResponse

from bot.model.problem import Problem
from bot.policy.refusal import Refusal
from bot.services.ports import WorkspaceAway
from bot.slack.api.web import SlackFault, call
from bot.slack.forms.metadata import answering
from bot.slack.forms.updating import first_input_of
from bot.slack.handling.answer import Closed, FieldErrors, Shows, Submitted
from bot.slack.handling.caller import Callers
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call
from bot.slack.handling.private import let_pass
from bot.slack.handling.responses import of_form, turned_into
from bot.slack.handling.work.deferred import Handover
from bot.slack.inbound.refusals import Refusals, fault
from bot.slack.views.kit import Message, as_json
from bot.slack.views.words import note, sentence, trouble

FormHandler = Callable[[Call, Deps], Submitted]

PATIENCE = 2.2  # seconds that a form waits to show errors at their fields; Slack gives up after three


class SentForms:
    def __init__(self, deps: Deps, callers: Callers, refusals: Refusals) -> None:
        self._deps = deps
        self._callers = callers
        self._refusals = refusals
        self._log = structlog.get_logger("slack.dispatch")

    def answered(self, sent: Call, handler: FormHandler) -> BoltResponse:
        handover: Handover[Submitted] = Handover()
        try:
            begun, first = self._deps.once.submit(sent.key, lambda: self._submitted(sent, handler, handover))
        except Problem as problem:
            return turned_into(note(trouble(problem)))
        return of_form(handover.wait(PATIENCE) if first else _result_of(begun))

    # In the worker

    def _submitted(self, sent: Call, handler: FormHandler, handover: Handover[Submitted]) -> Submitted:
        try:
            result = self._unwelcome(sent) or handler(sent, self._deps)
        except Problem as problem:
            result = Shows(note(trouble(problem)))
        except Exception:  # noqa: BLE001 - people get a sentence, the log the traceback
            self._log.exception("a form failed", name=sent.name)
            result = Shows(note(fault()))
        if not handover.give(result):
            self._show_late(sent, result)
        if isinstance(result, Closed | FieldErrors) and result.message is not None:
            self._deps.private.answer(answering(sent), result.message)
        return result

    def _unwelcome(self, sent: Call) -> Submitted | None:
        """What a form shows to whom hs-bot does not work for; None to everybody else."""
        try:
            refusal = self._callers.ask(sent, fresh=True)
        except WorkspaceAway as away:  # what was typed stays in the form, to be sent again
            refusal = Refusal(away.sentence, "slack away")
        if refusal is None:
            return None
        said, field = self._refusals.turned_away(sent, refusal), first_input_of(sent)
        return FieldErrors({field: refusal.reason}) if field else Shows(note(said))

    def _show_late(self, sent: Call, result: Submitted) -> None:
        """Into the form that says that it is at work."""
        match result:
            case FieldErrors():
                view = result.again or note(sentence(" ".join(result.errors.values())))
            case Shows():
                view = result.view
            case Closed():
                view = note(result.message or sentence("Done."))
        let_pass(sent)
        try:
            shown = as_json(view)
            call("views.update", lambda: self._deps.client.views_update(view_id=str(sent.view.get("id")), view=shown))
        except SlackFault as fault:
            self._log.info("a form could not be updated", problem=fault.sentence)
            if not isinstance(result, Closed):
                self._deps.private.answer(answering(sent), _words_of(result))


def _result_of(begun: Future[Submitted]) -> Submitted | None:
    """What came of the first delivery of the same form; None when that is still at work."""
    try:
        return begun.result(PATIENCE)
    except TimeoutError:
        return None


def _words_of(result: Submitted) -> Message:
    if isinstance(result, FieldErrors):
        return sentence(" ".join(result.errors.values()))
    return sentence("The form could not be shown again: please open it once more.")
