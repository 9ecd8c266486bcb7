"""What a step may use while it runs: the row, the record, Help Scout under observation, and a journal of its own.

Everything a step writes passes a fence: the lease is renewed in the same transaction, and who has lost it writes
nothing any more (`LeaseLost`).
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from math import inf
from typing import Any

from bot.helpscout.budget import Priority
from bot.helpscout.client import HelpScout
from bot.helpscout.rest import Rest
from bot.helpscout.scim.api import Scim
from bot.helpscout.wire.calls import ApiCall
from bot.model.problem import Problem
from bot.model.request import Request, Step, StepState
from bot.model.way import Way
from bot.services.ports import Workspace
from bot.services.requests.terms import Patience, Terms
from bot.services.requests.withdrawn import CANCELLED, withdrawn
from bot.store.record import Record

At = Callable[[str], None]
"""Called with the name of each boundary as it is crossed; tests kill their process there."""

Write = Callable[[], None]

CALLS_KEPT = 40  # of one step, in its result; beyond that only their counts are kept


class Stale(Problem):
    """The world differs from what was approved: nothing is done, the request is to be made anew."""


class Withdrawn(Stale):
    """Who asked for it wants it no longer: nothing is done, and the request is cancelled."""


class Attention(Problem):
    """A step that can't be settled: people must look, then press Retry."""


class NeedsPerson(Problem):
    """What is left to do is for a person to do in Help Scout; the sentence says what, and where."""


class HandedBack(Exception):
    """The process is about to stop: the lease goes back and another runner continues."""


class LeaseLost(Exception):
    """Another runner holds the request now; this one must not write another word."""


class Execution:
    """One run over the steps of one request, by one owner of its lease."""

    def __init__(
        self,
        request: Request,
        record: Record,
        helpscout: HelpScout,
        workspace: Workspace,
        *,
        owner: str,
        terms: Terms,
        patience: Patience,
        stopping: threading.Event,
        at: At,
        why_unsound: Callable[[Request], str | None],
    ) -> None:
        self.request = request
        self.record = record
        self.workspace = workspace
        self.terms = terms
        self.patience = patience
        self.owner = owner
        self.at = at
        self.lost = threading.Event()  # set by the heartbeat
        self.why_unsound = why_unsound
        self.read_before: dict[str, tuple[float, Any]] = {}  # what an earlier step of this very run has read, and when
        self._stopping = stopping
        self._people = helpscout.view(priority=Priority.PEOPLE, observer=self._observe)
        self._background = helpscout.view(priority=Priority.BACKGROUND, observer=self._observe)
        self._calls: list[ApiCall] = []
        self._counts: Counter[str] = Counter()
        self._observing = threading.Lock()
        self._steps = {step.name: step for step in record.requests.steps(request.id)}
        self._step: Step | None = None
        self._writes: list[Write] = []
        self._progress_at = -inf

    # Help Scout

    @property
    def rest(self) -> Rest:
        return self._people.rest

    @property
    def patient_rest(self) -> Rest:
        """For hundreds of calls: people's commands go before them."""
        return self._background.rest

    @property
    def way(self) -> Way:
        """The way that is gone: as approved, or by hand where that was found to be all that is left."""
        fallen = any((step.result.get("saved") or {}).get("way") == Way.HAND for step in self._steps.values())
        checked = (self.result_of("check") or {}).get("way")
        return Way.HAND if fallen else Way(str(checked or self.planned_way))

    @property
    def planned_way(self) -> Way:
        """As approved; plans of earlier versions went over SCIM."""
        return Way(str(self.request.plan.get("way") or Way.SCIM))

    @property
    def has_scim(self) -> bool:
        return self._people.scim is not None

    @property
    def scim(self) -> Scim:
        if self._people.scim is None:
            raise Attention(
                "hs-bot isn't set up to use SCIM anymore. Ask whoever runs it to set it up again, then press Retry."
            )
        return self._people.scim

    def _observe(self, call: ApiCall) -> None:
        with self._observing:
            self._counts[f"{call.method} {call.status or 'no answer'}"] += 1
            if len(self._calls) < CALLS_KEPT:
                self._calls.append(call)

    # Right before the call that takes or gives a seat

    def sound(self, untouched: str = "Nothing was done") -> None:
        """Raises `Stale` when what was approved no longer stands: votes, seals, people, the row itself,
        or (`Withdrawn`) the wish of the identity provider that asked for it.

        `untouched` says what has not happened yet, as the beginning of a sentence. The row is read again: whoever
        changed it while this ran doesn't get their way. Raises `WorkspaceAway`.
        """
        row = self.record.requests.get(self.request.id)
        if row is None or row.digest != self.request.digest or row.plan != self.request.plan:
            raise Stale(f"The plan in the record isn't the one that was approved. {untouched}; ask again.")
        if withdrawn(self.record, row):
            raise Withdrawn(f"{CANCELLED}. {untouched}.")
        if (sentence := self.why_unsound(row)) is not None:
            raise Stale(f"{sentence} {untouched}; ask again.")

    # Waiting

    def go_on(self) -> None:
        """To be called between two pieces of work: raises `HandedBack` or `LeaseLost` when it is time to leave."""
        if self.lost.is_set():
            raise LeaseLost(self.request.id)
        if self._stopping.is_set():
            raise HandedBack(self.request.id)

    @property
    def leaving(self) -> bool:
        """Whether the process is about to stop: nothing new is begun."""
        return self._stopping.is_set()

    def pause(self, seconds: float) -> None:
        """Wait; ends early, by `HandedBack`, when the process stops."""
        self._stopping.wait(seconds)
        self.go_on()

    def looks(self, *, costly: bool = False) -> Iterator[float]:
        """Seconds waited before each look at something that takes its time; pauses grow, and it ends with patience.

        With `costly` looks (of many requests each) the pauses are four times as long.
        """
        longer = 4 if costly else 1
        waited, pause = 0.0, self.patience.verify_first * longer
        while True:
            yield waited
            if waited >= self.patience.verify:
                return
            self.pause(pause)
            waited, pause = waited + pause, min(pause * 2, self.patience.verify_longest * longer)

    # The journal

    def now(self) -> datetime:
        return self.record.now()

    @contextmanager
    def fence(self) -> Iterator[None]:
        """A transaction that only the holder of the lease can commit."""
        with self.record.transaction():
            until = self.record.now() + timedelta(seconds=self.patience.lease)
            if not self.record.requests.heartbeat(self.request.id, owner=self.owner, until=until):
                raise LeaseLost(self.request.id)
            yield

    @property
    def step(self) -> Step:
        if self._step is None:
            raise RuntimeError("no step has begun")
        return self._step

    def result_of(self, name: str) -> Mapping[str, Any] | None:
        """The result of a finished step, None when it has not finished."""
        step = self._steps.get(name)
        return step.result if step is not None and step.state is StepState.DONE else None

    def begin(self, position: int, name: str) -> None:
        """Journal the step as running; what an earlier attempt saved stays."""
        with self.fence():
            self._begin(position, name)

    def _begin(self, position: int, name: str) -> None:
        earlier = self._steps.get(name)
        step = Step(request_id=self.request.id, position=position, name=name, started_at=self.record.now())
        if earlier is not None:
            step = replace(earlier, state=StepState.RUNNING, attempts=earlier.attempts + 1, problem="")
        self.record.requests.step_started(step)
        self._audit("step.started", {"step": name, "attempt": step.attempts})
        self._step = self._steps[name] = step
        self._writes, self._progress_at = [], -inf
        with self._observing:
            self._calls, self._counts = [], Counter()

    @property
    def saved(self) -> Mapping[str, Any]:
        """What this step, in this or an earlier attempt, has saved."""
        saved = self.step.result.get("saved", {})
        return saved if isinstance(saved, Mapping) else {}

    def save(self, event: str, **values: Any) -> None:
        """Journal durably, before doing it, what must not be done twice unawares; `event` goes to the audit log."""
        with self.fence():
            self._step = replace(self.step, result={**self.step.result, "saved": {**self.saved, **values}})
            self._steps[self._step.name] = self._step
            self.record.requests.step_started(self._step)
            self._audit(event, {"step": self._step.name, **values})

    def progress(self, done: int, total: int) -> None:
        """Move the progress bar: at most one write a second."""
        moment = time.monotonic()
        if done < total and moment - self._progress_at < self.patience.progress:
            return
        self._progress_at = moment
        self._step = replace(self.step, done=done, total=total)
        with self.fence():
            self.record.requests.step_progress(self.request.id, self.step.position, done, total)

    def with_result(self, write: Write) -> None:
        """Have `write` run inside the transaction that journals this step's result: both, or neither."""
        self._writes.append(write)

    def finish(
        self, result: Mapping[str, Any], *, last: Write | None = None, then: tuple[int, str] | None = None
    ) -> None:
        """Journal the result, with all that was to be written with it; `then`, the step that follows, begins with it.

        One wait for the disk instead of two: between an approval and the removal there are enough of them.
        """
        with self.fence():
            for write in (*self._writes, *((last,) if last else ())):
                write()
            self._end(StepState.DONE, {**result, **self._kept(), **self.observed()}, "")
            settled = {"settled": result["settled"]} if "settled" in result else {}
            self._audit("step.finished", {"step": self.step.name, **settled, **self.observed()})
            if then is not None:
                self._begin(*then)

    def fail(self, problem: str) -> None:
        """Journal that the step ended without a result; to be called inside a fence."""
        self._end(StepState.FAILED, {**self.step.result, **self.observed()}, problem)
        self._audit("step.failed", {"step": self.step.name, "problem": problem, **self.observed()})

    def observed(self) -> dict[str, Any]:
        """The calls of this step so far: the first ones in full, all of them counted."""
        with self._observing:
            if not self._counts:
                return {}
            return {"calls": [asdict(call) for call in self._calls], "answers": dict(self._counts)}

    def _kept(self) -> dict[str, Any]:
        return {"saved": dict(self.saved)} if self.saved else {}

    def _end(self, state: StepState, result: Mapping[str, Any], problem: str) -> None:
        ended = replace(self.step, state=state, finished_at=self.record.now(), result=result, problem=problem)
        self.record.requests.step_finished(ended)
        self._step = self._steps[ended.name] = ended

    def _audit(self, event: str, details: Mapping[str, Any]) -> None:
        self.record.audit.append(
            event, actor="hs-bot", request_id=self.request.id, user_id=self.request.target_id, details=details
        )
