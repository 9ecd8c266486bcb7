"""People in the record: written whole, found by every address, never lost."""

import sqlite3
import time
import timeit
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.user import Status, UserRecord
from bot.store.errors import Unknown
from bot.store.operations.user_rows import TEXTS, WRITTEN
from bot.store.record import Record

Person = Callable[..., UserRecord]


def test_a_person_comes_back_as_they_were_written(record: Record, person: Person) -> None:
    jane = person(
        7,
        alternate_emails=("j@other.org", "JANE@third.org"),
        mention="Jané",
        initials="JD",
        job_title="Support “lead”",
        phone="+49 30",
        photo_url="https://example.com/p.png",
        type="team",
        created_at="2020-01-01T00:00:00Z",
        updated_at="2021-01-01T00:00:00Z",
        status=Status.OFFBOARDED,
        removed_at=None,
        scim_id="abc",
        request_id="r1",
    )
    assert record.users.put([jane]) == 1
    assert record.users.get(7) == jane


def test_attributes_that_nobody_knows_yet_are_kept(record: Record, person: Person) -> None:
    raw = {"id": 7, "shoeSize": 42.5, "nested": {"list": [1, None, True, "ünïcode ☃"]}, "text": "a\nb\x00c\ud800"}
    record.users.put([person(7, raw=raw)])
    kept = record.users.get(7)
    assert kept is not None
    assert kept.user.raw == raw
    assert raw == kept.user.raw
    assert kept.user.raw["nested"]["list"][3] == "ünïcode ☃"
    assert kept.user.raw != {**raw, "shoeSize": 43}


@pytest.mark.parametrize(
    "name", ["Zoë \U0001f600", "a\x00b", "lone \ud800 surrogate", "O'Brien; DROP TABLE users --", "%s :id"]
)
def test_any_text_can_be_a_name(record: Record, person: Person, name: str) -> None:
    record.users.put([person(7, first_name=name)])
    kept = record.users.get(7)
    assert kept is not None
    assert kept.user.first_name.replace("\ufffd", "?") == name.replace("\0", "?").replace("\ud800", "?")


def test_somebody_unknown_is_none(record: Record) -> None:
    assert record.users.get(7) is None
    assert record.users.by_email("nobody@example.com") == []
    assert record.users.by_mention("nobody") == []


def test_every_address_finds_the_person_whatever_its_case(record: Record, person: Person) -> None:
    record.users.put([person(7, email="Jane@Example.com", alternate_emails=("Zoë@Ex.org", ""))])
    for address in ("jane@example.com", " JANE@EXAMPLE.COM ", "zoë@ex.org", "ZOË@EX.ORG", "zoe\u0308@ex.org"):
        assert [found.id for found in record.users.by_email(address)] == [7], address
    assert record.users.by_email("") == []


def test_an_address_that_somebody_gave_up_finds_them_no_more(record: Record, person: Person) -> None:
    record.users.put([person(7, email="old@example.com"), person(8, email="other@example.com")])
    record.users.put([person(7, email="new@example.com")])
    assert record.users.by_email("old@example.com") == []
    assert [found.id for found in record.users.by_email("new@example.com")] == [7]
    assert [found.id for found in record.users.by_email("other@example.com")] == [8]


def test_of_several_with_one_address_the_active_one_is_first(record: Record, person: Person) -> None:
    record.users.put(
        [
            person(1, email="x@example.com", status=Status.REMOVED),
            person(2, email="y@example.com", alternate_emails=("x@example.com",)),
            person(3, email="x@example.com", status=Status.OFFBOARDED),
        ]
    )
    assert [found.id for found in record.users.by_email("X@example.com")] == [2, 3, 1]


def test_a_mention_is_found_with_and_without_the_at_sign(record: Record, person: Person) -> None:
    record.users.put(
        [person(7, mention="Jane-D"), person(8, mention=""), person(9, mention="jane-d", status=Status.REMOVED)]
    )
    assert [found.id for found in record.users.by_mention("@JANE-d")] == [7, 9]
    assert [found.id for found in record.users.by_mention("jane-d")] == [7, 9]
    assert record.users.by_mention("@") == []


def test_everybody_is_walked_in_the_order_of_ids_also_over_several_pages(record: Record, person: Person) -> None:
    people = [person(id, status=Status.REMOVED if id % 3 == 0 else Status.ACTIVE) for id in range(1, 4500)]
    record.users.put(reversed(people))
    assert list(record.users.by_status()) == people
    assert [p.id for p in record.users.by_status(Status.REMOVED)] == list(range(3, 4500, 3))
    assert record.users.counts() == {Status.ACTIVE: 3000, Status.REMOVED: 1499, Status.OFFBOARDED: 0}


def test_a_user_that_is_a_team_counts_as_nobody(record: Record, person: Person) -> None:
    record.users.put([person(1), replace(person(2), user=replace(person(2).user, type="team"))])
    assert record.users.counts()[Status.ACTIVE] == 1
    assert record.users.size() == 2


def test_writing_while_walking_does_no_harm(record: Record, person: Person) -> None:
    record.users.put(person(id) for id in range(1, 2500))
    seen = 0
    for one in record.users.by_status():
        seen += 1
        if one.id == 1:
            record.users.put([person(1, last_name="Other")])
    assert seen == 2499


def test_the_same_person_twice_in_one_write_is_written_as_last_given(record: Record, person: Person) -> None:
    assert record.users.put([person(7, last_name="First"), person(7, last_name="Second")]) == 1
    found = record.users.get(7)
    assert found is not None
    assert found.user.last_name == "Second"


def test_rows_written_since_a_version_are_told_and_no_others(record: Record, person: Person) -> None:
    record.users.put([person(1), person(2), person(3)])
    version, everybody = record.users.changed_since(0)
    assert [p.id for p in everybody] == [1, 2, 3]
    assert record.users.changed_since(version) == (version, [])
    record.users.put([person(2, last_name="New")])
    record.users.set_scim_id(3, "s3")
    later, changed = record.users.changed_since(version)
    assert later > version
    assert [(p.id, p.user.last_name, p.scim_id) for p in changed] == [(2, "New", None), (3, "Doe 3", "s3")]


def test_a_tombstone_says_when_and_by_which_request(record: Record, person: Person) -> None:
    record.users.put([person(7)])
    at = record.now() + timedelta(minutes=5)
    record.users.mark_gone(7, Status.OFFBOARDED, at, "r1")
    gone = record.users.get(7)
    assert gone == replace(person(7), status=Status.OFFBOARDED, removed_at=at, request_id="r1")
    assert [p.id for p in record.users.by_email("jane.7@example.com")] == [7]


def test_marks_on_somebody_unknown_are_an_error(record: Record) -> None:
    with pytest.raises(Unknown, match="id 7"):
        record.users.set_scim_id(7, "x")
    with pytest.raises(Unknown):
        record.users.mark_gone(7, Status.REMOVED, record.now(), None)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_columns_can_be_read_with_any_sqlite_tool(record: Record, person: Person, target: str) -> None:
    record.users.put([person(7, first_name="Zoë")])
    with sqlite3.connect(target) as conn:
        row = conn.execute("SELECT first_name, email, status, first_seen, raw FROM users").fetchone()
    assert row[:4] == ("Zoë", "Jane.7@Example.com", "active", "2026-12-01T12:00:00.000000Z")
    assert '"é"' in row[4]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_looking_up_takes_a_fifth_of_a_millisecond_among_a_hundred_thousand(record: Record, target: str) -> None:
    texts = ", ".join(f"'' AS {name}" for name in TEXTS if name != "email")
    with sqlite3.connect(target) as conn:
        noon = "'2026-12-01T12:00:00.000000Z'"
        numbers = "WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 100000)"
        conn.execute(
            f"{numbers}, people AS (SELECT id, 'u' || id || '@example.com' AS email, {texts}, "
            "'[]' AS alternate_emails, '' AS mention, '' AS initials, '{}' AS raw, 'active' AS status, "
            f"{noon} AS first_seen, {noon} AS last_seen, NULL AS removed_at, NULL AS scim_id, NULL AS request_id, "
            f"'' AS mention_key, 1 AS version FROM n) INSERT INTO users ({', '.join(WRITTEN)}) "
            f"SELECT {', '.join(WRITTEN)} FROM people"
        )
        conn.execute(
            f"{numbers} INSERT INTO emails SELECT 'u' || id || '@example.com', id, 1 FROM n "
            "UNION ALL SELECT 'a' || id || '@example.com', id, 0 FROM n"
        )
    conn.close()

    def quick(look: Callable[[int], object]) -> float:
        """Of a hundred looks the time of the 25th quickest: other programs may be at work on this machine."""
        times = []
        for id in range(1, 100_001, 997):
            began = time.perf_counter()
            assert look(id)
            times.append(time.perf_counter() - began)
        return sorted(times)[len(times) // 4]

    assert quick(record.users.get) < 0.0002
    assert quick(lambda id: record.users.by_email(f"A{id}@example.com")) < 0.0002


def test_asking_for_the_version_takes_microseconds(record: Record, person: Person) -> None:
    record.users.put([person(7)])
    assert min(timeit.repeat(record.version, number=100, repeat=10)) / 100 < 0.00005
