"""What holds for every test: no test is left out silently, and a continuous-integration run may leave out none.

A new record in a test's own process is a copy of an empty one: thousands are made, and migrating takes 30 ms of CPU.
Processes, and tests/store/test_migrations.py, migrate for real. And one authority is trusted instead of 140, whose
certificates every client and every process would read for 40 ms: nothing here is on the Internet.
"""

import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest

from bot.store.sqlite import database
from bot.store.sqlite.library import Database
from bot.store.sqlite.schema import migrate

HERE = Path(__file__).parent


@pytest.fixture(scope="session", autouse=True)
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Migrated once a session; see above."""
    copying = threading.Lock()
    empty = sqlite3.connect(tmp_path_factory.mktemp("empty") / "hs-bot.db", check_same_thread=False)
    migrate(Database(empty, execute_plugins=False), Path("empty"))

    def copied(db: Database, path: Path) -> None:
        with copying:
            if db.conn.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
                empty.backup(db.conn)
        migrate(db, path)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database, "migrate", copied)
        yield
    empty.close()


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For this process and those it starts, unless the machine names its own."""
    one, end, _ = (
        Path(certifi.where()).read_text(encoding="ascii", errors="ignore").partition("-----END CERTIFICATE-----")
    )
    file = tmp_path_factory.mktemp("trusted") / "authority.pem"
    file.write_text(f"{one}{end}\n", encoding="ascii")
    with pytest.MonkeyPatch.context() as patched:
        if "SSL_CERT_FILE" not in os.environ:
            patched.setenv("SSL_CERT_FILE", str(file))
        yield


LONG = (
    *("browser/test_demo", "journeys", "cli", "browser/test_page", "services/kinds", "browser/test_wheel", "services"),
    *("browser", "demo", "slack", "store"),
)
"""How the paths of tests begin, in the order of their run: browsers apart, as three at once keep two cores busy."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first: begun last, one worker would be at it while the others have nothing to do."""

    def rank(item: pytest.Item) -> int:
        path = item.path.relative_to(HERE).as_posix()
        return LONG.index(max((one for one in LONG if path.startswith(one)), key=len, default=LONG[-1]))

    items.sort(key=rank)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    terminalreporter.write_line(f"left out: {len(skipped)} tests")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"  {count}: {reason}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if exitstatus == 0 and os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
