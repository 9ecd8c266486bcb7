"""manifest.yml is complete and asks for exactly the scopes that the code needs."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_sdk import WebClient

import bot
from bot.demo.slack.web_api import METHODS as SIMULATED
from bot.slack.api.scopes import METHODS, SCOPES
from bot.slack.inbound import routes

SOURCE = Path(bot.__file__).parent / "slack"
WHOLE = {"files_upload_v2": {"files.getUploadURLExternal", "files.completeUploadExternal"}}
"""Methods of slack_sdk that call several of Slack's."""


@pytest.fixture(scope="module")
def manifest() -> Mapping[str, Any]:
    text = (Path(bot.__file__).parent.parent / "manifest.yml").read_text()
    loaded = yaml.safe_load(text)
    assert isinstance(loaded, dict)
    return loaded


def called() -> dict[str, set[str]]:
    """Web API method → files that call it, as slack_sdk's methods or by name."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        text = path.read_text()
        for name in re.findall(r"\.([a-z]+(?:_[A-Za-z0-9]+)+)\b", text):
            if hasattr(WebClient, name) and name not in ("api_call", "base_url", "retry_handlers"):
                for method in WHOLE.get(name, {name.replace("_", ".")}):
                    found.setdefault(method, set()).add(path.name)
        for method in re.findall(r'api_call\(\s*"([a-z]+\.[A-Za-z.]+)"', text):
            found.setdefault(method, set()).add(path.name)
    return found


def test_the_methods_that_are_called_are_the_ones_that_are_listed() -> None:
    assert set(called()) == set(METHODS)


def test_the_name_that_goes_with_a_call_is_the_method_that_is_called() -> None:
    for path in SOURCE.rglob("*.py"):
        names = set(re.findall(r'\bcall\(\s*"([a-z]+\.[A-Za-z.]+)"', path.read_text()))
        names |= set(re.findall(r'ask_slack\(\s*"([a-z]+\.[A-Za-z.]+)"', path.read_text()))
        assert names <= {method for method, files in called().items() if path.name in files}, path.name


def test_the_manifest_asks_for_exactly_these_scopes(manifest: Mapping[str, Any]) -> None:
    asked = manifest["oauth_config"]["scopes"]["bot"]
    assert sorted(asked) == list(SCOPES)
    assert "user" not in manifest["oauth_config"]["scopes"]


@pytest.mark.parametrize("method", sorted(METHODS))
def test_each_scope_is_one_that_slack_asks_for_the_method(method: str) -> None:
    allowed = set(SIMULATED[method].scopes) | {"users:read.email"}
    assert set(METHODS[method]) <= allowed or not SIMULATED[method].scopes


def test_every_command_is_there_with_its_hint_and_escapes(manifest: Mapping[str, Any]) -> None:
    commands = {command["command"]: command for command in manifest["features"]["slash_commands"]}
    assert set(commands) == {command.name for command in routes.COMMANDS}
    assert set(commands) == {"/hs-user", "/hs-offboard", "/hs-provision", "/hs-team", "/hs-audit", "/hs-status"}
    for command in commands.values():
        assert command["should_escape"] is True
        assert command["usage_hint"]
        assert 0 < len(command["description"]) <= 2000


def test_every_hint_names_the_sub_commands(manifest: Mapping[str, Any]) -> None:
    hints = {command["command"]: command["usage_hint"] for command in manifest["features"]["slash_commands"]}
    for command in routes.COMMANDS:
        for sub in command.subs:
            if sub.name:
                assert re.search(rf"\b{sub.name}\b", hints[command.name]), f"{command.name} {sub.name}"


def test_the_shortcuts_are_the_contracts_and_short_enough(manifest: Mapping[str, Any]) -> None:
    shortcuts = {one["callback_id"]: one for one in manifest["features"]["shortcuts"]}
    assert {one["name"]: one["type"] for one in shortcuts.values()} == {
        "Offboard from Help Scout": "global",
        "Offboard the author": "message",
    }
    assert set(shortcuts) == set(routes.SHORTCUTS)
    assert all(len(one["name"]) <= 24 and len(one["description"]) <= 150 for one in shortcuts.values())


def test_home_events_interactivity_and_socket_mode_are_on(manifest: Mapping[str, Any]) -> None:
    assert manifest["features"]["app_home"]["home_tab_enabled"] is True
    assert manifest["settings"]["interactivity"]["is_enabled"] is True
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["features"]["app_home"]["messages_tab_read_only_enabled"] is False, "lists are uploaded there"
    events = {*routes.EVENTS, *routes.SIGNALS} - {"message"} | {"message.im"}  # no message of a channel is asked for
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == events


def test_no_action_is_routed_twice() -> None:
    """What stands before the first colon routes a click: no id may begin with another and a colon."""
    ids = [*routes.BUTTONS, *routes.DECISIONS]
    assert len(ids) == len(set(ids))
    assert not [(one, other) for one in ids for other in ids if other.startswith(f"{one}:")]
