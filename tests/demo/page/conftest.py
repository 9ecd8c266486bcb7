"""A reader: Rita in Madrid, at noon of 24 November 2026 (UTC)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.demo.page.drawing.reader import Reader


@pytest.fixture
def reader() -> Reader:
    people = {"U0RITA0001": "rita", "U0ANA00001": "ana"}
    return Reader(
        id="U0RITA0001",
        zone=ZoneInfo("Europe/Madrid"),
        person_name=people.get,
        channel_name={"C0ACCESS01": "access"}.get,
        now=lambda: datetime(2026, 11, 24, 12, tzinfo=UTC),
    )
