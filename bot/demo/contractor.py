"""Somebody in the demo whose seat ends tomorrow: set by Rita before the bot starts, so that it asks within a minute."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.demo.helpscout import Person as Seat
from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import SimulatedSlack
from bot.model.seat_end import SeatEnd
from bot.policy.requests.seat_end import end_of
from bot.store.record import open_record

TITLE = "Contractor"


def hire(helpscout: SimulatedHelpScout, slack: SimulatedSlack, record: Path) -> Seat | None:
    """One of the people with a plain seat gets an end; None in an account that is too small."""
    known = {person.email for person in (slack.people[handle] for handle in ("rita", "ana", "bo", "max", "gus"))}
    plain = [seat for seat in helpscout.people if seat.role == "user" and seat.email not in known]
    if len(plain) < 20:
        return None
    seat, rita = plain[len(plain) // 2], slack.people["rita"]
    helpscout.change_person(seat.id, job_title=TITLE)
    zone = rita.tz or "UTC"
    now = datetime.now(UTC)
    day = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    kept = open_record(record)
    try:
        kept.seat_ends.put(
            SeatEnd(
                user_id=seat.id,
                day=day,
                zone=zone,
                ends_at=end_of(day, zone),
                set_by=rita.id,
                set_by_name=rita.name,
                set_at=now - timedelta(days=60),
            )
        )
    finally:
        kept.close()
    return seat
