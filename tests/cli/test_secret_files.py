"""`NAME_FILE`: secrets from files."""

from pathlib import Path

import pytest

from bot.config.loading import look
from bot.config.settings import SECRET

SECRETS = sorted(SECRET)


def good(variable: str) -> str:
    prefixes = {"SLACK_BOT_TOKEN": "xoxb-", "SLACK_APP_TOKEN": "xapp-", "DATABASE_URL": "postgres://u:"}
    prefix = (prefixes | {"HS_BOT_GATE_TOKENS": "okta:"}).get(variable, "")
    return f"{prefix}abcdefghijklmnopqrst{'@host/db' if variable == 'DATABASE_URL' else ''}"


@pytest.mark.parametrize("variable", SECRETS)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_every_secret_and_the_place_of_the_record_can_come_from_a_file(variable: str, end: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(f"{good(variable)}{end}".encode())
    from_file = look({f"{variable}_FILE": str(file)})
    assert not from_file.faults
    assert from_file.settings == look({variable: good(variable)}).settings
    assert from_file.given == {variable}


@pytest.mark.parametrize("variable", SECRETS)
def test_a_value_and_a_file_for_it_are_a_fault(variable: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(good(variable))
    found = look({variable: good(variable), f"{variable}_FILE": str(file)}).faults
    assert found == {variable: f"{variable} and {variable}_FILE are both set: keep one of them."}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "is not there"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"caf\xe9-secret", "is not text in UTF-8"),
        (b"x" * 70_000, "is too large"),
    ],
)
def test_a_file_without_a_value_is_a_fault(content: bytes | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    [(name, line)] = look({"HELPSCOUT_APP_SECRET_FILE": str(file)}).faults.items()
    assert name == "HELPSCOUT_APP_SECRET"
    assert line.startswith("HELPSCOUT_APP_SECRET_FILE must name a file")
    assert line.endswith(f"{said}{' for a secret' if 'large' in said else ''}.")


def test_a_directory_and_a_name_that_is_none_are_faults(tmp_path: Path) -> None:
    for path in (str(tmp_path), "~nobody-of-this-name/secret", "a" * 5000):
        assert "the file it names " in look({"HS_BOT_SEAL_KEY_FILE": path}).faults["HS_BOT_SEAL_KEY"]


def test_what_is_in_a_file_is_checked_as_any_value_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text('"abcdefghijkl"\n')
    line = look({"SLACK_BOT_TOKEN_FILE": str(file)}).faults["SLACK_BOT_TOKEN"]
    assert "without quotation marks" in line
    assert "abcdef" not in line


def test_a_variable_that_is_no_secret_can_not_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "quorum"
    file.write_text("2")
    assert "Did you mean HS_BOT_QUORUM?" in look({"HS_BOT_QUORUM_FILE": str(file)}).faults["HS_BOT_QUORUM_FILE"]
