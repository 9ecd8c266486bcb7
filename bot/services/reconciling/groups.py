"""Seats by the groups that the sources tell; by Help Scout's teams where none tells any."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.model.user import Status
from bot.policy.people.by_group import GroupSeats, by_group
from bot.policy.people.finding import Kind
from bot.services.reconciling.reconciliation import Comparison
from bot.store.record import Record


@dataclass(frozen=True, slots=True)
class Groups:
    """`told_by`: titles of the sources that tell groups; without any, the groups are Help Scout's teams."""

    rows: list[GroupSeats]
    seats: int
    told_by: tuple[str, ...]


def seats_by_group(record: Record, found: Comparison, dormant: Collection[int] = ()) -> Groups:
    """`dormant` by REST id."""
    ids = [row.id for row in record.users.by_status(Status.ACTIVE) if row.user.is_person]
    told_by = found.groups_by if found.groups else ()
    gone = [one.id for one in found.of(Kind.ORPHAN) if one.id is not None]
    return Groups(by_group(ids, found.groups or _teams(record), gone=gone, dormant=dormant), len(ids), told_by)


def _teams(record: Record) -> Mapping[int, frozenset[str]]:
    names = {team.id: team.name or str(team.id) for team in record.teams.all()}
    found: dict[int, set[str]] = {}
    for member in record.teams.members():
        found.setdefault(member.user_id, set()).add(names.get(member.team_id, str(member.team_id)))
    return {id: frozenset(teams) for id, teams in found.items()}
