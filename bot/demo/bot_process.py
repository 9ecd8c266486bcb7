"""The real bot as a process of its own, which can be killed and started again."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

import bot
from bot.demo.bound import FAREWELL

STOP_SECONDS = 11.0  # the bot itself takes at most ten
READY_SECONDS = 10.0
MOST_LINES = 500
_OURS = ("HS_BOT_", "HELPSCOUT_", "SLACK_", "OKTA_", "ENTRA_", "GOOGLE_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


class ChildBot:
    """`hs-bot run --http` on loopback. `settings` are its environment variables; PORT is among them.

    It ends with this process, however that ends, and `folder` goes with it then: see `bound.py`.
    """

    def __init__(self, settings: Mapping[str, str], *, folder: Path, command: Sequence[str] = ()) -> None:
        self.port = int(settings["PORT"])
        self._command = [sys.executable, *(command or ("-m", "bot.demo.bound", str(folder), "run", "--http"))]
        self._environment = environment(settings)
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._answered = False
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def state(self) -> str:
        """`running` once it has listened, `starting` before, `stopped`."""
        if self.pid is None:
            return "stopped"
        if not self._answered:
            self._answered = self._listens()
        return "running" if self._answered else "starting"

    @property
    def output(self) -> list[str]:
        """The last lines of its log, over all its lives."""
        return list(self._lines)

    def start(self) -> None:
        """Starts it when it does not run, and waits until it listens (or ended again), at most READY_SECONDS."""
        with self._lock:
            if self.pid is not None:
                return
            if self._process is not None:
                _let_go(self._process)
            self._answered = False
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,  # Ctrl-C is for us; the bot is told in good order
            )
            reader = threading.Thread(target=self._read, args=(self._process,), name="bot-output", daemon=True)
            reader.start()
        end = time.monotonic() + READY_SECONDS
        while self.state == "starting" and time.monotonic() < end:
            time.sleep(0.03)
        if self.state == "stopped":
            reader.join(1.0)  # its last words say why

    def kill(self) -> None:
        """Ends it without a word, as a crash or a power cut would."""
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()
        if process is not None:
            _let_go(process)

    def stop(self) -> None:
        """Asks it to end, and makes it after STOP_SECONDS."""
        process = self._process
        if process is None:
            return
        _let_go(process)
        if process.poll() is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.append(line.rstrip("\n"))
        process.stdout.close()

    def _listens(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=0.2):
            return True
        return False


def _let_go(process: "subprocess.Popen[str]") -> None:
    """Close the pipe in good order: what follows is ours to do."""
    assert process.stdin is not None
    with contextlib.suppress(OSError, ValueError):  # ended, or closed already
        process.stdin.write(FAREWELL.decode())
    with contextlib.suppress(OSError):
        process.stdin.close()


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of the bot: nothing of the caller's own configuration, no proxy, this very package."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OURS) and name.lower() not in _PROXIES and name not in ("DATABASE_URL", "PORT")
    }
    package = str(Path(bot.__file__).parent.parent)
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1", **settings}


def free_port() -> int:
    """A port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
