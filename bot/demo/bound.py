"""The demo's bot, bound to the demo: `python -m bot.demo.bound FOLDER run --http` runs `hs-bot run --http`.

Its standard input is a pipe that only the demo holds open. When that ends without a word from the demo (which was
killed, or the machine's session was), the bot ends too, as on SIGTERM, and takes the demo's folder with it.
"""

import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

from bot.cli import main

MOST_SECONDS = 12.0  # the bot itself takes at most ten to end
SOON_SECONDS = 3.0
FAREWELL = b"."
"""What the demo writes before it closes the pipe in good order: it clears up for itself then."""


def bound(folder: Path, arguments: list[str]) -> None:
    """Runs the command; removes the folder afterwards when the demo is no more."""
    orphaned = threading.Event()

    def watch() -> None:
        if os.read(sys.stdin.fileno(), 1) == FAREWELL:
            time.sleep(SOON_SECONDS)  # the signal is on its way, unless the demo died over sending it
            os.kill(os.getpid(), signal.SIGTERM)
            return
        orphaned.set()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(MOST_SECONDS)
        _clear(folder)
        os._exit(1)

    threading.Thread(target=watch, name="demo-watch", daemon=True).start()
    try:
        main(arguments)
    finally:
        if orphaned.is_set():
            _clear(folder)


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    bound(Path(sys.argv[1]), sys.argv[2:])
