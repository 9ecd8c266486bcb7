"""Doctor on the record: where it is, who may read its files, its log, its syncs, its leader."""

import shutil
import stat
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.config import Loaded
from bot.doctor.diagnosis import Diagnosis, fault, guarded, ok, unread, warning
from bot.model.problem import Problem
from bot.policy.typed.place import shown
from bot.services.clock_watch import clock_warnings
from bot.services.syncing.shared_addresses import shared_addresses
from bot.slack.transport.link_state import kept, spoken
from bot.store.paths import path_of
from bot.store.record import Record, open_record

LEAST_ROOM = 100 << 20
"""Bytes on the disk of the record below which there is a warning: a first sync of a large account takes as much."""
_BESIDE = ("-wal", "-shm", "-journal")


def examine_record(reading: Loaded) -> Iterator[Diagnosis]:
    if skipped := unread(reading, "database", "HS_BOT_DATABASE", "DATABASE_URL"):
        yield skipped
        return
    target = reading.settings.database
    try:
        record = open_record(target, seals=reading.settings.seals)
    except Problem as problem:
        yield fault("database", problem.sentence)
        return
    try:
        yield _health(record, target)
        if record.engine == "sqlite":
            yield _files(path_of(target).resolve(), record.remarks)
            yield _disk(path_of(target).resolve().parent)
        yield guarded("audit log", lambda: _audit(record.audit.verify()))
        interval = reading.settings.sync_interval
        yield guarded("sync", lambda: _sync(record.syncs.latest_good(), record.now(), interval))
        yield from _time(record)
        yield guarded("addresses", lambda: _addresses(record))
        yield guarded("leader", lambda: _leader(record))
        if reading.settings.slack_app_token and record.leases.holder("leader") and (link := kept(record)) is not None:
            yield (ok if link.connected else fault)("Socket Mode connection", spoken(link))
    finally:
        record.close()


def _health(record: Record, target: str) -> Diagnosis:
    health = record.health()
    if health.problem:
        return fault("database", health.problem)
    where = f"PostgreSQL, {shown(target)}" if record.engine == "postgresql" else f"SQLite, {path_of(target).resolve()}"
    return ok("database", f"{where}; a round trip takes {health.round_trip_ms:.1f} ms")


def _files(path: Path, set_right: Sequence[str]) -> Diagnosis:
    """The record names people and what became of them; a login acts for somebody."""
    files = [path, *(path.with_name(path.name + end) for end in _BESIDE), path.with_suffix(".login.json")]
    there = [file for file in files if file.exists()]
    open_to_others = [str(file) for file in there if stat.S_IMODE(file.stat().st_mode) & 0o077]
    if open_to_others:
        return warning("files", f"others on this machine may read them. Run chmod 600 {' '.join(open_to_others)}")
    if set_right:
        return warning("files", " ".join(set_right))
    return ok("files", "only the user of the bot may read them")


def _addresses(record: Record) -> Diagnosis:
    """One mailbox of two active people: neither can be told from the other, so neither can be a target."""
    if sentences := shared_addresses(record):
        return warning("addresses", " ".join(sentences))
    return ok("addresses", "every active person has a main e-mail address of their own")


def _disk(folder: Path) -> Diagnosis:
    left = shutil.disk_usage(folder).free
    if left < LEAST_ROOM:
        return warning("disk", f"{left >> 20} MB are left in {folder}. Make room, or nothing can be written soon.")
    return ok("disk", f"{left >> 20} MB are left in {folder}")


def _audit(report: Any) -> Diagnosis:
    if report.whole:
        return ok("audit log", f"whole, {report.entries} entries")
    return fault("audit log", f"{report.problem} Restore it from a backup and find out who wrote there.")


def _sync(latest: Any, now: datetime, interval: timedelta) -> Diagnosis:
    if latest is None:
        return warning("sync", "there was none yet: hs-bot sync makes the first")
    age = now - latest.started_at
    minutes = int(age.total_seconds() // 60)
    if age > 3 * interval:
        return warning("sync", f"the last good one is {minutes} minutes old: is the bot running?")
    return ok("sync", f"{latest.people} people, {minutes} minutes ago")


def _time(record: Record) -> Iterator[Diagnosis]:
    """A line only when the clock has jumped."""
    try:
        if jumps := clock_warnings(record):
            yield warning("time", " ".join(jumps))
    except Problem as problem:
        yield fault("time", problem.sentence)


def _leader(record: Record) -> Diagnosis:
    leader = record.leases.holder("leader")
    return ok("leader", f"{leader} syncs and runs schedules" if leader else "no bot is running now")
