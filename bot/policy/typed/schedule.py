"""A time that comes every week, such as `monday 09:00` of the orphan digest."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from bot.policy.typed.clean import visible
from bot.policy.typed.when import WEEKDAYS, BadWhen, zone_of


@dataclass(frozen=True, slots=True)
class WeeklyTime:
    """`weekday` 0 is Monday; the time is a wall-clock time of a zone handed in later."""

    weekday: int
    hour: int
    minute: int

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {self.hour:02}:{self.minute:02}"


def parse_weekly(text: str) -> WeeklyTime:
    """Read `monday 09:00` or `mon 9:00`; raise `BadWhen`."""
    if found := re.fullmatch(r"([a-z]{3,9}) ([0-9]{1,2}):([0-9]{2})", visible(text).lower()):
        weekday = next((i for i, name in enumerate(WEEKDAYS) if name.startswith(found[1])), None)
        hour, minute = int(found[2]), int(found[3])
        if weekday is not None and hour < 24 and minute < 60:
            return WeeklyTime(weekday, hour, minute)
    raise BadWhen(f"“{text[:40]}” must be a day of the week and a time, like monday 09:00.")


def next_digest(spec: WeeklyTime | str, now: datetime, zone: str | tzinfo) -> datetime:
    """The first such time after `now`, in UTC. Where clocks jump over it, that much later; of two the first."""
    weekly = parse_weekly(spec) if isinstance(spec, str) else spec
    here = zone_of(zone) if isinstance(zone, str) else zone
    today = now.astimezone(here).date()
    clock = time(weekly.hour, weekly.minute)
    for ahead in range(9):
        day = today + timedelta(days=ahead)
        moment = datetime.combine(day, clock, tzinfo=here).astimezone(UTC)
        if day.weekday() == weekly.weekday and moment > now:
            return moment
    raise AssertionError("a week has seven days")
