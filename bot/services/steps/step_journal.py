"""The journal of a step, for a write that `settling.settle` settles."""

from collections.abc import Iterator
from typing import Any

from bot.helpscout.errors import HelpScoutError
from bot.services.requests.execution import Execution
from bot.services.steps.settling import Write, had_no_effect, settle


class StepJournal:
    """`id` names the write in the journal, so that a later run knows that it was sent; `details` are for the audit."""

    again = "press Retry"

    def __init__(self, ex: Execution, id: str, **details: object) -> None:
        self._ex = ex
        self._mark = {"id": id, **details}

    @property
    def sent(self) -> bool:
        return any(mark["id"] == self._mark["id"] for mark in self._marks)

    @property
    def _marks(self) -> list[dict[str, Any]]:
        return [dict(mark) for mark in self._ex.saved.get("sent", ())]

    def sending(self) -> None:
        ex = self._ex
        ex.go_on()
        ex.save(f"{ex.step.name}.sending", sent=[*self._marks, {**self._mark, "at": ex.now().isoformat()}])
        ex.at(f"{ex.step.name}: about to send")

    def answered(self, problem: HelpScoutError | None) -> None:
        ex = self._ex
        ex.at(f"{ex.step.name}: answered")
        if problem is not None and had_no_effect(problem):
            ex.save(f"{ex.step.name}.refused", sent=self._marks[:-1], status=problem.status)

    def looks(self) -> Iterator[object]:
        """As long as something that was ignored is looked for."""
        for waited in self._ex.looks():
            yield waited
            if waited >= self._ex.patience.ignored:
                return

    def pause(self, seconds: float) -> None:
        self._ex.pause(seconds)


def settled(ex: Execution, write: Write, id: str, **details: object) -> str:
    """Settle a write within a step; how what came of it is known."""
    return settle(write, StepJournal(ex, id, **details))
