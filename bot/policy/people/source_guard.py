"""When a source is discarded although it can be read: empty, old, suddenly small, too much at first, or too early."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.colleague import Listing
from bot.policy.people.guard import removal_guard

OLDEST = timedelta(days=31)
"""A file that nobody has written for so long says little about who works here today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """The last whole reading that was kept: how many were active then, how many of them are gone by the one at hand.

    `as_of` is how old its data was.
    """

    active: int
    gone: int = 0
    as_of: datetime | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a reading is discarded; `confirmable`: an approver may say that it is right all the same."""

    sentence: str
    confirmable: bool = False


def why_not(listing: Listing, before: Before | None, *, share: float, now: datetime) -> Doubt | None:
    """None when the reading may be kept. `share` is that of the removal guard."""
    title = _begun(listing.title)
    if not listing.people:
        return Doubt(
            f"{title} listed nobody. Nothing was compared with it. Check its address, its group and what its "
            "credentials may read."
        )
    if listing.as_of is not None:
        if before is not None and before.as_of is not None and listing.as_of < before.as_of:
            return Doubt(
                f"{title} is older ({listing.as_of:%Y-%m-%d %H:%M} UTC) than the one read last. Nothing was compared "
                "with it. Put the newest export in its place."
            )
        if now - listing.as_of > OLDEST:
            return Doubt(
                f"{title} was last written on {listing.as_of:%Y-%m-%d}, more than {OLDEST.days} days ago. Nothing was "
                "compared with it. Export it again."
            )
    if before is None or before.group != listing.group:
        return None
    if removal_guard(before.gone, before.active, share) is None:
        return None
    return Doubt(
        f"{before.gone} of {before.active} people who worked here by {listing.title} are suddenly gone from it. "
        "Nothing was compared with it. An approver must confirm before they count as gone.",
        confirmable=True,
    )


def too_many_at_first(title: str, orphans: AbstractSet[int], seats: int, share: float) -> Doubt | None:
    """A first reading by which more seats than the guard allows would be orphans waits for an approver."""
    if removal_guard(len(orphans), seats, share) is None:
        return None
    return Doubt(
        f"By {title}, read for the first time, {len(orphans)} of {seats} people with a seat are gone. Nothing was "
        "compared with it. An approver must confirm that it is the right list.",
        confirmable=True,
    )


def not_yet(title: str) -> str:
    """Before Help Scout was read for the first time."""
    return (
        f"hs-bot hasn't read Help Scout yet, so it doesn't know who has a seat. {_begun(title)} was not compared. "
        "Run a sync first."
    )


def _begun(title: str) -> str:
    return title[:1].upper() + title[1:]
