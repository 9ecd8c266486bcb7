"""Standard output as it may be: closed, full, a pipe whose reader has gone, or an encoding without our letters."""

import contextlib
import io
import os
import sys
from typing import TextIO


class Unwritable(io.TextIOBase):
    """Stands in for standard output when the process was started without one."""

    def write(self, _text: str, /) -> int:
        raise OSError("it is closed")


def prepare() -> None:
    """Before a command: what an encoding lacks is escaped, and no file gets the number of a closed stream."""
    with contextlib.suppress(OSError):
        while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(number)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for as long as the process lives
    if sys.stdout is None:
        sys.stdout = Unwritable()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """After a command: what could not be written is known now, not when Python has ended and says so in its own way."""
    sys.stdout.flush()


def abandon(stream: TextIO) -> None:
    """Nothing more can be written here: what is left in the buffer goes nowhere, instead of failing once more."""
    with contextlib.suppress(OSError, ValueError):  # streams of tests have no number
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
