"""Pictures of seats: a real PNG with words beside it, and nothing where there is nothing to draw."""

import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.model.change import Change, ChangeKind
from bot.model.sync import SyncState
from bot.services.charts import seats_picture
from bot.store.record import open_record

START = datetime(2026, 6, 1, 8, tzinfo=UTC)


def test_without_a_sync_there_is_no_picture(tmp_path: Path) -> None:
    record = open_record(tmp_path / "record.db")
    assert seats_picture(record) is None
    record.close()


def test_seats_and_months_become_a_png_and_a_sentence(tmp_path: Path) -> None:
    moment = START
    record = open_record(tmp_path / "record.db", clock=lambda: moment)
    for week in range(20):
        moment = START + timedelta(weeks=week)
        run = record.syncs.start("interval", moment)
        record.syncs.finish(replace(run, state=SyncState.DONE, finished_at=moment, people=300 + 3 * week))
        kind = ChangeKind.JOINED if week % 3 else ChangeKind.REMOVED
        record.changes.add([Change(user_id=week, kind=kind, seen_at=moment, sync_id=run.id)])
    picture = seats_picture(record)
    record.close()
    assert picture is not None
    assert picture.png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture.png[16:24])
    assert width >= 900
    assert height >= 500
    assert "from 300 on 1 June 2026 to 357 on 12 October 2026" in picture.alt
    assert "In October 2026, " in picture.alt
