"""Teams: only differences are written."""

import pytest

from bot.model.team import Team, TeamMember
from bot.store.errors import Unknown
from bot.store.record import Record

BILLING = Team(
    id=1, name="Billing", mention="billing", timezone="UTC", created_at="c", updated_at="u", raw={"id": 1, "x": 2}
)
SALES = Team(id=2, name="Sales")


def test_teams_and_members_come_back_as_they_were_written(record: Record) -> None:
    record.teams.replace([SALES, BILLING], {TeamMember(1, 7), TeamMember(2, 7), TeamMember(1, 8)})
    assert record.teams.all() == [BILLING, SALES]
    assert record.teams.all()[0].raw == {"id": 1, "x": 2}
    assert record.teams.members() == {TeamMember(1, 7), TeamMember(2, 7), TeamMember(1, 8)}
    assert [team.name for team in record.teams.of_user(7)] == ["Billing", "Sales"]
    assert record.teams.of_user(9) == []


def test_replacing_takes_away_what_is_not_there_any_more(record: Record) -> None:
    record.teams.replace([BILLING, SALES], {TeamMember(1, 7), TeamMember(2, 8)})
    record.teams.replace([Team(id=2, name="Selling")], {TeamMember(2, 9)})
    assert [team.name for team in record.teams.all()] == ["Selling"]
    assert record.teams.members() == {TeamMember(2, 9)}


def test_replacing_with_the_same_writes_nothing(record: Record) -> None:
    record.teams.replace([BILLING, SALES], {TeamMember(1, 7)})
    before = record.version()
    record.teams.replace(record.teams.all(), record.teams.members())
    assert record.version() == before
    record.teams.replace(record.teams.all(), {TeamMember(1, 8)})
    assert record.version() > before


def test_a_known_scim_id_outlives_a_sync_that_does_not_know_it(record: Record) -> None:
    record.teams.replace([BILLING], set())
    record.teams.set_scim_id(1, "g-1")
    record.teams.replace([Team(id=1, name="Billing & Co")], set())
    assert [(team.name, team.scim_id) for team in record.teams.all()] == [("Billing & Co", "g-1")]


def test_a_scim_id_for_an_unknown_team_is_an_error(record: Record) -> None:
    with pytest.raises(Unknown, match="team with the id 5"):
        record.teams.set_scim_id(5, "x")
