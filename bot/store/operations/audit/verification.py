"""A walk over the audit chain: from the first line to the head, page by page, until something does not fit."""

import json
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from bot.model.audit import AuditHead, ChainReport, LogLine
from bot.policy.requests.seal import Seals, line
from bot.policy.requests.seal import head as sealed_head
from bot.store.engine import Engine, Row
from bot.store.operations.audit.chain import ERASED, GENESIS, RESTORED, details_hash, line_hash
from bot.store.spelling import as_time

_PAGE = 2000
_RESTORED = (
    "SELECT audit.seq, audit_details.details FROM audit JOIN audit_details ON audit_details.seq = audit.seq "
    "WHERE audit.event = :event ORDER BY audit.seq"
)
# :after stands in the join too, else PostgreSQL walks the details from the first line on for every page.
_CHAIN = """
    SELECT seq, at, event, actor, request_id, user_id, details_hash, previous_hash, hash FROM audit
    WHERE seq > :after AND seq <= :upto ORDER BY seq LIMIT :limit
"""
_LINES = """
    SELECT audit.seq, audit.at, audit.event, audit.actor, audit.request_id, audit.user_id, audit.details_hash,
           audit.previous_hash, audit.hash, audit_details.salt, audit_details.details, audit.seal
    FROM audit LEFT JOIN audit_details ON audit_details.seq = audit.seq AND audit_details.seq > :after
    WHERE audit.seq > :after AND audit.seq <= :upto ORDER BY audit.seq LIMIT :limit
"""


def verify(engine: Engine, seals: Seals | None = None) -> ChainReport:
    """Lines appended while it walks are left for the next time.

    With `seals` every line from the first sealed one on must bear a seal by one of the keys; a log that this version
    has written bears one from its beginning. Without, the chain alone is checked.
    """
    head = engine.row("SELECT seq, hash, seal, sealed_from FROM audit_head WHERE id = 1")
    if head is None:
        return ChainReport(entries=0, broken_at=1, problem="The audit log has lost its head: the row of audit_head.")
    upto, head_hash, head_seal, first_sealed = head
    erased = _erasures(engine)
    previous, seq, sealed_from = GENESIS, 0, 0
    while seq < upto:
        page = engine.rows(_LINES, {"after": seq, "upto": upto, "limit": _PAGE})
        for row in page:
            if row[0] != seq + 1 or row[7] != previous or line_hash(previous, *row[:7]) != row[8]:
                problem = _missing(seq + 1, row[0]) or _changed(row, previous)
                return ChainReport(entries=seq, broken_at=seq + 1, problem=problem)
            if problem := _details_changed(row, erased):
                return ChainReport(entries=seq, broken_at=seq + 1, problem=problem)
            sealed_from = sealed_from or (row[0] if row[11] or row[0] == first_sealed else 0)
            if seals is not None and sealed_from and not seals.holds(row[11], *line(row[8])):
                return ChainReport(entries=seq, broken_at=seq + 1, problem=_not_sealed(seq + 1))
            seq, previous = row[0], row[8]
        if not page:
            return ChainReport(
                entries=seq,
                broken_at=seq + 1,
                problem=f"The audit log is broken at line {seq + 1}: "
                f"its end is missing, the lines {seq + 1} to {upto}.",
            )
    if upto and previous != head_hash:
        return ChainReport(
            entries=seq,
            broken_at=seq,
            problem=f"The audit log is broken at line {seq}: it is not the line that was written last.",
        )
    if seals is not None and upto and not seals.holds(head_seal, *sealed_head(upto, head_hash, first_sealed)):
        return ChainReport(entries=seq, broken_at=seq, problem=_head_not_sealed(head_seal))
    if extra := _beyond_head(engine):
        return ChainReport(
            entries=seq,
            broken_at=extra,
            problem=f"The audit log is broken at line {extra}: it was not written by the bot.",
        )
    return ChainReport(entries=seq, head=head_hash, sealed_from=sealed_from, seals_checked=seals is not None)


def expected(engine: Engine, report: ChainReport, head: AuditHead) -> ChainReport:
    """The report of a walk, and whether the log still has the line that was kept as its head."""
    if not report.whole:
        return report
    kept = engine.value(
        "SELECT hash FROM audit WHERE seq = :seq AND seq <= :upto", {"seq": head.seq, "upto": report.entries}
    )
    if kept == head.hash:
        return report
    if kept is None:
        cut = f"The audit log was cut: it ends at line {report.entries}, and line {head.seq} was written before."
    else:
        cut = f"The audit log was cut or changed: line {head.seq} isn't the one that was kept."
    for seq, text in engine.rows(_RESTORED, {"event": RESTORED}):
        with suppress(ValueError, KeyError, AttributeError, TypeError):  # not the bot's words: it explains nothing
            restored = json.loads(text)
            if int(restored["backup"].partition(":")[0] or 0) < head.seq:
                cut += (
                    f" Line {seq} says that a backup was restored; the log before it ended at {restored['replaced']}."
                )
    return replace(report, broken_at=min(head.seq, report.entries + 1), problem=cut)


def lines_of(engine: Engine, seals: Seals | None, request_id: str) -> tuple[list[LogLine], str]:
    """What the log says of a request, oldest first, and a problem ("" for none) when it can't be trusted.

    Walked is the chain from the request's first line to the sealed head: what was taken out, put in or changed in
    between shows. Costs a hash a line written since.
    """
    head = engine.row("SELECT seq, hash, seal, sealed_from FROM audit_head WHERE id = 1")
    first = engine.value("SELECT min(seq) FROM audit WHERE request_id = :id", {"id": request_id})
    if head is None or first is None:
        return [], "The audit log knows nothing of this request."
    upto, head_hash, head_seal, sealed_from = head
    if seals is not None and not seals.holds(head_seal, *sealed_head(upto, head_hash, sealed_from)):
        return [], _head_not_sealed(head_seal)
    found: list[LogLine] = []
    seq, previous = first - 1, None
    while seq < upto:
        page = engine.rows(_CHAIN, {"after": seq, "upto": upto, "limit": _PAGE})
        for row in page:
            follows = row[0] == seq + 1 and previous in (None, row[7])
            if not follows or not _has_its_hash(row):
                return [], f"The audit log is broken at line {seq + 1}."
            seq, previous = row[0], row[8]
            if row[4] == request_id:
                found.append(LogLine(row[0], as_time(row[1]), row[2], row[3]))
        if not page:
            return [], f"The audit log is broken at line {seq + 1}."
    return (found, "") if previous == head_hash else ([], f"The audit log is broken at line {seq}.")


@lru_cache(maxsize=4096)  # of the same row the same is true: of a batch's lines, each is asked about for each person
def _has_its_hash(row: Row) -> bool:
    return bool(line_hash(row[7], *row[:7]) == row[8])


def _head_not_sealed(seal: str) -> str:
    if not seal:
        return (
            "No line of the audit log has a seal yet: start hs-bot once, and it seals what it writes from then on. If "
            "it was sealed before, someone has removed the seals."
        )
    return (
        "The end of the audit log can't be trusted: its seal doesn't match the key that is set here "
        "(HS_BOT_SEAL_KEY, or HELPSCOUT_APP_SECRET). Either the key has changed, or lines were taken away or "
        "added past hs-bot."
    )


def _not_sealed(seq: int) -> str:
    return (
        f"The audit log can't be trusted from line {seq} on: its seal doesn't match the key that is set here "
        "(HS_BOT_SEAL_KEY, or HELPSCOUT_APP_SECRET). Either the key has changed, or the line was not written by hs-bot."
    )


def _missing(expected: int, seq: int) -> str:
    if seq == expected:
        return ""
    lines = f"line {expected} is" if seq == expected + 1 else f"the lines {expected} to {seq - 1} are"
    return f"The audit log is broken at line {expected}: {lines} missing."


def _changed(row: Row, previous: str) -> str:
    seq = row[0]
    if row[7] != previous:
        return f"The audit log is broken at line {seq}: it does not follow the line before."
    return f"The audit log is broken at line {seq}: it was changed after it was written."


def _details_changed(row: Row, erased: list[tuple[int, int, int]]) -> str:
    seq, expected, salt, details = row[0], row[6], row[9], row[10]
    if details is None:
        if not expected or any(first <= seq <= last < by for first, last, by in erased):
            return ""
        return f"The audit log is broken at line {seq}: its details are gone, and no line says that they were erased."
    if details_hash(salt, details) != expected:
        return f"The audit log is broken at line {seq}: its details were changed after it was written."
    return ""


def _erasures(engine: Engine) -> list[tuple[int, int, int]]:
    """(first, last, by): which lines' details were erased, as the chained line `by` says."""
    found: list[tuple[int, int, int]] = []
    sql = (
        "SELECT audit.seq, audit_details.details FROM audit JOIN audit_details ON audit_details.seq = audit.seq "
        "WHERE audit.event = :event AND audit.seq IN (SELECT erased_by FROM audit_erasures)"
    )
    for by, text in engine.rows(sql, {"event": ERASED}):
        try:
            found += [(first, last, by) for first, last in json.loads(text)["erased"]]
        except (ValueError, KeyError, TypeError):
            continue  # tampered with: the walk comes to that line
    return found


def _beyond_head(engine: Engine) -> int | None:
    """A line past the head; the newest line is asked for first, because the head may move meanwhile."""
    newest = engine.value("SELECT max(seq) FROM audit")
    head = engine.value("SELECT seq FROM audit_head WHERE id = 1")
    return head + 1 if newest is not None and newest > head else None
