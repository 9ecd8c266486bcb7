"""Is somebody whom the pages don't show really gone? Only Help Scout's 404 by id says so, and only for that person.

Pages shift while one walks, and a list may be wrong as a whole; so each missing person is looked up. Where so many are
missing that the removal guard would trip, a sample shows first whether the list can be believed at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.helpscout.errors import HelpScoutError, NotFound
from bot.helpscout.rest import Rest
from bot.model.problem import Problem
from bot.model.user import User
from bot.policy.people.guard import removal_guard
from bot.services.side_by_side import stream

SAMPLE = 30
"""So many are looked up before the guard asks, when more are missing."""
SIDE_BY_SIDE = 8


class ListNotBelieved(Problem):
    """The list of users lacks people who are still there."""


@dataclass(frozen=True, slots=True)
class Absence:
    """What became of the people missing from the pages.

    `gone`: 404 by id, and to be recorded as such. `present`: still there, as they are now. Everybody else is not
    settled and stays as recorded. `held` is the guard's sentence when it stopped removals, of the people in `asked`.
    """

    gone: frozenset[int] = frozenset()
    present: tuple[User, ...] = ()
    held: str = ""
    asked: frozenset[int] = frozenset()


def look_for(rest: Rest, missing: frozenset[int], *, known: int, share: float, confirmed: frozenset[int]) -> Absence:
    """Look up everybody in `missing`, of `known` active people; `share` is the removal guard's.

    The guard does not count those in `confirmed`: an approver has said that they are gone; a 404 it takes all the same.
    Raises `ListNotBelieved` when many are missing and some of them turn out to be there, and a `HelpScoutError` when
    that can't be found out.
    """
    suspects = sorted(missing - confirmed)
    if len(suspects) > SAMPLE and (held := removal_guard(len(suspects), known, share)):
        _believe_or_raise(rest, suspects)
        answers = _ask(rest, sorted(missing & confirmed))
        return Absence(_gone(answers), _present(answers), held, frozenset(suspects))
    answers = _ask(rest, sorted(missing))
    gone = _gone(answers)
    asked = gone - confirmed
    if held := removal_guard(len(asked), known, share):
        return Absence(gone - asked, _present(answers), held, asked)
    return Absence(gone, _present(answers))


Answer = User | HelpScoutError


def _believe_or_raise(rest: Rest, suspects: Sequence[int]) -> None:
    step = len(suspects) / SAMPLE
    answers = _ask(rest, [suspects[int(position * step)] for position in range(SAMPLE)])
    if _present(answers):
        raise ListNotBelieved(
            f"Help Scout's list of users lacks {len(suspects)} people of the record, and some of them are there when "
            f"asked for by id, so the list was discarded and nothing was written. The next sync tries again."
        )
    for answer in answers.values():
        if isinstance(answer, HelpScoutError) and not isinstance(answer, NotFound):
            raise answer


def _gone(answers: dict[int, Answer]) -> frozenset[int]:
    return frozenset(user_id for user_id, answer in answers.items() if isinstance(answer, NotFound))


def _present(answers: dict[int, Answer]) -> tuple[User, ...]:
    return tuple(answer for answer in answers.values() if isinstance(answer, User))


def _ask(rest: Rest, ids: Sequence[int]) -> dict[int, Answer]:
    def one(user_id: int) -> Answer:
        try:
            return rest.user(user_id)
        except HelpScoutError as error:
            return error

    return {answer.item: answer.result() for answer in stream(one, ids, width=SIDE_BY_SIDE)}
