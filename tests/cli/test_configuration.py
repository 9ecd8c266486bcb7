"""Configuration: every fault in one go, a line each, and never a secret in it."""

import os
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from bot import config

SECRET = "s3cr3t-value-that-must-not-show"

GOOD = {
    "SLACK_BOT_TOKEN": f"xoxb-{SECRET}",
    "SLACK_APP_TOKEN": f"xapp-{SECRET}",
    "SLACK_SIGNING_SECRET": SECRET,
    "HELPSCOUT_APP_ID": SECRET,
    "HELPSCOUT_APP_SECRET": SECRET,
    "HELPSCOUT_SCIM_TOKEN": SECRET,
    "HELPSCOUT_WEBHOOK_SECRET": SECRET,
    "HS_BOT_CHANNEL": "C0123456789",
    "HS_BOT_APPROVERS": "U0AAA, S0BBB U0CCC",
    "HS_BOT_PROTECTED": "Boss@Acme.example, ops@acme.example",
    "HS_BOT_APPROVAL_TTL": "90s",
    "HS_BOT_EXECUTION_TTL": "7d",
    "HS_BOT_REMOVAL_GUARD": "25%",
    "HS_BOT_SEAT_COST": "55 usd",
    "HS_BOT_ORPHAN_DIGEST": "monday 09:00",
    "HS_BOT_TIMEZONE": "Europe/Vienna",
}

WRONG = {
    "SLACK_BOT_TOKEN": SECRET,
    "SLACK_APP_TOKEN": SECRET,
    "HS_BOT_CHANNEL": "#access",
    "HS_BOT_APPROVERS": "U1,@ana",
    "HS_BOT_REQUESTERS": "everybody!",
    "HS_BOT_DATABASE": "mysql://db/hs",
    "HS_BOT_PROTECTED": "boss",
    "HS_BOT_QUORUM": "0",
    "HS_BOT_ADMIN_QUORUM": "two",
    "HS_BOT_APPROVAL_TTL": "soon",
    "HS_BOT_EXECUTION_TTL": "0s",
    "HS_BOT_SYNC_INTERVAL": "15",
    "HS_BOT_REMOVAL_GUARD": "110%",
    "HS_BOT_MAX_PER_HOUR": "-1",
    "HS_BOT_DEPROVISION": "erase",
    "HS_BOT_PROVISION_APPROVAL": "never",
    "HS_BOT_RATE_LIMIT": "lots",
    "HS_BOT_TIMEZONE": "Vienna",
    "HS_BOT_LOG": "xml",
    "HS_BOT_SEAT_COST": "fifty",
    "HS_BOT_ORPHAN_DIGEST": "someday",
    "PORT": "70000",
    "HELPSCOUT_API_URL": "api.helpscout.net",
    "HELPSCOUT_SCIM_URL": "ftp://x",
    "HELPSCOUT_TOKEN_URL": "token",
    "SLACK_API_URL": "slack",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    for name in [*config.VARIABLES, "DATABASE_URL"]:
        monkeypatch.delenv(name, raising=False)

    def put(values: dict[str, str]) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return put


def test_without_any_variable_the_defaults_are_those_of_the_contract(environment: Callable[..., None]) -> None:
    settings = config.load()
    assert settings.database == "hs-bot.db"
    assert (settings.quorum, settings.admin_quorum) == (1, 2)
    assert (settings.approval_ttl, settings.execution_ttl) == (timedelta(hours=24), timedelta(hours=4))
    assert settings.sync_interval == timedelta(minutes=15)
    assert settings.removal_guard == pytest.approx(0.10)
    assert (settings.max_per_hour, settings.rate_limit, settings.port) == (10, 400, 3000)
    assert (settings.deprovision, settings.provision_approval) == ("delete", "admins")
    assert (settings.timezone, settings.log) == ("UTC", "text")
    assert settings.scim_url == "https://api.helpscout.net/v2/scim"
    assert settings.slack_api_url == "https://slack.com/api/"


def test_good_values_are_taken_as_what_they_mean(environment: Callable[..., None]) -> None:
    environment(GOOD)
    settings = config.load()
    assert settings.approvers == ("U0AAA", "S0BBB", "U0CCC")
    assert settings.protected == {"boss@acme.example", "ops@acme.example"}
    assert settings.approval_ttl == timedelta(seconds=90)
    assert settings.execution_ttl == timedelta(days=7)
    assert settings.removal_guard == pytest.approx(0.25)
    assert settings.seat_cost == config.SeatCost(Decimal(55), "USD")


def test_every_wrong_variable_has_its_own_line_and_all_come_at_once(environment: Callable[..., None]) -> None:
    environment(WRONG)
    with pytest.raises(config.ConfigurationError) as caught:
        config.load()
    named = [line.split(" ", 1)[0] for line in caught.value.lines]
    assert sorted(named) == sorted(WRONG)
    assert all(line.endswith(".") and " must be " in line for line in caught.value.lines)


def test_what_is_required_and_missing_is_named_together_with_what_is_wrong(environment: Callable[..., None]) -> None:
    environment({"HS_BOT_QUORUM": "many", "SLACK_BOT_TOKEN": "   "})
    with pytest.raises(config.ConfigurationError) as caught:
        config.load(required=[*config.SLACK, *config.HELPSCOUT])
    named = [line.split(" ", 1)[0] for line in caught.value.lines]
    assert named == ["SLACK_BOT_TOKEN", "HS_BOT_CHANNEL", "HELPSCOUT_APP_ID", "HELPSCOUT_APP_SECRET", "HS_BOT_QUORUM"]


@pytest.mark.parametrize("values", [GOOD, GOOD | WRONG], ids=["good", "wrong"])
def test_no_secret_is_in_a_line_or_a_repr(environment: Callable[..., None], values: dict[str, str]) -> None:
    environment(values)
    try:
        shown = repr(config.load()) + str(config.load())
    except config.ConfigurationError as error:
        shown = str(error) + repr(error)
    assert SECRET not in shown


@pytest.mark.parametrize("pattern", ["*@acme.example", "ceo?@acme.example", "%@acme.example"])
def test_a_pattern_protects_nobody_and_so_is_a_fault(pattern: str) -> None:
    assert "HS_BOT_PROTECTED" in config.loading.look({"HS_BOT_PROTECTED": f"ceo@acme.example,{pattern}"}).faults


def test_a_pasted_newline_around_a_token_does_no_harm(environment: Callable[..., None]) -> None:
    environment({"SLACK_BOT_TOKEN": f" xoxb-{SECRET}\n", "PORT": " 8080 "})
    settings = config.load()
    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == f"xoxb-{SECRET}"
    assert settings.port == 8080


def test_database_url_stands_in_only_when_hs_bot_database_is_unset(environment: Callable[..., None]) -> None:
    environment({"DATABASE_URL": "postgres://u:pw@db/one"})
    assert config.load().database == "postgres://u:pw@db/one"
    environment({"HS_BOT_DATABASE": "two.db"})
    assert config.load().database == "two.db"


def test_scim_and_the_password_of_the_database_follow_the_other_variables(environment: Callable[..., None]) -> None:
    environment(
        GOOD | {"HELPSCOUT_API_URL": "http://127.0.0.1:9/v2/", "HS_BOT_DATABASE": "postgresql://u:pw123@db/one"}
    )
    settings = config.load()
    assert settings.scim_url == "http://127.0.0.1:9/v2/scim"
    assert "pw123" in settings.secrets
    assert f"xoxb-{SECRET}" in settings.secrets
    assert os.environ["HELPSCOUT_APP_ID"] in settings.secrets
