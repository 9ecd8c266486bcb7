"""Seats that look dormant: a hint under the findings, and a list of them. Nothing is opened by it."""

from bot.model.request import OPEN
from bot.model.request import Kind as Asked
from bot.model.user import UserRecord
from bot.policy.people.dormant import Dormant
from bot.slack.handling import cursor
from bot.slack.handling.answer import Answer, Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import shown
from bot.slack.handling.payload import Call
from bot.slack.views.many import seats as views

CURSOR = "dormant"


def dormant_seats(deps: Deps) -> list[tuple[UserRecord, Dormant]]:
    """As read last, asking nobody; the longest first."""
    return deps.dormancy.listed() if deps.dormancy is not None else []


def first_page() -> str:
    """The value of the button that shows them."""
    return cursor.write(CURSOR, {"o": 0})


def show(call: Call, deps: Deps) -> Reply:
    """The button, and Back and More of its list."""
    if deps.dormancy is None:
        return None
    rows = deps.dormancy.listed()
    offset = cursor.number(cursor.read(CURSOR, call.value), "o")
    offset = offset if offset < len(rows) else 0
    asked = shown(call, deps, deps.record.requests.find(states=OPEN, kinds=[Asked.OFFBOARD], limit=None))
    size = views.PAGE
    page = views.dormant_page(
        rows,
        offset=offset,
        newer=cursor.write(CURSOR, {"o": max(0, offset - size)}) if offset else "",
        older=cursor.write(CURSOR, {"o": offset + size}) if offset + size < len(rows) else "",
        after=deps.dormancy.after,
        cost=deps.seat_cost,
        underway=frozenset(one.target_id for one in asked if one.target_id is not None),
        offboard=not deps.approvals.why_not(Asked.OFFBOARD),
    )
    return Answer(page, replaces=True)
