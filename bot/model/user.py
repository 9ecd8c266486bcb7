"""A Help Scout user, as the REST API shows one, and as our record keeps one.

Source: Help Scout Mailbox API v2, "User object". Every field but `id` may be missing or empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.model.address import address_key


class Status(StrEnum):
    """Where the record sees a person."""

    ACTIVE = "active"
    OFFBOARDED = "offboarded"  # gone by a request of ours
    REMOVED = "removed"  # gone without one: an alarm


NOT_PEOPLE = ("team", "virtual", "bot", "system_user")
"""Types of users that are nobody: teams, which Help Scout lists among its users, and its bots."""

OWNER, ADMIN, USER, LIGHT = "owner", "admin", "user", "light user"
"""The roles Help Scout documents; unknown ones are kept and shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One user of the account. Times are ISO 8601 strings as sent; `raw` is the JSON object as it came."""

    id: int
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    role: str = ""
    timezone: str = ""
    type: str = ""
    created_at: str = ""
    updated_at: str = ""
    photo_url: str = ""
    job_title: str = ""
    phone: str = ""
    alternate_emails: tuple[str, ...] = ()
    mention: str = ""
    initials: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    odd: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """Fields (as they are called here) that came in a shape that can't be read: empty here, kept in `raw`."""

    @property
    def name(self) -> str:
        """First and last name, else the e-mail, else the id: never empty."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.email or str(self.id)

    @property
    def is_person(self) -> bool:
        """Whether this is somebody, and counts as such wherever people are counted; unknown types are."""
        return self.type not in NOT_PEOPLE and self.type.strip().lower() not in NOT_PEOPLE

    @property
    def key(self) -> str:
        """The key of the main address; "" without one."""
        return address_key(self.email)

    @property
    def keys(self) -> frozenset[str]:
        """The keys of every address of the person, the main one and the alternates."""
        return frozenset(key for a in (self.email, *self.alternate_emails) if (key := address_key(a)))


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord:
    """A row of the record: the user as last seen, and what we know about their coming and going (times in UTC)."""

    user: User
    status: Status = Status.ACTIVE
    first_seen: datetime
    last_seen: datetime
    removed_at: datetime | None = None
    scim_id: str | None = None
    request_id: str | None = None  # the request that offboarded (or restored) them

    @property
    def id(self) -> int:
        return self.user.id


_LIGHT = frozenset({"light user", "light_user", "light-user", "lightuser", "light"})


def as_role(text: str) -> str:
    """A role as Help Scout's pages name it: how a light user is spelled in an answer, no page says."""
    return LIGHT if text.strip().lower() in _LIGHT else text
