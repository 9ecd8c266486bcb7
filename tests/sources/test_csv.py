"""A CSV of who works here: read whole, fast and in little memory, or a sentence that names the line."""

import os
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.model.colleague import Employment
from bot.sources.csv_file import Csv
from bot.sources.errors import Doubtful, NotThere, SourceError

WHOLE = (
    "Email,Name,Status,Role,Manager,Groups\r\n"
    "jane@acme.example,Jane Doe,active,admin,bo@acme.example,Support;Help Scout\r\n"
    '"Bo@Acme.example","Bo, the boss",Suspended,,,Support\r\n'
    "leo@acme.example,Leo,left,,,\r\n"
    ",Warehouse,active,,,\r\n"
)


def written(path: Path, text: str | bytes) -> Csv:
    file = path / "people.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return Csv(str(file))


@pytest.mark.parametrize("text", [WHOLE, "\ufeff" + WHOLE, WHOLE.replace("\r\n", "\n")])
def test_everybody_with_an_address_is_read(tmp_path: Path, text: str) -> None:
    jane, bo, leo = written(tmp_path, text).read().people
    assert (jane.name, jane.role, jane.manager) == ("Jane Doe", "admin", "bo@acme.example")
    assert jane.groups == {"Support", "Help Scout"}
    assert (bo.email, bo.key, bo.state) == ("Bo@Acme.example", "bo@acme.example", Employment.SUSPENDED)
    assert (leo.state, leo.said) == (Employment.LEFT, "left")


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_are_seen(tmp_path: Path, separator: str) -> None:
    text = f"name{separator}email\nJane{separator}jane@acme.example\n"
    assert [one.email for one in written(tmp_path, text).read().people] == ["jane@acme.example"]


def test_a_group_leaves_out_the_others(tmp_path: Path) -> None:
    place = written(tmp_path, WHOLE)._place
    listing = Csv(place, group="Help Scout").read()
    assert ([one.email for one in listing.people], listing.group) == (["jane@acme.example"], "Help Scout")


def test_a_group_is_the_same_in_any_case_and_with_more_blanks(tmp_path: Path) -> None:
    place = written(tmp_path, "email,groups\na@acme.example,Sales;help  scout\nb@acme.example,Sales\n")._place
    assert [one.email for one in Csv(place, group="Help Scout").read().people] == ["a@acme.example"]


def test_who_is_there_twice_works_here_when_one_line_says_so(tmp_path: Path) -> None:
    text = "email,status\njane@acme.example,left\nJANE@acme.example,active\njane@acme.example,left\n"
    assert [one.state for one in written(tmp_path, text).read().people] == [Employment.ACTIVE]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("email\nmailto:jane@acme.example\n", "Line 2 of the CSV file has no e-mail address"),
        ("email\nJane <jane@acme.example>\n", "Line 2 of the CSV file has no e-mail address"),
        ("email,name\n", "has no people in it"),
        ("name,status\nJane,active\n", "names no column"),
        ("email,name,status\njane@acme.example,Jane,active\nbo@acme.exa", "Line 3 .* has 1 cell instead of 3"),
        ('email,name\njane@acme.example,"Jane', "cut off"),
        ("<!DOCTYPE html><html><body>Sign in</body></html>", "is a web page"),
        ("email,status\njane@acme.example,retired\n", "Line 2 .* status other than active"),
        ("email\njane\n", "Line 2 .* no e-mail address"),
        (b"email,name\nz@acme.example,Zo\xeb\n", "not text in UTF-8"),
    ],
)
def test_what_is_not_whole_is_not_believed(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(Doubtful, match=words) as raised:
        written(tmp_path, text).read()
    assert "CSV file" in raised.value.sentence
    assert "Nothing was compared with it." in raised.value.sentence


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotThere, match="HS_BOT_CSV"):
        Csv(str(tmp_path / "none.csv")).read()
    with pytest.raises(SourceError):
        Csv(str(tmp_path)).read()


def test_how_old_the_file_is_is_told(tmp_path: Path) -> None:
    source = written(tmp_path, WHOLE)
    os.utime(source._place, (1_700_000_000, 1_700_000_000))
    assert source.read().as_of == datetime.fromtimestamp(1_700_000_000, UTC)


def test_a_hundred_thousand_rows_take_little_time_and_memory(tmp_path: Path) -> None:
    rows = (
        f"person{n}@acme.example,Person No{n},active,,boss{n % 50}@acme.example,Support;Team {n % 9}"
        for n in range(100_000)
    )
    source = written(tmp_path, "email,name,status,role,manager,groups\n" + "\n".join(rows) + "\n")
    begun = time.process_time()
    assert len(source.read().people) == 100_000
    assert time.process_time() - begun < 5.0


def test_its_memory_is_bounded_by_its_rows(tmp_path: Path) -> None:
    rows = (f"person{n}@acme.example,Person No{n},active,,boss{n % 50}@acme.example," for n in range(10_000))
    source = written(tmp_path, "email,name,status,role,manager,groups\n" + "\n".join(rows) + "\n")
    tracemalloc.start()
    try:
        people = source.read().people
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(people) == 10_000
    assert peak < 4_000_000, "a hundred thousand take less than 40 MB, beside the 60 MB of an empty start"
