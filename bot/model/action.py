"""What somebody wants done to a request: the one way in for buttons, forms, schedules and the command line."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from bot.model.request import Kind, Request, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Open a request. `arguments` are the kind's own (for offboard: `target_id`, `assignee_id`)."""

    kind: Kind
    actor: str  # Slack id of the requester
    reason: str
    arguments: dict[str, object]
    run_at: datetime | None = None
    of_seat_end: date | None = None  # it is opened because the target's seat ends on that day


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    request_id: str
    actor: str
    verdict: Verdict
    reason: str = ""
    seen: str | None = None  # mark of the plan on the card that was clicked (bot.policy.requests.seen); None: no card


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    request_id: str
    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reschedule:
    """Move the time of a request that has not started; approvals so far are void, because the time is in the plan."""

    request_id: str
    actor: str
    run_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Go on with a request in `attention`; needs an approver."""

    request_id: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """Remind the approvers of a request that waits for them; by its requester only, at most once an hour."""

    request_id: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckNow:
    """Look whether what a person had to do in Help Scout is done; by anybody who may look people up."""

    request_id: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign:
    """Choose who takes the conversations, before it is approved; approvals so far are void: that is in the plan.

    `assignee_id` None leaves them unassigned.
    """

    request_id: str
    actor: str
    assignee_id: int | None


Action: TypeAlias = Open | Decide | Cancel | Reschedule | Assign | Retry | Remind | CheckNow


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an action: `sentence` is for the person who acted, privately; `request` the row as it stands now."""

    accepted: bool
    sentence: str
    request: Request | None = None
    field: str = ""  # the argument that was wrong, for a form to show it there: "target_id", "reason", "run_at", …
