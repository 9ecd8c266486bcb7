"""Whose eyes a text is drawn for: their time zone, and the names behind ids."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.demo.slack.people import Person
from bot.demo.slack.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Reader:
    """`person_name`, `channel_name` and `group_name` give the name for an id, None when there is none.

    `groups` are the ids of user groups that the reader is in.
    """

    id: str
    zone: ZoneInfo
    person_name: Callable[[str], str | None]
    channel_name: Callable[[str], str | None]
    group_name: Callable[[str], str | None] = lambda _: None
    groups: frozenset[str] = frozenset()
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def local(self, unix: float) -> datetime:
        return datetime.fromtimestamp(unix, self.zone)


def reader_for(person: Person, workspace: Workspace) -> Reader:
    def person_name(user: str) -> str | None:
        found = workspace.people.get(user)
        return found.handle if found else None

    def channel_name(channel: str) -> str | None:
        found = workspace.channels.get(channel)
        return found.name if found else None

    def group_name(group: str) -> str | None:
        found = workspace.groups.get(group)
        return found.handle if found else None

    return Reader(
        id=person.id,
        zone=zone_of(person),
        person_name=person_name,
        channel_name=channel_name,
        group_name=group_name,
        groups=frozenset(one.id for one in workspace.groups.values() if person.id in one.users),
    )


def zone_of(person: Person) -> ZoneInfo:
    """The person's time zone; UTC when Slack knows none."""
    try:
        return ZoneInfo(person.tz or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
