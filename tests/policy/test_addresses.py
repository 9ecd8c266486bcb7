"""One mailbox has one key, whatever its spelling; two mailboxes never share one; what is sent is what was written."""

import idna
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.model.address import address_key, as_written, domain_of, same_address, without_plus

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e\u202a\u202e\ufe0f\U000e0020"
LETTERS = "abkzKZéÉüßſıİØñ\u212b\u212aΣσς日本قлЖ"
locals_ = st.text(alphabet=LETTERS + "0123456789._+-'", min_size=1, max_size=12)
labels = st.text(alphabet="abkKéüßØñ日本лЖ0", min_size=1, max_size=8)
addresses = st.builds(lambda local, label: f"{local}@{label}.example", locals_, labels)


def mailbox(address: str) -> tuple[str, str]:
    """By the library's word: the local part in NFC and lower case, the domain as A-labels."""
    try:
        valid = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        assume(False)
    assert valid.ascii_domain is not None
    local = "".join(letter.lower() for letter in valid.local_part)
    return valid.local_part if local == valid.local_part else local, valid.ascii_domain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@bücher.example", "ANA@XN--BCHER-KVA.EXAMPLE."),
        ("ana@bücher.example", "ana@bu\u0308cher\u3002example"),
        ("jose\u0301@x.example", "José@x.example"),
        ("jane@x.example", "ja\u200bne@x.example"),
        ("jane@x.example", "\ufeffjane@x.example\u200b "),
        ("jane@x.example", "jane@x.exam\u00adple"),
        ("k@x.example", "\u212a@x.example"),
        ("jane@fass.example", "Jane@FASS.example"),
    ],
)
def test_one_mailbox_in_two_spellings_has_one_key(one: str, other: str) -> None:
    assert same_address(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jana@großmann.example", "jana@grossmann.example"),
        ("straße@x.example", "strasse@x.example"),
        ("ſam@x.example", "sam@x.example"),
        ("ıan@x.example", "ian@x.example"),
        ("jane@x.example", "jane+hs@x.example"),
        ("jané@x.example", "jane@x.example"),
        ("ｊane@x.example", "jane@x.example"),
        ("jane@under_score.example", "jane@underscore.example"),
    ],
)
def test_two_mailboxes_have_two_keys(one: str, other: str) -> None:
    assert not same_address(one, other)


@given(addresses, addresses)
@example("jana@großmann.example", "jana@grossmann.example")
@example("\u212a@a.example", "k@a.example")
def test_two_addresses_have_one_key_exactly_when_the_library_says_one_mailbox(one: str, other: str) -> None:
    assert (address_key(one) == address_key(other)) == (mailbox(one) == mailbox(other))


@given(addresses, st.data())
def test_what_nobody_sees_changes_no_key(address: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(address)))
    sign = data.draw(st.sampled_from(INVISIBLE))
    assert address_key(address[:at] + sign + address[at:]) == address_key(address)


@given(st.text(max_size=40))
@example("İ@İ.example")
@example("a@xn--zzz")
@example("a@.")
def test_the_key_of_a_key_is_the_same_key(text: str) -> None:
    assert address_key(address_key(text)) == address_key(text)


@given(labels)
def test_a_domain_has_the_key_of_its_a_label(label: str) -> None:
    try:
        ascii_label = idna.encode(label, uts46=True).decode()
    except idna.IDNAError:
        assume(False)
    assert domain_of(f"a@{label}.example") == f"{ascii_label}.example"


@given(addresses)
def test_what_is_sent_is_what_was_written(address: str) -> None:
    assert as_written(f" \u200b{address}\t\ufeff") == address


def test_letters_inside_an_address_stay_when_it_is_written() -> None:
    assert as_written("a@نامه\u200cای.example") == "a@نامه\u200cای.example"


@pytest.mark.parametrize(
    ("key", "plain"),
    [("jane+hs@x.example", "jane@x.example"), ("+all@x.example", "+all@x.example"), ("jane", "jane"), ("", "")],
)
def test_a_plus_part_is_taken_off(key: str, plain: str) -> None:
    assert without_plus(key) == plain
    assert without_plus(plain) == plain
