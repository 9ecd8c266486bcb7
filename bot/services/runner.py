"""Carries out what was approved: claims a request, runs its steps one by one, resumes what a dead process left."""

from collections.abc import Callable

from bot.helpscout.client import HelpScout
from bot.services.kinds import Procedures
from bot.services.terms import Patience, Terms
from bot.store.record import Record


class Runner:
    """`wake` may be called from any thread; `start` and `stop` by whoever owns the process."""

    def __init__(
        self,
        record: Record,
        helpscout: HelpScout,
        procedures: Procedures,
        terms: Terms,
        *,
        patience: Patience | None = None,
        workers: int = 4,
        at: Callable[[str], None] = lambda point: None,
        wake_courier: Callable[[], None] = lambda: None,
    ) -> None:
        raise NotImplementedError

    def start(self) -> None:
        """Begin to look for work, in threads of its own."""

    def wake(self) -> None:
        """Look for work now."""

    def stop(self, timeout: float = 10.0) -> None:
        """Finish the current steps within `timeout` seconds, hand back leases, end the threads."""
