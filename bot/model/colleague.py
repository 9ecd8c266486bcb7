"""Somebody who works here as a source tells, and one whole reading of a source."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.address import address_key


class Employment(StrEnum):
    """What a source says of somebody, in our words; its own word is in `Colleague.said`."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"
    COMING = "not started"  # an account that was prepared and never used


GONE = frozenset({Employment.SUSPENDED, Employment.LEFT})
"""Who is gone: a seat of theirs is an orphan."""


@dataclass(frozen=True, slots=True)
class Manager:
    """Whose address `email` is, by the `source` of that name."""

    email: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """`id` is the source's own and stays when the address changes (a CSV has none: there it is the address's key).

    `said` is the source's own word with its time where it tells one ("suspended since 2026-03-01"). `groups` are those
    that were asked for, by the names they were asked for under. `manager` is an address.
    """

    id: str
    email: str
    others: tuple[str, ...] = ()  # further addresses: login, aliases
    name: str = ""
    state: Employment = Employment.ACTIVE
    said: str = "active"
    role: str = ""
    groups: frozenset[str] = frozenset()
    manager: str = ""
    slack_ids: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """The key of the main address; "" without one."""
        return address_key(self.email)

    @property
    def keys(self) -> frozenset[str]:
        """The keys of every address."""
        if not self.others:
            return frozenset((self.key,)) if self.email else frozenset()
        return frozenset(key for one in (self.email, *self.others) if (key := address_key(one)))

    @property
    def is_gone(self) -> bool:
        return self.state in GONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A source, read whole. `source` is its name as in HS_BOT_SOURCES, `title` how people call it.

    `group`: only this group was read ("" without one), and who is not in it should have no seat. `complete`: everybody
    who works here has an account there, so that who has none is gone (Slack). `as_of` is how old the data itself is.
    `own_names`: people choose their names there themselves, so that they prove nothing.
    """

    source: str
    title: str
    people: tuple[Colleague, ...]
    group: str = ""
    complete: bool = False
    own_names: bool = False
    as_of: datetime | None = None
