"""Bots as processes, each forked from one that has imported everything: a new Python needs a second of CPU for that.

`tests/readme`, `tests/demo` and `tests/browser` start the program as its users do.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class Bot:
    """One process, as `subprocess.Popen` has them; its parent is the forking one, which tells how it ended."""

    def __init__(self, forge: "Forge", pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._forge = forge
        self._ended = os.pidfd_open(pid)

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float) -> int:
        if self.returncode is None:
            if not select.select([self._ended], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("bot", timeout)
            self.returncode = self._forge.ask({"ended": self.pid})
            os.close(self._ended)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Forge:
    """The process that bots are forked from."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.forked_bots"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Bot:
        job = {"arguments": list(arguments), "environment": dict(environment), "log": str(log), "folder": os.getcwd()}
        return Bot(self, self.ask(job))

    def ask(self, job: Mapping[str, Any]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=10)


def _serve() -> None:
    import tests.cli.processes  # noqa: F401 - what it imports is what every bot does

    for line in sys.stdin:
        job = json.loads(line)
        if "ended" in job:
            answer = os.waitstatus_to_exitcode(os.waitpid(job["ended"], 0)[1])
        else:
            answer = os.fork()
            if answer == 0:
                os._exit(_live(job))
        print(answer, flush=True)


def _live(job: Mapping[str, Any]) -> int:
    from bot.cli import main

    log = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
        os.dup2(file, number)
    sys.stdout, sys.stderr = (open(number, "w", buffering=1, closefd=False) for number in (1, 2))  # noqa: SIM115
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    try:
        main.main(job["arguments"], "hs-bot")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - what a process would print at its end
        import traceback

        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    _serve()
