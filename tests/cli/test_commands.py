"""`hs-bot …` on a real record: what it prints, and the exit codes 0, 1 and 2."""

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import config
from bot.cli import main
from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import SimulatedSlack
from bot.model.request import Kind, Request, State
from bot.model.user import Status, User, UserRecord
from bot.store.record import open_record

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
Run = Callable[..., Result]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "hs-bot.db"
    record = open_record(path)
    people = [
        User(id=1, first_name="José", last_name="Ñandú", email="jose@acme.example", job_title="=cmd()"),
        User(id=2, first_name="Jane", last_name="Doe", email="jane@acme.example"),
        User(id=3, first_name="Jane", last_name="Roe", email="roe@acme.example"),
        User(id=4, first_name="Leo", last_name="Left", email="leo@acme.example"),
    ]
    record.users.put([UserRecord(user=user, first_seen=NOW, last_seen=NOW) for user in people])
    record.users.mark_gone(4, Status.REMOVED, NOW, None)
    record.audit.append("user.removed", actor="hs-bot", user_id=4)
    record.close()
    return path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, database: Path) -> Run:
    for name in [*config.VARIABLES, "DATABASE_URL"]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HS_BOT_DATABASE", str(database))

    def invoke(*arguments: str, input: str | None = None, **environment: str) -> Result:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(main, list(arguments), input=input)

    return invoke


@pytest.mark.parametrize("who", ["jose@acme.example", "1", "José", "jose nandu", "<mailto:jose@acme.example|jose>,"])
def test_lookup_finds_one_person_however_they_are_named(run: Run, who: str) -> None:
    result = run("lookup", who)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("José Ñandú (active)")


def test_lookup_lists_several_and_offers_near_misses(run: Run) -> None:
    several = run("lookup", "Jane")
    assert several.exit_code == 0
    assert "2 people match" in several.output
    near = run("lookup", "jnae doe")
    assert near.exit_code == 1
    assert "Closest match" in near.output
    assert "jane@acme.example" in near.output


def test_lookup_shows_who_is_gone(run: Run) -> None:
    assert "Leo Left (removed)" in run("lookup", "leo@acme.example").output


def test_a_word_that_is_nobody_says_so_with_exit_code_1(run: Run) -> None:
    result = run("lookup", "zzyzx@nowhere.example")
    assert result.exit_code == 1
    assert "Nobody in the record" in result.output


def test_export_is_csv_that_no_spreadsheet_executes_and_json_that_parses(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("export", "users").stdout)))
    assert {row["email"] for row in rows} >= {"jose@acme.example", "leo@acme.example"}
    assert next(row for row in rows if row["id"] == "1")["job_title"] == "'=cmd()"
    assert len(json.loads(run("export", "users", "--format", "json").stdout)) == 4
    for what in ("changes", "audit", "requests"):
        assert run("export", what).exit_code == 0


def test_a_log_that_was_cut_is_found_by_a_head_that_was_kept(run: Run) -> None:
    kept = run("audit", "verify").output.rsplit(" ", 1)[1].strip(".\n")
    assert run("audit", "verify", "--expect", kept).exit_code == 0
    missing = run("audit", "verify", "--expect", f"9:{'a' * 64}")
    assert (missing.exit_code, "was cut: it ends at line 1, and line 9" in missing.output) == (1, True)
    other = run("audit", "verify", "--expect", f"1:{'a' * 64}")
    assert (other.exit_code, "line 1 isn't the one that was kept" in other.output) == (1, True)
    for malformed in ("", "1", "1:abc", f"0:{'a' * 64}", f"one:{'a' * 64}", f"1:{'g' * 64}"):
        assert run("audit", "verify", "--expect", malformed).exit_code == 2


def test_a_broken_audit_chain_is_named_with_exit_code_1(run: Run, database: Path) -> None:
    assert "whole: 1 entr" in run("audit", "verify").output
    with sqlite3.connect(database) as file:
        for (trigger,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            file.execute(f'DROP TRIGGER "{trigger}"')
        file.execute("UPDATE audit SET actor = 'somebody else'")
    result = run("audit", "verify")
    assert result.exit_code == 1
    assert "1" in result.output


def test_requests_are_listed_open_and_recent_ones_or_those_in_a_state(run: Run, database: Path) -> None:
    assert run("requests").output == "There are no such requests.\n"
    with closing(open_record(database)) as record:
        now = record.now()
        for id, state, ended in (
            ("OPEN1", State.PENDING, None),
            ("LATELY", State.DENIED, now - timedelta(days=3)),
            ("LONGAGO", State.DONE, now - timedelta(days=90)),
        ):
            record.requests.insert(
                Request(
                    id=id,
                    kind=Kind.OFFBOARD,
                    state=state,
                    opened_at=now - timedelta(days=100),
                    finished_at=ended,
                    expires_at=now,
                    requester="URITA",
                    requester_name="Rita",
                    target_name="Jane Doe",
                    target_email=f"{id.lower()}@acme.example",
                    reason="=1+1",
                )
            )
    lines = run("requests").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["ID", "OPEN1", "LATELY"]
    assert lines[1].split("  ")[3:5] == ["Jane Doe <open1@acme.example>", " Rita"]
    assert [one["id"] for one in json.loads(run("requests", "--format", "json", "--state", "done").stdout)] == [
        "LONGAGO"
    ]
    table = list(csv.DictReader(io.StringIO(run("requests", "--format", "csv", "--state", "pending").stdout)))
    assert [(row["id"], row["reason"]) for row in table] == [("OPEN1", "'=1+1")]
    assert run("requests", "--state", "nonsense").exit_code == 2


def test_login_by_code_needs_no_browser_here(run: Run, tmp_path: Path) -> None:
    with SimulatedHelpScout(people=40) as sim:
        helpscout = {
            "HELPSCOUT_API_URL": sim.api_url,
            "HELPSCOUT_APP_ID": sim.app_id,
            "HELPSCOUT_APP_SECRET": sim.app_secret,
        }
        result = run("login", "--code", input=f"{sim.oauth.new_code()}\n", **helpscout)
        assert result.exit_code == 0, result.output
        assert "on any machine: https://secure.helpscout.net/" in result.stdout
        assert "Signed in as " in result.stdout
        assert (tmp_path / "hs-bot.login.json").exists()
        foreign = "http://127.0.0.1:8765/callback?code=abc&state=another"
        assert "belongs to another login" in run("login", "--code", input=f"{foreign}\n", **helpscout).stderr
        assert run("login", "--code", input="", **helpscout).exit_code == 1


def test_evidence_of_no_request_is_a_sentence(run: Run) -> None:
    result = run("evidence", "NOPE")
    assert result.exit_code == 1
    assert "NOPE" in result.output
    assert "Traceback" not in result.output


def test_backup_restore_and_copy_keep_everybody(run: Run, tmp_path: Path) -> None:
    saved, copied = tmp_path / "saved.db", tmp_path / "copied.db"
    assert run("backup", str(saved)).exit_code == 0
    assert run("copy", str(saved), str(copied)).exit_code == 0
    assert run("copy", str(saved), str(copied)).exit_code == 1, "a target that is not empty is refused"
    assert run("restore", str(saved)).exit_code == 1, "a record that is there is kept"
    assert run("restore", str(saved), "--force").exit_code == 0
    assert run("lookup", "2", HS_BOT_DATABASE=str(copied)).output.startswith("Jane Doe")


def test_forget_erases_only_who_is_gone_and_the_chain_still_verifies(run: Run, database: Path) -> None:
    assert run("forget", "jane@acme.example", "--yes").exit_code == 1
    assert run("forget", "leo@acme.example").exit_code == 1, "without a yes nothing is erased"
    assert run("forget", "leo@acme.example", "--yes").exit_code == 0
    assert b"leo@acme.example" not in database.read_bytes()
    assert run("lookup", "leo@acme.example").exit_code == 1
    assert run("audit", "verify").exit_code == 0


@pytest.mark.parametrize(
    "arguments", [["lookup"], ["export", "everything"], ["export", "--format", "xml"], ["nonsense"], ["backup"]]
)
def test_wrong_use_ends_with_exit_code_2(run: Run, arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_wrong_configuration_ends_with_exit_code_2_and_a_line_per_fault(run: Run) -> None:
    result = run("run", HS_BOT_QUORUM="many")
    assert result.exit_code == 2
    named = {line.split(" ")[0] for line in result.output.splitlines()}
    assert named >= {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "HELPSCOUT_APP_ID", "HS_BOT_QUORUM"}


def test_sync_fetches_everybody(run: Run, tmp_path: Path) -> None:
    with SimulatedHelpScout(people=60) as sim:
        result = run(
            "sync",
            HELPSCOUT_API_URL=sim.api_url,
            HELPSCOUT_APP_ID=sim.app_id,
            HELPSCOUT_APP_SECRET=sim.app_secret,
            HS_BOT_DATABASE=str(tmp_path / "new.db"),
        )
    assert result.exit_code == 0, result.output
    assert " people: " in result.stdout
    assert result.stderr == ""


def test_sync_with_rejected_credentials_is_a_sentence_and_exit_code_1(run: Run) -> None:
    with SimulatedHelpScout(people=60) as sim:
        result = run(
            "sync", HELPSCOUT_API_URL=sim.api_url, HELPSCOUT_APP_ID="wrong", HELPSCOUT_APP_SECRET="wr0ng-secret"
        )
    assert result.exit_code == 1
    assert "HELPSCOUT_APP_SECRET" in result.output
    assert "wr0ng-secret" not in result.output


def test_doctor_names_a_cure_for_what_is_not_set(run: Run) -> None:
    result = run("doctor", "--json")
    assert result.exit_code == 1
    findings = {finding["check"]: finding for finding in json.loads(result.stdout)}
    assert findings["database"]["health"] == "ok"
    assert findings["Slack bot token"]["health"] == "fault"
    assert "HELPSCOUT_APP_ID" in findings["Help Scout"]["sentence"]


@pytest.mark.parametrize("variable", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
def test_a_bot_whose_slack_token_is_refused_does_not_start_and_names_the_variable(run: Run, variable: str) -> None:
    with SimulatedSlack(socket_mode=True) as slack:
        good = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.url,
            "HELPSCOUT_APP_ID": "app",
            "HELPSCOUT_APP_SECRET": "secret",
            "HS_BOT_CHANNEL": slack.channel("access").id,
        }
        wrong = "xoxb-not-the-token" if variable == "SLACK_BOT_TOKEN" else "xapp-not-the-token"
        result = run("run", **good | {variable: wrong})
    assert result.exit_code == 2
    assert result.output.splitlines()[-1].startswith(f"{variable} is refused by Slack.")
    assert wrong not in result.output


@pytest.mark.parametrize("command", ["lookup nobody", "export", "audit verify"])
def test_a_database_where_no_file_can_be_is_wrong_configuration(run: Run, tmp_path: Path, command: str) -> None:
    for place in (tmp_path, tmp_path / "nowhere" / "hs-bot.db"):
        result = run(*command.split(), HS_BOT_DATABASE=str(place))
        assert result.exit_code == 2
        assert result.output.startswith("HS_BOT_DATABASE must lead to a record. ")
        assert str(place.parent) in result.output


def test_the_metadata_for_datasette_names_what_each_table_holds_and_needs_no_record(run: Run, tmp_path: Path) -> None:
    result = run("export", "--metadata", HS_BOT_DATABASE=str(tmp_path / "seats of acme.db"))
    assert result.exit_code == 0
    assert not (tmp_path / "seats of acme.db").exists()
    [(name, database)] = json.loads(result.output)["databases"].items()
    assert name == "seats of acme"
    tables = database["tables"]
    assert tables["v_seats"]["columns"]["asked_by"] == "Who made that request."
    assert "hidden" not in tables["requests"]
    assert tables["leases"]["hidden"] is True
    assert tables["leases"]["description"].startswith("Internal: ")


def test_the_metadata_of_a_record_on_postgresql_tells_no_password(run: Run) -> None:
    result = run("export", "--metadata", HS_BOT_DATABASE="postgresql://bot:hush@db.example:5432/records?schema=x")
    assert list(json.loads(result.output)["databases"]) == ["records"]
    assert "hush" not in result.output
