"""A pasted list: one person a line, read as one person is everywhere; with a header it is CSV."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy.typed.many import read_many


def read(text: str) -> list[tuple[int, str]]:
    return [(line.number, str(line.who) if line.who else "!") for line in read_many(text)]


def test_each_line_is_read_as_one_person_is_and_keeps_its_number() -> None:
    text = 'jane@acme.example\n\n"Doe, Max" <max@acme.example>\n<@U0MAX0001|max>\n101100\nJane Doe\n  ,,\n'
    assert read(text) == [
        (1, "jane@acme.example"),
        (3, "max@acme.example"),
        (4, "U0MAX0001"),
        (5, "101100"),
        (6, "Jane Doe"),
        (7, "!"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "email,name\njane@acme.example,Jane\nmax@acme.example,Max",
        'Name;E-Mail\n"Doe; Jane";jane@acme.example\n\nMax;max@acme.example',
        "\ufeffTeam\tEmail address\nA\tjane@acme.example\nB\tmax@acme.example",
        "Email\njane@acme.example\nmax@acme.example",
        "sep=;\nName;E-Mail-Adresse\nJane;jane@acme.example\nMax;max@acme.example",
        "version:v1.0\nUser name [userPrincipalName] Required\njane@acme.example\nmax@acme.example",
        "First Name [Required],Email Address [Required]\nJane,jane@acme.example\nMax,max@acme.example",
        "id,displayName,userPrincipalName\n1a,Jane,jane@acme.example\n7,Max,max@acme.example",
        "userPrincipalName,mail\nj.d@corp.example,jane@acme.example\nmax@acme.example,",
    ],
)
def test_with_a_header_the_address_counts_whatever_separates_the_cells(text: str) -> None:
    assert [who for _, who in read(text)] == ["jane@acme.example", "max@acme.example"]


def test_a_row_without_an_address_is_found_by_what_else_it_has() -> None:
    text = "id,first name,last name,email\n,Jane,Doe,\n7,,,\n,,,\n,,,x@acme.example"
    assert read(text) == [(2, "Jane Doe"), (3, "7"), (5, "x@acme.example")]


def test_a_row_that_names_nobody_says_so_with_its_number() -> None:
    (line,) = read_many("email,team\n,Support")
    assert (line.number, line.why) == (2, "This row names nobody.")


@given(st.text(max_size=400))
def test_no_paste_is_too_odd_and_every_line_is_accounted_for(text: str) -> None:
    lines = read_many(text)
    assert all((line.who is None) == bool(line.why) for line in lines)
    assert [line.number for line in lines] == sorted({line.number for line in lines})
