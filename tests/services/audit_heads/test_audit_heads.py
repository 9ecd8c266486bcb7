"""The head of the audit log goes to the channel once a day, and to the thread of each removal."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.model.outbox import Topic
from bot.model.request import State
from bot.policy.requests.audit_head import parse_head
from bot.services.audit_heads import AuditHeads
from bot.store.record import open_record

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services.conftest import Bot, House

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_it_is_told_once_a_day_also_by_two_bots_and_after_a_new_start(tmp_path: Path) -> None:
    with closing(open_record(tmp_path / "a.db")) as record, closing(open_record(tmp_path / "a.db")) as other:
        assert not AuditHeads(record).tick(NOON), "there is nothing to tell of an empty log"
        record.audit.append("e")
        woken: list[None] = []
        told = [AuditHeads(one, wake=lambda: woken.append(None)).tick(NOON) for one in (record, other, record)]
        assert (told, len(woken)) == ([True, False, False], 1)
        assert not AuditHeads(other).tick(NOON + timedelta(hours=11))
        record.audit.append("f")
        assert AuditHeads(other).tick(NOON + DAY)
        owed = record.outbox.claim("me", record.now(), DAY)
        assert {item.topic for item in owed} == {Topic.NOTICE}
        heads = [parse_head(str(item.payload["audit_head"])) for item in owed]
        assert [head.seq for head in heads] == [1, 2]
        assert all(record.audit.verify(head).whole for head in heads)


def test_the_thread_of_a_removal_has_it_and_no_other_line_has(house: House, bot: Bot) -> None:
    request = bot.asked(house.id("jane"))
    bot.approve(request)
    bot.until(request, State.DONE)
    heads = {str(one.payload["event"]): one.payload.get("audit_head") for one in bot.owed(Topic.THREAD)}
    assert set(heads) == {"approved", "started", "done"}
    head = parse_head(str(heads.pop("done")))
    assert set(heads.values()) == {None}
    line = next(one for one in bot.record.audit.entries(request_id=request.id) if one.event == "request.done")
    assert (head.seq, head.hash) == (line.seq, line.hash)
