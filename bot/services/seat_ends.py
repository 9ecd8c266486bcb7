"""Seats that end: days that people set, and the request that is opened before each. Nothing goes without its approval.

The request is in the name of whoever set the day; when they may not ask any longer, in hs-bot's own, and it says so.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import structlog

from bot.model.action import Open, Outcome
from bot.model.outbox import Topic
from bot.model.request import HS_BOT, OPEN, Kind, Request, State
from bot.model.seat_end import SeatEnd
from bot.model.user import Status
from bot.policy.people.standing import may_speak
from bot.policy.refusal import Refusal
from bot.policy.requests.seat_end import day_fits, end_of, may_set, spelled
from bot.services.approvals import Approvals
from bot.services.credential import Credential
from bot.services.ports import Workspace, WorkspaceAway
from bot.services.requests.telling import Event
from bot.services.requests.transitions import move
from bot.store.record import Record

TRIED = "seat end.tried/"
"""Notes: when a request for somebody's end was last tried to be opened."""
AGAIN = timedelta(hours=1)
NOT_BEGUN = frozenset({State.PENDING, State.APPROVED})


class SeatEnds:
    """`notice` is how long before the end its request is opened; `zone` is for whom Slack tells none of."""

    def __init__(
        self,
        record: Record,
        workspace: Workspace,
        approvals: Approvals,
        *,
        notice: timedelta = timedelta(days=3),
        zone: str = "UTC",
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._record = record
        self._workspace = workspace
        self._approvals = approvals
        self._notice = notice
        self._zone = zone
        self._wake = wake
        self._log = structlog.get_logger("seat ends")

    # What people do

    def set(self, user_id: int, day: date, *, actor: str) -> Outcome:
        """Have the seat end on that day; a request for an earlier day that has not begun is taken back."""
        try:
            member = self._workspace.member(actor, fresh=True)
            zone = (member.timezone if member else "") or self._zone
            refusal = self._may(user_id, actor) or day_fits(day, zone, self._record.now())
        except WorkspaceAway as away:
            refusal, member, zone = Refusal(away.sentence, "slack away"), None, self._zone
        if refusal is not None:
            return self._refused(user_id, actor, refusal)
        now = self._record.now()
        end = SeatEnd(
            user_id=user_id,
            day=day,
            zone=zone,
            ends_at=end_of(day, zone),
            set_by=member.id if member else actor,
            set_by_name=member.name if member else "",
            set_at=now,
        )
        with self._record.transaction():
            before = self._record.seat_ends.get(user_id)
            if (refusal := self._take_back(before, f"Their seat now ends on {spelled(day)}.", actor)) is None:
                self._record.seat_ends.put(end)
                self._record.audit.append(
                    "seat_end.set", actor=end.set_by, user_id=user_id, details={"day": day.isoformat(), "zone": zone}
                )
                self._record.notes.delete(f"{TRIED}{user_id}")
        self._wake()
        if refusal is not None:
            return self._refused(user_id, actor, refusal)
        notice = _days(self._notice)
        said = f"Their seat ends on {spelled(day)}. A request is opened {notice} before; nothing is removed without its"
        return Outcome(accepted=True, sentence=f"{said} approval.")

    def why_not(self, user_id: int, actor: str) -> str:
        """Why this member can't set an end here, before anything is filled in; "" when they can, as far as is known."""
        try:
            refusal = self._may(user_id, actor)
        except WorkspaceAway as away:
            return away.sentence
        return refusal.reason if refusal is not None else ""

    def keep(self, user_id: int, *, actor: str) -> Outcome:
        """Have the seat not end; a request that has not begun is taken back."""
        try:
            refusal = self._may(user_id, actor)
        except WorkspaceAway as away:
            refusal = Refusal(away.sentence, "slack away")
        if refusal is None:
            with self._record.transaction():
                before = self._record.seat_ends.get(user_id)
                if before is None:
                    refusal = Refusal("This seat has no end, so nothing was changed.", "no end")
                elif (refusal := self._take_back(before, "Their seat is kept for good.", actor)) is None:
                    self._record.seat_ends.delete(user_id)
                    self._record.audit.append("seat_end.removed", actor=actor, user_id=user_id)
            self._wake()
        if refusal is not None:
            return self._refused(user_id, actor, refusal)
        return Outcome(accepted=True, sentence="Their seat doesn't end anymore.")

    def _take_back(self, end: SeatEnd | None, sentence: str, actor: str) -> Refusal | None:
        """Cancel the request of an end, within a transaction; refuse once the work has begun."""
        request = self._record.requests.get(end.request_id) if end is not None and end.request_id else None
        if request is None or request.state not in OPEN:
            return None
        cancelled = None
        if request.state in NOT_BEGUN:
            cancelled = move(
                self._record,
                request,
                from_states=NOT_BEGUN,
                to=State.CANCELLED,
                event=Event.CANCELLED,
                sentence=f"Cancelled. {sentence}",
                actor=actor,
            )
        return None if cancelled is not None else Refusal("The removal has begun already, so it's too late.", "begun")

    def _may(self, user_id: int, actor: str) -> Refusal | None:
        return may_set(
            self._workspace.member(actor, fresh=True),
            self._record.users.get(user_id),
            self._record.identities.about({user_id}, set()),
            self._workspace.requesters(fresh=True),
            self._workspace.approvers(fresh=True),
            own.id if (own := Credential(self._record).known()) is not None else None,
        )

    def _refused(self, user_id: int, actor: str, refusal: Refusal) -> Outcome:
        details = {"action": "seat end", "code": refusal.code}
        self._record.audit.append("request.refused", actor=actor, user_id=user_id, details=details)
        return Outcome(accepted=False, sentence=refusal.reason, field=refusal.field)

    # What is so

    def overdue(self, now: datetime | None = None) -> list[SeatEnd]:
        """Seats whose day has passed and that are still there, the longest first."""
        found = self._record.seat_ends.before(now or self._record.now())
        return [one for one in found if self._is_active(one.user_id)]

    def _is_active(self, user_id: int) -> bool:
        row = self._record.users.get(user_id)
        return row is not None and row.status is Status.ACTIVE

    # What the clock does

    def tick(self, now: datetime | None = None) -> tuple[str, ...]:
        """Open a request for each end that is near or past and has none; ids of what was opened."""
        moment = now or self._record.now()
        opened = []
        for end in self._record.seat_ends.before(moment + self._notice):
            row = self._record.users.get(end.user_id)
            if row is not None and row.status is not Status.ACTIVE:
                self._record.seat_ends.delete(end.user_id)
            elif (
                row is not None
                and self._wanted(end, moment)
                and self._again(end, moment)
                and (request := self._open(end, moment))
            ):
                opened.append(request.id)
        if opened:
            self._wake()
        return tuple(opened)

    def _wanted(self, end: SeatEnd, now: datetime) -> bool:
        """Whether a request is to be opened: there is none; nobody decided it in time and the day is still ahead; or it
        was approved, and hs-bot was away when its time had come.
        """
        request = self._record.requests.get(end.request_id) if end.request_id else None
        if request is None:
            return True
        return request.state is State.EXPIRED and (now < end.ends_at or request.approved_at is not None)

    def _again(self, end: SeatEnd, now: datetime) -> bool:
        """Whether it is time to try: what was refused is tried again after an hour."""
        tried = self._record.notes.get(f"{TRIED}{end.user_id}")
        return tried is None or not datetime.fromisoformat(tried) <= now < datetime.fromisoformat(tried) + AGAIN

    def _open(self, end: SeatEnd, now: datetime) -> Request | None:
        try:
            actor = self._in_whose_name(end)
        except WorkspaceAway as away:
            self._log.info("who set a seat's end can't be asked for", problem=away.sentence)
            return None
        who = end.set_by_name or end.set_by
        reason = f"Their seat ends on {spelled(end.day)}, as {who} set on {spelled(end.set_at.date())}."
        if actor == HS_BOT:
            reason += f" {who} can't make requests anymore, so hs-bot asks."
        outcome = self._approvals.apply(
            Open(
                kind=Kind.OFFBOARD,
                actor=actor,
                reason=reason,
                arguments={"target_id": end.user_id},
                of_seat_end=end.day,
                run_at=end.ends_at if end.ends_at > now + timedelta(minutes=1) else None,
            )
        )
        request = outcome.request
        if request is None or (not outcome.accepted and request.kind is not Kind.OFFBOARD):
            self._could_not(end, outcome.sentence, now)
            return None
        with self._record.transaction():
            current = self._record.seat_ends.get(end.user_id)
            if current is None or current.day != end.day:  # it was changed while we asked
                self._take_back(replace(end, request_id=request.id), "The end of their seat was changed.", "")
                return None
            self._record.seat_ends.opened(end.user_id, request.id)
            if not outcome.accepted:  # somebody else's request, whose card is to get the buttons of an end
                self._record.requests.update(request.id)
        return request if outcome.accepted else None

    def _in_whose_name(self, end: SeatEnd) -> str:
        member = self._workspace.member(end.set_by, fresh=True)
        requesters = self._workspace.requesters()
        if member is None or may_speak(member) is not None:
            return HS_BOT
        return HS_BOT if requesters is not None and member.ids.isdisjoint(requesters) else end.set_by

    def _could_not(self, end: SeatEnd, sentence: str, now: datetime) -> None:
        """Said once in the channel; tried again by and by."""
        with self._record.transaction():
            self._record.seat_ends.opened(end.user_id, None, sentence)
            self._record.notes.set(f"{TRIED}{end.user_id}", now.isoformat())
            row = self._record.users.get(end.user_id)
            name = row.user.name if row else f"Help Scout id {end.user_id}"
            said = f"{name}'s seat ends on {spelled(end.day)}, but no request could be opened. {sentence}"
            key = f"seat end/{end.user_id}/{end.day.isoformat()}/refused"
            self._record.outbox.add(key, Topic.WARNING, {"sentence": said})


def _days(span: timedelta) -> str:
    hours = round(span.total_seconds() / 3600)
    if hours % 24 == 0:
        return f"{hours // 24} day{'s' if hours != 24 else ''}"
    return f"{hours} hour{'s' if hours != 1 else ''}"
