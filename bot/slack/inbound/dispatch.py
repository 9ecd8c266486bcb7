"""Between Bolt and the handlers: who calls is checked, what is quick is answered at once, what takes time goes to the
worker and is answered privately afterwards. A handler is a function (call, deps) -> what to show, and is never called
for somebody whom hs-bot does not work for, whichever way they come.

Bolt runs listeners in the thread that Slack's request came in (`process_before_response`), so nothing here blocks for
longer than `PATIENCE`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from slack_bolt import BoltContext, BoltResponse
from slack_sdk.models.blocks import Option

from bot.model.problem import Problem
from bot.policy.people.origin import may_come_from
from bot.policy.refusal import Refusal
from bot.services.ports import WorkspaceAway
from bot.slack.handling.answer import Answer, Later, Opens, Reply
from bot.slack.handling.caller import Callers
from bot.slack.handling.deps import Deps
from bot.slack.handling.modals import shown_anew
from bot.slack.handling.payload import Call, is_to_us, read_command, read_event, read_interaction
from bot.slack.handling.responses import choices, done, refused, said
from bot.slack.handling.work.deferred import Handover
from bot.slack.inbound.refusals import Refusals, fault
from bot.slack.inbound.sent_forms import FormHandler, SentForms
from bot.slack.views.kit import Message
from bot.slack.views.words import sentence, trouble

Listener = Callable[..., BoltResponse]
Handler = Callable[[Call, Deps], Reply]
Typeahead = Callable[[Call, Deps], Sequence[Option]]
EventHandler = Callable[[Call, Deps], None]
TurnedAway = Callable[[Call, Deps, Refusal], None]
"""Of an event: how somebody whom hs-bot does not work for is told so."""

PATIENCE = 0.8  # seconds that a command waits for what must be asked elsewhere, before it answers later
TYPEAHEAD_PATIENCE = 1.5


class Dispatcher:
    """Makes Bolt listeners of handlers."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._callers = Callers(deps.workspace)
        self._refusals = Refusals(deps)
        self._forms = SentForms(deps, self._callers, self._refusals)
        self._log = structlog.get_logger("slack.dispatch")

    # What Bolt calls

    def command(self, handler: Handler) -> Listener:
        """Answered in the body of the response when nobody must be asked, else afterwards."""

        def listener(body: Mapping[str, Any], context: BoltContext) -> BoltResponse:
            with self._deps.filling.answering():
                return self._answered(read_command(body, context), handler)

        return listener

    def _answered(self, asked: Call, handler: Handler) -> BoltResponse:
        verdict = self._callers.known(asked)
        if verdict is None:
            return self._soon(asked, lambda: self._checked(asked, handler))
        if verdict[0] is not None:
            self._refusals.note_later(asked, verdict[0])
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
            return self._taken_on(clicked, lambda: self._acted(clicked, handler))

        return listener

    shortcut = button

    def form(self, handler: FormHandler) -> Listener:
        """Answered with errors at their fields, or closed: see `sent_forms.py`."""

        def listener(body: Mapping[str, Any], context: BoltContext) -> BoltResponse:
            return self._forms.answered(read_interaction(body, context), handler)

        return listener

    def typeahead(self, handler: Typeahead) -> Listener:
        """The options that fit; none for whom hs-bot does not work."""

        def listener(body: Mapping[str, Any], context: BoltContext) -> BoltResponse:
            with self._deps.filling.answering():
                return choices(self._offered(read_interaction(body, context), handler))

        return listener

    def _offered(self, typed: Call, handler: Typeahead) -> Sequence[Option]:
        verdict = self._callers.known(typed)
        if verdict is not None and verdict[0] is not None:
            self._refusals.note_later(typed, verdict[0])
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
            return self._taken_on(happened, lambda: self._happened(happened, handler, turned_away))

        return listener

    def signal(self, handler: EventHandler) -> Listener:
        """What Slack tells about somebody of our own workspace: handled once, however often delivered."""

        def listener(body: Mapping[str, Any], context: BoltContext) -> BoltResponse:
            happened = read_event(body, context)
            return self._taken_on(happened, lambda: self._heard(happened, handler))

        return listener

    def _taken_on(self, asked: Call, work: Callable[[], None]) -> BoltResponse:
        """Acknowledged at once, done once however often delivered; else Slack is to deliver it again."""
        try:
            self._deps.once.submit(asked.key, work)
        except Problem as problem:
            self._log.warning("not taken on", kind=asked.kind, name=asked.name, problem=problem.sentence)
            return refused()
        return done()

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
        if (refusal := self._callers.ask(happened)) is not None:
            self._refusals.note(happened, refusal)
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
            if (filled := self._then(asked, then, promised=answer.promises)) is not None:
                self._deps.private.answer(asked, filled, replaces=replaces)

        try:
            self._deps.filling.submit(job, since=asked.arrived)
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
            return fault() if promised else None

    def _options(self, typed: Call, handler: Typeahead, *, ask: bool) -> Sequence[Option]:
        try:
            if ask and (refusal := self._callers.ask(typed)) is not None:
                self._refusals.note(typed, refusal)
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
                refusal = self._callers.ask(asked)
            except WorkspaceAway as away:
                self._refusals.note(asked, Refusal(away.sentence, "slack away"))
                raise
            return self._refusals.turned_away(asked, refusal) if refusal is not None else handler(asked, self._deps)

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
            return fault()
