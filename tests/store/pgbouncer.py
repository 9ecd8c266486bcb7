"""A PgBouncer of the system's packages in front of the tests' PostgreSQL server. It knows nothing of the bot.

It refuses to run as root, so root runs it as the user `postgres`.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_SETTINGS = {
    "listen_addr": "127.0.0.1",
    "auth_type": "trust",
    "max_client_conn": "200",
    "default_pool_size": "12",
    "server_login_retry": "1",
    "server_round_robin": "1",  # whatever is left in a session meets somebody else at once
    "log_connections": "0",
    "log_disconnections": "0",
    "unix_socket_dir": "",
}


def binary() -> str | None:
    """`pgbouncer`; None when the system has none."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


class PgBouncer:
    """Start and stop."""

    def __init__(self, program: str, directory: Path, server_port: int, **settings: str) -> None:
        self._program = program
        self._directory = directory
        self._server_port = server_port
        self._settings = _SETTINGS | settings
        self._process: subprocess.Popen[bytes] | None = None
        self._password = "hush"
        self.port = _free_port()

    def start(self) -> None:
        as_user = "postgres" if os.geteuid() == 0 else None
        users = self._directory / "users"
        users.write_text(f'"bot" "{self._password}"\n')
        settings = self._settings | {"listen_port": str(self.port), "auth_file": str(users)}
        self._ini.write_text(
            f"[databases]\n* = host=127.0.0.1 port={self._server_port}\n[pgbouncer]\n"
            + "".join(f"{name} = {value}\n" for name, value in settings.items())
        )
        if as_user:
            account = pwd.getpwnam(as_user)
            for path in (self._directory, users, self._ini):
                os.chown(path, account.pw_uid, account.pw_gid)
        log = self._directory / "log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [self._program, str(self._ini)], stdout=out, stderr=out, user=as_user, group=as_user
            )
        ends = time.monotonic() + 15
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            if self._process.poll() is not None or time.monotonic() > ends:
                raise RuntimeError(f"PgBouncer did not start: {log.read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Its clients are cut off."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=10)
            self._process = None

    def change_password(self, password: str) -> None:
        """Of its user `bot`, from the next start on."""
        self._password = password

    def through(self, url: str) -> str:
        """The same database, reached through it."""
        return url.replace(f":{self._server_port}/", f":{self.port}/")

    @property
    def _ini(self) -> Path:
        return self._directory / "pgbouncer.ini"


@contextlib.contextmanager
def running(program: str, server_port: int, **settings: str) -> Iterator[PgBouncer]:
    """A pooler for the time of the block; nothing of it is left afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="hs-bot-pgbouncer-"))
    pooler = PgBouncer(program, directory, server_port, **settings)
    try:
        pooler.start()
        yield pooler
    finally:
        pooler.stop()
        shutil.rmtree(directory, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
