"""The day on which somebody's seat ends, as somebody has set it. Nothing is removed without a request's approval."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatEnd:
    """`ends_at` is the end of `day` in `zone` (IANA), in UTC. `request_id`: the request that was opened for it."""

    user_id: int
    day: date
    zone: str
    ends_at: datetime
    set_by: str  # Slack id
    set_by_name: str = ""
    set_at: datetime
    request_id: str | None = None
    note: str = ""  # why no request could be opened, as a sentence
