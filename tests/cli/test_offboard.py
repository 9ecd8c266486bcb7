"""`hs-bot offboard --from FILE`: for one person alone, all lines or none, and never without an approval."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import config
from bot.cli import main
from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import APPROVERS_GROUP, SimulatedSlack
from bot.model.request import State
from bot.store.record import open_record

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def around() -> Iterator[tuple[SimulatedHelpScout, SimulatedSlack]]:
    with SimulatedHelpScout(people=30) as helpscout, SimulatedSlack() as slack:
        yield helpscout, slack


@pytest.fixture
def run(around: tuple[SimulatedHelpScout, SimulatedSlack], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    helpscout, slack = around
    for name in [*config.VARIABLES, "DATABASE_URL"]:
        monkeypatch.delenv(name, raising=False)
    settings = {
        "HS_BOT_DATABASE": str(tmp_path / "hs-bot.db"),
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_API_URL": slack.url,
        "HELPSCOUT_API_URL": helpscout.api_url,
        "HELPSCOUT_SCIM_URL": helpscout.scim_url,
        "HELPSCOUT_APP_ID": helpscout.app_id,
        "HELPSCOUT_APP_SECRET": helpscout.app_secret,
        "HELPSCOUT_SCIM_TOKEN": helpscout.scim_token,
        "HS_BOT_APPROVERS": APPROVERS_GROUP,
        "HS_BOT_CLI_REQUESTER": slack.people["rita"].id,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert CliRunner().invoke(main, ["sync"]).exit_code == 0

    def invoke(text: str | bytes, *more: str, **environment: str) -> Result:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        file = tmp_path / "leavers.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return CliRunner().invoke(main, ["offboard", "--from", str(file), "--reason", "Project ends", *more])

    return invoke


def test_it_opens_a_batch_in_the_name_of_the_one_who_may_ask(run: Run, tmp_path: Path) -> None:
    done = run("email\njane@acme.example\nmax@acme.example\n")
    assert done.exit_code == 0, done.output
    assert "Request sent for 2 people. It needs one approval before anything happens. Batch b" in done.output
    record = open_record(tmp_path / "hs-bot.db")
    assert {one.state for one in record.requests.find()} == {State.PENDING}
    assert len({one.batch_id for one in record.requests.find()}) == 1
    record.close()


def test_one_wrong_line_stops_it_unless_it_is_to_be_skipped(run: Run) -> None:
    text = "jane@acme.example\nnobody@acme.example\n"
    stopped = run(text)
    assert stopped.exit_code == 1
    assert "line 2: nobody@acme.example: Nobody in Help Scout matches." in stopped.output
    assert "nothing was opened" in stopped.output
    assert "Request sent for 1 person" in run(text, "--skip").output


def test_a_file_that_can_only_be_guessed_at_opens_nothing(run: Run) -> None:
    for content, words in (("jos\xe9@acme.example\n".encode("cp1252"), "not text in UTF-8"), (b"PK\x03\x04", "Excel")):
        stopped = run(content, "--skip")
        assert stopped.exit_code == 1
        assert words in stopped.output
    wide = "jane@acme.example\n".encode("utf-16")
    assert "Request sent for 1 person" in run(wide).output


def test_an_id_of_another_system_is_nobody_here(run: Run, around: tuple[SimulatedHelpScout, SimulatedSlack]) -> None:
    jane = around[0].person("jane@acme.example")
    stopped = run(f"id,name,email\n{jane.id},Max Mole,\n")
    assert f"This id belongs to {jane.first_name} {jane.last_name}, but the row names Max Mole." in stopped.output
    assert "Request sent" in run(f"id,name\n{jane.id},{jane.last_name.upper()}  {jane.first_name}\n").output


def test_a_team_can_take_the_conversations(run: Run, around: tuple[SimulatedHelpScout, SimulatedSlack]) -> None:
    team = next(iter(around[0].account.teams.values())).name
    assert "Request sent for 1 person" in run("jane@acme.example\n", "--to", team).output
    assert "Nobody in Help Scout matches “No Such Team”" in run("max@acme.example\n", "--to", "No Such Team").output


def test_nobody_else_can_be_named(run: Run) -> None:
    assert run("jane@acme.example\n", "--as", "U0SOMEBODY").exit_code == 2
    unset = run("jane@acme.example\n", HS_BOT_CLI_REQUESTER="")
    assert unset.exit_code == 2
    assert "HS_BOT_CLI_REQUESTER isn't set" in unset.output
