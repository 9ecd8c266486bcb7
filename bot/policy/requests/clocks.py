"""The clocks of a request: when it expires, when it must have started, when people are reminded, how many may start.

Clock 1: a pending request expires `approval_ttl` after it was opened. Clock 2: an approved one must start within
`execution_ttl` of its time. Both are checked at the click and again at execution.
"""

from datetime import datetime, timedelta

from bot.model.request import Request, State
from bot.policy.typed.when import LAST_MOMENT, spell

REMINDERS = (0.5, 0.9)
"""Shares of a pending request's time after which people are reminded."""


SOON = timedelta(hours=1)
"""So long before a scheduled run its requester is told."""

LONGEST_LOOK, SHORTEST_LOOK = timedelta(seconds=20), timedelta(seconds=1)


def look_every(approval_ttl: timedelta, execution_ttl: timedelta) -> timedelta:
    """How often to look for what is due: a sixtieth of the shorter clock is late enough, between 1 and 20 seconds."""
    return min(max(min(approval_ttl, execution_ttl) / 60, SHORTEST_LOOK), LONGEST_LOOK)


def expires_at(opened_at: datetime, approval_ttl: timedelta) -> datetime:
    """Clock 1."""
    return opened_at + approval_ttl


def start_by(approved_at: datetime, run_at: datetime | None, execution_ttl: timedelta) -> datetime:
    """Clock 2, counted from the scheduled time, or from the approval when that came later or no time was set."""
    begins = max(approved_at, run_at or approved_at)
    return begins + min(execution_ttl, LAST_MOMENT - begins)


def why_expired(request: Request, now: datetime, *, seat_ends: datetime | None = None) -> str | None:
    """None while the request's clock runs; else the sentence. The very moment it ends is too late.

    `seat_ends`: of a seat's end, which is asked for again by itself: until then, and after it where it was approved.
    """
    if request.state is State.PENDING and now >= request.expires_at:
        whole = spell(request.expires_at - request.opened_at)
        again = "hs-bot will ask again before the seat ends." if seat_ends and now < seat_ends else "Ask again."
        return f"This request expired: it was not decided within {whole}. {again}"
    if request.state is State.APPROVED and request.start_by is not None and now >= request.start_by:
        again = "hs-bot will ask again." if seat_ends else "Ask again."
        return f"This request expired: it was approved, but could not be started in time. {again}"
    return None


def expired(request: Request, now: datetime) -> bool:
    """Whether a pending request went undecided too long, or an approved one unstarted."""
    return why_expired(request, now) is not None


def startable(request: Request, now: datetime) -> bool:
    """Whether an approved request may start: its time has come and has not run out."""
    due = request.run_at is None or now >= request.run_at
    return request.state is State.APPROVED and due and not expired(request, now)


def reminder_due(request: Request, now: datetime) -> int:
    """The reminder to send now: 1 (half of the time gone), 2 (90 %), 0 none. One that was missed is not made up for."""
    whole = request.expires_at - request.opened_at
    if request.state is not State.PENDING or now >= request.expires_at:
        return 0
    reached = sum(now >= request.opened_at + whole * share for share in REMINDERS)
    return reached if reached > request.reminded else 0


def runs_soon(request: Request, now: datetime) -> bool:
    """Whether the requester is to be told that a scheduled run is near; not who was just told of its approval."""
    if request.state is not State.APPROVED or request.run_at is None or not now < request.run_at <= now + SOON:
        return False
    just_told = request.quorum > 0 and request.approved_at is not None and request.approved_at > request.run_at - SOON
    return not just_told


def in_minutes(span: timedelta) -> str:
    """`1 minute`, `59 minutes`: rounded up, never none."""
    minutes = max(1, -(-int(span.total_seconds()) // 60))
    return f"{minutes} minute{'s' if minutes != 1 else ''}"
