"""A write put to the journal of a step, with what it came to."""

from collections.abc import Mapping
from typing import Any, Protocol

from bot.services.requests.execution import Execution
from bot.services.steps import settling
from bot.services.steps.same_person import as_text
from bot.services.steps.step_journal import settled


class JournaledWrite(settling.Write, Protocol):
    """`id` names it in the journal."""

    @property
    def id(self) -> str: ...

    def result(self) -> Mapping[str, Any]:
        """What it came to, once it was asked for or shown."""
        ...


def asked_once(ex: Execution, write: JournaledWrite) -> Mapping[str, Any]:
    """Sent, settled by reading, and sent again only when reading shows that it had no effect."""
    how = settled(ex, write, write.id)
    return {**write.result(), "settled": how, "at": as_text(ex.now())}
