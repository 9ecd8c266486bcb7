"""The one way in: every change that needs a second person is opened, decided, moved, cancelled and retried here.

Buttons, forms, schedules and the command line call `Approvals.apply`. The row in `requests` is the only authority;
rules are read again at each click, a decision is one compare-and-set, and the row, its audit line and what Slack is owed
are one transaction. Nothing is executed here: a committed approval wakes the runner (`runner.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.model.action import Action, Open, Outcome
from bot.model.request import Request
from bot.services.kinds import CardWords, Procedures
from bot.services.ports import Workspace
from bot.services.terms import Terms
from bot.store.record import Record


@dataclass(frozen=True, slots=True)
class Tick:
    """What a minute's round did: ids of requests."""

    expired: tuple[str, ...] = ()
    reminded: tuple[str, ...] = ()
    startable: tuple[str, ...] = ()


class Approvals:
    """`wake` is called after each commit, so that the runner and whoever tells Slack act at once."""

    def __init__(
        self,
        record: Record,
        workspace: Workspace,
        procedures: Procedures,
        terms: Terms,
        *,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._record = record
        self._workspace = workspace
        self._procedures = procedures
        self._terms = terms
        self._wake = wake

    def apply(self, action: Action) -> Outcome:
        """Do what `action` asks if the rules allow it. A refusal is an `Outcome`, audited with its reason."""
        raise NotImplementedError

    def foresee(self, action: Open) -> Outcome:
        """The faults of an opening that the record and Slack's cache already tell: writes nothing, calls nobody.

        For a form, which must answer within three seconds; `apply` decides.
        """
        raise NotImplementedError

    def words(self, request: Request) -> CardWords:
        """What the card of a request says."""
        return self._procedures[request.kind].words(request)

    def tick(self, now: datetime | None = None) -> Tick:
        """Every minute: end what has expired, remind, and wake the runner for what may start or was orphaned."""
        raise NotImplementedError
