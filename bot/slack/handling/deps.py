"""What listeners need: the services, the workspace, the worker, and settings as plain values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from slack_sdk import WebClient

from bot.helpscout.client import HelpScout
from bot.services.approvals import Approvals
from bot.services.directory import Directory
from bot.services.dormancy import Dormancy
from bot.services.orphans import Orphans
from bot.services.reconciling.reconciliation import Reconciliation
from bot.services.requests.terms import Terms
from bot.services.seat_ends import SeatEnds
from bot.services.syncing.sync import Sync
from bot.services.teams import Teams
from bot.slack.api.allowance import Allowance
from bot.slack.api.workspace import SlackWorkspace
from bot.slack.handling.drafts import Drafts
from bot.slack.handling.open_forms import OpenForms
from bot.slack.handling.open_homes import Homes
from bot.slack.handling.private import Private
from bot.slack.handling.turned_away import Noted
from bot.slack.handling.work.filling import Filling
from bot.slack.handling.work.repeats import Once
from bot.slack.handling.work.worker import Worker
from bot.store.record import Record


@dataclass(frozen=True, kw_only=True)
class Deps:
    """`client` is for calls that must not happen twice (`web.writing`); `workspace` has one of its own for reading.

    `terms` are the engine's, for showing: it decides. `filling` is for what is filled into answers afterwards, so that
    a slow API or a used-up rate budget holds up no click. `dormancy` says which seats look dormant.
    `channel` is the id of the channel for cards; `notify` (`mention`, `dm`, `off`) how approvers learn of a request,
    `tell_manager` whether a leaver's manager is told; `timezone` the IANA zone for times without one.
    `next_sync` and `post_problem` are asked when somebody wants to know: when the next sync is due, and what keeps the
    bot from posting ("" when nothing, nor anything but requests whose ids are hidden from who asks).
    """

    record: Record
    directory: Directory
    approvals: Approvals
    sync: Sync
    orphans: Orphans
    teams: Teams
    seat_ends: SeatEnds
    dormancy: Dormancy | None = None
    helpscout: HelpScout | None = None

    workspace: SlackWorkspace
    client: WebClient
    worker: Worker
    filling: Filling
    once: Once
    private: Private
    homes: Homes
    noted: Noted
    drafts: Drafts = field(default_factory=Drafts)
    open_forms: OpenForms = field(default_factory=OpenForms)
    counts: Allowance = field(default_factory=Allowance)

    terms: Terms
    channel: str = ""
    notify: str = "mention"
    tell_manager: bool = False
    timezone: str = "UTC"
    sla: timedelta = timedelta(hours=24)
    seat_cost: tuple[Decimal, str] | None = None  # amount and currency, per seat and month
    next_sync: Callable[[], datetime | None] = lambda: None
    post_problem: Callable[[Callable[[str], bool]], str] = lambda _: ""

    @property
    def reconciliation(self) -> Reconciliation:
        """Who should have a seat, compared with who has one."""
        return self.orphans.reconciliation
