"""Search, typeahead and lists: what matches, in which order, page by page."""

from collections.abc import Callable

import pytest

from bot.model.team import Team, TeamMember
from bot.model.user import Status, UserRecord
from bot.policy.typed.fold import fold
from bot.policy.typed.who import Who
from bot.services.directory import Directory
from bot.store.record import Record
from tests.benchmarks.crowd import crowd

Person = Callable[..., UserRecord]


@pytest.fixture
def people(record: Record, person: Person) -> dict[int, UserRecord]:
    rows = [
        person(1, first_name="Ann", last_name="Abel", job_title="Support Agent", role="admin"),
        person(2, first_name="Ánn", last_name="Bell", job_title="Team Lead"),
        person(3, first_name="Bob", last_name="Anner", email="bob@acme.example"),
        person(4, first_name="Cid", last_name="Cole", email="ann@acme.example"),
        person(5, first_name="Dee", last_name="Dahl", mention="annika"),
        person(6, first_name="Eve", last_name="Eder", job_title="Annual Planner"),
        person(7, first_name="Ann", last_name="Zorn", status=Status.REMOVED),
        person(8, first_name="Ann", last_name="Abel", role="Owner"),
    ]
    record.users.put(rows)
    return {row.id: row for row in rows}


def ids(rows: tuple[UserRecord, ...]) -> list[int]:
    return [row.id for row in rows]


def test_better_matches_come_first_and_active_people_before_the_gone(
    directory: Directory, people: dict[int, UserRecord]
) -> None:
    page = directory.search("ann")
    assert ids(page.rows) == [1, 8, 2, 3, 4, 5, 6, 7]
    assert (page.total, page.near) == (8, False)


def test_pages_are_parts_of_one_order(directory: Directory, people: dict[int, UserRecord]) -> None:
    parts = [directory.search("ann", limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert [ids(part.rows) for part in parts] == [[1, 8, 2], [3, 4, 5], [6, 7], []]
    assert {part.total for part in parts} == {8}


def test_every_word_must_fit_in_any_order(directory: Directory, people: dict[int, UserRecord]) -> None:
    assert ids(directory.search("abel ann").rows)[:2] == [1, 8]
    assert ids(directory.search("support ann").rows) == [1]
    assert ids(directory.search("an ab ag").rows)[:1] == [1]


def test_the_nearest_come_only_when_nobody_matches(directory: Directory, people: dict[int, UserRecord]) -> None:
    page = directory.search("cole")
    assert (ids(page.rows), page.near) == ([4], False)
    misspelt = directory.search("coel")
    assert ids(misspelt.rows) == [4]
    assert misspelt.near


def test_a_search_for_nothing_finds_nobody(directory: Directory, people: dict[int, UserRecord]) -> None:
    for text in ("", "  ", "!!!", "<#C1|x>"):
        assert directory.search(text).rows == ()


def test_typeahead_offers_active_people_only_unless_asked(directory: Directory, people: dict[int, UserRecord]) -> None:
    assert ids(directory.suggest("ann")) == [1, 8, 2, 3, 4, 5, 6]
    assert ids(directory.suggest("ann z", statuses=frozenset({Status.REMOVED}))) == [7]
    assert 7 in ids(directory.suggest("ann", statuses=None))


def test_typeahead_without_text_offers_the_first_by_name(directory: Directory, people: dict[int, UserRecord]) -> None:
    assert ids(directory.suggest("")) == [1, 8, 2, 3, 4, 5, 6]
    assert ids(directory.suggest("  ", limit=2)) == [1, 8]
    assert directory.suggest("?") == ()


def test_typeahead_puts_the_very_id_first(directory: Directory, record: Record, person: Person) -> None:
    record.users.put([person(42, last_name="A"), person(43, last_name="B", email="42@acme.example")])
    assert ids(directory.suggest("42")) == [42, 43]
    assert ids(directory.suggest("42", limit=1)) == [42]


def test_typeahead_takes_a_pasted_or_half_typed_address(directory: Directory, people: dict[int, UserRecord]) -> None:
    for text in ("ann@", "ann@ac", "ann@acme.example", "<mailto:Ann@acme.example|x>"):
        assert 4 in ids(directory.suggest(text))
    assert ids(directory.suggest("ann@acme.example")) == [4]


def test_typeahead_forgives_a_slip_in_an_unfinished_name(directory: Directory, record: Record, person: Person) -> None:
    record.users.put([person(1, first_name="Aleksandra", last_name="Kowalczyk")])
    assert ids(directory.suggest("alkes")) == [1]
    assert ids(directory.suggest("kowlacz")) == [1]


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({}, [1, 8, 2, 3, 4, 5, 6]),
        ({"role": "admin"}, [1]),
        ({"role": "OWNER "}, [8]),
        ({"role": "nonsense"}, []),
        ({"status": None}, [1, 8, 2, 3, 4, 5, 6, 7]),
        ({"status": Status.REMOVED}, [7]),
        ({"status": Status.OFFBOARDED}, []),
        ({"role": "user", "limit": 2, "offset": 1}, [3, 4]),
    ],
)
def test_lists_are_narrowed_and_paged(
    directory: Directory, people: dict[int, UserRecord], narrowed: dict[str, object], expected: list[int]
) -> None:
    assert ids(directory.listing(**narrowed).rows) == expected  # type: ignore[arg-type]


def test_a_list_of_a_team_has_its_members_as_of_now(
    directory: Directory, record: Record, people: dict[int, UserRecord]
) -> None:
    team = Team(id=50, name="Tier 1")
    record.teams.replace([team], [TeamMember(50, 3), TeamMember(50, 1), TeamMember(50, 7), TeamMember(50, 999)])
    assert ids(directory.listing(team=team).rows) == [1, 3]
    assert ids(directory.listing(team=team, status=None).rows) == [1, 3, 7]
    record.teams.replace([team], [TeamMember(50, 4)])
    assert ids(directory.listing(team=team).rows) == [4]
    assert directory.listing(team=Team(id=51)).total == 0


def test_everybody_is_found_by_any_beginning_of_each_of_their_names(directory: Directory, record: Record) -> None:
    people = list(crowd(40))
    record.users.put(people)
    for row in people:
        names = fold(row.user.name).split()
        for length in (2, 3, 30):
            typed = " ".join(name[:length] for name in names)
            assert row.id in ids(directory.suggest(typed, statuses=None)), typed


def slips(word: str) -> list[str]:
    """Every way to make one typing error, the last letter twice and the first one missing among them."""
    everywhere = range(len(word))
    missing = [word[:at] + word[at + 1 :] for at in everywhere]
    doubled = [word[:at] + word[at] + word[at:] for at in everywhere]
    added = [word[:at] + "x" + word[at:] for at in everywhere]
    changed = [word[:at] + "x" + word[at + 1 :] for at in everywhere]
    swapped = [word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)]
    return [slip for slip in (*missing, *doubled, *added, *changed, *swapped) if slip != word]


def test_any_one_slip_in_a_name_is_forgiven(directory: Directory, record: Record, person: Person) -> None:
    record.users.put(
        [person(1, first_name="Ola", last_name="Kowalczyk"), *(person(id, first_name="Bo") for id in range(2, 30))]
    )
    for slip in slips("kowalczyk"):
        for typed in (slip, f"ola {slip}"):
            found = directory.find(Who("name", typed))
            assert [row.id for row in (*found.exact, *found.near)] == [1], typed


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("jaen", [1]), ("jan", [1]), ("jame", [1]), ("xane", []), ("ajne", []), ("jamx", []), ("jne", [1]), ("bax", [])],
)
def test_a_word_of_four_letters_forgives_one_slip_and_a_wrong_first_letter_never(
    directory: Directory, record: Record, person: Person, typed: str, expected: list[int]
) -> None:
    record.users.put([person(1, first_name="Jane", last_name="Rowe"), person(2, first_name="Bob", last_name="Lang")])
    found = directory.find(Who("name", typed))
    assert [row.id for row in (*found.exact, *found.near)] == expected


def test_only_those_with_the_fewest_slips_are_shown(directory: Directory, record: Record, person: Person) -> None:
    record.users.put(
        [person(1, last_name="Petersen"), person(2, last_name="Pedersen"), person(3, last_name="Pettersson")]
    )
    assert [row.id for row in directory.find(Who("name", "petresen")).near] == [1]


def test_at_most_five_are_the_nearest(directory: Directory, record: Record, person: Person) -> None:
    record.users.put(person(id, first_name="Cornelius") for id in range(1, 30))
    assert len(directory.find(Who("name", "cornelus")).near) == 5


def test_an_initial_and_a_last_name_that_begins_with_it_are_two_names(
    directory: Directory, record: Record, person: Person
) -> None:
    record.users.put(
        [person(1, first_name="Maria", last_name="Moser"), person(2, first_name="Anna", last_name="Moser")]
    )
    assert [row.id for row in directory.find(Who("name", "m moser")).exact] == [1]


def test_the_same_question_gives_the_same_answer_after_a_restart(record: Record, people: dict[int, UserRecord]) -> None:
    first, second = Directory(record), Directory(record)
    for text in ("ann", "coel", "a", "ann abel"):
        assert first.search(text) == second.search(text)
