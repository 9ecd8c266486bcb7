"""One claimed request carried out: its steps in order, and how the run ends when one of them can't go on."""

from collections.abc import Mapping
from functools import partial
from itertools import zip_longest
from typing import Any

import structlog

from bot.helpscout.errors import HelpScoutError
from bot.model.request import State
from bot.services.ports import WorkspaceAway
from bot.services.requests.execution import (
    Attention,
    Execution,
    HandedBack,
    LeaseLost,
    NeedsPerson,
    Stale,
    Withdrawn,
)
from bot.services.requests.kinds import Procedures
from bot.services.requests.telling import Event
from bot.services.requests.transitions import move
from bot.services.steps.settling import NotSettled
from bot.store.errors import StoreError
from bot.store.record import Record


class CarryingOut:
    """Raises `LeaseLost` when another runner has taken over, `StoreError` when nothing can be written now."""

    def __init__(self, record: Record, procedures: Procedures, owner: str) -> None:
        self._record = record
        self._procedures = procedures
        self._owner = owner
        self._log = structlog.get_logger("runner")

    def carry_out(self, ex: Execution) -> None:
        try:
            self._run_steps(ex)
        except HandedBack:
            self._record.requests.release(ex.request.id, self._owner)
            self._log.info("a request is handed back: the bot stops")
        except NeedsPerson as task:
            self._wait_for_hand(ex, task.sentence)
        except Withdrawn as problem:
            self._end(ex, State.CANCELLED, Event.CANCELLED, problem.sentence, actor=ex.request.requester)
        except Stale as problem:
            self._end(ex, State.STALE, Event.STALE, problem.sentence)
        except WorkspaceAway as away:
            sentence = f"{away.sentence} Nothing was given or taken. Press Retry when Slack answers again."
            self._end(ex, State.ATTENTION, Event.ATTENTION, sentence)
        except (LeaseLost, StoreError):
            raise
        except (Attention, NotSettled, HelpScoutError) as problem:
            self._end(ex, State.ATTENTION, Event.ATTENTION, problem.sentence)
        except Exception as fault:  # noqa: BLE001 - whatever it is, people must look before anything else is done
            self._log.exception("a step failed")
            sentence = f"Something went wrong inside hs-bot ({type(fault).__name__}); the log has the details."
            self._end(ex, State.ATTENTION, Event.ATTENTION, sentence)

    def _run_steps(self, ex: Execution) -> None:
        steps = enumerate(self._procedures[ex.request.kind].steps, 1)
        todo = [(position, step) for position, step in steps if ex.result_of(step.name) is None]
        begun = False
        for (position, step), following in zip_longest(todo, todo[1:]):
            if not begun:
                ex.go_on()
                ex.at(f"{step.name}: before")
                ex.begin(position, step.name)
            ex.at(f"{step.name}: begun")
            result = step.run(ex)
            ex.at(f"{step.name}: acted")
            if following is None:
                ex.finish(result, last=partial(self._done, ex, result))
            else:
                begun = not ex.leaving
                ex.finish(result, then=(following[0], following[1].name) if begun else None)
            ex.at(f"{step.name}: finished")
            self._log.info("a step is done", step=step.name)
        self._log.info("work on a request ends", state=State.DONE.value)

    def _done(self, ex: Execution, result: Mapping[str, Any]) -> None:
        """Within the transaction of the last step's result."""
        self._transition(ex, State.DONE, Event.DONE, str(result.get("sentence") or "Done."))

    def _end(self, ex: Execution, state: State, event: Event, sentence: str, *, actor: str = "") -> None:
        """End this run with what is known."""
        with ex.fence():
            ex.fail(sentence)
            self._transition(ex, state, event, sentence, actor=actor)
        ex.at(f"{event}: written")
        self._log.info("work on a request ends", state=state.value)

    def _wait_for_hand(self, ex: Execution, sentence: str) -> None:
        """Leave the rest to a person; the step stays begun, and goes on once a reading shows that it is done."""
        with ex.fence():
            self._transition(ex, State.WAITING, Event.BY_HAND, sentence)
        ex.at("waiting: written")
        self._log.info("a person has to do the rest in Help Scout")

    def _transition(self, ex: Execution, state: State, event: Event, sentence: str, *, actor: str = "") -> None:
        moved = move(
            self._record,
            ex.request,
            from_states={State.RUNNING},
            to=state,
            event=event,
            sentence=sentence,
            actor=actor,
            audit={"outcome": sentence},
        )
        if moved is None:
            raise LeaseLost(ex.request.id)
