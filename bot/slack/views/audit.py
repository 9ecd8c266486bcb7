"""The audit log and its chain, as people read them."""

from collections.abc import Mapping, Sequence

from bot.model.audit import AuditEntry, ChainReport
from bot.slack.views.details import in_words
from bot.slack.views.kit import Message, actions, button, context, section
from bot.slack.views.text import at, code, counted, member, safe

PAGE = 10
MORE = "audit.log"


def log_page(
    entries: Sequence[AuditEntry], names: Mapping[int, str], *, about: str, newer: str = "", older: str = ""
) -> Message:
    """One page, newest first. `names` by Help Scout id; `newer`/`older` are cursors, "" where there is nothing."""
    heading = f"*Audit log*{f' of {safe(about, 120)}' if about else ''}"
    if not entries:
        return Message(heading, (section(f"{heading}\nNothing is recorded."),))
    lines = [section(_line(entry, names)) for entry in entries[:PAGE]]
    turns = [
        button(words, f"{MORE}:{words.lower()}", cursor)
        for words, cursor in (("Newer", newer), ("Older", older))
        if cursor
    ]
    tail = [actions(*turns)] if turns else []
    return Message(heading, (section(heading), *lines, context("Checked by `/hs-audit verify`."), *tail))


def chain(report: ChainReport) -> Message:
    """What a walk over the chain found."""
    if report.whole:
        entries = counted(report.entries, "entry", "entries")
        words = f":white_check_mark: The audit log is whole: {entries}, each fits the one before."
        return Message(words, (section(words),))
    words = f":rotating_light: *The audit log is broken.* {safe(report.problem, 500)}"
    cure = "Somebody changed the database from outside: compare it with a backup, and find out who had access."
    return Message(words, (section(words), context(cure)))


def _line(entry: AuditEntry, names: Mapping[int, str]) -> str:
    who = "hs-bot" if entry.actor in ("", "hs-bot") else member(entry.actor)
    parts = [f"*{safe(entry.event, 60)}* by {who}, {at(entry.at)}"]
    if entry.user_id is not None:
        parts.append(f"about {safe(names.get(entry.user_id, str(entry.user_id)), 120)}")
    if entry.request_id:
        parts.append(f"request {code(entry.request_id)}")
    said = in_words(entry.details)
    second = f"\n{safe(said, 400)}" if said else ""
    return f"{' · '.join(parts)}{second}\n`#{entry.seq}` {code(entry.hash[:12])}"
