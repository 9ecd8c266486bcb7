"""A variable that is nearly one of ours would be without effect: it is told."""

import pytest

from bot.config.loading import look

GUARDED = [
    ("HS_BOT_PROTECT", "HS_BOT_PROTECTED"),
    ("HS_BOT_PROTECED", "HS_BOT_PROTECTED"),
    ("HS_BOT_APROVERS", "HS_BOT_APPROVERS"),
    ("HS_BOT_APPROVER", "HS_BOT_APPROVERS"),
    ("HS_BOT_ADMINQUORUM", "HS_BOT_ADMIN_QUORUM"),
    ("hs_bot_protected", "HS_BOT_PROTECTED"),
    ("HS-BOT-PROTECTED", "HS_BOT_PROTECTED"),
    ("HS_BOT_SCIM_TOKEN", "HELPSCOUT_SCIM_TOKEN"),
    ("HS_BOT_PORT", "PORT"),
    ("HS_BOT_SEAL_KEYS", "HS_BOT_SEAL_KEY"),
    ("HSBOT_PROTECTED", "HS_BOT_PROTECTED"),
    ("HS_BOTPROTECTED", "HS_BOT_PROTECTED"),
    ("HELPSCOUT_SCIM_TOKN", "HELPSCOUT_SCIM_TOKEN"),
    ("HELPSCOUT_APP_SECERT", "HELPSCOUT_APP_SECRET"),
    ("HELPSCOUT_WEBHOOK_SECRET_FIEL", "HELPSCOUT_WEBHOOK_SECRET_FILE"),
    ("helpscout_app_id", "HELPSCOUT_APP_ID"),
    ("SLACK_BOT_TOKENS", "SLACK_BOT_TOKEN"),
    ("SLACK_SIGNIN_SECRET", "SLACK_SIGNING_SECRET"),
]


@pytest.mark.parametrize(("wrong", "right"), GUARDED)
def test_a_misspelt_variable_is_told_with_the_name_that_was_meant(wrong: str, right: str) -> None:
    found = look({wrong: "s3cr3t"}).faults
    assert found == {wrong: f"{wrong} is no variable of hs-bot, so it has no effect. Did you mean {right}?"}


def test_a_name_like_none_of_ours_but_with_our_beginning_is_told_too() -> None:
    line = look({"HS_BOT_ZZZZ": "1"}).faults["HS_BOT_ZZZZ"]
    assert "no variable of hs-bot" in line
    assert "README" in line


@pytest.mark.parametrize(
    "environment",
    [
        {"HS_BOT_SERVICE_HOST": "10.0.0.1", "HS_BOT_SERVICE_PORT": "80", "HS_BOT_SERVICE_PORT_HTTP": "80"},
        {
            "HS_BOT_PORT": "tcp://10.0.0.1:80",
            "HS_BOT_PORT_80_TCP": "tcp://10.0.0.1:80",
            "HS_BOT_PORT_80_TCP_ADDR": "10.0.0.1",
        },
        {
            "HS_BOT_DB_SERVICE_HOST": "10.0.0.2",
            "HS_BOT_DB_PORT_5432_TCP_PROTO": "tcp",
            "HS_BOT_DB_PORT": "tcp://10.0.0.2:5432",
        },
    ],
    ids=["service", "port", "another service"],
)
def test_what_kubernetes_sets_for_a_service_of_our_name_is_no_fault(environment: dict[str, str]) -> None:
    assert not look(environment).faults


@pytest.mark.parametrize(
    "name",
    ["SLACK_WEBHOOK_URL", "SLACK_USER_TOKEN", "SLACK_API_TOKEN", "HELPSCOUT_MAILBOX", "PORTS", "DATABASE_URLS", "POST"],
)
def test_variables_of_other_programs_are_left_alone(name: str) -> None:
    assert not look({name: "x"}).faults


def test_a_name_all_but_ours_is_a_fault_also_beside_ours_and_a_numbered_one_is_another_programs() -> None:
    for name in ("HELPSCOUT_APP_IDS", "HELP_SCOUT_APP_ID", "HELPSCOUT_AP_ID"):
        assert "HELPSCOUT_APP_ID" in str(look({"HELPSCOUT_APP_ID": "abc", name: "abc"}).faults), name
    for name in ("HELPSCOUT_APP_ID2", "HELPSCOUT_APPS_IDS"):
        assert not look({"HELPSCOUT_APP_ID": "abc", name: "abc"}).faults, name


def test_an_unknown_variable_without_a_value_is_as_good_as_unset() -> None:
    assert not look({"HS_BOT_PROTECT": " "}).faults
