"""The one way in: every change that needs a second person is opened, decided, moved, cancelled and retried here.

Buttons, forms, schedules and the command line call `Approvals.apply`. The row in `requests` is the only authority;
the rules are bot.policy's. `opening.py` writes the row, `clicks.py` moves it. Nothing is executed here: a committed
approval wakes the runner (`runner.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.model.action import Action, CheckNow, Open, Outcome, Remind
from bot.model.batch import BatchAction, BatchOutcome, OpenMany
from bot.model.request import Kind, Request, State
from bot.policy.requests.clocks import reminder_due, runs_soon
from bot.services.ports import Workspace
from bot.services.requests.clicks import Clicks
from bot.services.requests.kinds import CardWords, Procedures
from bot.services.requests.many.batches import Batches
from bot.services.requests.opening.opening import Opening
from bot.services.requests.reminding import Reminding, remind
from bot.services.requests.target_gone import end_for_the_gone
from bot.services.requests.telling import tell_soon
from bot.services.requests.terms import Terms
from bot.services.requests.transitions import expire, utc
from bot.services.requests.waiting import Look, Waiting
from bot.store.record import Record


@dataclass(frozen=True, slots=True)
class Tick:
    """What a round did: ids of requests."""

    expired: tuple[str, ...] = ()
    reminded: tuple[str, ...] = ()


class Approvals:
    """`wake` is called after each commit, so that the runner and whoever tells Slack act at once.

    `look` reads in Help Scout whether what a person had to do by hand is done.
    """

    def __init__(
        self,
        record: Record,
        workspace: Workspace,
        procedures: Procedures,
        terms: Terms,
        *,
        wake: Callable[[], None] = lambda: None,
        look: Look = lambda _: "hs-bot can't look into Help Scout here.",
    ) -> None:
        self._record = record
        self._waiting = Waiting(record, workspace, terms, look)
        self._procedures = procedures
        self._wake = wake
        self._log = structlog.get_logger("approvals")
        self._opening = Opening(record, workspace, procedures, terms)
        self._clicks = Clicks(record, workspace, procedures, terms)
        self._reminding = Reminding(record, workspace)
        self._batches = Batches(record, workspace, procedures, terms)

    def apply(self, action: Action) -> Outcome:
        """Do what `action` asks if the rules allow it, and say what came of it.

        A refusal is an `Outcome` too, recorded with its reason. Raises what the record raises when it can't be written
        (`StoreError`): then nothing was done.
        """
        try:
            outcome = self._applied(action)
        finally:
            self._wake()
        if outcome.request is not None:  # who and why is for the audit log: a log line names no person
            self._log.info(
                "somebody acted on a request",
                request=outcome.request.id,
                action=type(action).__name__.lower(),
                accepted=outcome.accepted,
                state=outcome.request.state.value,
            )
        return outcome

    def wake(self) -> None:
        """Something else was committed that the runner, the gate or the delivery should look at."""
        self._wake()

    def _applied(self, action: Action) -> Outcome:
        match action:
            case Open():
                return self._opening.open(action)
            case Remind():
                return self._reminding.apply(action)
            case CheckNow():
                return self._waiting.apply(action)
        return self._clicks.apply(action)

    def many(self, action: BatchAction) -> BatchOutcome:
        """The same for several people at once. Raises `StoreError` when it can't be written: then nothing was done."""
        try:
            outcome = self._batches.apply(action)
        finally:
            self._wake()
        if outcome.batch is not None:
            self._log.info(
                "somebody acted on a batch",
                batch=outcome.batch.id,
                action=type(action).__name__.lower(),
                accepted=outcome.accepted,
            )
        return outcome

    def foresee_many(self, action: OpenMany) -> BatchOutcome:
        """Like `foresee`, of a batch."""
        return self._batches.foresee(action)

    def foresee(self, action: Open) -> Outcome:
        """The faults of an opening that the record and Slack's cache already tell: writes nothing, calls no API.

        For a form, which must answer within three seconds; `apply` decides.
        """
        return self._opening.foresee(action)

    def why_not(self, kind: Kind) -> str:
        """Why no request of this kind can be opened here, as far as the record tells; "" when one can."""
        return self._procedures[kind].why_not

    def words(self, request: Request) -> CardWords:
        """What the card of a request says."""
        return self._procedures[request.kind].words(request)

    def tick(self, now: datetime | None = None) -> Tick:
        """Regularly: end what has expired, remind of what is undecided, wake the runner for what is due."""
        moment = now or self._record.now()
        due = self._record.requests.due(moment)
        expired = tuple(id for id in due.expired if self._expire(id, moment))
        reminded = tuple(id for id in due.remindable if self._remind(id, moment)) + self._waiting.remind(moment)
        soon = tuple(one.id for one in self._soon(moment) if tell_soon(self._record, one, utc(one.run_at)))
        if expired or reminded or soon or due.startable or due.orphaned_leases:
            self._wake()
        return Tick(expired, reminded)

    def after_sync(self) -> None:
        """What people had to do in Help Scout may be done, and whom a request is about may be gone."""
        done, ended = self._waiting.look_at_all(), end_for_the_gone(self._record)
        if done or ended:
            self._wake()

    def _soon(self, now: datetime) -> list[Request]:
        """What runs within the hour, unless its requester heard of the time within that hour: when it was approved."""
        found = self._record.requests.find(states={State.APPROVED}, limit=None)
        return [one for one in found if runs_soon(one, now)]

    def _expire(self, id: str, now: datetime) -> bool:
        with self._record.transaction():
            request = self._record.requests.get(id)
            return request is not None and expire(self._record, request, now) is not None

    def _remind(self, id: str, now: datetime) -> bool:
        with self._record.transaction():
            request = self._record.requests.get(id)
            due = reminder_due(request, now) if request is not None else 0
            if request is None or not due:
                return False
            return remind(self._record, request, reminded=due) is not None
