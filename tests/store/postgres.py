"""A PostgreSQL server of the system's packages, started for the tests on a free port in a directory of its own.

It knows nothing of the bot. `initdb` refuses to run as root, so root runs it as the user `postgres`.
"""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

_SETTINGS = {
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "error",
}
_CARELESS = {
    # The operating system outlives every test, so nothing needs to reach the disk.
    "fsync": "off",
    "synchronous_commit": "off",  # as some operators have it: the record must not rely on it
    "full_page_writes": "off",
}


def binaries() -> Path | None:
    """The directory of the newest `initdb` and `postgres`; None when the system has none."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    on_path = shutil.which("postgres")
    found += [Path(on_path).resolve().parent] if on_path else []
    complete = [path for path in found if (path / "initdb").exists()]
    return max(complete, key=lambda path: (len(path.parent.name), path.parent.name), default=None)


class PostgresServer:
    """Start, stop, kill and start again; databases by the dozen."""

    def __init__(self, binaries: Path, directory: Path, *, careless: bool = True) -> None:
        self._binaries = binaries
        self._directory = directory
        self._settings = _SETTINGS | (_CARELESS if careless else {})
        self._data = directory / "data"
        self._log = directory / "log"
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._user = "postgres" if os.geteuid() == 0 else None
        # The kernel takes the end of the thread that started a process for the end of its parent: this one stays.
        self._starter = ThreadPoolExecutor(1, "postgresql")

    def create(self) -> None:
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(self._directory, account.pw_uid, account.pw_gid)
        # UTF-8 and a collation other than C: what is sorted as bytes is so because the record says so.
        self._run("initdb", "-D", str(self._data), "-U", "bot", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8")

    def create_standby(self, primary: "PostgresServer") -> None:
        """A copy of `primary` that follows it, and can be read, until `promote`."""
        if self._user:
            account = pwd.getpwnam(self._user)
            os.chown(self._directory, account.pw_uid, account.pw_gid)
        source = ["-h", "127.0.0.1", "-p", str(primary.port), "-U", "bot"]
        self._run("pg_basebackup", *source, "-D", str(self._data), "-R", "-X", "stream", "-c", "fast")

    def promote(self) -> None:
        """The standby becomes a server that can be written."""
        self._run("pg_ctl", "promote", "-w", "-D", str(self._data))

    def start(self) -> None:
        self._starter.submit(self._start).result()

    def _start(self) -> None:
        settings = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(self._binaries / "postgres"),
                    "-D",
                    str(self._data),
                    "-p",
                    str(self.port),
                    "-c",
                    f"unix_socket_directories={self._directory}",
                    *settings,
                ],
                stdout=log,
                stderr=log,
                cwd=self._directory,
                user=self._user,
                group=self._user,
                preexec_fn=_end_with_parent,
            )
        ends = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > ends:
                    raise RuntimeError(f"PostgreSQL did not start: {self._log.read_text()[-2000:]}") from None
                time.sleep(0.02)

    def stop(self) -> None:
        """As an operator does: sessions are ended, what was committed stays."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """Every process of it gone at once, as when the machine dies."""
        self._end(signal.SIGQUIT)

    def restart(self) -> None:
        self.stop()
        self.start()

    def url(self, database: str) -> str:
        return f"postgresql://bot@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The URL of an empty database."""
        self._databases += 1
        name = f"record_{self._databases}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.url(name)

    def new_schema(self) -> str:
        """The URL of an empty schema: as good as a database, and a hundred times quicker to be had."""
        self._databases += 1
        name = f"record_{self._databases}"
        self.execute(f"CREATE SCHEMA {name}")
        return f"{self.url('postgres')}?options=-csearch_path%3D{name}"

    def execute(self, sql: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as conn:
            conn.execute(sql.encode())

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(timeout=30)
        self._process = None

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._binaries / program), *arguments],
            capture_output=True,
            cwd=self._directory,
            user=self._user,
            group=self._user,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.decode()[-2000:]}")


@contextlib.contextmanager
def running(
    binaries: Path, *, careless: bool = True, follows: PostgresServer | None = None
) -> Iterator[PostgresServer]:
    """A server for the time of the block, the standby of the one that it `follows`; nothing of it is left afterwards.

    Not `careless`: on the disk, which each commit reaches, as an operator runs it; for benchmarks.
    """
    # Not below pytest's own directory: that one is closed to other users. In memory, where there is enough of it.
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 << 30
    directory = Path(tempfile.mkdtemp(prefix="hs-bot-postgresql-", dir=memory if careless and roomy else None))
    server = PostgresServer(binaries, directory, careless=careless)
    try:
        if follows is None:
            server.create()
        else:
            server.create_standby(follows)
        server.start()
        yield server
    finally:
        server.crash()
        server._starter.shutdown()
        shutil.rmtree(directory, ignore_errors=True)


def _end_with_parent() -> None:
    """A test run that is killed leaves no server behind (Linux: PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
