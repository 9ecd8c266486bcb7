"""Doctor says of each source whether it can be read, and whether its credentials may more than that."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.config.loading import look
from bot.demo.directories import SimulatedDirectories
from bot.demo.directories.answers import ENTRA_CLIENT, ENTRA_SECRET, ENTRA_TENANT, OKTA_TOKEN
from bot.doctor.diagnosis import Health
from bot.doctor.sources import examine_sources

Lines = Callable[..., dict[str, tuple[Health, str]]]


@pytest.fixture
def lines(world: SimulatedDirectories, tmp_path: Path) -> Lines:
    file = tmp_path / "people.csv"
    file.write_text("email\njane@acme.example\n")
    file.chmod(0o600)

    def examine(sources: str, **changed: str) -> dict[str, tuple[Health, str]]:
        environment = {
            "HS_BOT_SOURCES": sources,
            "HS_BOT_CSV": str(file),
            "OKTA_URL": f"{world.url}/okta",
            "OKTA_TOKEN": OKTA_TOKEN,
            "ENTRA_TENANT_ID": ENTRA_TENANT,
            "ENTRA_CLIENT_ID": ENTRA_CLIENT,
            "ENTRA_CLIENT_SECRET": ENTRA_SECRET,
            "ENTRA_LOGIN_URL": f"{world.url}/entra",
            "ENTRA_GRAPH_URL": f"{world.url}/entra",
            **changed,
        }
        reading = look({name: value for name, value in environment.items() if value})
        return {one.check: (one.health, one.sentence) for one in examine_sources(reading)}

    return examine


def test_sources_with_the_least_privilege_are_well(lines: Lines) -> None:
    found = lines("csv,okta,entra,gate")
    assert {health for health, _ in found.values()} == {Health.OK}
    assert found["source csv"][1] == "1 people"


def test_credentials_that_may_more_are_named_with_the_cure(lines: Lines, world: SimulatedDirectories) -> None:
    world.okta_roles = ["SUPER_ADMIN"]
    world.entra_roles = ["User.Read.All", "User.ReadWrite.All"]
    found = lines("okta,entra")
    assert found["source okta"][0] is found["source entra"][0] is Health.WARNING
    assert "SUPER_ADMIN, and Read-only Administrator is enough" in found["source okta"][1]
    assert "may User.ReadWrite.All, and User.Read.All is enough" in found["source entra"][1]


def test_what_can_not_be_read_is_a_fault_and_what_is_not_set_is_said(lines: Lines) -> None:
    assert lines("okta", OKTA_TOKEN="wrong")["source okta"][0] is Health.FAULT
    assert "OKTA_TOKEN is wrong" in lines("okta", OKTA_TOKEN="")["source okta"][1]
    assert "SLACK_BOT_TOKEN" in lines("slack")["source slack"][1]


def test_managers_are_told_where_a_source_names_them(lines: Lines) -> None:
    assert "managers" not in lines("csv")
    assert lines("csv,slack", HS_BOT_TELL_MANAGER="on")["managers"] == (
        Health.OK,
        "told when a seat is gone, as csv names them",
    )
    assert "Slack tells none" in lines("slack", HS_BOT_TELL_MANAGER="on")["managers"][1]
    health, said = lines("entra", HS_BOT_TELL_MANAGER="on", ENTRA_GROUP="Help Scout")["managers"]
    assert health is Health.WARNING
    assert "a group's members" in said


def test_a_list_that_others_may_change_is_a_warning(lines: Lines, tmp_path: Path) -> None:
    os.chmod(tmp_path / "people.csv", 0o666)
    assert "chmod go-w" in lines("csv")["source csv"][1]
