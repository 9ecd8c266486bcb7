"""Whatever the machine around it is like, a command ends with a sentence and an exit code, and never a traceback."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import cycle, islice, product
from pathlib import Path

import click
import pytest

from bot.cli import main
from bot.model.user import Status, User, UserRecord
from bot.store.record import open_record
from tests.cli.processes import Ended, Output, forked, started

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
READS = ["lookup José", "export users", "export users --format json", "requests", "audit verify", "evidence NOPE"]
WRITES = [
    "offboard --from missing.txt --reason left",
    "population missing.csv",
    "backup saved.db",
    "restore missing.db",
    "copy hs-bot.db copied.db",
    "forget leo@acme.example --yes",
]
GOES_OUT = [
    "reconcile",
    "gate check --url http://bot.invalid",
    "doctor",
    "doctor --json",
    "sync",
    "login --code",
    "run --http",
]
OTHERS = ["--help", "--version", "demo --port 99999", "nonsense", "copy a b postgresql://u:hidden@h/d"]
HELPSCOUT = {"HELPSCOUT_APP_ID": "app", "HELPSCOUT_APP_SECRET": "secret", "HELPSCOUT_API_URL": "http://127.0.0.1:9/v2"}
SLACK = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "s",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "HS_BOT_CHANNEL": "C0AAAAAAAA",
    "PORT": "0",
    "HS_BOT_GATE_TOKENS": "okta:" + "t" * 32,
}
HARMLESS: list[Mapping[str, str]] = [
    {"NO_PROXY": "localhost,127.0.0.1,::1,fd07:b51a:cc66:f0::/64"},
    {"no_proxy": "localhost,[::1],[,::/999"},
    {"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem", "CURL_CA_BUNDLE": "/nowhere"},
    {"TZ": "garbage/zone::", "LC_ALL": "xx_YY.garbage", "LANG": "q", "TERM": "", "COLUMNS": "q"},
    {"HOME": "/nowhere", "TMPDIR": "/nowhere", "USER": "", "LOGNAME": ""},
]
PROXIES: list[Mapping[str, str]] = [
    {"ALL_PROXY": "socks5://127.0.0.1:1"},
    {"HTTP_PROXY": "http://user:hid#den@127.0.0.1:1"},
    {"http_proxy": "http://user:hidden[@127.0.0.1:1"},
    {"ALL_PROXY": "::::"},
    {"SSL_CERT_FILE": "/nowhere/ca.pem"},
    {"SSL_CERT_FILE": "/etc/passwd"},
    {"SSL_CERT_DIR": "/nowhere"},
]
OURS: list[Mapping[str, str]] = [
    {"HS_BOT_SYNC_INTERVAL": "soon", "HS_BOT_QUORUM": "−1", "HS_BOT_TIMEZONE": "Münster"},
    {"HELPSCOUT_API_URL": "http://[hidden", "HS_BOT_LOG": "loud", "PORT": "99999"},
    {"HS_BOT_PROTECTED": '"ceo@acme.example"', "HS_BOT_CHANEL": "C1", "SLACK_BOT_TOKEN": "“xoxb-1”"},
]
FAULTY = [*HARMLESS, *({**HELPSCOUT, **SLACK, **one} for one in PROXIES), *OURS]
COMMANDS = [*READS, "export changes", "export audit", "export requests", *WRITES, *GOES_OUT, *OTHERS]
OUTPUTS: tuple[Output, ...] = ("kept", "full", "closed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    record = open_record(tmp_path / "hs-bot.db")
    people = [
        User(id=1, first_name="José", last_name="Łukasz 美咲 👩‍💻", email="jose@acme.example"),
        User(id=2, first_name="Leo", email="leo@acme.example"),
    ]
    record.users.put([UserRecord(user=user, first_seen=NOW, last_seen=NOW) for user in people])
    record.users.mark_gone(2, Status.REMOVED, NOW, None)
    record.close()
    return tmp_path


def well_ended(ended: Ended, what: object) -> None:
    assert "Traceback" not in ended.said, (what, ended.said)
    assert "Exception ignored" not in ended.said, (what, ended.said)
    assert "inside hs-bot" not in ended.said, (what, ended.said)
    assert "hidden" not in ended.said, (what, ended.said)
    assert ended.code in (0, 1, 2), (what, ended.code)
    assert ended.code == 0 or ended.said.strip(), what


@pytest.mark.parametrize("environment", HARMLESS, ids=lambda one: next(iter(one)))
def test_what_says_nothing_to_us_changes_nothing(folder: Path, environment: Mapping[str, str]) -> None:
    for command in (*READS, *WRITES, *OTHERS, "doctor"):
        ended = forked(command.split(), environment, folder=folder)
        well_ended(ended, command)
        plain = (
            0 if command.split()[0] in ("lookup", "export", "requests", "audit", "backup", "forget", "copy") else None
        )
        assert plain is None or ended.code == plain or "postgresql" in command, (command, ended)


@pytest.mark.parametrize("environment", PROXIES, ids=lambda one: "=".join(next(iter(one.items()))))
def test_a_way_out_that_is_none_is_one_sentence_that_names_the_variable(
    folder: Path, environment: Mapping[str, str]
) -> None:
    for command in GOES_OUT:
        ended = forked(command.split(), {**HELPSCOUT, **SLACK, **environment}, folder=folder)
        well_ended(ended, command)
        assert next(iter(environment)) in ended.said, (command, ended)
        assert ended.code == 2, (command, ended)


def test_every_command_is_tried() -> None:
    tried = {tuple(command.split()) for command in COMMANDS}
    for path in _paths(main):
        assert any(words[: len(path)] == path for words in tried), path


def _paths(group: click.Group, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _paths(command, (*before, name))
        else:
            yield (*before, name)


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_around_a_command_makes_a_traceback(folder: Path, command: str) -> None:
    """Each command under every encoding and output; the faulty variables take turns, and each meets every kind."""
    ways = list(product(("utf-8", "latin-1", "ascii", "cp1252"), OUTPUTS))
    variables = islice(cycle(FAULTY), COMMANDS.index(command), None)
    for (encoding, output), environment in zip(ways, variables, strict=False):
        ended = forked(command.split(), environment, folder=folder, encoding=encoding, output=output)
        seen = (command, environment, encoding, output, ended)
        assert "Traceback" not in ended.said, seen
        assert "Exception ignored" not in ended.said, seen
        assert "inside hs-bot" not in ended.said, seen
        assert "hidden" not in ended.said.replace("postgresql://u:hidden@h/d", ""), seen
        assert ended.code in (0, 1, 2), seen


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii", "utf-16"])
def test_what_an_encoding_lacks_is_written_otherwise(folder: Path, encoding: str) -> None:
    codes = dict.fromkeys(READS, 0) | {"evidence NOPE": 1, "doctor": 1, "doctor --json": 1, "nonsense": 2, "--help": 0}
    for command, code in codes.items():
        ended = forked(command.split(), {}, folder=folder, encoding=encoding)
        assert "Traceback" not in ended.said, (command, ended)
        assert ended.code == code, (command, ended)
    assert "jose@acme.example" in forked(["export"], {}, folder=folder, encoding=encoding).out.decode(encoding)


@pytest.mark.parametrize("output", ["full", "closed", "unread"])
def test_an_output_that_takes_nothing_is_a_failure_with_at_most_a_sentence(folder: Path, output: Output) -> None:
    for command in (*READS, "doctor", "doctor --json", "--help", "--version", "backup saved.db", "login --code"):
        ended = forked(
            command.split(), {**HELPSCOUT, **SLACK} if command == "login" else {}, folder=folder, output=output
        )
        assert "Traceback" not in ended.said, (command, ended)
        assert "Exception ignored" not in ended.said, (command, ended)
        assert ended.code in (1, 2), (command, ended)
        assert output == "unread" or b"standard output" in ended.err or "NOPE" in command or "login" in command, (
            command,
            ended,
        )


@pytest.mark.parametrize("command", [*READS, "backup saved.db", "forget leo@acme.example --yes"])
def test_what_only_reads_makes_no_record(tmp_path: Path, command: str) -> None:
    ended = forked(command.split(), {}, folder=tmp_path)
    assert ended.code == 1
    assert ended.err.decode().startswith("There is no record in hs-bot.db yet. ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "place", ["", "missing/hs-bot.db", "/proc/hs-bot.db", "~nobody-of-this-name/x.db", "n" * 300, "hs-bot.db/x.db"]
)
def test_a_place_where_no_record_can_be_is_a_sentence(folder: Path, place: str) -> None:
    database = {"HS_BOT_DATABASE": place or str(folder)}
    for command in (*READS, *WRITES, "doctor"):
        ended = forked(command.split(), database, folder=folder)
        well_ended(ended, command)
        assert ended.code in (1, 2) or command.startswith("copy"), (command, ended)


@pytest.mark.parametrize(
    ("scheme", "password"),
    [
        ("postgresql", "hidden"),
        ("postgresql", "hidden#x"),
        ("postgres", "[hidden"),
        ("postgresq", "hid@hidden"),
        ("mysql", "hidden/x"),
        ("postgresql:/", "hidden?x"),
    ],
)
def test_no_password_in_a_url_is_printed(folder: Path, scheme: str, password: str) -> None:
    url = f"{scheme}{'' if scheme.endswith('/') else '://'}bot:{password}@127.0.0.1:9/hs"
    for command in (f"copy hs-bot.db {url}", f"copy {url} x.db", f"backup {url}", f"restore {url}"):
        well_ended(forked(command.split(), {}, folder=folder), command)
    for command in ("restore hs-bot.db --force", "backup x.db", "lookup x", "doctor"):
        well_ended(forked(command.split(), {"HS_BOT_DATABASE": url}, folder=folder), command)


@pytest.mark.parametrize(
    ("line", "environment", "code"),
    [
        ("$HS export users | head -1", {}, 0),
        ("$HS lookup José > /dev/full", {}, 1),
        ("$HS audit verify >&-", {}, 1),
        ("$HS lookup José 2>&- >&- <&-", {}, 1),
        ("$HS lookup José", {"PYTHONIOENCODING": "cp1252"}, 0),
        ("$HS export users", {"PYTHONWARNINGS": "error"}, 0),
        ("$HS doctor", {"PYTHONWARNINGS": "error", **HELPSCOUT, **SLACK}, 1),
        ("cd gone && rmdir ../gone && $HS lookup x", {}, 1),
    ],
)
def test_a_python_of_its_own_ends_as_well(folder: Path, line: str, environment: dict[str, str], code: int) -> None:
    (folder / "gone").mkdir()
    ended = started(line, environment, folder=folder)
    assert "Traceback" not in ended.said, ended.said
    assert "Exception ignored" not in ended.said, ended.said
    assert ended.code == code, ended.said
