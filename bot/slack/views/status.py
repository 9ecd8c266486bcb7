"""How the bot is: syncs, people, requests, and what it depends on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.model.request import State
from bot.model.sync import SyncRun
from bot.model.user import Status
from bot.slack.views.kit import Message, context, fields, header, section
from bot.slack.views.sync_health import last_sync, sync_trouble
from bot.slack.views.text import at, code, safe

OK, TROUBLE, UNKNOWN = ":large_green_circle:", ":red_circle:", ":white_circle:"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the bot depends on. `well` None: not known (yet)."""

    name: str
    well: bool | None
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What `/hs-status` shows. `budget` is (left, limit) in requests a minute, None when nobody can tell."""

    version: str
    engine: str
    round_trip: float | None  # milliseconds to the record and back
    leader: str  # the process that syncs and runs schedules, "" when none does
    latest: SyncRun | None
    latest_ended: SyncRun | None
    latest_good: SyncRun | None
    next_sync: datetime | None
    people: Mapping[Status, int]
    requests: Mapping[State, int]
    budget: tuple[int, int] | None
    owed: int  # messages that Slack has not got yet, without those about what is kept from the reader
    checks: Sequence[Check] = ()
    trouble: Sequence[str] = ()  # sentences


def status(vitals: Vitals) -> Message:
    """Private: it tells no names."""
    latest = vitals.latest
    facts = [
        ("Last sync", last_sync(latest)),
        ("Next sync", at(vitals.next_sync) if vitals.next_sync else "not planned here"),
        ("People", ", ".join(f"{vitals.people.get(one, 0):,} {one.value}" for one in Status)),
        ("Requests", _requests(vitals.requests)),
        (
            "Rate budget",
            f"{vitals.budget[0]:,} of {vitals.budget[1]:,} left this minute" if vitals.budget else "unknown",
        ),
        ("Messages waiting for Slack", str(vitals.owed)),
    ]
    good = vitals.latest_good
    trouble = [f":warning: {safe(one, 900)}" for one in vitals.trouble[:6]]
    if failed := sync_trouble(latest, vitals.latest_ended, good):
        trouble.insert(0, failed)
    blocks: list[Block] = [
        header("hs-bot"),
        *fields(facts),
        *([section("\n".join(_check(check) for check in vitals.checks))] if vitals.checks else []),
        *([section("\n".join(trouble))] if trouble else []),
        context(_house(vitals)),
    ]
    return Message(f"hs-bot: last sync {last_sync(latest)}.", tuple(blocks))


def _house(vitals: Vitals) -> str:
    away = f", {vitals.round_trip:.1f} ms away" if vitals.round_trip is not None else ""
    leads = f"{code(vitals.leader)} syncs and runs schedules" if vitals.leader else "no bot runs schedules now"
    return f"Version {safe(vitals.version, 40)} · record in {vitals.engine}{away} · {leads}"


def _requests(counts: Mapping[State, int]) -> str:
    words = {
        State.PENDING: "pending",
        State.APPROVED: "approved or scheduled",
        State.RUNNING: "running",
        State.WAITING: "wait for someone to do it in Help Scout",
        State.ATTENTION: "need attention",
    }
    return ", ".join(f"{counts[state]} {word}" for state, word in words.items() if counts.get(state)) or "none open"


def _check(check: Check) -> str:
    mark = UNKNOWN if check.well is None else OK if check.well else TROUBLE
    return f"{mark} *{safe(check.name, 60)}* {safe(check.sentence, 600)}".strip()
