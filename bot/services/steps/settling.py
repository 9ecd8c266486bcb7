"""One way to settle a write of any kind: sent-mark in the journal, call, read; then it is done, or not, or unknown.

What a call was answered is a hint only: an answer 2xx whose effect can't be read is not done, and an error whose effect
can be read is. A call is sent again only when reading has shown that the one before had no effect. An answer that says
"it is so already" (404 to a DELETE, 409 to a POST) counts as our doing only when the journal says that we had asked for
this very thing before.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from bot.helpscout.errors import HelpScoutError, RateLimited, Unauthorized, Unreachable
from bot.model.problem import Problem

TRIES = 3
AT_ONCE = (Unauthorized, RateLimited)
"""Nothing else will be answered either."""
LONGEST_PAUSE = 60.0


class NotSettled(Problem):
    """It was accepted, and reading does not show it; it can't be read; or it may be somebody else's doing."""


class Write(Protocol):
    """What is wanted. `about` begins a sentence: "The removal of Jane from Tier 1"."""

    @property
    def about(self) -> str: ...

    @property
    def read_later(self) -> bool:
        """Whether a reading of many at once shows later what an accepted call came to."""
        ...

    @property
    def ways(self) -> Sequence[Callable[[], object]]:
        """Ways of asking for it, the usual one first."""
        ...

    def ready(self) -> None:
        """Right before each call; raises when it must no longer be sent."""
        ...

    def shown(self) -> bool:
        """Read: is it so?"""
        ...

    def whose(self, refusal: HelpScoutError) -> str:
        """A sentence where this refusal of a first call says that it is so already, by whomever; else ""."""
        ...


class Repeatable:
    """A write that needs no look before each call, and whose doing it was in the end is all the same."""

    read_later = False

    def ready(self) -> None:
        """Always."""

    def whose(self, refusal: HelpScoutError) -> str:  # noqa: ARG002 - whoever did it, it is as wanted
        return ""


class Journal(Protocol):
    """Where the intent is written before each call. `again` says how a person tries again: "press Retry"."""

    @property
    def again(self) -> str: ...

    @property
    def sent(self) -> bool:
        """Whether this was asked for before, by a call that may have had its effect."""
        ...

    def sending(self) -> None:
        """Durably; raises what the record raises, and then nothing is sent."""
        ...

    def answered(self, problem: HelpScoutError | None) -> None:
        """The call is over; what surely had no effect does not count as sent."""
        ...

    def looks(self) -> Iterator[object]:
        """Pauses between readings, until patience ends."""
        ...

    def pause(self, seconds: float) -> None:
        """As Help Scout told, before the next call."""
        ...


def had_no_effect(problem: HelpScoutError | None) -> bool:
    """Whether the answer alone says that the call did nothing; a plain refusal may be the answer to a repetition."""
    return problem is not None and not problem.unsettled


def settle(write: Write, journal: Journal) -> str:
    """Ask for it until it is so; how that is known. Raises what `ready` raises, Help Scout's plain refusal, or
    `NotSettled`.
    """
    if journal.sent and _shown(write, journal, patient=False):
        return "by reading: the answer to an earlier call was lost"
    refusal: HelpScoutError | None = None
    for way in write.ways:
        for _ in range(TRIES):
            before = journal.sent
            try:
                write.ready()
            except Problem:
                if before and _shown(write, journal, patient=False):
                    return "by reading: an earlier call has worked meanwhile"
                raise
            journal.sending()
            problem = _asked(way)
            journal.answered(problem)
            if problem is None and write.read_later:
                return "answered"
            if isinstance(problem, Unreachable) and not before:
                refusal = problem
                continue  # nothing can have come of it
            already = _already(write, problem)
            if already is not None and not before:
                raise already
            try:
                if _shown(write, journal, patient=before or not had_no_effect(problem)):
                    return f"by reading: {problem.sentence}" if problem else "answered"
            except NotSettled:
                if problem is None or before or not had_no_effect(problem):
                    raise
                raise problem from None  # nothing is in doubt
            if already is not None:
                raise already
            refusal = problem or refusal
            if isinstance(problem, AT_ONCE):
                raise problem
            if problem is None or not (problem.unsettled or isinstance(problem, Unreachable)):
                break  # refused, or accepted without effect: this way is not worth another try
            if problem.retry_after:
                journal.pause(min(problem.retry_after, LONGEST_PAUSE))
    if refusal is None:
        raise NotSettled(
            f"{write.about} was accepted by Help Scout, but nothing changed. Do it in Help Scout itself, then "
            f"{journal.again}."
        )
    if had_no_effect(refusal) and not isinstance(refusal, Unreachable):
        raise refusal
    raise NotSettled(
        f"{write.about} was tried {TRIES} times and did not work, as reading shows. {refusal.sentence}"
    ) from refusal


def _asked(way: Callable[[], object]) -> HelpScoutError | None:
    try:
        way()
    except HelpScoutError as problem:
        return problem
    return None


def _already(write: Write, problem: HelpScoutError | None) -> NotSettled | None:
    """What to say of an answer that it is so already."""
    sentence = write.whose(problem) if problem is not None else ""
    return NotSettled(f"{sentence} {problem.sentence}") if problem is not None and sentence else None


def _shown(write: Write, journal: Journal, *, patient: bool) -> bool:
    """Whether it is so; with `patient` it may take its time to show."""
    try:
        for _ in journal.looks():
            if write.shown():
                return True
            if not patient:
                return False
    except HelpScoutError as unread:
        raise NotSettled(
            f"I couldn't confirm what became of it: {write.about}. Check in Help Scout, then {journal.again}. "
            f"{unread.sentence}"
        ) from unread
    return False
