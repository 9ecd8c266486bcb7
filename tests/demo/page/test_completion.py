"""The composer offers what the manifest knows."""

from pathlib import Path

import pytest

from bot.demo.page.completion import offers
from bot.demo.page.manifest import Command, NoManifest, parsed, read_manifest
from bot.demo.slack import five_people

USER = Command(
    name="/hs-user", usage_hint="[lookup WHO | search TEXT | export [csv|json] | sync]", description="People"
)
STATUS = Command(name="/hs-status", description="How the bot is")
BOTH = (USER, STATUS)


def lines(line: str) -> list[str]:
    return [offer.line for offer in offers(line, BOTH, five_people())]


def test_a_slash_offers_every_command() -> None:
    assert lines("/") == ["/hs-user ", "/hs-status "]
    assert lines("/hs-s") == ["/hs-status "]
    assert lines("hello /") == []


def test_after_a_command_its_forms_are_offered_up_to_what_must_be_filled_in() -> None:
    assert lines("/hs-user ") == ["/hs-user lookup ", "/hs-user search ", "/hs-user export ", "/hs-user sync"]
    assert lines("/hs-user se") == ["/hs-user search "]
    assert lines("/hs-user sync") == []
    assert lines("/hs-user lookup jane") == []


def test_an_at_sign_offers_people_by_handle_and_by_name() -> None:
    assert lines("/hs-user lookup @ma") == ["/hs-user lookup @max "]
    assert lines("hello @okaf") == ["hello @ana "]
    assert lines("mail a@b") == []


def test_alternatives_are_split_outside_brackets_only() -> None:
    assert USER.forms == ("lookup WHO", "search TEXT", "export [csv|json]", "sync")
    assert Command(name="/x", usage_hint="list · show TEAM").forms == ("list", "show TEAM")
    assert Command(name="/x", usage_hint="WHO [to:ASSIGNEE]").forms == ("WHO [to:ASSIGNEE]",)
    assert STATUS.forms == ()


def test_a_manifest_tells_commands_shortcuts_and_scopes(tmp_path: Path) -> None:
    file = tmp_path / "manifest.yml"
    file.write_text(
        "features:\n"
        "  slash_commands:\n"
        "    - {command: /hs-user, description: People, usage_hint: lookup WHO, should_escape: true}\n"
        "  shortcuts:\n"
        "    - {name: Offboard, type: global, callback_id: g}\n"
        "    - {name: Offboard the author, type: message, callback_id: m}\n"
        "oauth_config: {scopes: {bot: [commands, chat:write]}}\n"
    )
    manifest = read_manifest((file,))
    assert [c.name for c in manifest.commands] == ["/hs-user"]
    assert [s.callback_id for s in manifest.global_shortcuts] == ["g"]
    assert [s.callback_id for s in manifest.message_shortcuts] == ["m"]
    assert manifest.scopes == frozenset({"commands", "chat:write"})
    assert manifest.escape


def test_a_command_without_should_escape_turns_escaping_off() -> None:
    assert not parsed({"features": {"slash_commands": [{"command": "/x"}]}}).escape


def test_an_installation_without_its_manifest_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoManifest, match=r"manifest\.yml is missing from this installation"):
        read_manifest((tmp_path / "none.yml",))
