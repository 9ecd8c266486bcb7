"""What the README says is what the program does."""

import re
from pathlib import Path

from bot.config import VARIABLES
from tests.readme.tables import README, ROOT, filled


def test_its_tables_are_those_that_the_code_makes() -> None:
    text = README.read_text()
    assert text == filled(text), "run: .venv/bin/python -m tests.readme"


def test_every_variable_of_the_contract_is_in_its_table_and_no_other() -> None:
    table = re.search(r"<!-- variables -->(.*?)<!-- /variables -->", README.read_text(), re.DOTALL)
    assert table is not None
    assert re.findall(r"^\| `([A-Z_]+)`", table[1], re.MULTILINE) == list(VARIABLES)


def test_ci_runs_the_very_line_that_it_names_for_the_tests() -> None:
    [line] = re.findall(r"^python3 -m venv .*tests$", README.read_text(), re.MULTILINE)
    assert line in (ROOT / ".ci" / "run").read_text().splitlines()


def test_every_file_it_names_is_there() -> None:
    text = README.read_text()
    named = re.findall(r"\]\(((?!http)[^)#]+)\)", text) + re.findall(r"`((?:bot|tests)/[\w/]+\.(?:py|png))`", text)
    assert len(named) > 3
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_its_pictures_are_small_enough_to_load_at_once() -> None:
    pictures = [ROOT / name for name in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README.read_text())]
    assert pictures
    assert all(Path(picture).stat().st_size < 300_000 for picture in pictures)


def test_every_promise_names_a_test_that_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", README.read_text())
    assert len(named) > 15
    assert [f"{path}::{name}" for path, name in named if f"def {name}(" not in (ROOT / path).read_text()] == []


def test_every_sentence_that_its_troubleshooting_quotes_is_one_that_the_program_says() -> None:
    table = README.read_text().partition("## Troubleshooting")[2].partition("## ")[0]
    code = " ".join(path.read_text() for path in (ROOT / "bot").rglob("*.py") if "demo" not in path.parts)
    quoted = [
        part.strip() for quote in re.findall(r'^\| .*?"([^"|]+)"', table, re.MULTILINE) for part in quote.split("…")
    ]
    slacks_own = {"dispatch_failed"}
    assert len(quoted) > 7
    assert [part for part in quoted if part and part not in code and part not in slacks_own] == []
