"""Said instead of an answer: why hs-bot does not work for somebody, which is recorded; or that something went wrong."""

import structlog

from bot.model.problem import Problem
from bot.policy.refusal import Refusal
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call
from bot.slack.views.kit import Message
from bot.slack.views.words import sentence


class Refusals:
    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._log = structlog.get_logger("slack.dispatch")

    def turned_away(self, asked: Call, refusal: Refusal) -> Message:
        """The short private refusal, recorded. In the worker."""
        self.note(asked, refusal)
        return sentence(refusal.reason)

    def note(self, asked: Call, refusal: Refusal) -> None:
        """Record it; where that is impossible just now, it is a refusal all the same."""
        try:
            self._deps.noted.write(asked, refusal)
        except Problem as problem:
            self._log.warning("a refusal was not recorded", code=refusal.code, problem=problem.sentence)

    def note_later(self, asked: Call, refusal: Refusal) -> None:
        try:
            self._deps.worker.submit(lambda: self.note(asked, refusal))
        except Problem as problem:
            self._log.warning("a refusal was not recorded", code=refusal.code, problem=problem.sentence)


def fault() -> Message:
    """The reference is the one that the log has on each line of this request."""
    reference = structlog.contextvars.get_contextvars().get("call")
    found = f" Whoever runs hs-bot can find it in the log: reference {reference}." if reference else ""
    return sentence(f"Something went wrong inside hs-bot, so this wasn't finished.{found}")
