"""`hs-bot reconcile` and `hs-bot population`: for machines, with exit codes."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.demo.helpscout import SimulatedHelpScout
from bot.model.user import Status
from bot.store.record import open_record


@pytest.fixture(scope="module")
def helpscout() -> Iterator[SimulatedHelpScout]:
    with SimulatedHelpScout(people=12) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, helpscout: SimulatedHelpScout) -> Path:
    """HR's CSV has everybody who has a seat."""
    for name, value in {
        "HS_BOT_DATABASE": str(tmp_path / "hs-bot.db"),
        "HELPSCOUT_API_URL": helpscout.api_url,
        "HELPSCOUT_APP_ID": helpscout.app_id,
        "HELPSCOUT_APP_SECRET": helpscout.app_secret,
        "HS_BOT_SOURCES": "csv",
        "HS_BOT_CSV": str(tmp_path / "people.csv"),
    }.items():
        monkeypatch.setenv(name, value)
    write(tmp_path, {person.email: "active" for person in helpscout.people})
    return tmp_path


def write(folder: Path, people: dict[str, str]) -> None:
    lines = ["email,status", *(f"{email},{status}" for email, status in people.items())]
    (folder / "people.csv").write_text("\n".join(lines) + "\n")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_findings_are_told_as_csv_and_json_with_exit_codes(folder: Path, helpscout: SimulatedHelpScout) -> None:
    nothing = run("reconcile", "--fail-on-findings")
    assert nothing.exit_code == 0
    assert nothing.stdout.splitlines()[-1] == "kind,email,id,sources,detail"
    leaver = next(person for person in helpscout.people if person.role == "user")
    write(folder, {p.email: "left" if p is leaver else "active" for p in helpscout.people})
    assert run("reconcile").exit_code == 0
    found = run("reconcile", "--fail-on-findings", "--format", "json")
    assert found.exit_code == 3
    (one,) = json.loads(found.stdout)
    assert list(one) == ["kind", "email", "id", "sources", "detail"]
    assert (one["kind"], one["email"], one["sources"]) == ("orphan", leaver.email, {"csv": "left"})
    (row,) = csv.DictReader(io.StringIO(run("reconcile").stdout))
    assert (row["kind"], row["sources"], row["detail"]) == ("orphan", "csv: left", "left in the CSV file")


def test_a_source_that_failed_is_exit_code_1_and_opens_nothing(folder: Path) -> None:
    assert run("reconcile").exit_code == 0
    (folder / "people.csv").write_text("email,status\n")
    failed = run("reconcile", "--fail-on-findings")
    assert failed.exit_code == 1
    assert failed.stdout == "kind,email,id,sources,detail\n"
    assert "csv: The CSV file has no people in it. Nothing was compared with it." in failed.stderr
    assert "  " not in failed.stderr


def test_a_list_that_is_held_back_is_believed_with_accept(folder: Path, helpscout: SimulatedHelpScout) -> None:
    write(folder, {person.email: "left" for person in helpscout.people})
    held = run("reconcile")
    assert held.exit_code == 1
    assert "read for the first time" in held.stderr
    assert "csv: if that is right, run hs-bot reconcile --accept once." in held.stderr
    accepted = run("reconcile", "--accept")
    assert accepted.exit_code == 0
    assert accepted.stdout.count("orphan,") > 5
    assert run("reconcile").stdout == accepted.stdout


def test_seats_and_their_cost_are_counted_by_group(
    folder: Path, helpscout: SimulatedHelpScout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HS_BOT_SEAT_COST", "27.50 EUR")
    users = [person for person in helpscout.people if person.role == "user"]
    lines = [
        f"{p.email},{'left' if p is users[0] else 'active'},{'Tier 1' if p in users else ''}" for p in helpscout.people
    ]
    (folder / "people.csv").write_text("\n".join(["email,status,groups", *lines]) + "\n")
    first = next(csv.DictReader(io.StringIO(run("reconcile", "--by-group").stdout)))
    count = len(users)
    assert first == {
        "group": "Tier 1",
        "seats": str(count),
        "gone": "1",
        "dormant": first["dormant"],
        "cost": f"{count * 27.5:.2f}",
        "currency": "EUR",
    }
    monkeypatch.delenv("HS_BOT_SEAT_COST")
    found = json.loads(run("reconcile", "--by-group", "--format", "json").stdout)
    assert {row["cost"] for row in found} == {""}
    assert sum(row["seats"] for row in found) == len(helpscout.people)


def test_the_population_is_answered_from_the_record(folder: Path, tmp_path: Path, monkeypatch: Any) -> None:
    assert run("sync").exit_code == 0
    with closing(open_record(str(folder / "hs-bot.db"))) as record:
        person = next(row for row in record.users.by_status() if row.user.role == "user")
        record.users.mark_gone(person.id, Status.REMOVED, datetime(2026, 11, 2, 9, tzinfo=UTC), None)
    file = tmp_path / "leavers.csv"
    file.write_text(f"email,last_day\n{person.user.email},2026-11-01\nnobody@acme.example,2026-11-01\n")
    answer = run("population", str(file), "--format", "json", "--from", "2026-11-01", "--to", "2026-11-30")
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert [row["verdict"] for row in found["rows"]] == ["outside-the-bot", "unknown"]
    assert found["rows"][0]["hours"] == 9.0
    assert run("population", str(file)).stdout == run("population", str(file)).stdout
    file.write_text("email\n")
    assert run("population", str(file)).exit_code == 1
    assert run("population", str(tmp_path / "none.csv")).exit_code == 1
