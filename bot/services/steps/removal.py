"""Takes one seat away over SCIM, and makes sure that it is gone: REST says 404, and SCIM shows nobody or somebody
deactivated.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.helpscout.errors import HelpScoutError, NotFound
from bot.model.offboarding.conversation import OPEN_STATUSES, Conversation, MoveState
from bot.model.way import Way
from bot.services.requests.execution import Attention, Execution, Stale
from bot.services.side_by_side import together
from bot.services.steps.handover.hand_over import HandOver
from bot.services.steps.same_person import Differs, Person, as_text, look_at, same_person
from bot.services.steps.step_journal import settled


class SeatRemoval:
    """One person's seat is to be gone. `deprovision` of the plan says how, as it was approved."""

    read_later = False

    def __init__(self, ex: Execution) -> None:
        self._ex = ex
        self._scim = ex.scim
        self.id = str(ex.request.plan["scim_id"])
        self.about = f"The removal of {ex.request.target_name}"

    @property
    def ways(self) -> Sequence[Callable[[], object]]:
        """Deactivating is written in two ways, and a server may take one only."""
        if self._ex.request.plan["deprovision"] == "deactivate":
            return (lambda: self._scim.set_active(self.id, False), lambda: self._scim.set_active_whole(self.id, False))
        return (lambda: self._scim.delete_user(self.id),)

    def ready(self) -> None:
        """The person, read again right before each call: who is not the approved one any more is not touched.

        Beside it what has reached them since `reassign` looked, which is handed over first.
        """
        person, unsound, late = together(
            lambda: read_person(self._ex, own=True), self._unsound, lambda: late_ones(self._ex)
        )
        if unsound is not None:
            raise unsound
        if late:
            HandOver(
                self._ex,
                giver=int(self._ex.request.plan["rest_id"]),
                taker=int(self._ex.request.plan["assignee_id"]),
                everything=True,
            ).run(late)
            person, unsound = together(lambda: read_person(self._ex, own=True), self._unsound)
            if unsound is not None:
                raise unsound
        try:
            same_person(self._ex, person)
        except Differs as differs:
            raise Stale(f"{differs.sentence} {_by_then(self._ex)}; ask again.") from differs

    def _unsound(self) -> Stale | None:
        """Asked beside the reading of the person, so that it costs no time of its own."""
        try:
            self._ex.sound(_by_then(self._ex))
        except Stale as stale:
            return stale
        return None

    def shown(self) -> bool:
        """Whichever API is the first to show it; `verify` wants both."""
        person = read_person(self._ex)
        return person.user is None or person.gone_over_scim

    def whose(self, refusal: HelpScoutError) -> str:
        if not isinstance(refusal, NotFound):
            return ""
        return (
            f"{self.about} was answered {refusal.status}, though reading had shown a moment before that it was still "
            "to be done: somebody else may have done it. Look at Help Scout, then press Retry."
        )


def remove(ex: Execution) -> Mapping[str, Any]:
    """The step `remove`."""
    write = SeatRemoval(ex)
    return {"scim_id": write.id, "settled": settled(ex, write, write.id), "at": as_text(ex.now())}


def verify(ex: Execution) -> Mapping[str, Any]:
    """The step `verify`: REST may lag behind, so it is asked again with longer and longer pauses."""
    looks = 0
    for looks, waited in enumerate(ex.looks(), 1):  # noqa: B007 - `looks` is told
        person = read_person(ex)
        if person.gone:
            break
    else:
        sides = (("REST", person.user is None), ("SCIM", person.gone_over_scim))
        still = " and ".join(name for name, gone in sides if not gone)
        raise Attention(
            f"The removal was sent and answered, yet {still} still shows {ex.request.target_name} after {waited:.0f} "
            "seconds. Look at them in Help Scout, then press Retry to look again."
        )
    return {"rest": "404", "scim": "404" if person.scim is None else "deactivated", "looks": looks}


def late_ones(ex: Execution) -> list[Conversation]:
    """Open conversations that have reached the leaver since the hand-over, where that found an end."""
    plan = ex.request.plan
    if plan["assignee_id"] is None or (ex.result_of("reassign") or {}).get("left"):
        return []
    known = {move.conversation_id for move in ex.record.moves.of_request(ex.request.id)}
    leaver = int(plan["rest_id"])
    listed = together(*(lambda status=status: ex.rest.conversations(leaver, (status,)) for status in OPEN_STATUSES))
    there = {one.id: one for rows in listed for one in rows}
    return [one for one in there.values() if one.id not in known and one.assignee_id in (None, leaver)]


def read_person(ex: Execution, *, own: bool = False) -> Person:
    """The person of the plan, over both APIs; with `own` also whom the bot's credential belongs to."""
    scim = ex.scim if ex.way is Way.SCIM and ex.has_scim else None
    return look_at(ex.rest, scim, int(ex.request.plan["rest_id"]), str(ex.request.plan["scim_id"]), own=own)


def _by_then(ex: Execution) -> str:
    moved = sum(move.state is MoveState.MOVED for move in ex.record.moves.of_request(ex.request.id))
    handed = f"Open conversations handed over by then: {moved}; nobody" if moved else "Nobody"
    return f"{handed} was removed"
