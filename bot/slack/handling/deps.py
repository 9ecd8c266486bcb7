"""What listeners need: the services, the workspace, the worker, and settings as plain values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from slack_sdk import WebClient

from bot import __version__
from bot.helpscout.client import HelpScout
from bot.policy.ways import Writes
from bot.services.approvals import Approvals
from bot.services.directory import Directory
from bot.services.dormancy import Dormancy
from bot.services.orphans import Orphans
from bot.services.reconciling.reconciliation import Reconciliation
from bot.services.seat_ends import SeatEnds
from bot.services.syncing.sync import Sync
from bot.services.teams import Teams
from bot.slack.api.allowance import Allowance
from bot.slack.api.workspace import SlackWorkspace
from bot.slack.handling.caller import Callers
from bot.slack.handling.drafts import Drafts
from bot.slack.handling.lull import Lull
from bot.slack.handling.newest import Turns
from bot.slack.handling.open_homes import Homes
from bot.slack.handling.private import Private
from bot.slack.handling.repeats import Once
from bot.slack.handling.turned_away import Noted
from bot.slack.handling.worker import Worker
from bot.store.record import Record


@dataclass(frozen=True, kw_only=True)
class Deps:
    """`client` is for calls that must not happen twice (`web.writing`); `workspace` has one of its own for reading.

    `channel` is the id of the channel for cards; `notify` (`mention`, `dm`, `off`) how approvers learn of a request,
    `tell_manager` whether a leaver's manager is told;
    `timezone` the IANA zone for times without one. The quorums, `writes`, `deprovision`, `provision_approval` and
    `protected` are for showing: the services decide. `next_sync` and `post_problem` are asked when somebody wants to
    know: when the next sync is due, and what keeps the bot from posting ("" when nothing, nor anything but requests
    whose ids are hidden from who asks). `filler` finds out what is
    filled into answers afterwards, so that a slow API or a used-up rate budget holds up no click; without one the
    worker does that too. `dormancy` says which seats look dormant.
    """

    record: Record
    directory: Directory
    approvals: Approvals
    sync: Sync
    orphans: Orphans
    teams: Teams
    workspace: SlackWorkspace
    seat_ends: SeatEnds
    worker: Worker
    client: WebClient
    filler: Worker | None = None
    helpscout: HelpScout | None = None
    dormancy: Dormancy | None = None
    channel: str = ""
    notify: str = "mention"
    tell_manager: bool = False
    timezone: str = "UTC"
    sync_interval: timedelta = timedelta(minutes=15)
    quorum: int = 1
    admin_quorum: int = 2
    max_per_hour: int = 10
    deprovision: str = "delete"
    requesters_named: bool = False
    provision_approval: str = "admins"
    protected: frozenset[str] = frozenset()
    writes: Writes = "auto"
    sla: timedelta = timedelta(hours=24)
    seat_cost: tuple[Decimal, str] | None = None  # amount and currency, per seat and month
    version: str = __version__
    next_sync: Callable[[], datetime | None] = lambda: None
    post_problem: Callable[[Callable[[str], bool]], str] = lambda _: ""
    callers: Callers = field(init=False)
    once: Once = field(init=False)
    private: Private = field(init=False)
    drafts: Drafts = field(init=False, default_factory=Drafts)
    turns: Turns = field(init=False, default_factory=Turns)
    counts: Allowance = field(init=False, default_factory=Allowance)
    lull: Lull = field(init=False, default_factory=Lull)
    noted: Noted = field(init=False)
    homes: Homes = field(init=False)

    @property
    def reconciliation(self) -> Reconciliation:
        """Who should have a seat, compared with who has one."""
        return self.orphans.reconciliation

    def __post_init__(self) -> None:
        object.__setattr__(self, "callers", Callers(self.workspace))
        object.__setattr__(self, "noted", Noted(self.record))
        object.__setattr__(self, "once", Once(self.worker))
        object.__setattr__(self, "private", Private(self.client))
        object.__setattr__(self, "homes", Homes(self.client, self.worker, self.record.wait_for_change))
