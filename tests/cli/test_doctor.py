"""`hs-bot doctor` against the simulations: all well, and each credential wrong in turn with its cure."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import config
from bot.cli import main
from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import APPROVERS_GROUP, SimulatedSlack

Examine = Callable[..., Mapping[str, tuple[str, str]]]


@pytest.fixture(scope="module")
def helpscout() -> Iterator[SimulatedHelpScout]:
    with SimulatedHelpScout(people=40) as helpscout:
        yield helpscout


@pytest.fixture(scope="module")
def slack() -> Iterator[SimulatedSlack]:
    with SimulatedSlack() as slack:
        yield slack


@pytest.fixture
def examine(
    helpscout: SimulatedHelpScout, slack: SimulatedSlack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Examine:
    for name in [*config.VARIABLES, "DATABASE_URL"]:
        monkeypatch.delenv(name, raising=False)
    good = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.url,
        "HELPSCOUT_APP_ID": helpscout.app_id,
        "HELPSCOUT_APP_SECRET": helpscout.app_secret,
        "HELPSCOUT_SCIM_TOKEN": helpscout.scim_token,
        "HELPSCOUT_API_URL": helpscout.api_url,
        "HS_BOT_CHANNEL": slack.channel("access").id,
        "HS_BOT_APPROVERS": f"{APPROVERS_GROUP},{slack.people['max'].id}",
        "HS_BOT_DATABASE": str(tmp_path / "hs-bot.db"),
    }

    def look(**changed: str) -> Mapping[str, tuple[str, str]]:
        environment = good | changed
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        result = CliRunner().invoke(main, ["doctor", "--json"])
        found = {one["check"]: (one["health"], one["sentence"]) for one in json.loads(result.stdout)}
        faults = any(health == "fault" for health, _ in found.values())
        assert result.exit_code == (1 if faults else 0)
        for name in ("SLACK_BOT_TOKEN", "HELPSCOUT_APP_SECRET", "HELPSCOUT_SCIM_TOKEN"):
            assert environment[name] not in result.output
        return found

    return look


def test_when_all_is_well_no_line_is_a_fault(examine: Examine) -> None:
    found = examine()
    assert "fault" not in {health for health, _ in found.values()}
    assert {"database", "audit log", "Slack bot token", "channel", "approvers", "Help Scout", "SCIM"} <= found.keys()
    assert found["approvers"] == ("ok", "3 people may approve")


@pytest.mark.parametrize(
    ("variable", "value", "check", "cure"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-not-the-token", "Slack bot token", "OAuth & Permissions"),
        ("SLACK_API_URL", "http://127.0.0.1:9/api/", "Slack bot token", "can't be reached"),
        ("HS_BOT_CHANNEL", "C0NOWHERE0", "channel", "invite the bot"),
        ("HELPSCOUT_APP_SECRET", "not-the-secret", "Help Scout", "HELPSCOUT_APP_SECRET"),
        ("HELPSCOUT_SCIM_TOKEN", "not-the-token", "SCIM", "make a new one"),
        ("HS_BOT_DATABASE", "/nowhere/at/all/hs-bot.db", "database", "/nowhere/at/all"),
        ("HS_BOT_APPROVERS", "U0MAX00001", "approvers", "HS_BOT_ADMIN_QUORUM"),
        ("HS_BOT_QUORUM", "none", "HS_BOT_QUORUM", "whole number"),
    ],
)
def test_what_is_wrong_is_named_with_its_cure(
    examine: Examine, variable: str, value: str, check: str, cure: str
) -> None:
    health, sentence = examine(**{variable: value})[check]
    assert health != "ok"
    assert cure in sentence


def test_approvers_who_can_not_approve_are_named(examine: Examine, slack: SimulatedSlack) -> None:
    guest = slack.people["gus"].id
    health, sentence = examine(
        HS_BOT_APPROVERS=f"{APPROVERS_GROUP},{slack.people['max'].id},{guest},U0NOBODY00,S0NOGROUP0"
    )["approvers"]
    assert health == "warning"
    assert sentence.startswith("3 people may approve. Not counted: S0NOGROUP0, ")
    assert guest in sentence
    assert "U0NOBODY00" in sentence


def test_approvers_of_whom_nobody_can_approve_are_a_fault(examine: Examine, slack: SimulatedSlack) -> None:
    health, sentence = examine(HS_BOT_APPROVERS=slack.people["gus"].id)["approvers"]
    assert health == "fault"
    assert sentence.startswith("0 people may approve")


def test_a_small_page_limit_of_help_scout_is_a_warning_when_more_was_configured(
    examine: Examine, helpscout: SimulatedHelpScout
) -> None:
    helpscout.limit.set(100)
    try:
        assert examine()["rate budget"][0] == "warning"
    finally:
        helpscout.limit.set(None)
