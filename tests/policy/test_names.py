"""Names: which are the same, what is shown of them, and the emoji in them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.typed.clean import visible
from bot.policy.typed.emoji import as_emoji, table
from bot.policy.typed.names import as_typed, loose_key, name_key

STORED = (
    "👩\u200d💻 Tech",
    "“VIP” desk",
    "Équipe Genève",
    "R&D <core>",
    "🚀 Launch",
    "L’équipe",
    "Ops Night",
    "علی\u200cرضا",
)


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("👩\u200d💻 Tech", "👩💻 tech"),
        ("👩\u200d💻 Tech", ":female-technologist: Tech"),
        ("👋🏽 Hello", ":wave::skin-tone-4: hello"),
        ("❤️ Care", "❤ care"),
        ("❤ Care", ":heart: Care"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f Desk", ":flag-england: Desk"),
        ("🇦🇹 Desk", ":flag-at: Desk"),
        ("“VIP” desk", '"VIP" desk'),
        ("L’équipe", "l'équipe"),
        ("Ops\u00a0Night", "ops  night "),
        ("Kids\u200b Club", "Kids Club"),
        ("R&D <core>", "R&amp;D &lt;core&gt;"),
        ("Équipe", unicodedata.normalize("NFD", "équipe")),
        ("ෆ ශ්\u200dරී", "ෆ ශ්රී"),
        ("STRASSE", "strasse"),
    ],
)
def test_the_same_name_however_it_is_typed(stored: str, typed: str) -> None:
    assert name_key(stored) == name_key(typed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("VIP", '"VIP"'),
        ("Equipe", "Équipe"),
        ("🚀 Launch", "Launch"),
        ("Tier 1", "Tier 2"),
        ("👋🏽", "👋🏿"),
        ("a b", "ab"),
    ],
)
def test_other_names_stay_other_names(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_a_second_look_forgives_accents_and_quotes() -> None:
    assert loose_key("“Équipe” VIP") == loose_key("equipe vip")


DISGUISES = (
    lambda name: unicodedata.normalize("NFD", name),
    lambda name: name.replace(" ", " \u00a0\u2009"),
    lambda name: f" {name}\u200b",
    lambda name: name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
    lambda name: name.upper(),
    lambda name: name.replace("“", '"').replace("”", '"').replace("’", "'"),
    lambda name: "".join(f"{sign}\u2060" for sign in name),
)


@given(st.sampled_from(STORED), st.lists(st.sampled_from(DISGUISES), max_size=4))
def test_no_disguise_makes_another_name(name: str, disguises: list[object]) -> None:
    typed = name
    for disguise in disguises:
        typed = disguise(typed) if "&" not in typed or "&lt;" not in typed else typed  # type: ignore[operator]
    assert name_key(typed) == name_key(name)


@given(st.text(max_size=60))
def test_any_text_has_keys_that_a_database_takes(text: str) -> None:
    for key in (name_key(text), loose_key(text)):
        key.encode()
        assert "\x00" not in key
        assert key == " ".join(key.split())


@pytest.mark.parametrize(
    "name",
    [
        "👩\u200d💻 Tech",
        "🏳️\u200d🌈 Pride",
        "👩🏽\u200d🚀 Crew",
        "🐦\u200d⬛ Ravens",
        "🙂\u200d↔️ No",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f England",
        "علی\u200cرضا محمدی",
        "ශ්\u200dරී ලාල්",
        "र्\u200dयान पाटील",
        "അവന്\u200d",
        "ᠮᠣᠩᠭᠣᠯ\u180eᠠ",
    ],
)
def test_joiners_that_shape_a_name_stay(name: str) -> None:
    assert visible(name) == unicodedata.normalize("NFC", name)
    assert visible(visible(name)) == visible(name)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ja\u200dne", "Jane"),
        ("\u200djane@acme.example\u200c", "jane@acme.example"),
        ("Kids\u200b Club", "Kids Club"),
        ("👩\u200d", "👩"),
        ("👩\u200d\u200d\u200d💻", "👩\u200d💻"),
        ("a\U000e0067\U000e007f", "a"),
        ("\u202eevil", "evil"),
        ("علی\u200c\u200c\u200cرضا", "علی\u200cرضا"),
    ],
)
def test_what_nobody_sees_is_taken_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.sampled_from("aé ل️👩💻🏴\u200d\u200c\u180e\U000e0067\u202e\u0301"), max_size=20))
def test_what_is_visible_stays_so(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (":tada: Events", "🎉 Events"),
        ("Launch:rocket:", "Launch🚀"),
        (":rainbow-flag::tada:", "🏳️\u200d🌈🎉"),
        (":female-technologist::skin-tone-3: x", "👩🏼\u200d💻 x"),
        (":acme-logo: x", ":acme-logo: x"),
        ("10:100:30", "10:100:30"),
        ("fe80:a:b:c", "fe80:a:b:c"),
        ("Tier 2: Billing: x", "Tier 2: Billing: x"),
        ("::", "::"),
    ],
)
def test_shortcodes_are_read_as_emoji(typed: str, meant: str) -> None:
    assert as_emoji(typed) == meant


def test_every_shortcode_of_slack_is_known() -> None:
    assert len(table().characters) > 1900
    assert all(as_emoji(f":{name}:") == character for name, character in table().characters.items())


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (":tada: Events", "🎉 Events"),
        ("“Night: late”", "Night: late"),
        ('"“VIP” desk"', "“VIP” desk"),
        ("“VIP” desk", "“VIP” desk"),
        ("“VIP” and “Core”", "“VIP” and “Core”"),
        ("R&amp;D &lt;core&gt;", "R&D <core>"),
        ("👩\u200d💻 Tech", "👩\u200d💻 Tech"),
        ('"', '"'),
    ],
)
def test_a_new_name_is_what_was_typed(typed: str, name: str) -> None:
    assert as_typed(typed) == name
