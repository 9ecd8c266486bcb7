"""The day on which a seat ends: how it is read, when it is over, who may set it. Pure; clock and zone are handed in."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from bot.model.member import Member
from bot.model.user import OWNER, Status, UserRecord
from bot.policy.credential import never_a_target
from bot.policy.people.identity import About, not_the_person
from bot.policy.people.standing import may_speak
from bot.policy.refusal import Refusal
from bot.policy.typed.clean import visible
from bot.policy.typed.when import MONTHS, WEEKDAYS, BadWhen, midnight_after, zone_of

FURTHEST = timedelta(days=5 * 366)
MINUTE = timedelta(minutes=1)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[t ][0-9:.z+-]*)?")
_SPELLED = re.compile(r"(?:([a-z]{3,9})\.? (\d{1,2})|(\d{1,2})\.? ([a-z]{3,9})\.?),?(?: (\d{4}))?")


def read_day(text: str, today: date) -> date:
    """`2026-12-31`, `dec 31`, `31 december 2026`, `friday` (today's, or the next one), `tomorrow`; raises `BadWhen`."""
    tidy = visible(text).lower().strip(" ,;\"'")
    if tidy in ("today", "tomorrow"):
        return today + timedelta(days=tidy == "tomorrow")
    if (
        len(tidy) >= 3
        and (weekday := next((i for i, name in enumerate(WEEKDAYS) if name.startswith(tidy)), None)) is not None
    ):
        return today + timedelta(days=(weekday - today.weekday()) % 7)
    found = _ISO.fullmatch(tidy)
    parts: tuple[int, int, int] | None = None
    if found:
        parts = int(found[1]), int(found[2]), int(found[3])
    elif (spelled := _SPELLED.fullmatch(tidy)) is not None:
        word, number = spelled[1] or spelled[4], int(spelled[2] or spelled[3])
        month = next((at for at, name in enumerate(MONTHS, 1) if name.startswith(word)), 0)
        year = int(spelled[5] or today.year)
        if not spelled[5] and month and (month, number) < (today.month, today.day):
            year += 1
        parts = year, month, number
    try:
        if parts is not None:
            return date(*parts)
    except ValueError:
        pass
    raise BadWhen(f"“{text[:40]}” isn't a day I can read. Write it like 2026-12-31.")


def end_of(day: date, zone: str) -> datetime:
    """The last minute of that day there, in UTC: whatever clocks do that night, the next day begins a minute later.

    Where that midnight comes twice it is the first; where it is left out, the moment at which clocks go forward.
    """
    return midnight_after(day, zone_of(zone)) - MINUTE


def day_fits(day: date, zone: str, now: datetime) -> Refusal | None:
    """Refuse a day that has passed, or that is too far away to mean anything."""
    if end_of(day, zone) <= now:
        return Refusal("That day has passed. Choose today or a later day.", "bad time", "until")
    if end_of(day, zone) > now + FURTHEST:
        return Refusal("That's more than five years away. Choose an earlier day.", "bad time", "until")
    return None


def may_set(
    actor: Member | None,
    row: UserRecord | None,
    about: About,
    requesters: frozenset[str] | None,
    approvers: Iterable[str],
    own_user: int | None = None,
) -> Refusal | None:
    """Requesters and approvers; nobody for themselves, and not for the owner, for the credential's own user
    (`own_user`) or for somebody who is gone.
    """
    if (refusal := may_speak(actor)) is not None or actor is None:
        return refusal
    if requesters is not None and actor.ids.isdisjoint(requesters) and actor.ids.isdisjoint(approvers):
        return Refusal("You aren't one of the people who may do this here. Ask one of them.", "not requester")
    if row is None or row.status is not Status.ACTIVE or not row.user.is_person:
        return Refusal("Only someone who is active in Help Scout has a seat that can end.", "not active")
    if row.user.role.strip().lower() == OWNER:
        return Refusal(f"{row.user.name} owns the Help Scout account. The owner can't be removed.", "owner")
    if own_user is not None and row.user.id == own_user:
        return Refusal(never_a_target(row.user.name), "credential")
    return not_the_person(actor, about, "You can't do this for your own seat. Someone else has to.")


def spelled(day: date) -> str:
    """`December 31, 2026`"""
    return f"{day:%B} {day.day}, {day.year}"
