"""Pictures of seats: a real PNG with words beside it, and nothing where there is nothing to draw."""

import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.model.change import Change, ChangeKind
from bot.model.sync import SyncState
from bot.services.reports.charts import CAME, GROUND, INK, QUIET, SEATS, WENT, _month_names, _ticks, seats_picture
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


def test_the_first_day_is_a_point_on_an_axis_of_days(tmp_path: Path) -> None:
    record = open_record(tmp_path / "record.db", clock=lambda: START)
    run = record.syncs.start("start", START)
    record.syncs.finish(replace(run, state=SyncState.DONE, finished_at=START, people=300))
    record.changes.add([Change(user_id=1, kind=ChangeKind.JOINED, seen_at=START, sync_id=run.id)])
    picture = seats_picture(record)
    record.close()
    assert picture is not None
    assert picture.alt == "300 seats on 1 June 2026, the day the record began."


@pytest.mark.parametrize(("colour", "least"), [(INK, 4.5), (QUIET, 4.5), (SEATS, 4.5), (CAME, 3.0), (WENT, 3.0)])
def test_what_is_drawn_stands_out_from_the_pictures_own_ground(colour: str, least: float) -> None:
    """WCAG 2.2, 1.4.3 for words and 1.4.11 for bars: on a light and on a dark page, as the ground comes along."""
    lighter, darker = _luminance(GROUND), _luminance(colour)
    assert (lighter + 0.05) / (darker + 0.05) >= least


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_year_is_written_where_it_begins_and_days_are_spread_evenly() -> None:
    assert _month_names(["2025-11", "2025-12", "2026-01", "2026-03"]) == ["Nov\n2025", "Dec", "Jan\n2026", "Mar"]
    places, words = _ticks(START, timedelta(days=14))
    assert words == ["18 May", "20 May", "22 May", "24 May", "26 May", "28 May", "30 May", "1 Jun"]
    assert places[-1] == START
    assert _ticks(START, timedelta(days=365))[1][0] == "Jun 2025"
