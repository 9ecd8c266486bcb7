"""One way to settle a write that may be repeated: changing somebody, members of a team, making a team.

Sent-mark in the journal, call, read: done, not done, or it can't be told. What the call was answered is a hint only: an
answer 2xx whose effect can't be read is not done, and an error whose effect can be read is. Calls that must not have
their effect twice are in once.py.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from bot.helpscout.errors import HelpScoutError, RateLimited, Unauthorized, Unreachable
from bot.model.problem import Problem

TRIES = 3
AT_ONCE = (Unauthorized, RateLimited)
"""Nothing else will be answered either."""


class NotSettled(Problem):
    """It was accepted, and reading does not show it; or it can't be read."""


class Wish(Protocol):
    """What is wanted. `about` begins a sentence: "The removal of Jane from Tier 1"."""

    @property
    def about(self) -> str: ...

    @property
    def read_later(self) -> bool:
        """Whether a later step reads what an accepted call came to."""
        ...

    @property
    def ways(self) -> Sequence[Callable[[], object]]:
        """Ways of asking for it, the usual one first; each may be sent again."""
        ...

    def shown(self) -> bool:
        """Read: is it so?"""
        ...


class Journal(Protocol):
    """Where the intent is written before each call."""

    def sending(self) -> None:
        """Durably; raises what the record raises, and then nothing is sent."""
        ...

    def looks(self) -> Iterator[object]:
        """Pauses between readings, until patience ends."""
        ...


def settle(wish: Wish, journal: Journal) -> str:
    """Ask for it until it is so; how that is known. Raises Help Scout's last refusal, or `NotSettled`."""
    refusal: HelpScoutError | None = None
    for way in wish.ways:
        for _ in range(TRIES):
            journal.sending()
            problem = _asked(way)
            if problem is None and wish.read_later:
                return "answered"
            if _shown(wish, journal, patient=problem is None or problem.unsettled):
                return f"by reading: {problem.sentence}" if problem else "answered"
            refusal = problem or refusal
            if isinstance(problem, AT_ONCE):
                raise problem
            if problem is None or not (problem.unsettled or isinstance(problem, Unreachable)):
                break  # refused, or accepted without effect: this way is not worth another try
    if refusal is not None:
        raise refusal
    raise NotSettled(f"{wish.about} was accepted by Help Scout, but nothing changed. Do it in Help Scout itself.")


def _asked(way: Callable[[], object]) -> HelpScoutError | None:
    try:
        way()
    except HelpScoutError as problem:
        return problem
    return None


def _shown(wish: Wish, journal: Journal, *, patient: bool) -> bool:
    """Whether it is so; with `patient` it may take its time to show."""
    try:
        for _ in journal.looks():
            if wish.shown():
                return True
            if not patient:
                return False
    except HelpScoutError as unread:
        raise NotSettled(
            f"I couldn't confirm what became of it: {wish.about}. Check in Help Scout. {unread.sentence}"
        ) from unread
    return False
