"""A change that needs a second person: the row in `requests` (the only authority), its decisions and its steps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    OFFBOARD = "offboard"
    RESTORE = "restore"
    PROVISION = "provision"
    CHANGE = "change"  # e-mail or role of somebody who is there
    DELETE_TEAM = "delete team"


class State(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    RUNNING = "running"
    DONE = "done"
    DENIED = "denied"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    STALE = "stale"
    FAILED = "failed"
    ATTENTION = "attention"
    WAITING = "waiting"  # approved and prepared; a person has to do the last step in Help Scout


HS_BOT = "hs-bot"
"""The requester of what hs-bot asks for by itself."""

OPEN = frozenset({State.PENDING, State.APPROVED, State.RUNNING, State.ATTENTION, State.WAITING})
"""States in which a target may not have a second request."""
ENDED = frozenset(State) - OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Times are aware UTC datetimes. Slack ids are `U…`/`W…`; `target_id` is a REST user (or team) id."""

    id: str
    kind: Kind
    state: State = State.PENDING
    opened_at: datetime
    requester: str  # Slack id
    requester_name: str = ""
    target_id: int | None = None  # None for provision
    target_name: str = ""
    target_email: str = ""  # as written; for provision the address to be
    reason: str = ""
    plan: Mapping[str, Any] = field(default_factory=dict)  # JSON object; what is bound by `digest`
    digest: str = ""
    seal: str = ""  # by whom and for which plan it was opened, sealed (bot.policy.requests.seal)
    quorum: int = 1
    run_at: datetime | None = None  # None: as soon as approved
    expires_at: datetime  # clock 1: pending ends here
    start_by: datetime | None = None  # clock 2: an approved one must start before this; set at approval
    approved_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    outcome: str = ""  # a sentence: why it ended as it did, or what it waits for
    reminded: int = 0  # reminders sent: 0, 1 (half), 2 (90 %)
    lease_owner: str | None = None
    lease_until: datetime | None = None
    channel: str = ""  # where the card is
    message_ts: str = ""  # "" until posted
    card_version: int = 0  # version of the row the card in Slack shows
    version: int = 1  # moves with every write to the row
    batch_id: str = ""  # of the batch that it was asked for in; "": by itself


_SLACK_ID = re.compile(r"[UW][A-Z0-9]+")
_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


def is_providers(requester: str) -> bool:
    """Whether this requester is an identity provider, by the name of its token, and nobody in Slack."""
    return requester != "hs-bot" and bool(_TOKEN.fullmatch(requester)) and _SLACK_ID.fullmatch(requester) is None


def is_plain(request: Request) -> bool:
    """Whether an identity provider has changed what nobody decides on, and all is well: that needs no card.

    The first sync of a provider changes hundreds of titles and numbers. Once somebody has to look, a card is posted.
    """
    well = request.state in (State.APPROVED, State.RUNNING, State.DONE) and not request.message_ts
    return well and request.kind is Kind.CHANGE and request.quorum == 0 and is_providers(request.requester)


class Verdict(StrEnum):
    APPROVE = "approve"
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One valid vote; one per person and request."""

    request_id: str
    actor: str  # Slack id
    actor_name: str = ""
    verdict: Verdict
    reason: str = ""
    decided_at: datetime
    seal: str = ""  # of this very vote on this very plan (bot.policy.requests.seal)


class StepState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of an execution, journalled before it starts and after it ended. `done`/`total` are its progress."""

    request_id: str
    position: int
    name: str
    state: StepState = StepState.RUNNING
    started_at: datetime
    finished_at: datetime | None = None
    attempts: int = 1
    done: int = 0
    total: int = 0
    result: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
