"""Search, typeahead and lists: what fits, in which order, page by page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model.team import Team, TeamMember
from bot.model.user import Status, User, UserRecord
from bot.policy.typed.fold import fold
from bot.services.directory import Directory
from bot.services.finding.search import Filter, errors_allowed, matching, nearly, read_query
from bot.services.finding.segment import Segment, order_of
from bot.services.finding.words import words_of
from bot.store.record import Record

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
    assert ids(page.rows) == [1, 8, 2, 7, 3, 4, 5, 6]
    assert (page.total, page.near) == (8, False)


def test_pages_are_parts_of_one_order(directory: Directory, people: dict[int, UserRecord]) -> None:
    parts = [directory.search("ann", limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert [ids(part.rows) for part in parts] == [[1, 8, 2], [7, 3, 4], [5, 6], []]
    assert {part.total for part in parts} == {8}


def test_every_word_must_fit_in_any_order(directory: Directory, people: dict[int, UserRecord]) -> None:
    assert ids(directory.search("abel ann").rows)[:2] == [1, 8]
    assert ids(directory.search("support ann").rows)[:1] == [1]
    assert ids(directory.search("an ab ag").rows)[:1] == [1]


def test_few_who_fit_are_followed_by_near_ones(directory: Directory, people: dict[int, UserRecord]) -> None:
    page = directory.search("cole")
    assert ids(page.rows)[0] == 4
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


# Against a plain reading of the rules

NAMES = st.sampled_from(["Ann", "Ánna", "Anna-Lee", "O’Neil", "Bo", "Zoë", "van der Berg", "Łukasz", "", "Strauß"])
PEOPLE = st.lists(
    st.builds(
        lambda id, first, last, title, local, other, mention, gone: User(
            id=id,
            first_name=first,
            last_name=last,
            job_title=title,
            email=f"{local}{id % 3}@acme.example",
            alternate_emails=(f"{other}@x.example",) if other else (),
            mention=mention,
            raw={"gone": gone},
        ),
        st.integers(1, 10_000),
        NAMES,
        NAMES,
        st.sampled_from(["", "Support Agent", "Annual Planner", "Berg Guide"]),
        st.sampled_from(["ann.lee", "bo", "neil", "l"]),
        st.sampled_from(["", "ann", "berg.bo"]),
        st.sampled_from(["", "annlee", "neil-bo"]),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda user: user.id,
)
TYPED = st.lists(
    st.sampled_from(["a", "an", "ann", "anna", "lee", "neil", "o'neil", "be", "sup", "strauss", "l", "ł", "bo"]),
    min_size=1,
    max_size=3,
)


def rows_of(users: list[User], person: Person) -> list[UserRecord]:
    plain = person(1)
    return [
        UserRecord(
            user=user,
            status=Status.REMOVED if user.raw["gone"] else Status.ACTIVE,
            first_seen=plain.first_seen,
            last_seen=plain.last_seen,
        )
        for user in users
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(users=PEOPLE, typed=TYPED, active=st.booleans(), enough=st.none() | st.integers(1, 5))
def test_a_segment_finds_whom_a_plain_reading_of_the_rules_finds_in_that_order(
    users: list[User], typed: list[str], active: bool, enough: int | None, person: Person
) -> None:
    rows = rows_of(users, person)
    segment = Segment(rows)
    query = read_query(" ".join(typed))

    def rank(row: UserRecord) -> int | None:
        name, handle, title = words_of(row.user)
        ways: tuple[Callable[[str], bool], ...] = (
            lambda word: word in name,
            lambda word: any(one.startswith(word) for one in name),
            lambda word: any(one.startswith(word) for one in name | handle),
            lambda word: any(one.startswith(word) for one in name | handle | title),
        )
        return next((at for at, way in enumerate(ways) if all(way(word) for word in query.words)), None)

    wanted = sorted(
        (found, *order_of(row))
        for row in rows
        if (found := rank(row)) is not None and not (active and row.status is not Status.ACTIVE)
    )
    statuses = frozenset({Status.ACTIVE}) if active else None
    hits = matching(segment, query, Filter(statuses), enough)
    shown = [(found, *order_of(segment.row(at))) for found, at in hits]
    assert shown == (wanted if enough is None else wanted[: max(enough, len(shown))])
    assert len(shown) >= min(len(wanted), enough or len(wanted))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(users=PEOPLE.filter(bool), data=st.data())
def test_everybody_is_found_by_any_beginning_of_each_of_their_names(
    users: list[User], data: st.DataObject, person: Person
) -> None:
    segment = Segment(rows_of(users, person))
    user = data.draw(st.sampled_from(users))
    typed = [
        word[: data.draw(st.integers(1, len(word)))] for word in fold(f"{user.first_name} {user.last_name}").split()
    ]
    if typed:
        hits = matching(segment, read_query(" ".join(typed)), Filter())
        assert user.id in {segment.row(at).id for _, at in hits}


def slips(word: str) -> list[str]:
    """Every way to make one typing error after the first letter."""
    inner = range(1, len(word))
    missing = [word[:at] + word[at + 1 :] for at in inner]
    doubled = [word[:at] + "x" + word[at:] for at in inner]
    changed = [word[:at] + "x" + word[at + 1 :] for at in inner]
    swapped = [word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(1, len(word) - 1)]
    return missing + doubled + changed + swapped


@pytest.mark.parametrize("slip", slips("kowalczyk"))
def test_any_one_slip_in_a_name_is_forgiven(slip: str, person: Person) -> None:
    segment = Segment([person(1, first_name="Ola", last_name="Kowalczyk"), *(person(id) for id in range(2, 30))])
    hits = nearly(segment, read_query(f"ola {slip}"), Filter(), 5)
    assert segment.row(hits[0][1]).id == 1


def test_short_words_forgive_nothing_because_each_slip_makes_another_word() -> None:
    assert [errors_allowed("x" * length) for length in (1, 2, 3, 4, 5, 8, 9, 40)] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_fewer_slips_rank_before_more(person: Person) -> None:
    segment = Segment(
        [person(1, last_name="Petersen"), person(2, last_name="Pedersen"), person(3, last_name="Pettersson")]
    )
    hits = nearly(segment, read_query("petresen"), Filter(), 5)
    assert segment.row(hits[0][1]).id == 1


def test_who_lacks_a_word_comes_when_nobody_has_all(person: Person) -> None:
    segment = Segment([person(1, first_name="Jane", last_name="Doe"), person(2, first_name="Bob", last_name="Roe")])
    assert [segment.row(at).id for _, at in nearly(segment, read_query("jane qqqqqqq"), Filter(), 5)] == [1]


def test_who_lacks_fewer_words_keeps_out_who_lacks_more(person: Person) -> None:
    segment = Segment(
        [person(1, first_name="Jane", last_name="Doe"), person(2, first_name="Jane", last_name="Kowalczyk")]
    )
    assert [segment.row(at).id for _, at in nearly(segment, read_query("jane doe qqqqqqq"), Filter(), 5)] == [1]


def test_a_long_question_is_cut_before_it_costs_anything() -> None:
    assert len(read_query(" ".join(f"word{n}" for n in range(30))).words) == 6


def test_the_same_question_gives_the_same_answer_after_a_restart(
    record: Record, people: dict[int, UserRecord], tmp_path: Path
) -> None:
    first, second = Directory(record), Directory(record)
    for text in ("ann", "coel", "a", "ann abel"):
        assert first.search(text) == second.search(text)
