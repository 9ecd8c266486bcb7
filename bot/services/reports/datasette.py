"""What the record's tables and columns hold, in the form that Datasette takes with `-m`.

https://docs.datasette.io/en/stable/metadata.html
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.store.described import DESCRIBED
from bot.store.record import is_postgresql


def metadata_of(target: str) -> dict[str, Any]:
    """The metadata of the record at `target`, a path or a URL; the record itself is not opened."""
    tables = {
        name: {"description": about.holds, "columns": about.columns, **({"hidden": True} if about.internal else {})}
        for name, about in DESCRIBED.items()
    }
    return {
        "title": "hs-bot: the record",
        "description": "Who has and had a seat in Help Scout, what changed, what was asked for and who approved it.",
        "databases": {_name(target): {"tables": tables}},
    }


def _name(target: str) -> str:
    """As Datasette names a database: a file without its suffix."""
    if is_postgresql(target):
        return urlsplit(target).path.strip("/") or "hs-bot"
    return Path(target).stem
