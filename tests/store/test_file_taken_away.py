"""The file is moved, replaced or deleted under a running bot: nothing is written past it, and nothing of it is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from bot.store.errors import Moved, NoPlace
from bot.store.record import Record, open_record


def _moved(path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))


def _replaced(path: Path) -> None:
    another = path.with_name("another.db")
    open_record(another).close()
    _moved(path)
    another.replace(path)


@pytest.mark.parametrize("take_away", [_moved, _replaced])
def test_a_file_that_is_taken_away_is_neither_written_nor_made_anew(
    file: Record, path: Path, take_away: Callable[[Path], None]
) -> None:
    """Litestream, a volume that is mounted anew, a backup that is moved into the place of the running bot's file."""
    file.notes.set("k", "v")
    take_away(path)
    there = path.stat() if path.exists() else None
    for work in (
        partial(file.notes.set, "k", "lost"),
        partial(file.audit.append, "lost"),
        partial(file.notes.get, "k"),
    ):
        with pytest.raises(Moved, match="Put it back"):
            work()
        with ThreadPoolExecutor(1) as another, pytest.raises(Moved):
            another.submit(work).result()
    assert not file.health().well
    assert (path.stat() if path.exists() else None) == there
    path.with_name("elsewhere.db").replace(path)
    with pytest.raises(Moved), file.transaction():  # noqa: PT012 - it is gone while something is being written
        file.notes.set("k", "lost")
        path.rename(path.with_name("elsewhere.db"))
    path.with_name("elsewhere.db").replace(path)
    assert file.notes.get("k") == "v"
    assert not list(file.audit.iterate())
    assert file.health().well


def test_no_record_is_begun_beside_the_log_of_one_that_was_moved(file: Record, path: Path) -> None:
    """SQLite would empty the log: what was written last stands in it alone."""
    file.notes.set("k", "v")
    _moved(path)
    with pytest.raises(NoPlace, match=r"hs-bot\.db-wal is there"):
        open_record(path)
    path.with_name("elsewhere.db").replace(path)
    again = open_record(path)
    assert again.notes.get("k") == "v"
    again.close()
