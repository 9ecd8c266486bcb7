"""The demo's folder: of its own, gone at the end; what a demo that was killed has left is cleared away by the next."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PREFIX = "hs-bot-demo-"
_HELD = "held"
_YOUNG_SECONDS = 60.0


@contextmanager
def demo_folder() -> Iterator[Path]:
    """A new folder under the system's temporary one, held for as long as this process lives."""
    clear_stale(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = (folder / _HELD).open("w")
    _try_lock(lock)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.close()


def clear_stale(parent: Path) -> None:
    """Remove the folders of demos that no longer run."""
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            if _is_stale(folder):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # somebody else's, or gone meanwhile
            continue


def _is_stale(folder: Path) -> bool:
    if not (folder / _HELD).exists():  # perhaps a demo that is just beginning
        return not any(folder.iterdir()) and time.time() - folder.stat().st_mtime > _YOUNG_SECONDS
    with (folder / _HELD).open("a") as lock:
        return _try_lock(lock)


def _try_lock(file: IO[str]) -> bool:
    """Whether this process holds the file now; False also where files can't be locked so."""
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
