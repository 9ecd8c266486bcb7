"""What somebody writes beside HR's list: `from:2026-10-01 to:2026-10-31 json`. Everything else is only said."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.policy.typed.who import BadArgument

_OPTION = re.compile(r"(?<!\S)(from|to):\s*(\S+)", re.IGNORECASE)
_STYLE = re.compile(r"(?<!\S)(?:format:)?(csv|json)(?!\S)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PopulationOptions:
    begin: date | None = None
    end: date | None = None
    style: Literal["csv", "json"] = "csv"


def parse_population(text: str) -> PopulationOptions:
    """Raises `BadArgument` for a day that is none."""
    days: dict[str, date] = {}
    for name, value in _OPTION.findall(text):
        try:
            days[name.lower()] = date.fromisoformat(value.rstrip(",;."))
        except ValueError:
            raise BadArgument(f"“{value[:40]}” isn't a day. Write it like {name.lower()}:2026-11-30.") from None
    style = _STYLE.search(text)
    json = style is not None and style[1].lower() == "json"
    return PopulationOptions(days.get("from"), days.get("to"), "json" if json else "csv")
