"""Where the file of a record is."""

from pathlib import Path

from bot.policy.typed.place import shown
from bot.store.errors import NoPlace


def path_of(target: str | Path) -> Path:
    """The path, `~` written out. Raises `NoPlace`."""
    try:
        return Path(target).expanduser()
    except RuntimeError:
        raise NoPlace(f"{shown(target)} can't be found: nobody here has that home directory.") from None
