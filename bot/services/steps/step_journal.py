"""The journal of a step, for a write that `settling.settle` settles."""

from collections.abc import Iterator

from bot.services.requests.execution import Execution


class StepJournal:
    """`details` name the write in the audit log."""

    def __init__(self, ex: Execution, **details: object) -> None:
        self._ex = ex
        self._details = details

    def sending(self) -> None:
        ex = self._ex
        ex.go_on()
        ex.save(f"{ex.step.name}.sending", sending={**self._details, "at": ex.now().isoformat()})
        ex.at(f"{ex.step.name}: about to send")

    def looks(self) -> Iterator[object]:
        """As long as something that was ignored is looked for."""
        for waited in self._ex.looks():
            yield waited
            if waited >= self._ex.patience.ignored:
                return
