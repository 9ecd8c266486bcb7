"""The packed parts of the directory, each against a plain reading of what it promises."""

import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.team import Team, TeamMember
from bot.model.user import Status, User, UserRecord
from bot.services.finding.keys import Keys
from bot.services.finding.packing import pack, unpack
from bot.services.finding.roster import Breath, Stopped
from bot.services.finding.segment import Segment, email_key, id_key, mention_key, order_of
from bot.services.finding.teambook import TeamBook
from bot.services.finding.words import WordsBuilder, sorted_gently, words_of
from bot.store.record import Record

Person = Callable[..., UserRecord]

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
TIMES = st.datetimes(timezones=st.just(UTC))
ROWS = st.builds(
    UserRecord,
    user=st.builds(
        User,
        id=st.integers(-(2**63), 2**63 - 1),
        first_name=TEXT,
        last_name=TEXT,
        email=TEXT,
        role=TEXT,
        timezone=TEXT,
        type=TEXT,
        created_at=TEXT,
        updated_at=TEXT,
        photo_url=TEXT,
        job_title=TEXT,
        phone=TEXT,
        alternate_emails=st.lists(TEXT, max_size=3).map(tuple),
        mention=TEXT,
        initials=TEXT,
    ),
    status=st.sampled_from(Status),
    first_seen=TIMES,
    last_seen=TIMES,
    removed_at=st.none() | TIMES,
    scim_id=st.none() | TEXT,
    request_id=st.none() | TEXT,
)


@given(ROWS)
def test_a_packed_row_comes_back_as_it_was(row: UserRecord) -> None:
    assert unpack(pack(row)) == row


@given(st.lists(ROWS, max_size=8, unique_by=lambda row: row.id))
def test_any_people_make_a_segment_in_the_order_of_lists(rows: list[UserRecord]) -> None:
    segment = Segment(rows)
    assert [row for _, row in segment.rows()] == sorted(rows, key=order_of)
    assert segment.active == sum(row.status is Status.ACTIVE for row in rows)
    for row in rows:
        at = [position for position, other in segment.rows() if other == row]
        assert segment.having(id_key(row.id)) == at
        for address in row.user.keys:
            assert at[0] in segment.having(email_key(address))


def test_a_segment_of_nobody_answers(person: Person) -> None:
    segment = Segment([])
    assert (segment.size, segment.having(id_key(1)), [*segment.fields[0].near("jane", 2)]) == (0, [], [])


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d", "é"]), st.integers(0, 50)), max_size=60))
def test_a_key_leads_to_everybody_who_has_it(pairs: list[tuple[str, int]]) -> None:
    keys = Keys(len(pairs), [(hash(key), position) for key, position in pairs])
    for key in ("a", "b", "c", "d", "é", "unknown"):
        wanted = {position for name, position in pairs if name == key}
        assert wanted <= set(keys.candidates(key))


def test_keys_with_the_same_hash_bits_are_told_apart_by_the_person(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    import bot.services.finding.keys
    import bot.services.finding.segment

    monkeypatch.setattr(bot.services.finding.segment, "hash", lambda key: 1, raising=False)
    monkeypatch.setattr(bot.services.finding.keys, "hash", lambda key: 1, raising=False)
    segment = Segment([person(1, mention="ann"), person(2)])
    assert [segment.row(at).id for at in segment.having(id_key(2))] == [2]
    assert [segment.row(at).id for at in segment.having(mention_key("@Ann"))] == [1]
    assert segment.having(email_key("nobody@acme.example")) == []


@given(
    st.lists(st.sets(st.text("abé1", min_size=1, max_size=4), max_size=4), max_size=10),
    st.randoms(use_true_random=False),
)
def test_words_lead_to_people_as_a_plain_search_does(people: list[set[str]], order_by: random.Random) -> None:
    builder = WordsBuilder()
    for words in people:
        builder.add(words)
    order = list(range(len(people)))
    order_by.shuffle(order)
    index = builder.finish(order, lambda: None)
    assert index.vocabulary == sorted(set().union(*people))
    for wanted in ("a", "ab", "é", "1", "b1"):
        having = [at for at, person in enumerate(order) if wanted in people[person]]
        assert list(index.exactly(wanted)) == having
        beginning = {at for at, person in enumerate(order) if any(word.startswith(wanted) for word in people[person])}
        assert set(index.beginning(wanted)) == beginning


@given(st.lists(st.text(max_size=3), max_size=50))
def test_the_gentle_sort_sorts(words: list[str]) -> None:
    assert sorted_gently(words, lambda: None) == sorted(words)


def test_the_gentle_sort_merges_many_pieces_and_breathes() -> None:
    words = [str(number * 7919 % 20_000) for number in range(20_000)]
    breaths: list[int] = []
    assert sorted_gently(words, lambda: breaths.append(1)) == sorted(words)
    assert len(breaths) > 5


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"first_name": "José", "last_name": "O’Brien-Smith", "email": "jose.b@acme.example"},
            ({"jose", "o", "brien", "smith", "obriensmith"}, {"jose.b", "b"}, set()),
        ),
        (
            {"first_name": "Li", "email": "li@a.example", "alternate_emails": ("Boss@a.example",), "mention": "@li-x"},
            ({"li"}, {"boss", "li-x", "x"}, set()),
        ),
        ({"first_name": "Ann", "job_title": "Ann's R&D lead"}, ({"ann"}, set(), {"s", "r", "d", "lead"})),
        ({}, (set(), set(), set())),
    ],
)
def test_the_words_of_a_person(fields: dict[str, object], words: tuple[set[str], set[str], set[str]]) -> None:
    assert words_of(User(id=1, **fields)) == words  # type: ignore[arg-type]


def test_long_work_breathes_so_that_others_get_their_turn() -> None:
    stopping = threading.Event()
    breath = Breath(stopping, work=0.001, rest=0.02)
    began = time.monotonic()
    breath()
    assert time.monotonic() - began < 0.02  # nothing done yet: no rest
    time.sleep(0.002)
    breath()
    assert time.monotonic() - began > 0.02


def test_long_work_ends_at_the_next_breath_when_the_bot_stops() -> None:
    stopping = threading.Event()
    breath = Breath(stopping, work=0.0)
    stopping.set()
    with pytest.raises(Stopped):
        breath()


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


def test_times_before_1970_and_to_the_microsecond_survive() -> None:
    early = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    row = UserRecord(user=User(id=1), first_seen=early, last_seen=early + timedelta(microseconds=2))
    assert unpack(pack(row)) == row
