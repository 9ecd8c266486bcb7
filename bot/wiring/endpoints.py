"""What people and machines come in by, and what goes out: handlers, the gate, the delivery, the scheduler."""

from functools import cached_property
from typing import TYPE_CHECKING

from bot.wiring.help_scout import plain
from bot.wiring.parts import Parts

if TYPE_CHECKING:
    from slack_bolt import App

    from bot.gate.site import Gate
    from bot.services.running.scheduler import Scheduler
    from bot.services.wishes.pursuit import Pursuit
    from bot.services.wishes.roster import Roster
    from bot.slack.handling.deps import Deps
    from bot.slack.handling.work.worker import Worker
    from bot.slack.outbound.delivery import Delivery


class Endpoints(Parts):
    """A bot whose parts are there, and which does nothing yet."""

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
            wake=lambda: self._wake("delivery"),
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
        from bot.slack.handling.work.worker import Worker

        return Worker()

    @cached_property
    def filler(self) -> "Worker":
        from bot.slack.handling.work.worker import Worker

        return Worker()

    @cached_property
    def deps(self) -> "Deps":
        from bot.slack.api.web import writing
        from bot.slack.handling.deps import Deps
        from bot.slack.handling.open_homes import Homes
        from bot.slack.handling.private import Private
        from bot.slack.handling.turned_away import Noted
        from bot.slack.handling.work.filling import Filling
        from bot.slack.handling.work.repeats import Once

        s = self.settings
        client = writing(plain(s.slack_bot_token) or "", s.slack_api_url)
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
            filling=Filling(self.filler),
            once=Once(self.worker),
            private=Private(client),
            homes=Homes(client, self.worker, self.record.wait_for_change),
            noted=Noted(self.record),
            client=client,
            helpscout=self.helpscout,
            terms=self.terms,
            channel=s.channel,
            notify=s.notify,
            tell_manager=s.tell_manager == "on",
            timezone=s.timezone,
            sla=s.sla,
            seat_cost=(s.seat_cost.amount, s.seat_cost.currency) if s.seat_cost else None,
            dormancy=self.dormancy,
            next_sync=lambda: self.scheduler.next_sync,
            post_problem=lambda hidden: self.delivery.problem(hidden),
        )

    @cached_property
    def delivery(self) -> "Delivery":
        from bot.slack.outbound.delivery import Delivery

        return Delivery(self.deps)

    @cached_property
    def app(self) -> "App":
        from bot.slack.inbound.app import build_app

        return build_app(self.deps, signing_secret=plain(self.settings.slack_signing_secret) or "")

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
                "messages": self.delivery.wake,
            },
            wake=self.wake,
        )
