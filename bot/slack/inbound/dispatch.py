"""Between Bolt and the handlers: who calls is checked, what is quick is answered at once, what takes time goes to the
worker and is answered privately afterwards. A handler is a function (call, deps) -> what to show, and is never called
for somebody whom hs-bot does not work for, whichever way they come.

Bolt runs listeners in the thread that Slack's request came in (`process_before_response`), so nothing here blocks for
longer than `PATIENCE`.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import structlog
from slack_bolt import BoltContext, BoltResponse
from slack_sdk.models.blocks import Option

from bot.model.problem import Problem
from bot.policy.people.origin import may_come_from
from bot.policy.refusal import Refusal
from bot.services.ports import WorkspaceAway
from bot.slack.api.web import SlackFault, call
from bot.slack.forms.metadata import answering
from bot.slack.forms.updating import first_input_of
from bot.slack.handling.answer import Answer, Closed, FieldErrors, Later, Opens, Reply, Shows, Submitted
from bot.slack.handling.deferred import Handover
from bot.slack.handling.deps import Deps
from bot.slack.handling.modals import shown_anew
from bot.slack.handling.payload import Call, is_to_us, read_command, read_event, read_interaction
from bot.slack.handling.private import let_pass
from bot.slack.handling.responses import choices, done, of_form, refused, said, turned_into
from bot.slack.views.kit import Message, as_json
from bot.slack.views.words import note, sentence, trouble

Listener = Callable[..., BoltResponse]
Handler = Callable[[Call, Deps], Reply]
FormHandler = Callable[[Call, Deps], Submitted]
Typeahead = Callable[[Call, Deps], Sequence[Option]]
EventHandler = Callable[[Call, Deps], None]
TurnedAway = Callable[[Call, Deps, Refusal], None]
"""Of an event: how somebody whom hs-bot does not work for is told so."""

PATIENCE = 0.8  # seconds that a command waits for what must be asked elsewhere, before it answers later
FORM_PATIENCE = 2.2  # seconds that a form waits to show errors at their fields; Slack gives up after three
TYPEAHEAD_PATIENCE = 1.5


class Desk:
    """Makes Bolt listeners of handlers."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._log = structlog.get_logger("slack.desk")

    # What Bolt calls

    def command(self, handler: Handler) -> Listener:
        """Answered in the body of the response when nobody must be asked, else afterwards."""

        def listener(body: Mapping[str, Any], context: BoltContext) -> BoltResponse:
            with self._deps.lull.answering():
                return self._answered(read_command(body, context), handler)

        return listener

    def _answered(self, asked: Call, handler: Handler) -> BoltResponse:
        verdict = self._deps.callers.known(asked)
        if verdict is None:
            return self._soon(asked, lambda: self._checked(asked, handler))
        if verdict[0] is not None:
            self._note_later(asked, verdict[0])
            return said(sentence(verdict[0].reason))
        reply = self._guarded(asked, lambda: handler(asked, self._deps))
        if isinstance(reply, Later | Opens):
            return self._soon(asked, lambda: reply)
        answer = reply if isinstance(reply, Answer) else Answer(reply)
        return said(self._fill(asked, answer) or answer.message)

    def button(self, handler: Handler) -> Listener:
        """Acknowledged at once; the answer comes privately.

        What is decided by a click is judged by the services once more, by who somebody is at that moment.
        """

        def listener(body: Mapping[str, Any], context: BoltContext) -> BoltResponse:
            clicked = read_interaction(body, context)
            try:
                self._deps.once.submit(clicked.key, lambda: self._acted(clicked, handler))
            except Problem as problem:
                self._log.warning("a click was not taken on", name=clicked.name, problem=problem.sentence)
                return refused()
            return done()

        return listener

    shortcut = button

    def form(self, handler: FormHandler) -> Listener:
        """Answered with errors at their fields, or closed; when that takes too long the form says so.

        Who sends it is read from Slack anew. What somebody typed whom hs-bot does not work for is acted on by nobody.
        """

        def listener(body: Mapping[str, Any], context: BoltContext) -> BoltResponse:
            sent = read_interaction(body, context)
            handover: Handover[Submitted] = Handover()
            try:
                begun, first = self._deps.once.submit(sent.key, lambda: self._submitted(sent, handler, handover))
            except Problem as problem:
                return turned_into(note(trouble(problem)))
            return of_form(handover.wait(FORM_PATIENCE) if first else _result_of(begun))

        return listener

    def typeahead(self, handler: Typeahead) -> Listener:
        """The options that fit; none for whom hs-bot does not work."""

        def listener(body: Mapping[str, Any], context: BoltContext) -> BoltResponse:
            with self._deps.lull.answering():
                return choices(self._offered(read_interaction(body, context), handler))

        return listener

    def _offered(self, typed: Call, handler: Typeahead) -> Sequence[Option]:
        verdict = self._deps.callers.known(typed)
        if verdict is not None and verdict[0] is not None:
            self._note_later(typed, verdict[0])
            return []
        if verdict is not None and self._deps.directory.ready:
            return self._options(typed, handler, ask=False)
        handover: Handover[Sequence[Option]] = Handover()
        try:
            self._deps.worker.submit(lambda: handover.give(self._options(typed, handler, ask=True)))
        except Problem:
            return []
        return handover.wait(TYPEAHEAD_PATIENCE) or []

    def event(self, handler: EventHandler, turned_away: TurnedAway) -> Listener:
        """What somebody did, told by the Events API: acknowledged at once, handled once however often delivered."""

        def listener(body: Mapping[str, Any], context: BoltContext) -> BoltResponse:
            happened = read_event(body, context)
            if not is_to_us(happened):
                return done()
            try:
                self._deps.once.submit(happened.key, lambda: self._happened(happened, handler, turned_away))
            except Problem as problem:
                self._log.warning("an event was not taken on", event=happened.name, problem=problem.sentence)
                return refused()
            return done()

        return listener

    def signal(self, handler: EventHandler) -> Listener:
        """What Slack tells about somebody of our own workspace: handled once, however often delivered."""

        def listener(body: Mapping[str, Any], context: BoltContext) -> BoltResponse:
            happened = read_event(body, context)
            try:
                self._deps.once.submit(happened.key, lambda: self._heard(happened, handler))
            except Problem as problem:
                self._log.warning("an event was not taken on", event=happened.name, problem=problem.sentence)
                return refused()
            return done()

        return listener

    # In the worker

    def _heard(self, happened: Call, handler: EventHandler) -> None:
        if may_come_from(happened.origin, self._deps.workspace.ours()) is None:
            handler(happened, self._deps)

    def _acted(self, asked: Call, handler: Handler) -> None:
        answer = self._settled(asked, self._checked(asked, handler))
        if answer.message is not None:
            self._deps.private.answer(asked, answer.message, replaces=answer.replaces)
        if (failed := self._fill(asked, answer, replaces=answer.replaces)) is not None:
            self._deps.private.answer(asked, failed, replaces=answer.replaces)

    def _happened(self, happened: Call, handler: EventHandler, turned_away: TurnedAway) -> None:
        if (refusal := self._deps.callers.ask(happened)) is not None:
            self._note(happened, refusal)
            turned_away(happened, self._deps, refusal)
        else:
            handler(happened, self._deps)

    def _soon(self, asked: Call, work: Callable[[], Reply]) -> BoltResponse:
        """What the worker says within `PATIENCE`, in the body; else nothing, and it is said afterwards."""
        handover: Handover[Answer] = Handover()

        def job() -> None:
            answer = self._settled(asked, work())
            if not handover.give(answer) and answer.message is not None:
                self._deps.private.answer(asked, answer.message)
            if (failed := self._fill(asked, answer)) is not None:
                self._deps.private.answer(asked, failed)

        try:
            self._deps.worker.submit(job)
        except Problem as problem:
            return said(trouble(problem))
        answer = handover.wait(PATIENCE)
        return said(answer.message if answer is not None else None)

    def _fill(self, asked: Call, answer: Answer, *, replaces: bool = True) -> Message | None:
        """Have the filler find out more, and put it into the message that has just been given.

        Returns what to say instead when nobody can do what the message promises.
        """
        then = answer.then
        if then is None:
            return None

        def job() -> None:
            self._deps.lull.wait(asked.arrived)
            if (filled := self._then(asked, then, promised=answer.promises)) is not None:
                self._deps.private.answer(asked, filled, replaces=replaces)

        try:
            (self._deps.filler or self._deps.worker).submit(job)
        except Problem as problem:
            self._log.warning("an answer was not filled in", name=asked.name, problem=problem.sentence)
            return trouble(problem) if answer.promises else None
        return None

    def _then(self, asked: Call, then: Callable[[], Message | None], *, promised: bool) -> Message | None:
        try:
            return then()
        except Problem as problem:
            self._log.warning("an answer was not filled in", name=asked.name, problem=problem.sentence)
            return trouble(problem) if promised else None
        except Exception:  # noqa: BLE001 - the log has the traceback
            self._log.exception("an answer was not filled in", name=asked.name)
            return _fault() if promised else None

    def _submitted(self, sent: Call, handler: FormHandler, handover: Handover[Submitted]) -> Submitted:
        try:
            result = self._unwelcome(sent) or handler(sent, self._deps)
        except Problem as problem:
            result = Shows(note(trouble(problem)))
        except Exception:  # noqa: BLE001 - people get a sentence, the log the traceback
            self._log.exception("a form failed", name=sent.name)
            result = Shows(note(_fault()))
        if not handover.give(result):
            self._show_late(sent, result)
        if isinstance(result, Closed | FieldErrors) and result.message is not None:
            self._deps.private.answer(answering(sent), result.message)
        return result

    def _unwelcome(self, sent: Call) -> Submitted | None:
        """What a form shows to whom hs-bot does not work for; None to everybody else."""
        try:
            refusal = self._deps.callers.ask(sent, fresh=True)
        except WorkspaceAway as away:  # what was typed stays in the form, to be sent again
            refusal = Refusal(away.sentence, "slack away")
        if refusal is None:
            return None
        said, field = self._turned_away(sent, refusal), first_input_of(sent)
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

    def _options(self, typed: Call, handler: Typeahead, *, ask: bool) -> Sequence[Option]:
        try:
            if ask and (refusal := self._deps.callers.ask(typed)) is not None:
                self._note(typed, refusal)
                return []
            return handler(typed, self._deps)
        except Problem as problem:
            self._log.info("no options", name=typed.name, problem=problem.sentence)
        except Exception:  # noqa: BLE001 - an empty list; the fault is logged with its traceback
            self._log.exception("a typeahead failed", name=typed.name)
        return []

    # Both

    def _checked(self, asked: Call, handler: Handler) -> Reply:
        """The handler's reply if hs-bot works for the caller; to be called in the worker."""

        def go() -> Reply:
            try:
                refusal = self._deps.callers.ask(asked)
            except WorkspaceAway as away:
                self._note(asked, Refusal(away.sentence, "slack away"))
                raise
            return self._turned_away(asked, refusal) if refusal is not None else handler(asked, self._deps)

        return self._guarded(asked, go)

    def _settled(self, asked: Call, reply: Reply) -> Answer:
        """Work that was put off is done, a form is opened; what is left is something to say, or nothing."""
        while isinstance(reply, Later):
            reply = self._guarded(asked, reply.work)
        if isinstance(reply, Opens):
            opening = reply
            reply = self._guarded(asked, lambda: self._open(asked, opening))
        return reply if isinstance(reply, Answer) else Answer(reply if isinstance(reply, Message) else None)

    def _open(self, asked: Call, opening: Opens) -> None:
        answer = shown_anew(self._deps.client, asked, opening.view)
        if opening.then is not None:
            opening.then(answer.get("view") or {})

    def _guarded(self, asked: Call, work: Callable[[], Reply]) -> Reply:
        """Whatever goes wrong becomes a sentence."""
        try:
            return work()
        except Problem as problem:
            return trouble(problem)
        except Exception:  # noqa: BLE001 - people get a sentence, the log the traceback
            self._log.exception("a listener failed", kind=asked.kind, name=asked.name)
            return _fault()

    def _turned_away(self, asked: Call, refusal: Refusal) -> Message:
        """The short private refusal, recorded. In the worker."""
        self._note(asked, refusal)
        return sentence(refusal.reason)

    def _note(self, asked: Call, refusal: Refusal) -> None:
        """Record it; where that is impossible just now, it is a refusal all the same."""
        try:
            self._deps.noted.write(asked, refusal)
        except Problem as problem:
            self._log.warning("a refusal was not recorded", code=refusal.code, problem=problem.sentence)

    def _note_later(self, asked: Call, refusal: Refusal) -> None:
        try:
            self._deps.worker.submit(lambda: self._note(asked, refusal))
        except Problem as problem:
            self._log.warning("a refusal was not recorded", code=refusal.code, problem=problem.sentence)


def _result_of(begun: "Future[Submitted]") -> Submitted | None:
    """What came of the first delivery of the same form; None when that is still at work."""
    try:
        return begun.result(FORM_PATIENCE)
    except TimeoutError:
        return None


def _words_of(result: Submitted) -> Message:
    if isinstance(result, FieldErrors):
        return sentence(" ".join(result.errors.values()))
    return sentence("The form could not be shown again: please open it once more.")


def _fault() -> Message:
    """The reference is the one that the log has on each line of this request."""
    reference = structlog.contextvars.get_contextvars().get("call")
    found = f" Whoever runs hs-bot can find it in the log: reference {reference}." if reference else ""
    return sentence(f"Something went wrong inside hs-bot, so this wasn't finished.{found}")
