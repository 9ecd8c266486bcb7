"""How the Socket Mode connection stands: for health checks in this process, and, kept in the record, for doctor."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.policy.typed.when import spell
from bot.store.record import Record

NOTE = "slack.link"


@dataclass(frozen=True, slots=True)
class LinkState:
    """`seconds` is the age of the connection, or how long there has been none. `tries` have failed in a row since."""

    connected: bool
    seconds: float
    tries: int = 0
    problem: str = ""


def keep(record: Record, state: LinkState) -> None:
    """Note a change of it, so that another process can tell. Raises what the record raises."""
    kept = {"connected": state.connected, "problem": state.problem, "at": record.now().isoformat()}
    record.notes.set(NOTE, json.dumps(kept))


def kept(record: Record) -> LinkState | None:
    """As the bot last noted it; None when no bot has used Socket Mode. Raises what the record raises."""
    saved = record.notes.get(NOTE)
    if saved is None:
        return None
    found = json.loads(saved)
    since = (record.now() - datetime.fromisoformat(found["at"])).total_seconds()
    return LinkState(bool(found["connected"]), since, problem=str(found["problem"]))


def spoken(state: LinkState) -> str:
    """One phrase for doctor: since when it stands, or what keeps it from standing."""
    since = spell(timedelta(seconds=round(state.seconds)))
    return f"connected for {since}" if state.connected else f"not connected for {since}. {state.problem}"
