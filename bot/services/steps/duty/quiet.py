"""The step `quiet`: nothing new reaches the leaver. Away, and out of every rotation, each read back.

What is changed is on record before it is (`quiets`), and is put back when the request ends before the removal
(`undoing.py`). Where this account's API lacks the calls, the step says so and goes on.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any

from bot.helpscout.duty import withheld
from bot.helpscout.errors import HelpScoutError
from bot.model.offboarding.duty import AWAY, Presence, Reassignment
from bot.model.offboarding.quiet import QuietState
from bot.services.requests.execution import Execution
from bot.services.side_by_side import together
from bot.services.steps.duty.reading import NATIVE, ROTATIONS, STATUSES, OnDuty, may_use, on_duty
from bot.services.steps.duty.rotation import Turned, leave
from bot.services.steps.handover.taker import need_taker

LOOKS = 3
DUTY = "duty"
FRESH = 5.0


class Written:
    """Calls `then` once, when the first write of each part was answered, or that part ended without one: nothing new
    reaches the leaver from there on, as far as writing can see to it. A write after that calls `anew`.
    """

    def __init__(self, parts: set[object], then: Callable[[], None], anew: Callable[[], None]) -> None:
        self._parts = parts
        self._then, self._anew = then, anew
        self._called = False
        self._lock = threading.Lock()

    def writing(self) -> None:
        with self._lock:
            if self._called:
                self._anew()

    def written(self, part: object) -> None:
        with self._lock:
            self._parts.discard(part)
            if not self._parts and not self._called:
                self._called = True
                self._then()


class Quieting:
    """One run of it. `then` is called when all is written, beside the reading back; `anew` when that was too early."""

    def __init__(
        self, ex: Execution, then: Callable[[], None] = lambda: None, anew: Callable[[], None] = lambda: None
    ) -> None:
        self._ex = ex
        self._then, self._anew = then, anew
        self._leaver = int(ex.request.plan["rest_id"])
        taker = ex.request.plan.get("assignee_id")
        self._taker = taker if isinstance(taker, int) else None

    def run(self) -> Mapping[str, Any]:
        """What was changed, what could not be, and how Help Scout's own reassignment is set. Raises HelpScoutError."""
        ex = self._ex
        need_taker(ex, self._taker, within=FRESH)
        before = self._just_read() or on_duty(ex.rest, ex.record, self._leaver)
        stand_ins = self._stand_ins(before)
        change = self._hold(before)
        ids = sorted(before.rotations)
        written = Written({AWAY, *ids}, self._then, self._anew)
        away, *turned = together(
            lambda: self._set_away(before.presence, written),
            *(lambda id=id: self._leave(id, stand_ins[id], written) for id in ids),
        )
        rotations = dict(zip(ids, turned, strict=True))
        change = self._added(change, rotations)
        stays = {before.name_of(id): one.why for id, one in rotations.items() if not one.done}
        lacking = tuple(sorted({*before.lacking, *((STATUSES,) if away is None else ())}))
        return {
            "before": before_of(before),
            "status": AWAY if away else "not known" if away is None else "active",
            "left": [before.name_of(id) for id, one in rotations.items() if one.done],
            "stood_in": [before.name_of(id) for id, one in rotations.items() if one.added is not None],
            "stays": stays,
            "others_wrote": [before.name_of(id) for id, one in rotations.items() if one.others_wrote],
            "lacking": list(lacking),
            "native": native_of(before.native),
        }

    def _just_read(self) -> OnDuty | None:
        """What `record` read a moment ago: new conversations don't wait for a second reading. A rotation that is
        changed is read anew right before.
        """
        at, duty = self._ex.read_before.get(DUTY, (0.0, None))
        return duty if isinstance(duty, OnDuty) and time.monotonic() - at < FRESH else None

    # What is on record

    def _hold(self, before: OnDuty) -> dict[str, Any]:
        """Written down before anything is changed. What an earlier try, or an earlier request, changed counts more."""
        ex = self._ex
        held = ex.record.quiets.of_request(ex.request.id)
        change: dict[str, Any] = {"rotations": {str(id): {"added": None} for id in before.rotations}}
        if before.presence is not None and before.presence.status != AWAY:
            change["status"] = {"status": before.presence.status, "custom": before.presence.custom}
        with ex.fence():
            earlier = [one for one in ex.record.quiets.held_of_user(self._leaver) if one.request_id != ex.request.id]
            for one in (*earlier, *((held,) if held else ())):
                change = merged(one.change, change)
            for one in earlier:
                ex.record.quiets.end(one.request_id, QuietState.KEPT, f"taken over by request {ex.request.id}")
            if change["rotations"] or "status" in change:
                ex.record.quiets.hold(ex.request.id, self._leaver, change, ex.now())
        ex.at("quiet: on record")
        return change

    def _added(self, change: Mapping[str, Any], rotations: Mapping[int, Turned]) -> dict[str, Any]:
        """Who took the leaver's place, once that is known to have happened."""
        taken = {str(id): {"added": one.added} for id, one in rotations.items() if one.added is not None}
        if not taken:
            return dict(change)
        more = {**change, "rotations": {**change["rotations"], **taken}}
        with self._ex.fence():
            self._ex.record.quiets.hold(self._ex.request.id, self._leaver, more, self._ex.now())
        return more

    # What is changed

    def _stand_ins(self, before: OnDuty) -> dict[int, tuple[int | None, str]]:
        """By inbox: who takes the place where the leaver is the last one, or why nobody does."""
        alone = [id for id, one in before.rotations.items() if one.enabled and set(one.user_ids) == {self._leaver}]
        found: dict[int, tuple[int | None, str]] = dict.fromkeys(before.rotations, (None, NOBODY_ELSE))
        taker = need_taker(self._ex, self._taker) if alone else None
        if taker is None or not taker.is_person:  # a team can't be in a rotation, as far as the API shows
            return found
        allowed = may_use(self._ex.rest, taker, alone)
        for id in alone:
            no = f"nobody else is in it, and {taker.name} can't see that inbox"
            found[id] = (None, no) if allowed[id] is False else (taker.id, "")
        return found

    def _leave(self, inbox_id: int, stand_in: tuple[int | None, str], written: Written) -> Turned:
        ex = self._ex

        def about_to_write() -> None:
            ex.at("quiet: before a call")
            written.writing()

        who, why = stand_in
        try:
            turned = leave(
                ex.rest,
                inbox_id,
                self._leaver,
                who,
                why,
                before=about_to_write,
                after=lambda: written.written(inbox_id),
            )
        finally:
            written.written(inbox_id)
        ex.at("quiet: after a call")
        return turned

    def _set_away(self, presence: Presence | None, written: Written) -> bool | None:
        try:
            return self._away(presence, before=written.writing, after=lambda: written.written(AWAY))
        finally:
            written.written(AWAY)

    def _away(
        self,
        presence: Presence | None,
        before: Callable[[], None] = lambda: None,
        after: Callable[[], None] = lambda: None,
    ) -> bool | None:
        """Whether they are away now, as reading shows; None: this API has no statuses, or we may not set them."""
        rest = self._ex.rest
        if presence is None:
            return None
        for _ in range(LOOKS):
            if presence.status == AWAY:
                return True
            before()
            try:
                rest.duty.set_status(self._leaver, AWAY, presence.custom)
            except HelpScoutError as problem:
                if withheld(problem):
                    return None
                if not problem.unsettled:
                    raise
            after()
            presence = rest.duty.status(self._leaver)
        return presence.status == AWAY

    def still(self) -> bool:
        """Away is a wish: presence detection or the person may have set them active again. Once more, when so."""
        result = self._ex.result_of("quiet") or {}
        if result.get("status") != AWAY:
            return False
        try:
            return bool(self._away(self._ex.rest.duty.status(self._leaver)))
        except HelpScoutError as problem:
            if withheld(problem):
                return False
            raise


NOBODY_ELSE = "nobody else is in it"


def merged(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Two changes as one: what was there before the first of them."""
    rotations = {**later.get("rotations", {}), **earlier.get("rotations", {})}
    status = earlier.get("status") or later.get("status")
    return {"rotations": rotations, **({"status": status} if status else {})}


def before_of(duty: OnDuty) -> dict[str, Any]:
    """What was read, for the evidence and for a restore."""
    rotations = [
        {
            "inbox_id": id,
            "inbox": duty.name_of(id),
            "state": one.state,
            "method": one.method,
            "limit": one.limit,
            "user_ids": list(one.user_ids),
        }
        for id, one in duty.rotations.items()
    ]
    status = None
    if duty.presence is not None:
        status = {"status": duty.presence.status, "custom": duty.presence.custom, "source": duty.presence.source}
    return {"status": status, "rotations": rotations}


def native_of(native: Reassignment | None) -> dict[str, Any] | None:
    if native is None:
        return None
    return {"enabled": native.enabled, "hours": native.hours, "minutes": native.minutes}


def said_of(result: Mapping[str, Any], name: str, still_in: Collection[str]) -> list[str]:
    """Sentences for people, after the removal, about what this step could not do, and what Help Scout does by itself.

    `still_in`: the inboxes whose rotation still names them, as was read afterwards; that is said elsewhere.
    """
    said = [
        f"{name} stayed in the rotation of {inbox} until the removal: {why}."
        for inbox, why in result.get("stays", {}).items()
        if inbox not in still_in
    ]
    lacking = [one for one in result.get("lacking", ()) if one != NATIVE]
    if lacking:
        what = " and ".join("setting a status" if one == STATUSES else "changing rotations" for one in lacking)
        said.append(
            f"This account's API doesn't allow {what}, so new conversations could reach {name} until the removal."
        )
    native = result.get("native") or {}
    if native.get("enabled"):
        awhile = timedelta(hours=int(native.get("hours", 0)), minutes=int(native.get("minutes", 0)))
        said.append(f"Help Scout itself reassigns {name}'s conversations after {hours_in_words(awhile)} away.")
    return said


def hours_in_words(span: timedelta) -> str:
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    parts = [f"{hours} hour{'s' if hours != 1 else ''}"] if hours else []
    parts += [f"{minutes} minute{'s' if minutes != 1 else ''}"] if minutes or not hours else []
    return " and ".join(parts)


__all__ = ["ROTATIONS", "Quieting", "hours_in_words", "merged", "said_of"]
