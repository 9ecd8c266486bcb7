"""The record, Help Scout, Slack's who is who, and the services on them. Each is made when it is first asked for."""

from collections.abc import Mapping
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

import structlog

from bot.config import ConfigurationError, Settings
from bot.services.directory import Directory
from bot.services.requests.terms import Terms
from bot.store.errors import NoPlace, Refused, Unsuited
from bot.store.presence import must_be_there
from bot.store.record import Record, open_record
from bot.wiring.help_scout import help_scout, plain

if TYPE_CHECKING:
    from bot.helpscout.client import HelpScout
    from bot.model.request import Kind
    from bot.services.approvals import Approvals
    from bot.services.assignments import Assignments
    from bot.services.audit_heads import AuditHeads
    from bot.services.dormancy import Dormancy
    from bot.services.first_message import FirstMessage
    from bot.services.orphans import Orphans
    from bot.services.pairing import Pairing
    from bot.services.reconciling.reconciliation import Reconciliation
    from bot.services.reports.metrics import Metrics
    from bot.services.requests.kinds import Procedure
    from bot.services.running.runner import Runner
    from bot.services.seat_ends import SeatEnds
    from bot.services.statuses import StatusChanges
    from bot.services.syncing.sync import Sync
    from bot.services.teams import Teams
    from bot.slack.api.workspace import SlackWorkspace
    from bot.slack.transport.socket import SocketMode


class Parts:
    """What a bot does its work with. A context manager: its end closes what was opened.

    `whole`: the record's pages are checked before it is used; `run` does it while look-ups are answered already.
    `reads`: no record is made where there is none.
    """

    def __init__(self, settings: Settings, *, whole: bool = True, reads: bool = False) -> None:
        self.settings = settings
        self._whole = whole
        self._reads = reads
        self._log = structlog.get_logger("bot")
        self._link: SocketMode | None = None

    # Parts, from the ground up

    @cached_property
    def record(self) -> Record:
        try:
            if self._reads:
                must_be_there(self.settings.database)
            return open_record(self.settings.database, whole=self._whole, seals=self.settings.seals)
        except (NoPlace, Refused, Unsuited) as nowhere:
            raise ConfigurationError([f"HS_BOT_DATABASE must lead to a record. {nowhere.sentence}"]) from None

    @cached_property
    def directory(self) -> Directory:
        """From the record alone; of a running bot it knows Slack's mentions too."""
        workspace = self.workspace if self.settings.slack_bot_token else None
        return Directory(self.record, workspace=workspace, interval=self.settings.sync_interval)

    @cached_property
    def terms(self) -> Terms:
        s = self.settings
        return Terms(
            quorum=s.quorum,
            admin_quorum=s.admin_quorum,
            approval_ttl=s.approval_ttl,
            execution_ttl=s.execution_ttl,
            max_per_hour=s.max_per_hour,
            protected=s.protected,
            deprovision=s.deprovision,
            scheduled_replies=s.scheduled_replies,
            provision_approval=s.provision_approval,
            requesters_named=bool(s.requesters),
            domains=s.domains,
            writes=s.writes,
            hand_reminder=s.hand_reminder,
        )

    @cached_property
    def helpscout(self) -> "HelpScout":
        return help_scout(self.settings, observer=lambda call: self.metrics.call(call))

    @cached_property
    def metrics(self) -> "Metrics":
        from bot.services.reports.metrics import Metrics

        return Metrics(
            self.record,
            interval=self.settings.sync_interval,
            budget_left=lambda: self.helpscout.budget.left(),
            process=lambda: self.runner.owner,
            link=lambda: self._link.state() if self._link is not None else None,
        )

    @cached_property
    def sync(self) -> "Sync":
        from bot.services.syncing.sync import Sync

        return Sync(
            self.record,
            self.helpscout,
            guard=self.settings.removal_guard,
            wake=self.wake,
            after=lambda: self.approvals.after_sync() if "approvals" in self.__dict__ else None,
        )

    @cached_property
    def procedures(self) -> "Mapping[Kind, Procedure]":
        from bot.services.kinds.offboarding import Offboarding
        from bot.services.kinds.provisioning import Provisioning
        from bot.services.kinds.restoring import Restoring
        from bot.services.kinds.team_deletion import TeamDeletion
        from bot.services.kinds.user_change import UserChange

        kinds: tuple[Procedure, ...] = (
            Offboarding(self.record, self.helpscout, self.terms),
            Restoring(self.record, self.helpscout, self.terms),
            Provisioning(self.record, self.helpscout, self.terms),
            UserChange(self.record, self.helpscout, self.terms),
            TeamDeletion(self.record, self.helpscout, self.terms),
        )
        return {kind.kind: kind for kind in kinds}

    @cached_property
    def workspace(self) -> "SlackWorkspace":
        from bot.slack.api.web import reading
        from bot.slack.api.workspace import SlackWorkspace

        s = self.settings
        client = reading(plain(s.slack_bot_token) or "", s.slack_api_url)
        names = {name for name, _ in s.gate}
        return SlackWorkspace(client, approvers=s.approvers, requesters=s.requesters, providers=names)

    @cached_property
    def pairing(self) -> "Pairing":
        from bot.services.pairing import Pairing

        return Pairing(self.record)

    @cached_property
    def approvals(self) -> "Approvals":
        from bot.services.approvals import Approvals
        from bot.services.ways.readings import read_or_why

        return Approvals(
            self.record,
            self.workspace,
            self.procedures,
            self.terms,
            wake=self.wake,
            look=lambda request: read_or_why(self.helpscout.rest, request),
        )

    @cached_property
    def runner(self) -> "Runner":
        from bot.services.running.runner import Runner

        return Runner(
            self.record,
            self.helpscout,
            self.workspace,
            self.procedures,
            self.terms,
            told=lambda: self._wake("delivery"),
        )

    @cached_property
    def reconciliation(self) -> "Reconciliation":
        from bot.config.wanted import wanted_sources
        from bot.services.reconciling.readings import Readings
        from bot.services.reconciling.reconciliation import Reconciliation
        from bot.services.wishes.colleagues import colleagues
        from bot.sources.configured import make

        s = self.settings
        if "slack" in s.sources and s.slack_bot_token is None:
            raise ConfigurationError(["SLACK_BOT_TOKEN is not set: HS_BOT_SOURCES names slack, which needs it."])
        sources = make(
            wanted_sources(s), members=lambda: self.workspace.members(), pushed=lambda: colleagues(self.record)
        )
        readings = Readings(self.record, sources, share=s.removal_guard, interval=s.sources_interval)
        return Reconciliation(self.record, readings, roles=s.roles, wake=self.wake)

    @cached_property
    def dormancy(self) -> "Dormancy":
        from bot.services.dormancy import Dormancy

        return Dormancy(self.record, self.helpscout, after=self.settings.dormant)

    @cached_property
    def orphans(self) -> "Orphans":
        from bot.services.orphans import Orphans

        s = self.settings
        return Orphans(
            self.record,
            self.workspace,
            reconciliation=self.reconciliation,
            weekly=s.orphan_digest,
            zone=s.timezone,
            wake=self.wake,
        )

    @cached_property
    def seat_ends(self) -> "SeatEnds":
        from bot.services.seat_ends import SeatEnds

        s = self.settings
        return SeatEnds(
            self.record,
            self.workspace,
            self.approvals,
            notice=s.end_notice,
            zone=s.timezone,
            wake=self.wake,
        )

    @cached_property
    def audit_heads(self) -> "AuditHeads":
        from bot.services.audit_heads import AuditHeads

        return AuditHeads(self.record, wake=self.wake)

    @cached_property
    def first_message(self) -> "FirstMessage":
        from bot.services.first_message import FirstMessage

        return FirstMessage(self.record, channel=self.settings.channel, wake=self.wake)

    @cached_property
    def assignments(self) -> "Assignments":
        from bot.services.assignments import Assignments

        return Assignments(self.record, wake=self.wake)

    @cached_property
    def statuses(self) -> "StatusChanges":
        from bot.services.statuses import StatusChanges

        return StatusChanges(self.record, self.helpscout)

    @cached_property
    def teams(self) -> "Teams":
        from bot.services.teams import Teams

        return Teams(
            self.record,
            self.helpscout,
            self.workspace,
            max_per_hour=self.settings.max_per_hour,
            writes=self.settings.writes,
            wake=self.wake,
        )

    def wake(self) -> None:
        """Something was committed: the runner and the delivery look at once. Nothing to do where neither runs."""
        self._wake("runner", "delivery", "pursuit")

    def _wake(self, *parts: str) -> None:
        for part in parts:
            if part in self.__dict__:
                getattr(self, part).wake()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened, the record last."""
        for part in ("directory", "helpscout", "record"):
            if part in self.__dict__:
                getattr(self, part).close()
