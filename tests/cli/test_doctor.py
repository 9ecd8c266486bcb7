"""`hs-bot doctor` against the simulations: all well, and each credential wrong in turn with its cure."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import config
from bot.cli import main
from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import APPROVERS_GROUP, SimulatedSlack
from bot.doctor.helpscout import whose
from bot.model.sync import SyncState
from bot.model.user import User
from bot.slack.api.scopes import SCOPES
from bot.slack.transport.link_state import LinkState, keep
from bot.store.record import open_record

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
            monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
        result = CliRunner().invoke(main, ["doctor", "--json"])
        found = {one["check"]: (one["health"], one["sentence"]) for one in json.loads(result.stdout)}
        faults = any(health == "fault" for health, _ in found.values())
        assert result.exit_code == (2 if config.VARIABLES.keys() & found else 1 if faults else 0)
        for name in ("SLACK_BOT_TOKEN", "HELPSCOUT_APP_SECRET", "HELPSCOUT_SCIM_TOKEN"):
            assert not environment[name] or environment[name] not in result.output
        return found

    return look


def test_when_all_is_well_no_line_is_a_fault(examine: Examine) -> None:
    found = examine()
    assert "fault" not in {health for health, _ in found.values()}
    assert {"database", "audit log", "Slack bot token", "Slack scopes", "clock", "HTTP mode"} <= found.keys()
    assert {"channel", "approvers", "Help Scout", "rate budget", "SCIM", "leader", "sync"} <= found.keys()
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
        ("HS_BOT_QUORUM", "4", "approvers", "name more in HS_BOT_APPROVERS"),
        ("HS_BOT_DATABASE", "postgresql://bot:s3cret@127.0.0.1:9/bot", "database", "whether the server runs"),
        ("HELPSCOUT_API_URL", "http://127.0.0.1:9/v2", "Help Scout", "Check the network"),
        ("SLACK_APP_TOKEN", "xapp-not-the-token", "Socket Mode", "connections:write"),
        ("SLACK_BOT_TOKEN", "", "Slack bot token", "OAuth & Permissions"),
        ("SLACK_SIGNING_SECRET", "", "Slack transport", "SLACK_APP_TOKEN"),
        ("HS_BOT_CHANNEL", "", "channel", "HS_BOT_CHANNEL"),
        ("HS_BOT_APPROVERS", "", "approvers", "HS_BOT_APPROVERS"),
        ("HELPSCOUT_APP_ID", "", "Help Scout", "My Apps"),
        ("HELPSCOUT_SCIM_TOKEN", "", "SCIM", "Authentication"),
    ],
)
def test_what_is_wrong_is_named_with_its_cure(
    examine: Examine, variable: str, value: str, check: str, cure: str
) -> None:
    health, sentence = examine(**{variable: value})[check]
    assert health != "ok"
    assert cure in sentence


@dataclass(frozen=True)
class Screen:
    """An account and credential, what doctor finds of each part, and what it says of writing."""

    behaviour: dict[str, object]
    healths: tuple[str, str, str]  # Help Scout, SCIM, writing
    says: tuple[str, ...]
    scim: bool = False


SCREENS = {
    "Pro with SCIM": Screen(
        {}, ("ok", "ok", "ok"), ("seats are given and taken: over SCIM", "people are changed: over SCIM"), scim=True
    ),
    "Plus, an admin's token": Screen(
        {"reading": "pages", "credential": "ana@acme.example"},
        ("ok", "warning", "ok"),
        (
            "Ana Okafor",
            "a user of the bot's own",
            "over Help Scout's REST API",
            "people are changed: in Help Scout itself",
        ),
    ),
    "Standard, a user's token": Screen(
        {"reading": "pages", "credential": "max@acme.example"},
        ("warning", "warning", "warning"),
        ("Max Brückner", "by hand", "only an administrator", "My Apps"),
    ),
    "an old API": Screen(
        {"reading": "pages", "credential": "ana@acme.example", "new_calls": False},
        ("ok", "warning", "warning"),
        ("by hand", "no calls that give or take seats", "Ask Help Scout's support"),
    ),
    "the credential's user is gone": Screen(
        {"reading": "pages", "credential": "gone@acme.example"},
        ("fault", "warning", "warning"),
        ("takes the app's id and secret", "may no longer be active", "make an app under Your Profile > My Apps"),
    ),
}


@pytest.mark.parametrize("screen", [pytest.param(one, id=name) for name, one in SCREENS.items()])
def test_each_account_gets_a_screen_that_says_what_works_and_what_to_do(
    examine: Examine, screen: Screen, helpscout: SimulatedHelpScout
) -> None:
    before = asdict(helpscout.behaviour)
    for name, value in screen.behaviour.items():
        setattr(helpscout.behaviour, name, value)
    try:
        found = examine(**({} if screen.scim else {"HELPSCOUT_SCIM_TOKEN": ""}))
    finally:
        for name, value in before.items():
            setattr(helpscout.behaviour, name, value)
    assert tuple(found[name][0] for name in ("Help Scout", "SCIM", "writing")) == screen.healths
    shown = " ".join(sentence for _, sentence in found.values())
    for words in screen.says:
        assert words in shown
    assert helpscout.log.count("POST /users") == helpscout.log.count("DELETE /users/*") == 0


def test_approvers_who_can_not_approve_are_named(examine: Examine, slack: SimulatedSlack) -> None:
    guest = slack.people["gus"].id
    health, sentence = examine(
        HS_BOT_APPROVERS=f"{APPROVERS_GROUP},{slack.people['max'].id},{guest},U0NOBODY00,S0NOGROUP0"
    )["approvers"]
    assert health == "warning"
    assert sentence.startswith("3 people may approve. Not counted: S0NOGROUP0 (a user group without members")
    assert f"Not counted: {guest}, U0NOBODY00 (gone, deactivated, a guest or a bot)" in sentence


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


def test_what_is_not_set_keeps_nothing_else_from_being_looked_at(examine: Examine) -> None:
    slack = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "HS_BOT_CHANNEL", "HS_BOT_APPROVERS")
    without_slack = examine(**dict.fromkeys(slack, ""))
    faults = {name for name, (health, _) in without_slack.items() if health == "fault"}
    assert faults == {"Slack bot token", "Slack transport", "channel", "approvers"}
    assert (without_slack["Help Scout"][0], without_slack["SCIM"][0]) == ("ok", "ok")
    without_app = examine(**dict.fromkeys(("HELPSCOUT_APP_ID", "HELPSCOUT_APP_SECRET"), ""))
    assert {name for name, (health, _) in without_app.items() if health == "fault"} == {"Help Scout"}
    assert (without_app["channel"][0], without_app["SCIM"][0]) == ("ok", "ok")


PARTS = (
    *(
        "database",
        "files",
        "disk",
        "audit log",
        "sync",
        "leader",
        "Slack bot token",
        "Slack scopes",
        "clock",
        "channel",
    ),
    *("approvers", "requesters", "Help Scout", "rate budget", "SCIM", "writing"),
)


OF_THE_RECORD = {"database", "files", "disk", "addresses", "audit log", "sync", "leader"}
OF_THE_TOKEN = {
    *("Slack bot token", "Slack scopes", "clock", "channel", "approvers", "approvers' channel", "source slack")
}


def test_every_part_has_a_line_whether_it_is_set_or_not(examine: Examine) -> None:
    whole = [name for name in examine() if name in PARTS]
    names = [name for name in config.VARIABLES if name != "HS_BOT_DATABASE"]
    bare = [name for name in examine(**dict.fromkeys(names, "")) if name in PARTS]
    assert whole == bare == list(PARTS)


@pytest.mark.parametrize(
    ("wrong", "hidden"),
    [
        (
            {"HS_BOT_DATABASE": "mysql://db/x"},
            {"database", "files", "disk", "addresses", "audit log", "sync", "leader"},
        ),
        ({"HS_BOT_CHANNEL": "#access"}, {"channel", "approvers' channel"}),
        ({"HS_BOT_QUORUM": "none"}, {"approvers", "approvers' channel"}),
        ({"SLACK_BOT_TOKEN": "xapp-a-token-of-another-kind"}, OF_THE_TOKEN),
        ({"HELPSCOUT_API_URL": "http://api.helpscout.net/v2"}, {"Help Scout", "rate budget", "SCIM", "writing"}),
        ({"HELPSCOUT_SCIM_TOKEN": "two words"}, {"SCIM", "writing"}),
        ({"HS_BOT_LOG": "xml", "HS_BOT_PROTECT": "ceo@acme.example", "HS_BOT_SEAT_COST": "x"}, set()),
    ],
)
def test_a_wrong_value_has_its_line_and_hides_nothing_else(
    examine: Examine, wrong: dict[str, str], hidden: set[str]
) -> None:
    well = examine()
    found = examine(**wrong)
    assert wrong.keys() <= found.keys()
    assert all(found[name][0] == "fault" for name in wrong)
    for name, (health, _) in well.items():
        assert name in hidden or name == "configuration" or found[name][0] == health, (name, found)
    for name in hidden & found.keys():
        assert found[name][0] == "warning", (name, found)


def test_a_bad_proxy_has_its_line_and_hides_nothing_else(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = examine()
    monkeypatch.setenv("HTTP_PROXY", "http://user:hid#den@127.0.0.1:1")
    result = CliRunner().invoke(main, ["doctor", "--json"])
    assert result.exit_code == 2
    assert not re.search("user:|hid#|den@", result.output)
    found = {one["check"]: one["sentence"] for one in json.loads(result.stdout)}
    assert found["Help Scout"].startswith("HTTP_PROXY ")
    assert whole.keys() - {"rate budget", "approvers' channel"} <= found.keys()


def test_it_warns_when_everybody_may_ask(examine: Examine, slack: SimulatedSlack) -> None:
    assert examine()["requesters"][0] == "warning"
    assert examine(HS_BOT_REQUESTERS=slack.people["max"].id)["requesters"] == ("ok", "1 person may ask")
    assert examine(HS_BOT_REQUESTERS=slack.people["gus"].id)["requesters"][0] == "fault"


def test_it_warns_of_approvers_who_are_not_in_the_channel(examine: Examine, slack: SimulatedSlack) -> None:
    assert examine()["approvers' channel"][0] == "ok"
    inside = slack.channel("access").members
    inside.discard(slack.people["max"].id)
    try:
        health, sentence = examine()["approvers' channel"]
    finally:
        inside.add(slack.people["max"].id)
    assert health == "warning"
    assert sentence.endswith(f"Invite them: {slack.people['max'].name}.")


@pytest.mark.parametrize(
    ("quorum", "admin_quorum", "health", "said"),
    [
        ("1", "2", "ok", "3 people may approve"),
        ("3", "2", "warning", "what one of them asks for can't be approved"),
        ("1", "3", "warning", "HS_BOT_ADMIN_QUORUM is 3"),
        ("1", "4", "warning", "a request about an admin can never be approved"),
        ("4", "1", "fault", "name more in HS_BOT_APPROVERS"),
    ],
)
def test_it_tells_a_quorum_that_nobody_can_reach(
    examine: Examine, quorum: str, admin_quorum: str, health: str, said: str
) -> None:
    found = examine(HS_BOT_QUORUM=quorum, HS_BOT_ADMIN_QUORUM=admin_quorum)["approvers"]
    assert found[0] == health
    assert said in found[1]


def test_files_that_others_could_read_are_named_and_closed_to_them(examine: Examine, tmp_path: Path) -> None:
    assert examine()["files"][0] == "ok"
    (tmp_path / "hs-bot.db").chmod(0o640)
    health, sentence = examine()["files"]
    assert health == "warning"
    assert f"{tmp_path / 'hs-bot.db'} (mode 640); now only its owner can" in sentence
    assert examine()["files"][0] == "ok"


def test_it_names_whose_user_the_credential_is_and_what_their_role_does_not_reach() -> None:
    def of(role: str, kind: str = "user") -> tuple[str, str]:
        found = whose(User(id=1, first_name="Olivia\nx", last_name="Owner", email="o@x.example", role=role, type=kind))
        return found.health.value, found.line

    assert of("owner") == ("ok", of("owner")[1])
    assert "signed in as Olivia x Owner <o@x.example>, role admin. This user reaches every inbox." in of("admin")[1]
    for role in ("user", "light user"):
        assert of(role)[0] == "warning"
        assert "can't be seen or handed over" in of(role)[1]
    assert "the app's own user" in of("", "virtual")[1]


def test_scopes_that_the_app_lacks_are_named(examine: Examine, slack: SimulatedSlack) -> None:
    everything = slack.installation.scopes
    slack.installation.scopes = frozenset(SCOPES) - {"files:write", "im:write"}
    try:
        health, sentence = examine()["Slack scopes"]
    finally:
        slack.installation.scopes = everything
    assert health == "fault"
    assert sentence.startswith("files:write, im:write missing")
    assert "manifest.yml" in sentence


def test_a_line_from_a_clock_that_was_ahead_is_named(examine: Examine, tmp_path: Path) -> None:
    assert "time" not in examine()
    record = open_record(tmp_path / "hs-bot.db", clock=lambda: datetime.now(UTC) + timedelta(hours=3, seconds=30))
    record.audit.append("request.opened")
    record.close()
    health, sentence = examine()["time"]
    assert health == "warning"
    assert "A line of the audit log is 3 hours ahead of the clock" in sentence


def test_a_broken_audit_log_and_an_old_sync_are_named_with_what_to_do(examine: Examine, tmp_path: Path) -> None:
    path = tmp_path / "hs-bot.db"
    record = open_record(path, clock=lambda: datetime.now(UTC) - timedelta(hours=2))
    run = record.syncs.start("interval", record.now())
    record.syncs.finish(replace(run, state=SyncState.DONE, finished_at=record.now(), people=1))
    record.audit.append("request.opened", details={"quorum": 1})
    record.close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TRIGGER audit_details_refuses_update")
        other.execute("UPDATE audit_details SET details = '{}'")
        other.commit()
    found = examine()
    assert found["sync"] == ("warning", "the last good one is 120 minutes old: is the bot running?")
    assert found["audit log"][0] == "fault"
    assert "backup" in found["audit log"][1]


def test_it_says_which_engine_and_who_leads(examine: Examine, tmp_path: Path) -> None:
    record = open_record(tmp_path / "hs-bot.db")
    record.leases.take("leader", "host:17:abc", record.now(), record.now() + timedelta(seconds=20))
    record.close()
    found = examine()
    assert found["leader"] == ("ok", "host:17:abc syncs and runs schedules")
    assert found["database"][1].startswith("SQLite, ")
    assert "round trip" in found["database"][1]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (LinkState(True, 0.0), ("ok", "connected for 3 hours")),
        (LinkState(False, 0.0, problem="Slack does not answer."), ("fault", "not connected for 3 hours. Slack does")),
    ],
)
def test_it_says_how_long_the_running_bot_has_been_connected(
    examine: Examine, tmp_path: Path, state: LinkState, expected: tuple[str, str]
) -> None:
    at = datetime.now(UTC) - timedelta(hours=3)
    record = open_record(tmp_path / "hs-bot.db", clock=lambda: at)
    keep(record, state)
    assert "Socket Mode connection" not in examine(SLACK_APP_TOKEN="xapp-1"), "no bot is running"
    record.leases.take("leader", "host:17:abc", at, at + timedelta(hours=4))
    record.close()
    health, sentence = examine(SLACK_APP_TOKEN="xapp-1")["Socket Mode connection"]
    assert health == expected[0]
    assert sentence.startswith(expected[1])


def test_without_json_each_finding_is_one_line_with_a_mark(examine: Examine) -> None:
    found = examine(HS_BOT_APPROVERS="")
    lines = CliRunner().invoke(main, ["doctor"]).output.splitlines()
    assert [line[0] for line in lines] == [
        {"ok": "✓", "warning": "!", "fault": "✗"}[health] for health, _ in found.values()
    ]


def test_a_disk_that_is_nearly_full_is_a_warning(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert examine()["disk"][0] == "ok"
    monkeypatch.setattr("bot.doctor.record.LEAST_ROOM", 1 << 62)
    assert examine()["disk"][0] == "warning"


@pytest.mark.parametrize(
    ("url", "state", "health", "said"),
    [
        ("https://bot.acme.example/helpscout/webhook", "enabled", "ok", "is switched on"),
        ("https://bot.acme.example/helpscout/webhook", "disabled", "warning", "has switched off"),
        ("https://elsewhere.example/hook", "enabled", "warning", "no webhook leads to"),
        ("", "enabled", "warning", "no webhook leads to"),
    ],
)
def test_a_webhook_that_is_off_or_leads_elsewhere_is_said(
    url: str, state: str, health: str, said: str, examine: Examine, helpscout: SimulatedHelpScout
) -> None:
    helpscout.webhooks.target(url, "secret")
    helpscout.webhooks.state = state
    found = examine(HELPSCOUT_WEBHOOK_SECRET="secret-of-the-webhook")
    assert found["webhook"][0] == health
    assert said in found["webhook"][1]
