"""Whether there is a record at all: for commands that only read, and so must not make one."""

from pathlib import Path

from bot.policy.typed.place import shown
from bot.store.errors import NoRecord
from bot.store.paths import path_of
from bot.store.record import is_postgresql


def must_be_there(target: str | Path) -> None:
    """Raises `NoRecord` when nothing was ever recorded at `target`, and what keeps a server from being asked."""
    there = _in_database(str(target)) if is_postgresql(str(target)) else _in_file(str(target))
    if not there:
        raise NoRecord(
            f"There is no record in {shown(target)} yet. Run hs-bot sync to make it, or check HS_BOT_DATABASE."
        )


def _in_file(target: str) -> bool:
    """A place where there can't be one is told by who opens it."""
    path = path_of(target)
    if path.is_file():
        return path.stat().st_size > 0
    return path.exists() or not path.parent.is_dir()


def _in_database(url: str) -> bool:
    from bot.store.postgresql.presence import has_record

    return has_record(url)
