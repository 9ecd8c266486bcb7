"""Teams and who is in them."""

from collections.abc import Iterable

from bot.model.raw import RawJson
from bot.model.team import Team, TeamMember
from bot.store.engine import Engine, Row
from bot.store.errors import Unknown
from bot.store.operations.requests.request_rows import listed
from bot.store.spelling import json_text, plain

_COLUMNS = ("id", "name", "mention", "timezone", "created_at", "updated_at", "scim_id", "raw")
_SELECT = "SELECT " + ", ".join(f"teams.{column}" for column in _COLUMNS) + " FROM teams"


class Teams:
    """Operations on `teams` and `team_members`; each moves the record's version when it writes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[Team]:
        """By id."""
        return [_team(row) for row in self._engine.rows(f"{_SELECT} ORDER BY id")]

    def members(self) -> set[TeamMember]:
        return {TeamMember(*row) for row in self._engine.rows("SELECT team_id, user_id FROM team_members")}

    def of_user(self, user_id: int) -> list[Team]:
        """The teams of one person, by name."""
        rows = self._engine.rows(
            f"{_SELECT} JOIN team_members ON team_members.team_id = teams.id WHERE team_members.user_id = :user_id "
            "ORDER BY teams.name, teams.id",
            {"user_id": user_id},
        )
        return [_team(row) for row in rows]

    def of_users(self, ids: Iterable[int]) -> dict[int, list[tuple[int, str]]]:
        """The teams of several people: REST id → (team id, name) of each, by name."""
        found: dict[int, list[tuple[int, str]]] = {}
        wanted = sorted(set(ids))
        for at in range(0, len(wanted), 500):
            names, params = listed("id", wanted[at : at + 500])
            rows = self._engine.rows(
                "SELECT team_members.user_id, teams.id, teams.name FROM team_members JOIN teams ON teams.id = "
                f"team_members.team_id WHERE team_members.user_id IN ({names}) ORDER BY teams.name, teams.id",
                {name: int(value) for name, value in params.items()},
            )
            for user_id, team_id, name in rows:
                found.setdefault(user_id, []).append((team_id, name))
        return found

    def replace(self, teams: Iterable[Team], members: Iterable[TeamMember]) -> None:
        """Make the record hold these teams and memberships; only differences are written.

        A SCIM id that the record knows stays when a team comes without one.
        """
        with self._engine.joined():
            old = {row[0]: row for row in self._engine.rows(f"{_SELECT} ORDER BY id{self._engine.row_lock}")}
            new = {team.id: _row(team, old.get(team.id)) for team in teams}
            before = {(m.team_id, m.user_id) for m in self.members()}
            after = {(m.team_id, m.user_id) for m in members}
            gone = old.keys() - new.keys()
            written = [row for id, row in new.items() if old.get(id) != row]
            if not (gone or written or before != after):
                return
            self._engine.bump()
            for team_id, user_id in sorted(before - after):
                self._engine.run(
                    "DELETE FROM team_members WHERE team_id = :team_id AND user_id = :user_id",
                    {"team_id": team_id, "user_id": user_id},
                )
            for id in sorted(gone):
                self._engine.run("DELETE FROM teams WHERE id = :id", {"id": id})
            self._engine.put("teams", _COLUMNS, ("id",), written)
            self._engine.fill("team_members", ("team_id", "user_id"), sorted(after - before))

    def set_scim_id(self, team_id: int, scim_id: str | None) -> None:
        """Remember the id of the SCIM Group of a team. Raises `Unknown`."""
        with self._engine.joined():
            self._engine.bump()
            params = {"id": team_id, "scim_id": scim_id}
            if not self._engine.run("UPDATE teams SET scim_id = :scim_id WHERE id = :id", params):
                raise Unknown(f"The record knows no team with the id {team_id}.")


def _team(row: Row) -> Team:
    return Team(
        id=row[0],
        name=row[1],
        mention=row[2],
        timezone=row[3],
        created_at=row[4],
        updated_at=row[5],
        scim_id=row[6],
        raw=RawJson(row[7]),
    )


def _row(team: Team, old: Row | None) -> Row:
    texts = (plain(text) for text in (team.name, team.mention, team.timezone, team.created_at, team.updated_at))
    raw = team.raw.text if isinstance(team.raw, RawJson) else json_text(team.raw)
    return (team.id, *texts, team.scim_id or (old[6] if old else None), raw)
