"""The words of a person, and the book of teams."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.model.team import Team, TeamMember
from bot.model.user import User, UserRecord
from bot.services.finding.index import Index
from bot.services.finding.teambook import TeamBook
from bot.services.finding.words import initials_of, read_query, words_of
from bot.store.record import Record


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"first_name": "José", "last_name": "O’Brien-Smith", "email": "jose.b@acme.example"},
            ({"jose", "o", "brien", "smith", "obriensmith"}, {"jose.b", "b"}, set()),
        ),
        (
            {"first_name": "Li", "email": "li@a.example", "alternate_emails": ("Boss@a.example",), "mention": "@li-x"},
            ({"li"}, {"li", "boss", "li-x", "x"}, set()),
        ),
        ({"first_name": "Jörg", "last_name": "van Loon"}, ({"jorg", "joerg", "van", "loon", "vanloon"}, set(), set())),
        ({"first_name": "Ann", "job_title": "Ann's R&D lead"}, ({"ann"}, set(), {"ann", "s", "r", "d", "lead"})),
        ({}, (set(), set(), set())),
    ],
)
def test_the_words_of_a_person(fields: dict[str, object], words: tuple[set[str], set[str], set[str]]) -> None:
    assert words_of(User(id=1, **fields)) == words  # type: ignore[arg-type]


def test_initials_are_those_of_all_names_of_the_outer_two_and_what_help_scout_says() -> None:
    assert initials_of(User(id=1, first_name="Mary Jane", last_name="O'Neil", initials="MJ")) == {"mjo", "mo", "mj"}
    assert initials_of(User(id=1, first_name="Cher")) == set()


def test_a_long_question_is_cut_before_it_costs_anything() -> None:
    assert len(read_query(" ".join(f"word{n}" for n in range(30))).tokens) == 12


def test_times_before_1970_and_to_the_microsecond_survive() -> None:
    early = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    row = UserRecord(user=User(id=1), first_seen=early, last_seen=early + timedelta(microseconds=2))
    index = Index()
    index.put(row)
    assert index.get(1) == row


@pytest.fixture
def book(record: Record) -> TeamBook:
    teams = [
        Team(id=1, name="Tier 1", mention="tier1"),
        Team(id=2, name="Tier 2"),
        Team(id=3, name="Développement", mention="@dev"),
        Team(id=12, name="Night shift"),
    ]
    record.teams.replace(teams, [TeamMember(1, 9), TeamMember(1, 4), TeamMember(3, 4)])
    return TeamBook.read(record)


@pytest.mark.parametrize(
    ("typed", "exact", "near"),
    [
        ("Tier 1", [1], []),
        ("“tier 2”,", [2], []),
        ("12", [12], []),
        ("@tier1", [1], []),
        ("@DEV", [3], []),
        ("developpement", [3], []),
        ("night", [12], []),
        ("tier", [], [1, 2]),
        ("shift", [], [12]),
        ("nihgt shift", [], [12]),
        ("@nobody", [], []),
        ("  ", [], []),
    ],
)
def test_a_team_is_found_by_id_mention_or_name(book: TeamBook, typed: str, exact: list[int], near: list[int]) -> None:
    found = book.find(typed)
    assert ([team.id for team in found.exact], [team.id for team in found.near]) == (exact, near)


def test_teams_of_a_person_come_by_name(book: TeamBook) -> None:
    assert [team.id for team in book.of_user(4)] == [3, 1]
    assert [team.id for team in book.of_user(9)] == [1]
    assert book.of_user(5) == ()
    assert [team.name for team in book.teams] == ["Développement", "Night shift", "Tier 1", "Tier 2"]
