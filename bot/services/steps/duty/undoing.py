"""Puts back what `quiet` changed, when a request has ended before the removal: failed, cancelled, stale, expired.

Found in the record, not told: a process that dies between the end and the putting back leaves it to the next one. Each
row is claimed by one runner at a time, and everything is read before it is written, so that it happens once.
"""

import threading
from datetime import timedelta

import structlog

from bot.helpscout.client import HelpScout
from bot.helpscout.duty import withheld
from bot.helpscout.errors import HelpScoutError, NotFound
from bot.helpscout.rest import Rest
from bot.model.offboarding.duty import ACTIVE, AWAY
from bot.model.offboarding.quiet import Quiet, QuietState
from bot.model.outbox import Topic
from bot.services.requests.telling import BOT
from bot.services.side_by_side import stream
from bot.services.steps.duty.rotation import come_back
from bot.store.record import Record

LEASE = timedelta(minutes=2)
TRIES = 6
AGAIN = timedelta(seconds=10)
"""Before the second try, doubled with each."""


BY_OTHERS = ("ui", "presence_detection")
"""Sources of a status that isn't our doing."""


class Undoing:
    """`work_off` may be called from several threads and processes."""

    def __init__(self, record: Record, helpscout: HelpScout) -> None:
        self._record = record
        self._rest: Rest = helpscout.rest
        self._log = structlog.get_logger("runner")
        self._working = threading.Lock()

    def work_off(self) -> int:
        """Put back what is due; how many requests that was."""
        if not self._working.acquire(blocking=False):
            return 0
        try:
            now = self._record.now()
            if not self._record.quiets.waiting(now):
                return 0
            with self._record.transaction():
                claimed = self._record.quiets.claim(now, LEASE)
            for one in claimed:
                self._put_back(one)
            return len(claimed)
        finally:
            self._working.release()

    @property
    def busy(self) -> bool:
        """Whether it is at work in this process, or has nothing to do."""
        return self._working.locked() or not self._record.quiets.waiting(self._record.now())

    def _put_back(self, held: Quiet) -> None:
        try:
            said = self._restore(held)
        except HelpScoutError as problem:
            self._not_now(held, problem.sentence)
            return
        self._end(held, QuietState.UNDONE, said)

    def _restore(self, held: Quiet) -> str:
        """How it is now, as a sentence. Raises HelpScoutError where another try may help."""
        try:
            user = self._rest.user(held.user_id)
        except NotFound:
            return "They are no longer in Help Scout, so there was nothing to put back."
        failed: list[str] = []
        back: list[str] = []
        rotations = held.change.get("rotations", {})
        names = {one.id: one.name for one in self._record.inboxes.all()}
        for answer in stream(
            lambda item: come_back(self._rest, int(item[0]), held.user_id, item[1].get("added")),
            sorted(rotations.items()),
            width=4,
        ):
            turned, inbox = answer.result(), names.get(int(answer.item[0])) or f"inbox {answer.item[0]}"
            if not turned.done:
                failed.append(f"the rotation of {inbox} ({turned.why})")
            elif not turned.why:
                back.append(inbox)
        said = self._as_it_was(held) if "status" in held.change else None
        if "status" in held.change and said is None:
            failed.append("the status")
        words = [f"{user.name}'s status {said}."] if said else []
        words += (
            [f"{'They are' if said else f'{user.name} is'} back in the rotation of {', '.join(sorted(back))}."]
            if back
            else []
        )
        words += [f"I couldn't put back {'; '.join(failed)}. Do it in Help Scout."] if failed else []
        return " ".join(words) or "There was nothing to put back."

    def _as_it_was(self, held: Quiet) -> str | None:
        """How the status is now, in words; None: it can't be set. Away by our own doing becomes what it was before;
        what somebody else has set since then stays.
        """
        before = held.change["status"]
        try:
            now = self._rest.duty.status(held.user_id)
            if now.source in BY_OTHERS:
                return f"was set to {now.status} in Help Scout meanwhile, so it stays so"
            if now.status != AWAY:
                return f"is {now.status}"
            self._rest.duty.set_status(held.user_id, str(before.get("status") or ACTIVE), before.get("custom"))
            now = self._rest.duty.status(held.user_id)
            return f"is {now.status} again" if now.status != AWAY else None
        except HelpScoutError as problem:
            if withheld(problem):
                return None
            raise

    def _not_now(self, held: Quiet, why: str) -> None:
        self._log.warning("what an offboarding changed could not be put back now", request=held.request_id, problem=why)
        if held.tries + 1 >= TRIES:
            self._end(
                held,
                QuietState.KEPT,
                f"I couldn't put back the status and rotations of user {held.user_id}. {why} Do it in Help Scout.",
                alarm=True,
            )
            return
        self._record.quiets.later(held.request_id, self._record.now() + AGAIN * 2**held.tries, why)

    def _end(self, held: Quiet, state: QuietState, said: str, *, alarm: bool = False) -> None:
        with self._record.transaction():
            if not self._record.quiets.end(held.request_id, state, said):
                return
            self._record.audit.append(
                f"quiet.{state.value}",
                actor=BOT,
                request_id=held.request_id,
                user_id=held.user_id,
                details={"outcome": said},
            )
            payload = {"request_id": held.request_id, "event": "put back", "sentence": said, "actor": ""}
            self._record.outbox.add(f"{held.request_id}/quiet/thread", Topic.THREAD, payload)
            if alarm:
                self._record.outbox.add(f"{held.request_id}/quiet/alarm", Topic.WARNING, {"sentence": said})
