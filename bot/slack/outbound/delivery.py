"""Brings to Slack what the record owes it: cards that are out of date, and the items of the outbox.

One delivery works at a time, whatever number of processes: it holds a lease. Nothing is dropped because Slack is slow,
away, or asks to wait; nothing is told twice: what may have been sent is looked for before it is sent again.
"""

import threading
import time
from collections.abc import Callable, Hashable
from datetime import timedelta

import structlog

from bot.model.batch import Batch
from bot.model.problem import Problem
from bot.model.request import Kind, Request
from bot.services.running.leadership import process_name
from bot.slack.api.refusals import Act, Becomes, becomes
from bot.slack.api.web import SlackBusy, SlackFault, SlackRefused
from bot.slack.handling.deps import Deps
from bot.slack.outbound.batch_cards import BatchCards
from bot.slack.outbound.cards import Cards
from bot.slack.outbound.outbox import Deliveries, Hidden, Trouble
from bot.slack.outbound.pace import Pace, backoff

LEASE = "courier"  # as earlier versions call it, which may lead beside this one
UPDATES = "chat.update"
"""The pace of all updates: Slack limits the method as a whole."""


class Delivery:
    """`lease`, `poll` in seconds; `gap` between two messages in a channel or two updates of a card."""

    def __init__(
        self,
        deps: Deps,
        *,
        owner: str | None = None,
        gap: float = 1.0,
        lease: float = 6.0,
        poll: float = 1.0,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deps = deps
        self._owner = owner or f"{process_name()}/delivery"
        self._lease = timedelta(seconds=lease)
        self._leads_until = float("-inf")
        self._poll = poll
        self._timer = timer
        self._trouble = Trouble()
        self._pace = Pace(gap, timer)
        self._cards = Cards(deps)
        self._batches = BatchCards(deps)
        self._strays: dict[str, Request] | None = None  # cards in another channel; None: not looked for yet
        self._failures: dict[str, int] = {}
        self._deliveries = Deliveries(deps, self._pace, self._trouble, owner=self._owner, poll=poll)
        self._nudge = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._log = structlog.get_logger("slack.delivery")

    def start(self) -> None:
        """Begin, in a daemon thread."""
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)
        self._thread.start()
        self.wake()

    def wake(self) -> None:
        """Something is owed: look now."""
        self._nudge.set()

    def stop(self, timeout: float = 5.0) -> bool:
        """Finish the call under way and give the lease back; what was not sent stays owed. False: it is still busy."""
        self._stopping.set()
        self._nudge.set()
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                return False
        self._resign()
        return True

    def problem(self, hidden: Hidden = lambda _: False) -> str:
        """What keeps the bot from posting in its channel or to members, as a sentence; "" when nothing does.

        `hidden` requests are kept from who reads it, and so is the trouble that only they had.
        """
        return self._trouble.said(hidden)

    def round(self) -> float:
        """Send what may be sent now; seconds until there may be more. Raises what the record raises."""
        if self._strays is None:
            self._strays = {request.id: request for request in self._cards.strays()}
        late = {request.id: request for request in self._deps.record.requests.cards_out_of_date()}
        cards = sorted({**self._strays, **late}.values(), key=_is_later)
        batches = self._batches.due()
        if not cards and not batches and not self._deliveries.holding and not self._deps.record.outbox.waiting():
            return self._poll
        if not self._lead():
            self._deliveries.let_go()
            return self._poll
        waits = [self._poll]
        waits += [self._batch(batch, version) for batch, version in batches if not self._stopping.is_set()]
        waits += [self._card(request) for request in cards if not self._stopping.is_set()]
        return min(*waits, self._deliveries.send_due(self._stopping))

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                wait = self.round()
            except Problem as problem:
                self._log.warning("what is owed to Slack can't be looked up", problem=problem.sentence)
                wait = self._poll * 5
            except Exception:  # noqa: BLE001 - the delivery outlives a fault of one round, which is logged
                self._log.exception("a round of the delivery failed")
                wait = self._poll * 5
            self._nudge.wait(wait)
            self._nudge.clear()

    # The lease

    def _lead(self) -> bool:
        """Whether the lease is ours; renewed when half of it is over."""
        now = self._timer()
        if self._leads_until - now > self._lease.total_seconds() / 2:
            return True
        moment = self._deps.record.now()
        ours = self._deps.record.leases.take(LEASE, self._owner, moment, moment + self._lease)
        self._leads_until = now + self._lease.total_seconds() if ours else float("-inf")
        return ours

    def _resign(self) -> None:
        try:
            self._deliveries.hand_back()
            self._deps.record.leases.release(LEASE, self._owner)
        except Problem as problem:
            self._log.warning("the delivery's lease runs out by itself", problem=problem.sentence)
        self._leads_until = float("-inf")

    # Cards

    def _card(self, request: Request) -> float:
        """Show one card, if its time has come; else the seconds until then."""
        own: Hashable = ("card", request.id)
        here = request.message_ts and request.channel == self._deps.channel
        shared: Hashable = UPDATES if here else ("post", self._deps.channel)
        if (wait := self._pace.wait(own, shared)) > 0:
            return wait
        try:
            sent = self._cards.show(request.id)
        except SlackFault as fault:
            return self._failed(request, fault)
        except Problem as problem:
            self._log.warning("a card can't be drawn now", request=request.id, problem=problem.sentence)
            return self._put_off(request)
        except Exception:  # noqa: BLE001 - one card that can't be drawn must not keep the others waiting
            self._log.exception("a card can't be drawn", request=request.id)
            return self._put_off(request)
        self._failures.pop(request.id, None)
        if self._strays:
            self._strays.pop(request.id, None)
        if sent:
            self._trouble.posting.clear()
            self._pace.used(own)
            if shared != UPDATES:
                self._pace.used(shared)
        return 0.0

    def _batch(self, batch: Batch, version: int) -> float:
        """Show the card of a batch, if its time has come; else the seconds until then."""
        own: Hashable = ("batch", batch.id)
        shared: Hashable = UPDATES if batch.message_ts else ("post", self._deps.channel)
        if (wait := self._pace.wait(own, shared)) > 0:
            return wait
        try:
            sent = self._batches.show(batch, version)
        except SlackBusy as busy:
            self._pace.rest(shared, busy.wait)
            return busy.wait
        except SlackFault as fault:
            self._log.warning("a batch's card could not be sent", batch=batch.id, problem=fault.sentence)
            if isinstance(fault, SlackRefused) and becomes(fault.code, Act.POST) is not Becomes.AGAIN:
                self._trouble.posting[batch.id] = f"Cards can't be posted. {fault.sentence}"
            return self._put_off_batch(batch.id)
        except Problem as problem:
            self._log.warning("a batch's card can't be drawn now", batch=batch.id, problem=problem.sentence)
            return self._put_off_batch(batch.id)
        except Exception:  # noqa: BLE001 - one card that can't be drawn must not keep the others waiting
            self._log.exception("a batch's card can't be drawn", batch=batch.id)
            return self._put_off_batch(batch.id)
        self._failures.pop(batch.id, None)
        self._pace.used(own)
        if sent:
            self._trouble.posting.clear()
            if shared != UPDATES:
                self._pace.used(shared)
        return 0.0

    def _put_off_batch(self, id: str) -> float:
        failures = self._failures[id] = self._failures.get(id, 0) + 1
        seconds = backoff(failures)
        self._pace.rest(("batch", id), seconds)
        return seconds

    def _failed(self, request: Request, fault: SlackFault) -> float:
        if isinstance(fault, SlackBusy):
            self._log.info("Slack asks to wait", method=fault.method, seconds=fault.wait)
            self._pace.rest(UPDATES if fault.method == UPDATES else ("post", self._deps.channel), fault.wait)
            return fault.wait
        self._log.warning("a card could not be sent", request=request.id, problem=fault.sentence)
        if isinstance(fault, SlackRefused) and becomes(fault.code, Act.POST) is not Becomes.AGAIN:
            self._trouble.posting[request.id] = f"Cards can't be posted. {fault.sentence}"
            if not request.message_ts or request.channel != self._deps.channel:
                self._cards.unseen(request, fault.sentence)
        return self._put_off(request)

    def _put_off(self, request: Request) -> float:
        failures = self._failures[request.id] = self._failures.get(request.id, 0) + 1
        seconds = backoff(failures)
        self._pace.rest(("card", request.id), seconds)
        return seconds


def _is_later(request: Request) -> bool:
    """Whether its first card may wait for those of who is to leave, however many came before them."""
    return not request.message_ts and request.kind is not Kind.OFFBOARD
