"""Several people asked for together: each has a request of their own; the batch is how they are shown and decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from bot.model.action import Open
from bot.model.request import Kind, Verdict

MOST = 100
"""People in one batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A line that became no request: its number where it was typed, what stood there, and why, as a sentence."""

    number: int
    text: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """`members` are ids of requests, in their order: the seal binds them, so that nobody is approved unseen."""

    id: str
    opened_at: datetime
    requester: str  # Slack id
    requester_name: str = ""
    reason: str = ""
    assignee_name: str = ""
    run_at: datetime | None = None
    members: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    seal: str = ""
    finished_at: datetime | None = None  # when nobody was left to be decided or worked at, and that was told
    channel: str = ""  # where the card is
    message_ts: str = ""  # "" until posted
    shown: str = ""  # what the card shows, in short
    card_version: int = 0  # of the batch and its requests together, that the card shows
    version: int = 1
    kind: Kind = Kind.OFFBOARD  # of one of its requests; the others are asked for together with such


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMany:
    """Ask for the offboarding of several people: REST ids. `lines` are the numbers and words they were named by."""

    actor: str
    reason: str
    targets: tuple[int, ...]
    assignee_id: int | None = None
    run_at: datetime | None = None
    lines: tuple[tuple[int, str], ...] = ()
    left_out: tuple[LeftOut, ...] = ()  # lines that were left out knowingly
    all_or_none: bool = True  # open nothing while somebody can't be asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Gather:
    """An identity provider wants the same of many people: `opens` are of kinds that are asked for together.

    They join its batch of these kinds that is still to be decided, and so do its requests that wait by themselves.
    """

    actor: str
    opens: tuple[Open, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideMany:
    """For everybody in the batch whom the actor may decide."""

    batch_id: str
    actor: str
    verdict: Verdict
    reason: str = ""
    seen: str | None = None  # mark of the plans on the card that was clicked (bot.policy.requests.seen); None: no card


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOut:
    """Cancel these requests of a batch; all that have not begun with `request_ids` None."""

    batch_id: str
    actor: str
    request_ids: tuple[str, ...] | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignMany:
    """Choose who takes the conversations of everybody who is pending; their approvals so far are void."""

    batch_id: str
    actor: str
    assignee_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryMany:
    """Go on with everybody in the batch who needs attention."""

    batch_id: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindMany:
    """Remind the approvers, by the requester."""

    batch_id: str
    actor: str


ForEach: TypeAlias = DecideMany | LeaveOut | AssignMany | RetryMany
"""What is done to each of its requests as if it were asked of that one."""
OnBatch: TypeAlias = ForEach | RemindMany
BatchAction: TypeAlias = OpenMany | Gather | OnBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """What came of it. `wrong` are the lines that stand in the way; nothing was opened then."""

    accepted: bool
    sentence: str
    batch: Batch | None = None
    wrong: tuple[LeftOut, ...] = ()
    field: str = ""
    opened: tuple[tuple[int, str], ...] = ()  # of a `Gather`: number among its `opens`, id of the request
