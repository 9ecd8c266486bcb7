"""Other people's words as one line."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.policy.typed.line import inert, one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Jane D'Arcy", "Jane D'Arcy"),
        ("Jane\nApproved by: Ana", "Jane Approved by: Ana"),
        ("Jane\r\nDoe\vx\fy\u2028z\u2029a\x85b\x1cc", "Jane Doe x y z a b c"),
        ("Jane" + " " * 200 + "Approved by: Ana", "Jane Approved by: Ana"),
        ("\x1b[2J\x1b]0;title\x07Jane", r"\x1b[2J\x1b]0;title\x07Jane"),
        ("Jane\x9b2J\x7f\b", r"Jane\x9b2J\x7f\x08"),
        ("Jane\u202egro.live\u2066x\u200f", r"Jane\u202egro.live\u2066x\u200f"),
        ("Jane\u200b\u00ad\ufeff", r"Jane\u200b\xad\ufeff"),
        ("علی‌رضا ශ්‍රී 👩‍💻", "علی‌رضا ශ්‍රී 👩‍💻"),
        ("José\u00a0Ñandú", "José Ñandú"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_ends_a_line_or_moves_the_terminal_is_taken_out_or_shown(text: str, line: str) -> None:
    assert one_line(text) == line


@settings(deadline=None)
@given(st.text())
def test_it_is_one_line_that_says_the_same_when_it_is_made_again(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert one_line(line) == line
    assert not {unicodedata.category(one) for one in line} & {"Cc", "Zl", "Zp", "Cs"}
    assert len(inert(text).splitlines()) <= 1
