"""The one place where the parts are put together. Each part is made when it is first asked for.

So `hs-bot lookup` opens the record and nothing else, and `hs-bot run` has everything. Tests hand in parts of their own.
"""

import errno
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import structlog
from pydantic import SecretStr

from bot import __version__
from bot.config import ConfigurationError, Settings
from bot.model.problem import Problem
from bot.services.directory import Directory
from bot.services.requests.terms import Terms
from bot.services.running.ending import backstop, stop_together
from bot.services.side_by_side import begun
from bot.store.errors import NoPlace, Refused, Unsuited
from bot.store.presence import must_be_there
from bot.store.record import Record, open_record

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from slack_bolt import App

    from bot.gate.site import Gate
    from bot.helpscout.client import HelpScout
    from bot.helpscout.wire.calls import Observer
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
    from bot.services.running.scheduler import Scheduler
    from bot.services.seat_ends import SeatEnds
    from bot.services.statuses import StatusChanges
    from bot.services.syncing.sync import Sync
    from bot.services.teams import Teams
    from bot.services.wishes.pursuit import Pursuit
    from bot.services.wishes.roster import Roster
    from bot.slack.api.workspace import SlackWorkspace
    from bot.slack.handling.deps import Deps
    from bot.slack.handling.worker import Worker
    from bot.slack.outbound.delivery import Courier
    from bot.slack.transport.link_state import LinkState
    from bot.slack.transport.server import HttpServer
    from bot.slack.transport.socket import SocketMode

STOP_SECONDS = 8.5
"""SIGTERM: the current step ends within this; after little more, and before ten seconds, the process."""


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def token_file(settings: Settings) -> Path:
    """Where `hs-bot login` keeps its tokens: beside the record's file; with PostgreSQL in the working directory."""
    beside = Path("hs-bot.db" if "://" in settings.database else settings.database)
    return beside.with_suffix(".login.json")


def help_scout(settings: Settings, *, signed_in: bool | None = None, observer: "Observer | None" = None) -> "HelpScout":
    """The client. With a stored login (or `signed_in`) it acts for a person, else with client credentials."""
    from bot.helpscout.client import HelpScout
    from bot.helpscout.wire.surroundings import BadSurroundings

    file = token_file(settings)
    use_login = file.exists() if signed_in is None else signed_in
    try:
        return HelpScout(
            api_url=settings.api_url,
            scim_url=settings.scim_url,
            token_url=settings.token_url,
            app_id=_plain(settings.helpscout_app_id) or "",
            app_secret=_plain(settings.helpscout_app_secret) or "",
            scim_token=_plain(settings.helpscout_scim_token),
            per_minute=settings.rate_limit,
            token_file=file if use_login else None,
            user_agent=f"hs-bot/{__version__}",
            observer=observer,
        )
    except BadSurroundings as bad:
        raise ConfigurationError([bad.sentence]) from None


def sign_in(settings: Settings, *, echo: Callable[[str], None], ask: Callable[[], str] | None = None) -> None:
    """`hs-bot login`: a browser, a code, tokens in the file. Raises what Help Scout's refusal means.

    `ask` where there is no browser here: it gives what a person has pasted.
    """
    from bot.helpscout.sign_in.login import paste_code, receive_code

    app_id = _plain(settings.helpscout_app_id) or ""
    with help_scout(settings, signed_in=True) as client:
        client.log_in(paste_code(app_id, tell=echo, ask=ask) if ask else receive_code(app_id, tell=echo))
        echo(f"Signed in as {client.rest.me().name}; the login is kept in {token_file(settings)}.")


class Bot:
    """Everything of one bot. A context manager: its end closes what was opened.

    `whole`: the record's pages are checked before it is used; `run` does it while look-ups are answered already.
    `reads`: no record is made where there is none.
    """

    def __init__(self, settings: Settings, *, whole: bool = True, reads: bool = False) -> None:
        self.settings = settings
        self._whole = whole
        self._reads = reads
        self._log = structlog.get_logger("bot")
        self._stop = threading.Event()
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
            after=lambda: self.approvals.look_by_hand() if "approvals" in self.__dict__ else None,
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
        client = reading(_plain(s.slack_bot_token) or "", s.slack_api_url)
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
            self.record, self.helpscout, self.workspace, self.procedures, self.terms, told=lambda: self.courier.wake()
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

    def _webhook(self, event: str, body: Mapping[str, Any]) -> None:
        """Whatever Help Scout tells, to whoever knows what to do with it."""
        self.assignments.told(event, body)
        self.statuses.told(event, body)

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

    @cached_property
    def roster(self) -> "Roster":
        from bot.services.wishes.roster import Roster

        return Roster(self.record)

    @cached_property
    def pursuit(self) -> "Pursuit":
        from bot.services.wishes.asking import Asking
        from bot.services.wishes.groups import Groups
        from bot.services.wishes.pursuit import Pursuit

        groups = Groups(self.record, self.roster, self.teams, self.approvals)
        guard = self.settings.removal_guard
        return Pursuit(
            self.record,
            self.approvals,
            Asking(self.record, self.approvals, self.roster, groups, guard=guard),
            groups,
            owner=self.runner.owner,
            wake=lambda: self.courier.wake(),
        )

    @cached_property
    def gate(self) -> "Gate":
        from bot.gate.site import Gate
        from bot.gate.tokens import Tokens
        from bot.services.wishes.pushes import Pushes

        pushes = Pushes(self.record, self.roster, protected=self.terms.protected, wake=lambda: self.pursuit.wake())
        return Gate(Tokens(self.settings.gate), self.roster, pushes)

    @cached_property
    def worker(self) -> "Worker":
        from bot.slack.handling.worker import Worker

        return Worker()

    @cached_property
    def filler(self) -> "Worker":
        from bot.slack.handling.worker import Worker

        return Worker()

    @cached_property
    def deps(self) -> "Deps":
        from bot.slack.api.web import writing
        from bot.slack.handling.deps import Deps

        s = self.settings
        return Deps(
            record=self.record,
            directory=self.directory,
            approvals=self.approvals,
            sync=self.sync,
            orphans=self.orphans,
            teams=self.teams,
            workspace=self.workspace,
            seat_ends=self.seat_ends,
            worker=self.worker,
            filler=self.filler,
            client=writing(_plain(s.slack_bot_token) or "", s.slack_api_url),
            helpscout=self.helpscout,
            channel=s.channel,
            notify=s.notify,
            tell_manager=s.tell_manager == "on",
            timezone=s.timezone,
            sync_interval=s.sync_interval,
            quorum=s.quorum,
            admin_quorum=s.admin_quorum,
            max_per_hour=s.max_per_hour,
            deprovision=s.deprovision,
            requesters_named=bool(s.requesters),
            provision_approval=s.provision_approval,
            protected=s.protected,
            writes=s.writes,
            sla=s.sla,
            seat_cost=(s.seat_cost.amount, s.seat_cost.currency) if s.seat_cost else None,
            dormancy=self.dormancy,
            next_sync=lambda: self.scheduler.next_sync,
            post_problem=lambda hidden: self.courier.problem(hidden),
        )

    @cached_property
    def courier(self) -> "Courier":
        from bot.slack.outbound.delivery import Courier

        return Courier(self.deps)

    @cached_property
    def app(self) -> "App":
        from bot.slack.inbound.app import build_app

        return build_app(self.deps, signing_secret=_plain(self.settings.slack_signing_secret) or "")

    @cached_property
    def scheduler(self) -> "Scheduler":
        from bot.policy.requests.clocks import look_every
        from bot.services.running.leadership import Leadership
        from bot.services.running.scheduler import Scheduler

        return Scheduler(
            self.record,
            self.sync,
            leadership=Leadership(self.record, owner=self.runner.owner),
            interval=self.settings.sync_interval,
            tick=look_every(self.settings.approval_ttl, self.settings.execution_ttl),
            ticks={
                "requests": self.approvals.tick,
                "orphans": self.orphans.tick,
                "seat ends": self.seat_ends.tick,
                "sources": self.reconciliation.tick,
                "dormant seats": self.dormancy.tick,
                "audit head": self.audit_heads.tick,
                "messages": self.courier.wake,
            },
            wake=self.wake,
        )

    # Life

    def run(self, mode: Literal["socket", "http"]) -> None:
        """Run until SIGTERM or SIGINT, then finish what is under way and hand back leases.

        Look-ups are answered while the record's pages are still being checked; nothing is carried out, synced or posted
        before they are found whole. Raises `Corrupt` when they are not.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        from bot.slack.transport.promptness import keep_prompt

        whole = begun(self.record.check)
        self._check_slack()
        transports = [self._http_server()] if mode == "http" else self._socket_mode()
        self.workspace.on_reading(self.pairing.noticed)
        self.directory.start()
        for transport in transports:
            transport.start()
        while not whole.done() and not self._stop.wait(0.01):
            pass
        if not whole.done():
            for transport in transports:
                transport.stop()
            return
        whole.result()
        begun(self._read_credential)
        self._greet()
        for part in (self.runner, self.courier, self.scheduler):
            part.start()
        if self.settings.gate:
            self.pursuit.start()
        keep_prompt()
        self._log.info("running", mode=mode, record=self.record.engine, version=__version__)
        # The system may hand the signal to any thread; Python acts on it when this one next runs.
        while not self._stop.wait(0.2):
            pass
        self._log.info("stopping")
        backstop(STOP_SECONDS + 0.6)
        self._end(transports, time.monotonic() + STOP_SECONDS)
        self._log.info("stopped")

    def _greet(self) -> None:
        try:
            self.first_message.owe()
        except Problem as problem:
            self._log.warning("the first message could not be noted", problem=problem.sentence)

    def _end(self, transports: "Sequence[HttpServer | SocketMode]", ends: float) -> None:
        """Take nothing new, finish what is under way, hand back the leases; last, what Slack is still owed of it."""
        for transport in transports:
            transport.stop(2.0)
        parts = {
            "scheduler": self.scheduler.stop,
            "runner": self.runner.stop,
            **({"gate": self.pursuit.stop} if self.settings.gate else {}),
            "worker": self.worker.stop,
            "filler": self.filler.stop,
        }
        late = stop_together(parts, ends - 1.0 - time.monotonic())
        late += stop_together({"courier": self.courier.stop}, ends - time.monotonic())
        if late:
            self._log.warning("not everything ended in time", parts=late)

    def stop(self) -> None:
        """End `run`, from another thread."""
        self._stop.set()

    def _check_slack(self) -> None:
        """A token that Slack refuses ends the start; a Slack that can't be reached does not."""
        from bot.slack.api.web import SlackFault, SlackUnauthorized, call

        try:
            call("auth.test", self.deps.client.auth_test)
        except SlackUnauthorized as refused:
            raise ConfigurationError([f"SLACK_BOT_TOKEN is refused by Slack. {refused.sentence}"]) from None
        except SlackFault as fault:
            self._log.warning("Slack is away at the start; trying on", problem=fault.sentence)

    def _read_credential(self) -> None:
        """Whose credential it is; what Help Scout doesn't say now, the first sync asks again."""
        from bot.services.credential import Credential

        try:
            Credential(self.record).read(self.helpscout.rest)
        except Problem as problem:
            self._log.warning("whose credential it is can't be read", problem=problem.sentence)
        self.wake()

    def _http_server(self) -> "HttpServer":
        from bot.slack.transport.http import Site
        from bot.slack.transport.server import HttpServer

        mounted, below = self._mounted()
        site = Site(
            self.app,
            signing_secret=(_plain(self.settings.slack_signing_secret) or "") if self._link is None else "",
            metrics_token=_plain(self.settings.metrics_token) or "",
            health=self._health,
            metrics=self.metrics.page,
            webhook_secret=_plain(self.settings.webhook_secret) or "",
            webhook=self._webhook,
            noted=self.metrics.ack,
            mounted=mounted,
        )
        try:
            return HttpServer(site, host=self.settings.host, port=self.settings.port, below=below)
        except OSError as taken:
            raise ConfigurationError([self._no_place(taken)]) from None

    def _mounted(self) -> "tuple[dict[str, WSGIApplication], dict[str, int]]":
        """The gate, when it is on: by its path, with the largest body there.

        SCIM's models take half a second to import: that waits for the first push, not the start.
        """
        if not self.settings.gate:
            return {}, {}
        if find_spec("scim2_models") is None:
            raise ConfigurationError(
                ["HS_BOT_GATE_TOKENS needs scim2-models: install it with  pip install 'hs-bot[gate]'."]
            )
        from bot.gate import PREFIX
        from bot.gate.reading import LARGEST

        return {PREFIX: lambda environ, start_response: self.gate(environ, start_response)}, {PREFIX: LARGEST}

    def _no_place(self, taken: OSError) -> str:
        """Why HTTP mode can't begin, by the variable that is at fault."""
        host, port = self.settings.host, self.settings.port
        if taken.errno in (errno.EADDRINUSE, errno.EACCES):
            return f"PORT {port} can't be listened on ({taken.strerror}): choose a free one."
        return f"HS_BOT_HOST {host} is not an address of this machine: use 0.0.0.0 for all of them, or 127.0.0.1."

    def _socket_mode(self) -> "list[HttpServer | SocketMode]":
        """With PORT set, `/healthz` and `/metrics` are served besides; Slack's own requests are refused there."""
        from bot.slack.transport.socket import SocketMode

        app_token = _plain(self.settings.slack_app_token) or ""
        transport = SocketMode(
            self.app, app_token=app_token, client=self.deps.client, noted=self.metrics.ack, told=self._keep_link
        )
        if refusal := transport.refusal():
            cure = "It must be an app-level token with connections:write, and Socket Mode must be on."
            raise ConfigurationError([f"SLACK_APP_TOKEN is refused by Slack. {refusal} {cure}"])
        self._link = transport
        return [transport, *([self._http_server()] if "port" in self.settings.model_fields_set else [])]

    def _keep_link(self, state: "LinkState") -> None:
        """For doctor, which is another process."""
        from bot.slack.transport.link_state import keep

        try:
            keep(self.record, state)
        except Problem as problem:
            self._log.warning("how Slack is connected was not noted", problem=problem.sentence)

    def _health(self) -> tuple[bool, Mapping[str, Any]]:
        fitness = self.metrics.fitness()
        return fitness.well, asdict(fitness)

    def wake(self) -> None:
        """Something was committed: the runner and the courier look at once. Nothing to do where neither runs."""
        for part in ("runner", "courier", "pursuit"):
            if part in self.__dict__:
                getattr(self, part).wake()

    def __enter__(self) -> "Bot":
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
