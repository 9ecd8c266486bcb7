"""Seats and what they cost, by group."""

from bot.services.reconciling.groups import seats_by_group
from bot.slack.commands.seats.dormant import dormant_seats
from bot.slack.handling.answer import Answer, Later, Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.findings import seen_by
from bot.slack.handling.payload import Call
from bot.slack.views.kit import Message
from bot.slack.views.many.seats import groups_page
from bot.slack.views.text import safe


def show(call: Call, deps: Deps) -> Reply:
    """The button Seats by group."""
    return Later(lambda: Answer(_page(call, deps), replaces=True))


def _page(call: Call, deps: Deps) -> Message:
    found = seen_by(deps, deps.workspace.member(call.user), deps.reconciliation.compare())
    groups = seats_by_group(deps.record, found, [row.id for row, _ in dormant_seats(deps)])
    titles = " and ".join(safe(title, 60) for title in groups.told_by)
    by = f"{titles} tell them" if titles else "Help Scout's teams, as no source tells any"
    return groups_page(groups.rows, seats=groups.seats, by=by, cost=deps.seat_cost)
