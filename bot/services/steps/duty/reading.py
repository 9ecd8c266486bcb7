"""Reads who is on duty: somebody's status, the rotations of every inbox, Help Scout's own reassignment of them.

All of it side by side. What this account's API lacks, or the credential may not read, is named and not waited for.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from bot.helpscout.duty import withheld
from bot.helpscout.errors import HelpScoutError
from bot.helpscout.rest import Rest
from bot.model.offboarding.duty import Inbox, Presence, Reassignment, Routing
from bot.model.user import User
from bot.services.side_by_side import begun, stream
from bot.store.record import Record

T = TypeVar("T")
WIDTH = 8

STATUSES, ROTATIONS, NATIVE = "statuses", "rotations", "its own reassignment"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """`lacking` names the groups of calls that could not be used. `rotations`: those that somebody is in, by inbox."""

    presence: Presence | None = None
    native: Reassignment | None = None
    inboxes: tuple[Inbox, ...] = ()
    rotations: Mapping[int, Routing] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()

    def name_of(self, inbox_id: int) -> str:
        return next((one.name for one in self.inboxes if one.id == inbox_id and one.name), f"inbox {inbox_id}")


def on_duty(rest: Rest, record: Record, user_id: int, *, native: bool = True) -> OnDuty:
    """As it is now. The rotations of the inboxes on record are read beside the list of inboxes, new ones after it."""
    lacking: list[str] = []
    status = begun(lambda: _or_lacking(STATUSES, lacking, lambda: rest.duty.status(user_id)))
    own = begun(lambda: _or_lacking(NATIVE, lacking, lambda: rest.duty.reassignment(user_id)) if native else None)
    listed = begun(lambda: _or_lacking(ROTATIONS, lacking, rest.duty.inboxes))
    known = [one.id for one in record.inboxes.all()]
    rotations = _rotations(rest, known, lacking)
    inboxes = listed.result()
    if inboxes is not None:
        record.inboxes.seen(inboxes)
        rotations |= _rotations(rest, [one.id for one in inboxes if one.id not in known], lacking)
        rotations = {one.id: rotations[one.id] for one in inboxes if one.id in rotations}
    presence, reassignment = status.result(), own.result()
    return OnDuty(
        presence=presence,
        native=reassignment,
        inboxes=tuple(inboxes or ()),
        rotations={id: routing for id, routing in rotations.items() if user_id in routing.user_ids},
        lacking=tuple(sorted(set(lacking))),
    )


def rotations_naming(rest: Rest, user_id: int) -> list[str]:
    """The inboxes, by name, whose rotation has somebody in it."""
    lacking: list[str] = []
    inboxes = {
        one.id: one.name or f"inbox {one.id}" for one in _or_lacking(ROTATIONS, lacking, rest.duty.inboxes) or ()
    }
    return [inboxes[id] for id, one in _rotations(rest, inboxes, lacking).items() if user_id in one.user_ids]


def may_use(rest: Rest, user: User, inboxes: Iterable[int], *, sure: bool = True) -> dict[int, bool | None]:
    """Whether somebody may use each of these inboxes; None where the API doesn't tell, or can't be asked."""

    def ask(inbox_id: int) -> bool | None:
        try:
            return rest.duty.lets_in(user, inbox_id, sure=sure)
        except HelpScoutError as problem:
            if withheld(problem):
                return None
            raise

    return {answer.item: answer.result() for answer in stream(ask, sorted(set(inboxes)), width=WIDTH)}


def _rotations(rest: Rest, inboxes: Iterable[int], lacking: list[str]) -> dict[int, Routing]:
    found: dict[int, Routing] = {}
    for answer in stream(rest.duty.routing, inboxes, width=WIDTH):
        try:
            found[answer.item] = answer.result()
        except HelpScoutError as problem:
            if not withheld(problem):
                raise
            lacking.append(ROTATIONS)
    return found


def _or_lacking(group: str, lacking: list[str], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except HelpScoutError as problem:
        if not withheld(problem):
            raise
        lacking.append(group)
        return None
