"""Words of people in mrkdwn: shown as they are, whatever they contain."""

import html
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.views.kit import shortened
from bot.slack.views.text import at, code, counted, cut, from_iso, length, member, money, plain, safe, told

NASTY = st.text(
    alphabet=st.one_of(st.sampled_from("&<>*_~`:|@#!^ \n\t\u200d\u202e\ufeff\u00a0aZ9é😀"), st.characters()),
    max_size=80,
)
MARK = re.compile(r"(?<!\u200d)[*~`]|[*~`](?!\u200d)")


@given(NASTY)
def test_nobodys_words_can_ping_link_or_format(words: str) -> None:
    shown = safe(words, 10_000)
    assert "<" not in shown
    assert ">" not in shown
    assert "\n" not in shown
    assert not MARK.search(shown), "a sign that starts a format stands between joiners"
    assert not re.search(r"&(?!amp;|lt;|gt;)", shown)
    assert not re.search(r":[\w+'-]+:", shown), "no :shortcode: becomes a picture"
    assert not shown.startswith("&gt;"), "nothing becomes a quotation"


@given(NASTY)
def test_what_is_shown_is_what_was_written(words: str) -> None:
    kept = html.unescape(safe(words, 10_000)).replace("\u200d", "")
    assert kept.split() == plain(words, 10_000).replace("\u200d", "").split() or not kept


@given(NASTY, st.integers(2, 60))
def test_a_cut_text_is_never_longer_than_allowed_and_breaks_no_entity(words: str, most: int) -> None:
    shown = safe(words, most)
    assert length(shown) <= most
    assert not re.search(r"&(?!amp;|lt;|gt;)", shown)


@given(st.text(max_size=50), st.integers(1, 30))
def test_plain_text_is_never_empty_and_never_too_long(words: str, most: int) -> None:
    assert 1 <= length(plain(words, most)) <= most


def test_an_address_with_underscores_can_be_copied() -> None:
    assert safe("jane_van_doe@acme.example") == "jane_van_doe@acme.example"


def test_an_emoji_counts_as_slack_counts_it() -> None:
    assert length("😀a") == 3
    assert cut("😀😀😀", 5) == "😀😀…"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Jane Doe", "Jane Doe"),
        ("<!channel>", "&lt;!channel&gt;"),
        ("<@U123>", "&lt;@U123&gt;"),
        ("<https://evil.example|click>", "&lt;https://evil.example|click&gt;"),
        ("A & B", "A &amp; B"),
        ("*bold*", "\u200d*\u200dbold\u200d*\u200d"),
        ("two\nlines", "two lines"),
        ("\u202eevil", "evil"),
        (":fire:", ":\u200dfire:"),
    ],
)
def test_examples_of_names(name: str, shown: str) -> None:
    assert safe(name) == shown


def test_code_shows_anything_in_one_span() -> None:
    assert code("a`b<c>") == "`a'b&lt;c&gt;`"


def test_only_a_slack_id_becomes_a_mention() -> None:
    assert member("U0RITA0001", "Rita") == "<@U0RITA0001>"
    assert member("cli:jane", "") == "cli:jane"
    assert member("okta") == "Okta"
    assert "<" not in member("U1><!channel>", "")


def test_times_are_in_the_readers_zone_with_a_fallback() -> None:
    moment = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)
    assert at(moment) == "<!date^1796148000^{date_short_pretty} at {time}|2026-12-01 18:00 UTC>"
    assert from_iso("2026-12-01T18:00:00Z") == at(moment)
    assert from_iso("<!channel>") == "&lt;!channel&gt;"
    assert from_iso("0001-01-01T00:00Z") == "0001-01-01T00:00Z", "a time that Slack can't draw stays as it is"


def test_counting_people() -> None:
    assert counted(1, "person", "people") == "1 person"
    assert counted(2000, "person", "people") == "2,000 people"


def test_money_has_cents_only_where_there_are_some() -> None:
    assert money(Decimal(1430), "USD") == "1,430 USD"
    assert money(Decimal("27.5"), "EUR") == "27.50 EUR"
    assert money(Decimal(100), "USD") == "100 USD"


def test_a_time_in_a_sentence_is_in_the_readers_zone() -> None:
    said = told("Approved. It will run 2026-11-29 08:00 UTC. *Not* 2026-99-99 08:00 UTC.")
    assert "It will run <!date^1795939200^{date_short_pretty} at {time}|2026-11-29 08:00 UTC>." in said
    assert "2026-99-99 08:00 UTC" in said
    assert "*Not*" not in said


@given(st.lists(st.sampled_from(["word", "<!date^1^{time}|x y>", "*b*", "\n"]), max_size=30), st.integers(20, 60))
def test_markup_is_never_cut_within_an_angle_bracket(pieces: list[str], most: int) -> None:
    short = shortened(" ".join(pieces), most)
    assert length(short) <= most
    assert short.count("<") == short.count(">")


def test_a_sentence_for_people_names_no_address_of_an_api() -> None:
    assert (
        told("Help Scout can't be reached at http://127.0.0.1:80 (timeout).")
        == "Help Scout can't be reached (timeout)."
    )
    assert told("Help Scout at https://api.x.net gave no answer.") == "Help Scout gave no answer."
