"""The pure rules of the room: spelling, translation, ranges, patterns."""

import hashlib
import json
import re
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.raw import RawJson
from bot.model.user import User
from bot.store.operations.audit.chain import GENESIS, line_hash, ranges
from bot.store.operations.forgetting import _like, _without_words
from bot.store.operations.requests.request_rows import remind_at
from bot.store.operations.user_rows import addresses, mention_key
from bot.store.spelling import as_time, as_time_or_none, json_text, plain, time_or_null, time_text

times = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(9998, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-11)), timezone(timedelta(hours=5, minutes=45))]),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(times)
def test_a_time_comes_back_as_it_was(moment: datetime) -> None:
    assert as_time(time_text(moment)) == moment
    assert len(time_text(moment)) == 27


@given(times, times)
def test_texts_sort_as_times_do(one: datetime, other: datetime) -> None:
    assert (time_text(one) < time_text(other)) == (one < other)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        time_text(datetime(2026, 1, 1))  # noqa: DTZ001
    assert time_or_null(None) is None
    assert as_time_or_none(None) is None


@given(values)
def test_json_has_one_spelling_that_reads_back(value: Any) -> None:
    text = json_text(value)
    assert json_text(json.loads(text)) == text
    text.encode()
    assert "\0" not in text


@given(st.dictionaries(st.text(), st.integers()))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert json_text(dict(reversed(value.items()))) == json_text(value)


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        json_text({"a": object()})
    with pytest.raises(ValueError, match="JSON"):
        json_text(float("nan"))
    assert json_text({"at": datetime(2026, 1, 1, tzinfo=UTC), "set": {2, 1}}) == (
        '{"at":"2026-01-01T00:00:00.000000Z","set":[1,2]}'
    )


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_plain_text_can_be_stored_and_is_changed_as_little_as_can_be(text: str) -> None:
    stored = plain(text)
    stored.encode()
    assert "\0" not in stored
    assert plain(stored) == stored
    if text.isprintable() and text.isascii():
        assert stored == text


@settings(max_examples=40)
@given(st.dictionaries(st.text(), values))
def test_raw_json_is_the_mapping_that_it_spells(value: dict[str, Any]) -> None:
    raw = RawJson(json_text(value))
    again = json.loads(json_text(value))
    assert raw == again
    assert dict(raw) == again
    assert len(raw) == len(again)
    assert raw == RawJson(json_text(value))
    assert "RawJson" in repr(raw)


def test_raw_json_shows_nothing_in_a_log() -> None:
    assert "Jane" not in repr(RawJson('{"firstName":"Jane"}'))


@given(st.integers(), st.text(), st.text(), st.text(), st.none() | st.text(), st.none() | st.integers(), st.text())
def test_a_hash_is_that_of_the_documented_json(
    seq: int, at: str, event: str, actor: str, request_id: str | None, user_id: int | None, details: str
) -> None:
    line = [seq, at, event, actor, request_id, user_id, details]
    text = GENESIS + "\n" + json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert line_hash(GENESIS, seq, at, event, actor, request_id, user_id, details) == expected


@given(st.sets(st.integers(1, 60)))
def test_ranges_are_the_same_numbers(numbers: set[int]) -> None:
    found = ranges(sorted(numbers))
    assert {n for first, last in found for n in range(first, last + 1)} == numbers
    assert all(later[0] > earlier[1] + 1 for earlier, later in pairwise(found))


@given(st.text(min_size=1), st.text(), st.text())
def test_a_pattern_finds_its_word_and_only_that(word: str, before: str, after: str) -> None:
    word, text = plain(word), plain(before + word + after)
    with sqlite3.connect(":memory:") as conn:
        (found,) = conn.execute("SELECT ? LIKE ? ESCAPE '!'", (text, _like(word))).fetchone()
        (other,) = conn.execute("SELECT ? LIKE ? ESCAPE '!'", ("", _like(word))).fetchone()
    conn.close()
    assert found == 1 or "\0" in text
    assert other == 0


@pytest.mark.parametrize(("word", "text"), [("a%b", "axxb"), ("a_b", "axb"), ("a!b", "ab"), ("%", "x")])
def test_signs_of_patterns_mean_themselves(word: str, text: str) -> None:
    with sqlite3.connect(":memory:") as conn:
        assert conn.execute("SELECT ? LIKE ? ESCAPE '!'", (text, _like(word))).fetchone() == (0,)
    conn.close()


def test_a_plan_without_words_keeps_numbers_roles_and_times() -> None:
    plan = {
        "role": "admin",
        "email": "a@b",
        "ids": [1, 2],
        "nested": {"name": "J", "at": "t", "n": None},
        "teams": ["T"],
    }
    assert _without_words(plan) == {
        "role": "admin",
        "email": "",
        "ids": [1, 2],
        "nested": {"name": "", "at": "t", "n": None},
        "teams": ["T"],
    }


@pytest.mark.parametrize(
    ("handle", "key"), [("@Jane", "jane"), (" JANE ", "jane"), ("", ""), ("@", ""), ("Straße", "strasse")]
)
def test_handles_are_compared_without_at_sign_and_case(handle: str, key: str) -> None:
    assert mention_key(handle) == key


def test_the_primary_address_is_known_as_such_even_when_repeated() -> None:
    assert addresses(User(id=1, email="A@b.c", alternate_emails=("a@B.c", "d@e.f", " "))) == {
        "a@b.c": True,
        "d@e.f": False,
    }


def test_there_is_no_reminder_after_the_last(a_request: Any) -> None:
    assert remind_at(a_request("r", reminded=2)) is None
    assert remind_at(a_request("r")) == "2026-12-02T00:00:00.000000Z"


# The shared SQL in PostgreSQL's words


@pytest.mark.parametrize(
    ("shared", "own"),
    [
        ("SELECT :a, :b_2", "SELECT %(a)s, %(b_2)s"),
        ("SELECT ':a', \":a\", 'it''s :a'", "SELECT ':a', \":a\", 'it''s :a'"),
        ("SELECT x::text", "SELECT x::text"),
        ("x LIKE '100 %' AND 5 % 2", "x LIKE '100 %%' AND 5 %% 2"),
        ("to_char(t, 'HH24:MI:SS')", "to_char(t, 'HH24:MI:SS')"),
    ],
)
def test_parameters_are_translated_and_nothing_else(shared: str, own: str) -> None:
    from bot.store.postgresql.words import translated

    assert translated(shared) == own


@given(st.lists(st.sampled_from([":a", "'b'", '"c"', "%", " ", "d", "'", ":", "::e", "5"])))
def test_a_translation_never_invents_a_parameter(parts: list[str]) -> None:
    from bot.store.postgresql.words import translated

    sql = "".join(parts)
    names = set(re.findall(r"%\(([a-z_0-9]+)\)s", translated(sql)))
    assert names <= set(re.findall(r":([a-z_][a-z0-9_]*)", sql))


def test_words_of_create_are_those_of_postgresql() -> None:
    from bot.store.postgresql.words import as_postgresql

    assert as_postgresql(
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER, x TEXT NOT NULL) STRICT"
    ) == (
        'CREATE TABLE t (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, n BIGINT, x TEXT COLLATE "C" NOT NULL)'
    )
