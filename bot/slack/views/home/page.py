"""What one person's Home shows, as values; and the buttons on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from slack_sdk.models.blocks import Block

from bot.model.request import Request, Step
from bot.slack.views.many.batch_card import ShownBatch as Batch
from bot.slack.views.shapes import CardWords, Entry

OFFBOARD, SEAT, PICTURE, DETAILS = "home.offboard", "home.seat", "home.picture", "home.details"
ORPHANS = "home.orphans"
BATCH_DETAILS = "batch.status"
"""Buttons. The value of Details is a request's id."""

AS_OF = "as_of"
"""block_id of the line that says how old this is."""
NOT_COMPARED = -1
"""Instead of a number: no source could be used."""
SHOWN = 8  # requests of one part
CHANGES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRequest:
    """A request as the Home shows it."""

    request: Request
    words: CardWords
    steps: Sequence[Step] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """Somebody whose seat should have ended. `day` in words."""

    user_id: int
    name: str
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """What one person's Home shows. A part that is None does not concern them, an empty one says that it is empty.

    `held` is the removal guard's open question: (id of the sync, how many people). `orphans` None: not counted yet; or
    `NOT_COMPARED`. `note` says how old this is, or what is out of reach. `synced` is the last sync that began, in
    words, and `sync_trouble` why the last one failed; both are safe markup. `greeting` is for whom it is new.
    """

    seats: int
    history: Sequence[tuple[datetime, int]] = ()
    changes: Sequence[Entry] = ()
    may_ask: bool = False
    approver: bool = False
    decide: Sequence[ShownRequest] | None = None
    decide_more: int = 0
    batches: Sequence[Batch] = ()  # of which they can decide on somebody
    own_batches: Sequence[Batch] = ()
    stuck: Sequence[ShownRequest] = ()
    held: tuple[int, int] | None = None
    overdue: Sequence[Overdue] = ()  # for approvers
    mine: Sequence[ShownRequest] | None = None
    running: Sequence[ShownRequest] = ()
    scheduled: Sequence[ShownRequest] = ()
    scheduled_more: int = 0
    orphans: int | None = None
    cost: tuple[Decimal, str] | None = None
    note: str = ""
    synced: str = ""
    sync_trouble: str = ""
    greeting: Sequence[Block] = ()
