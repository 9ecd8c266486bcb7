"""Whom somebody means, as pasted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.address import address_key, same_address
from bot.policy.typed.fold import fold
from bot.policy.typed.who import LONGEST_WHO, BadArgument, Who, nearest, parse_who


@pytest.mark.parametrize(
    "pasted",
    [
        "jane@acme.example",
        "JANE@Acme.Example",
        "  jane@acme.example , ",
        "jane@acme.example;",
        "jane@acme.example.",
        "<mailto:jane@acme.example|jane@acme.example>",
        "<mailto:Jane@acme.example|Jane@acme.example>,",
        "&lt;jane@acme.example&gt;",
        "<jane@acme.example>",
        "mailto:jane@acme.example",
        "mailto:jane@acme.example?subject=hello",
        "“jane@acme.example”",
        "'jane@acme.example'",
        '"Doe, Jane" <jane@acme.example>',
        "“Doe, Jane” &lt;<mailto:jane@acme.example|jane@acme.example>&gt;",
        "Jane Doe (jane@acme.example)",
        "Jane Doe (<mailto:jane@acme.example|jane@acme.example>)",
        "Jane Doe - jane@acme.example",
        "Jane Doe, jane@acme.example",
        "jane@acme.example:",
        "jane@acme.example!",
        "(jane@acme.example)",
        "`jane@acme.example`",
        "Jane Doe <jane@acme.example>",
        "Jane Doe &lt;jane@acme.example&gt;",
        "Jane Doe <mailto:jane@acme.example|jane@acme.example>",
        "@jane@acme.example",
        "\u00a0jane@acme.example\u202f",
        "\u200bjane@\u2060acme.example\ufeff",
        "jane@acme\u00ad.example",
        "<mailto:jane@acme.example|Jane Doe>",
        "<https://x.example/?to=jane|jane@acme.example>",
        '"<mailto:jane@acme.example|jane@acme.example>"',
    ],
)
def test_an_email_is_understood_however_it_is_pasted(pasted: str) -> None:
    who = parse_who(pasted)
    assert (who.kind, address_key(who.value)) == ("email", "jane@acme.example")


def test_a_composed_and_a_decomposed_address_are_the_same() -> None:
    assert same_address(parse_who("jose\u0301@acme.example").value, parse_who("JOS\u00c9@acme.example").value)


def test_an_address_keeps_its_spelling() -> None:
    assert parse_who("Jana@Großmann.example") == Who("email", "Jana@Großmann.example")


@pytest.mark.parametrize(
    "pasted", ["<@U123ABC|jane>", "<@u123abc>", " <@U123ABC>,", "“<@U123ABC|jane doe>”", "&lt;@U123ABC&gt;"]
)
def test_a_slack_mention_gives_the_slack_id(pasted: str) -> None:
    assert parse_who(pasted) == Who("slack", "U123ABC")


def test_a_bare_slack_id_is_one_but_a_shouted_name_is_not() -> None:
    assert parse_who("U0123ABCD") == Who("slack", "U0123ABCD")
    assert parse_who("WILLIAMSON") == Who("name", "WILLIAMSON")


def test_a_number_is_an_id_unless_no_id_is_so_large() -> None:
    assert parse_who("“00042”,") == Who("id", "42")
    assert parse_who("9223372036854775807") == Who("id", "9223372036854775807")
    assert parse_who("9223372036854775808").kind == "name"
    assert parse_who("٤٢").kind == "name"  # only the digits of the API


@pytest.mark.parametrize("pasted", ["@Jane", " @jane,", "“@jane”"])
def test_a_word_after_an_at_sign_is_a_help_scout_handle(pasted: str) -> None:
    assert parse_who(pasted) == Who("mention", "jane")
    assert str(parse_who(pasted)) == "@jane"


@pytest.mark.parametrize(
    ("pasted", "name"),
    [
        ("jane   doe", "jane doe"),
        ("“Jane Doe”", "Jane Doe"),
        ("Jane\u00a0Doe", "Jane Doe"),
        ("O’Brien", "O'Brien"),
        ("Pat :rainbow-flag: Pride", "Pat 🏳️\u200d🌈 Pride"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("Ja\u200dne", "Jane"),
        ("Tom &amp; Co", "Tom & Co"),
        ("José", "José"),
        ("Jose\u0301", "José"),
        ("@jane doe", "jane doe"),
        ("<http://jane.doe|jane.doe>", "jane.doe"),
        ("<jane.doe>", "jane.doe"),
        ("Smith, Jane", "Smith, Jane"),
        ("a\x00b\ud800c", "abc"),
        ("line\nbreak", "line break"),
    ],
)
def test_anything_else_is_a_name_without_its_wrapping(pasted: str, name: str) -> None:
    assert parse_who(pasted) == Who("name", name)


@pytest.mark.parametrize("pasted", ["", "   ", "\u200b", ",", "“”", "<>", "@", "...", "\u00a0,"])
def test_nothing_is_refused_with_what_is_expected(pasted: str) -> None:
    with pytest.raises(BadArgument, match="Who"):
        parse_who(pasted)


@pytest.mark.parametrize(
    ("pasted", "what"), [("<#C1|general>", "channel"), ("<!subteam^S1|@it>", "group"), ("<!here>", "group")]
)
def test_channels_and_groups_are_not_people(pasted: str, what: str) -> None:
    with pytest.raises(BadArgument, match=what):
        parse_who(pasted)


def test_a_whole_letter_is_refused_before_anything_searches_for_it() -> None:
    assert parse_who("x" * LONGEST_WHO).kind == "name"
    with pytest.raises(BadArgument, match="too long"):
        parse_who("x" * (LONGEST_WHO + 1))


@given(st.text(max_size=400))
def test_any_text_is_a_person_or_a_sentence_and_is_fit_for_a_database(text: str) -> None:
    try:
        who = parse_who(text)
    except BadArgument:
        return
    assert who.value
    assert who.value == who.value.strip()
    assert "\x00" not in who.value
    who.value.encode()  # no lone surrogates


@given(st.text(max_size=60))
def test_what_was_read_reads_the_same_again(text: str) -> None:
    try:
        who = parse_who(text)
    except BadArgument:
        return
    if who.kind != "name":
        assert parse_who(str(who)) == who


@given(st.emails())
def test_every_address_survives_its_pasted_forms(address: str) -> None:
    if len(address) < 100 and not any(sign in address for sign in "\"'`(),;:<>[]|&?") and address[0] not in "@.":
        plain = Who("email", address)
        assert parse_who(address) == plain
        assert parse_who(f"<mailto:{address}|{address}>,") == plain


@pytest.mark.parametrize(
    ("typed", "meant"), [("lokup", "lookup"), ("LISTT", "list"), ("exprot", "export"), ("zzz", None)]
)
def test_a_close_word_is_offered(typed: str, meant: str | None) -> None:
    assert nearest(typed, ["lookup", "list", "history", "export"]) == meant


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("José", "jose"),
        ("MÜLLER", "muller"),
        ("Straße", "strasse"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("Bjørn Ærø", "bjorn aero"),
        ("Þóra", "thora"),
        ("O’Brien", "o'brien"),
        ("İpek Işık", "ipek isik"),
        ("  Jane\u00a0 Doe ", "jane doe"),
        ("Ｊａｎｅ", "jane"),
        ("Đỗ", "do"),
    ],
)
def test_names_fold_to_what_people_type(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_case_makes_no_difference_to_a_fold(text: str) -> None:
    assert fold(text.casefold()) == fold(text)
