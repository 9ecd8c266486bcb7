"""Whose doing is it? A sync finds somebody gone, new or different: by a request of ours, or outside the bot.

Only what happened outside the bot is told and, when somebody vanished, alarms. What a runner is doing at this moment is
left to the runner: it writes the record itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.address import address_key
from bot.model.request import Kind, Request, State
from bot.model.user import User

REMOVAL = "remove"
"""The step of an offboarding that takes the seat away; journalled before the call is sent."""
BY_US = frozenset({State.RUNNING, State.WAITING, State.DONE, State.ATTENTION})
"""States of a request that may have changed something in Help Scout."""
AT_IT = frozenset({State.RUNNING, State.WAITING})
"""Its runner writes the record itself: now, or once it has seen that a person did what it asked for."""
ADDS = frozenset({Kind.PROVISION, Kind.RESTORE})
CHANGES = frozenset({Kind.CHANGE})
REMOVES = frozenset({Kind.OFFBOARD})


class Doer(StrEnum):
    OUTSIDE = "outside"  # nobody asked us
    OURS = "ours"  # a request of ours did it, and its runner is through
    RUNNER = "runner"  # a runner is at it now


@dataclass(frozen=True, slots=True)
class Cause:
    doer: Doer
    request_id: str | None = None


OUTSIDE = Cause(Doer.OUTSIDE)


def cause_of_absence(
    user_id: int, requests: Iterable[Request], removing: frozenset[str], seen: datetime | None
) -> Cause:
    """Why a person who was active is gone.

    `removing` are the ids of requests whose removal step has begun: before that, an offboarding explains nothing.
    `seen` is when the person was last seen active: an offboarding that was over by then explains nothing either.
    """
    mine = (request for request in requests if request.kind in REMOVES and request.target_id == user_id)
    return _cause(request for request in mine if request.id in removing and _since(request, seen))


def cause_of_presence(user: User, requests: Iterable[Request], seen: datetime | None) -> Cause:
    """Why a person is there who was not at `seen`: provisioned or restored by us, found by any of their addresses."""
    return _cause(
        request
        for request in requests
        if request.kind in ADDS and address_key(request.target_email) in user.keys and _since(request, seen)
    )


def cause_of_difference(user_id: int, requests: Iterable[Request], seen: datetime | None) -> Cause:
    """Why a person's role or e-mail differs from what it was at `seen`."""
    return _cause(
        request
        for request in requests
        if request.kind in CHANGES and request.target_id == user_id and _since(request, seen)
    )


def _cause(requests: Iterable[Request]) -> Cause:
    found = sorted((request for request in requests if request.state in BY_US), key=lambda request: request.opened_at)
    for request in found:
        if request.state in AT_IT:
            return Cause(Doer.RUNNER, request.id)
    return Cause(Doer.OURS, found[-1].id) if found else OUTSIDE


def _since(request: Request, seen: datetime | None) -> bool:
    return request.finished_at is None or seen is None or request.finished_at >= seen
