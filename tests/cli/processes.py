"""A command line in a process of its own, without the time that a new Python takes: a fork of this one.

What Python itself reads when it starts (PYTHON…, locales) needs a real start: see `started`.
"""

import contextlib
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
import slack_sdk

from bot import doctor, wiring
from bot.cli import main
from bot.services import forgetting
from bot.services.reports import evidence, exports, plaintext
from bot.services.syncing import sync
from bot.slack.api import workspace
from bot.slack.transport import http

WARM = (httpx, slack_sdk, doctor, wiring, evidence, exports, forgetting, plaintext, sync, http, workspace)
"""Imported before the fork, so that no child has to."""

ROOT = Path(__file__).parents[2]
Output = Literal["kept", "full", "closed", "unread"]


@dataclass(frozen=True, slots=True)
class Ended:
    """`code` is 120 when Python itself fails to write what is left, as it does at its end."""

    code: int
    out: bytes
    err: bytes

    @property
    def said(self) -> str:
        return (self.out + self.err).decode("utf-8", "replace")


def forked(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    folder: Path,
    encoding: str = "utf-8",
    output: Output = "kept",
) -> Ended:
    """`hs-bot ARGUMENTS` with just this environment, in `folder`, its standard output as told."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            code = 70
            try:
                code = _live(arguments, environment, folder, encoding, output, out.fileno(), err.fileno())
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        return Ended(os.waitstatus_to_exitcode(status), out.read(), err.read())


def _live(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    encoding: str,
    output: Output,
    out: int,
    err: int,
) -> int:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(err, 2)
    sys.stdin = io.TextIOWrapper(open(0, "rb", closefd=False), encoding="utf-8")  # noqa: SIM115
    sys.stderr = io.TextIOWrapper(open(2, "wb", closefd=False), encoding=encoding, line_buffering=True)  # noqa: SIM115
    _put_output(output, out)
    sys.stdout = (
        None if output == "closed" else io.TextIOWrapper(open(1, "wb", closefd=False), encoding=encoding)  # noqa: SIM115
    )
    try:
        main.main(list(arguments), "hs-bot")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - what a process would print at its end
        import traceback

        traceback.print_exc()
        code = 71
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError) as late:
        print(f"Exception ignored: {late}", file=sys.stderr)
        code = 120
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    return code


def _put_output(output: Output, out: int) -> None:
    if output == "kept":
        os.dup2(out, 1)
    elif output == "full":
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
    elif output == "unread":
        read, write = os.pipe()
        os.close(read)
        os.dup2(write, 1)
    else:
        os.close(1)


def started(shell: str, environment: Mapping[str, str], *, folder: Path) -> Ended:
    """`shell` as a line for sh, in which `$HS` is `hs-bot`; a Python of its own."""
    done = subprocess.run(
        ["sh", "-c", shell],
        env={
            "PATH": os.environ["PATH"],
            "HS": f"{sys.executable} -m bot",
            "PYTHONPATH": str(ROOT),
            **environment,
        },
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)
