"""Seats and what they cost, by the groups that the sources tell; by Help Scout's teams where none tells any."""

from collections.abc import Mapping

from bot.model.user import Status
from bot.policy.people.by_group import by_group
from bot.policy.people.reconciliation import Kind
from bot.slack.commands.seats.dormant import dormant_seats
from bot.slack.handling.answer import Answer, Later, Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call
from bot.slack.views.kit import Message
from bot.slack.views.many.seats import groups_page
from bot.slack.views.text import safe


def show(call: Call, deps: Deps) -> Reply:
    """The button Seats by group."""
    return Later(lambda: Answer(_page(deps), replaces=True))


def _page(deps: Deps) -> Message:
    found = deps.reconciliation.compare()
    ids = [row.id for row in deps.record.users.by_status(Status.ACTIVE) if row.user.is_person]
    groups: Mapping[int, frozenset[str]] = found.groups
    by = f"{' and '.join(safe(title, 60) for title in found.groups_by)} tell them" if found.groups_by else ""
    if not groups:
        groups, by = _teams(deps), "Help Scout's teams, as no source tells any"
    rows = by_group(
        ids,
        groups,
        gone=[one.id for one in found.of(Kind.ORPHAN) if one.id is not None],
        dormant=[row.id for row, _ in dormant_seats(deps)],
    )
    return groups_page(rows, seats=len(ids), by=by, cost=deps.seat_cost)


def _teams(deps: Deps) -> dict[int, frozenset[str]]:
    names = {team.id: team.name or str(team.id) for team in deps.record.teams.all()}
    found: dict[int, set[str]] = {}
    for member in deps.record.teams.members():
        found.setdefault(member.user_id, set()).add(names.get(member.team_id, str(member.team_id)))
    return {id: frozenset(teams) for id, teams in found.items()}
