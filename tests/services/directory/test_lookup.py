"""`/hs-user lookup WHO`: one person, several, none."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.model.member import Member
from bot.model.user import Status, UserRecord
from bot.policy.typed.readings import readings
from bot.policy.typed.who import Who, parse_who
from bot.services.directory import Directory
from bot.services.ports import WorkspaceAway
from bot.store.record import Record

Person = Callable[..., UserRecord]


@pytest.fixture
def jane(record: Record, person: Person) -> UserRecord:
    row = person(
        7,
        first_name="José",
        last_name="O’Brien-Łukasz",
        email="Jose.OBrien@Acme.example",
        alternate_emails=("jo@old.example",),
        mention="Jose-B",
        job_title="Billing Coach",
        role="admin",
        timezone="Europe/Vienna",
        phone="+43 1 1",
        initials="JO",
        scim_id="s7",
        raw={"id": 7, "unknown": [1, 2]},
    )
    record.users.put([row, *(person(id) for id in range(100, 110))])
    return row


@pytest.mark.parametrize(
    "typed",
    [
        "7",
        "jose.obrien@acme.example",
        "<mailto:JOSE.OBRIEN@acme.example|x>,",
        "jo@old.example",
        "@jose-b",
        "@JOSE-B",
        "José O’Brien-Łukasz",
        "jose o'brien-lukasz",
        "obrien",
        "brien jose",
        "jose-b",
        "jose.obrien",
        "luk",
        "billing",
        "JO",
        "joseobrienlukasz",
    ],
)
def test_a_person_is_found_by_everything_they_are_known_by(directory: Directory, jane: UserRecord, typed: str) -> None:
    found = directory.find(parse_who(typed))
    assert (found.exact, found.gone, found.near, found.total, found.note) == ((jane,), (), (), 1, "")


def test_nothing_but_the_raw_json_is_lost_in_memory(directory: Directory, jane: UserRecord) -> None:
    assert directory.get(7) == jane
    assert directory.get(8) is None


def test_a_slack_mention_leads_to_the_person_by_their_address(
    directory: Directory, jane: UserRecord, slack: object
) -> None:
    slack.people["U1"] = Member(id="U1", name="Nobody's name", email="JO@old.example")  # type: ignore[attr-defined]
    assert directory.find(parse_who("<@U1|jo>")).exact == (jane,)


def test_a_slack_mention_without_a_match_says_what_stood_in_the_way(
    directory: Directory, jane: UserRecord, slack: object
) -> None:
    slack.people["U2"] = Member(id="U2", name="José O’Brien-Łukasz", email="other@acme.example")  # type: ignore[attr-defined]
    slack.people["U3"] = Member(id="U3", name="Bo")  # type: ignore[attr-defined]
    by_name = directory.find(Who("slack", "U2"))
    assert by_name.exact == ()  # a name alike is not enough
    assert "other@acme.example" in by_name.note
    assert "e-mail address of Bo" in directory.find(Who("slack", "U3")).note
    assert "no member U9" in directory.find(Who("slack", "U9")).note


def test_when_slack_is_away_a_mention_says_so(directory: Directory, slack: object) -> None:
    slack.away = True  # type: ignore[attr-defined]
    with pytest.raises(WorkspaceAway, match="Slack does not answer"):
        directory.find(Who("slack", "U1"))


def test_without_slack_a_mention_is_explained(record: Record) -> None:
    assert "e-mail, an id or a name" in Directory(record).find(Who("slack", "U1")).note


def test_a_whole_name_wins_over_longer_ones(directory: Directory, record: Record, person: Person) -> None:
    record.users.put(
        [
            person(1, first_name="Jane", last_name="Doe"),
            person(2, first_name="Jane", last_name="Doerner"),
            person(3, first_name="Jane Marie", last_name="Doe"),
        ]
    )
    assert [row.id for row in directory.find(parse_who("jane doe")).exact] == [1]


def test_an_exact_name_never_loses_to_a_partial_one_though_they_left(
    directory: Directory, record: Record, person: Person
) -> None:
    gone = person(1, first_name="Jane", last_name="Doe", status=Status.OFFBOARDED)
    record.users.put([gone, person(2, first_name="Jane", last_name="Doe-Smith")])
    for typed in ("jane doe", "Doe, Jane", "doe jane"):
        found = directory.find(parse_who(typed))
        assert (found.exact, found.gone, found.near) == ((), (gone,), ())


def test_several_who_match_are_a_list_with_whole_words_first(
    directory: Directory, record: Record, person: Person
) -> None:
    record.users.put(
        [
            person(1, first_name="Janet", last_name="Abel"),
            person(2, first_name="Zoë", last_name="Jane"),
            person(3, first_name="Jane", last_name="Doe"),
            person(4, first_name="Ann", last_name="Smith", email="jane.s@acme.example"),
            person(5, first_name="Bob", last_name="Smith", job_title="Jane Assistant"),
        ]
    )
    found = directory.find(parse_who("jane"))
    assert [row.id for row in found.exact] == [3, 2, 1, 4, 5]
    assert found.total == 5


def test_a_bare_handle_leads_to_its_owner_unless_it_is_the_name_of_others(
    directory: Directory, record: Record, person: Person
) -> None:
    owner = person(1, first_name="Ana", last_name="Okafor", mention="ana")
    record.users.put([owner, person(2, first_name="Anaïs", last_name="Noël")])
    assert directory.find(parse_who("ana")).exact == (owner,)
    other = person(3, first_name="Ana", last_name="Abel")
    record.users.put([other])
    assert [row.id for row in directory.find(parse_who("ana")).exact] == [1, 3, 2]


def test_teams_and_bots_are_nobody(directory: Directory, record: Record, person: Person) -> None:
    record.users.put(
        [
            person(5, first_name="Tier", last_name="One", type="team", email="tier@acme.example", mention="tier"),
            person(6, first_name="Answers", last_name="Bot", type="virtual"),
        ]
    )
    for typed in ("5", "tier", "tier one", "teir", "tier@acme.example", "@tier", "answers", "p6@acme.example"):
        found = directory.find(parse_who(typed))
        assert (found.exact, found.gone, found.near) == ((), (), ())
    assert directory.suggest("tier") == directory.suggest("") == directory.search("answers").rows == ()
    assert directory.get(5) is not None, "though their names are known"


def test_who_only_has_the_initials_or_the_job_title_is_not_named(
    directory: Directory, jane: UserRecord, record: Record, person: Person
) -> None:
    record.users.put([person(8, first_name="Quentin", last_name="Vale")])
    for typed, named in (("billing", False), ("qv", False), ("josé", True), ("obrien jose", True), ("brien j", True)):
        found = directory.find(parse_who(typed))
        assert (found.total, found.named) == (1, named), typed


@pytest.mark.parametrize("typed", ["jsoe obrien", "jose brein", "joze o brien", "obrein", "jose.obrien@acme.exmaple"])
def test_typing_errors_lead_to_the_nearest(directory: Directory, jane: UserRecord, typed: str) -> None:
    found = directory.find(parse_who(typed))
    assert (found.exact, found.near) == ((), (jane,))


def test_nobody_at_all_is_an_empty_answer(directory: Directory, jane: UserRecord) -> None:
    for typed in ("qqqqqqqq", "99999", "@nobody-like-that-here", "x@y.z"):
        found = directory.find(parse_who(typed))
        assert (found.exact, found.near, found.gone, found.total) == ((), (), (), 0)


@pytest.mark.parametrize("typed", ["7", "gone@acme.example", "gone@old.example", "@gone", "Greta Gone", "greta"])
def test_people_who_are_gone_are_found_as_gone(
    directory: Directory, record: Record, person: Person, typed: str
) -> None:
    gone = person(
        7,
        first_name="Greta",
        last_name="Gone",
        email="gone@acme.example",
        alternate_emails=("gone@old.example",),
        mention="gone",
        status=Status.OFFBOARDED,
        request_id="R1",
    )
    record.users.put([gone])
    found = directory.find(parse_who(typed))
    assert (found.exact, found.gone) == ((), (gone,))


def test_an_address_that_is_in_use_again_shows_both_and_the_latest_leaver_first(
    directory: Directory, record: Record, person: Person
) -> None:
    long_ago = person(
        1, email="it@acme.example", status=Status.REMOVED, last_seen=person(0).last_seen - timedelta(days=400)
    )
    lately = person(2, email="IT@acme.example", status=Status.OFFBOARDED)
    now = person(3, email="it@acme.example")
    record.users.put([lately, now, long_ago])
    found = directory.find(parse_who("it@acme.example"))
    assert found.exact == (now,)
    assert found.gone == (lately, long_ago)


def test_the_directory_settles_where_a_name_ends(
    directory: Directory, jane: UserRecord, record: Record, person: Person
) -> None:
    record.users.put(
        [person(8, first_name="Anna Maria", last_name="de la Cruz"), person(9, first_name="Anna", last_name="May")]
    )
    for text, name, rest in (
        ("anna maria de la cruz left us", "anna maria de la cruz", "left us"),
        ("anna may retired", "anna may", "retired"),
        ("anna maria left", "anna maria", "left"),
        ("anna mar left", "anna", "mar left"),
        ("nobody known here", "nobody", "known here"),
        ("Nobody Known here", "Nobody Known", "here"),
        ("jo@old.example left", "jo@old.example", "left"),
    ):
        way = directory.settle(readings(text))
        assert (way.who.value, way.rest) == (name, rest)
