"""What the channel is told about a sync: who came, vanished, or got another role or e-mail outside the bot.

Values only; the Slack room draws them when the outbox item (`{"sync_id"}`) is sent, so that a notice says what the
record says.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.model.change import Change, ChangeKind
from bot.model.user import UserRecord
from bot.services.reports.history import Entry, entries_of
from bot.store.record import Record

DIGEST_PAST = 5
"""More changes than this are told as one digest: counts first, then the people."""
TOLD_FIELDS = frozenset({"role", "email"})
"""The changed fields a channel is told; every other one is in the history of the person."""
TOLD_KINDS = frozenset({ChangeKind.JOINED, ChangeKind.RETURNED, ChangeKind.REMOVED})


@dataclass(frozen=True, slots=True)
class Notice:
    """What one sync found. `removed` is the alarm: people who left without a request of ours."""

    sync_id: int
    joined: tuple[Entry, ...] = ()
    returned: tuple[Entry, ...] = ()
    removed: tuple[Entry, ...] = ()
    changed: tuple[Entry, ...] = ()  # role or e-mail; one entry a field

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of it, the alarm first."""
        return (*self.removed, *self.joined, *self.returned, *self.changed)

    @property
    def digest(self) -> bool:
        return len(self.entries) > DIGEST_PAST


def told(change: Change, person: UserRecord | None) -> bool:
    """Does the channel hear of this change? Only of people, of what was not our doing, and of what matters for access.

    Help Scout lists teams and bots among the users; that one came or went is in `changes`, but nobody came or vanished.
    """
    if change.request_id is not None or (person is not None and not person.user.is_person):
        return False
    return change.kind in TOLD_KINDS or (change.kind is ChangeKind.CHANGED and change.field in TOLD_FIELDS)


def notice_of(sync_id: int, entries: Iterable[Entry]) -> Notice:
    """Sort what a sync found into what is told; order within a part is by name, then id."""
    parts: dict[ChangeKind, list[Entry]] = {}
    for entry in entries:
        if told(entry.change, entry.person):
            parts.setdefault(entry.change.kind, []).append(entry)

    def part(kind: ChangeKind) -> tuple[Entry, ...]:
        return tuple(sorted(parts.get(kind, ()), key=lambda entry: (entry.name.casefold(), entry.change.user_id)))

    return Notice(
        sync_id,
        joined=part(ChangeKind.JOINED),
        returned=part(ChangeKind.RETURNED),
        removed=part(ChangeKind.REMOVED),
        changed=part(ChangeKind.CHANGED),
    )


def read_notice(record: Record, sync_id: int) -> Notice:
    """The notice of a sync, read from the record."""
    return notice_of(sync_id, entries_of(record, record.changes.of_sync(sync_id)))
