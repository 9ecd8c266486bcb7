"""What an offboarding would meet, read before anybody is asked to approve it: for the form's preview and the card.

How many conversations there are, which of them the assignee can't see, which rotations the leaver is in, and whether
they would have to stay in one. Nothing is changed.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.helpscout.duty import withheld
from bot.helpscout.errors import Forbidden, HelpScoutError
from bot.helpscout.rest import Rest
from bot.model.user import User
from bot.services.side_by_side import begun
from bot.services.steps.duty.reading import OnDuty, may_use, on_duty
from bot.services.steps.holdings import Holdings, holdings
from bot.store.record import Record

TEAM = "team"
NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """`closed`: inboxes that the assignee can't see → how many of the leaver's conversations are in them. `alone`:
    rotations in which the leaver is the last one, with who would take the place ("" nobody: they stay in).
    `conversations` is None where the credential may not see them.
    """

    conversations: int | None
    snoozed: int = 0
    closed: Mapping[str, int] = field(default_factory=dict)
    rotations: tuple[str, ...] = ()
    alone: Mapping[str, str] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()

    def as_plan(self) -> dict[str, Any]:
        """The part of a plan that approvers see."""
        return {
            "conversations": self.conversations,
            "snoozed": self.snoozed,
            "closed_inboxes": dict(self.closed),
            "rotations": list(self.rotations),
            "alone_in": dict(self.alone),
            "lacking": list(self.lacking),
        }


def outlook(rest: Rest, record: Record, leaver_id: int, taker: User | None) -> Outlook:
    """Read side by side. Raises HelpScoutError."""
    duty = begun(lambda: on_duty(rest, record, leaver_id, native=False))
    learned = begun(rest.duty.learn)  # before anybody waits for it: the work after an approval needs it
    held = _held(rest, leaver_id)
    found = duty.result()
    alone = [id for id, one in found.rotations.items() if one.enabled and set(one.user_ids) == {leaver_id}]
    allowed: dict[int, bool | None] = {}
    if taker is not None and taker.type.strip().lower() != TEAM:
        inboxes = {one.inbox_id for one in held.open if one.inbox_id} if held is not None else set()
        allowed = may_use(rest, taker, {*inboxes, *alone})
    if (problem := learned.exception()) is not None and not (isinstance(problem, HelpScoutError) and withheld(problem)):
        raise problem
    return Outlook(
        conversations=len(held.open) if held is not None else None,
        snoozed=len(held.snoozed) if held is not None else 0,
        closed=_closed(held, found, allowed) if held is not None else {},
        rotations=tuple(found.name_of(id) for id in found.rotations),
        alone={found.name_of(id): _place(taker, allowed, id) for id in alone},
        lacking=found.lacking,
    )


def _held(rest: Rest, user_id: int) -> Holdings | None:
    try:
        return holdings(rest, user_id)
    except Forbidden:
        return None


def _closed(held: Holdings, duty: OnDuty, allowed: Mapping[int, bool | None]) -> dict[str, int]:
    counts = Counter(one.inbox_id for one in held.open if allowed.get(one.inbox_id) is False)
    return {duty.name_of(id): many for id, many in sorted(counts.items())}


def _place(taker: User | None, allowed: Mapping[int, bool | None], inbox_id: int) -> str:
    if taker is None or inbox_id not in allowed or allowed[inbox_id] is False:
        return ""
    return taker.name


def facts(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(label, value) for the card, where there is something to say."""
    said = (("Not handed over", _unseen(plan)), ("Rotations", _turns(plan)))
    return [(label, value) for label, value in said if value]


def _unseen(plan: Mapping[str, Any]) -> str:
    closed, taker = plan.get("closed_inboxes") or {}, plan.get("assignee_name")
    if not closed or not taker:
        return ""
    named = ", ".join(f"{many} in {inbox}" for inbox, many in list(closed.items())[:NAMED])
    more = f" and {len(closed) - NAMED} more inboxes" if len(closed) > NAMED else ""
    return f"{named}{more}: {taker} can't see {'that inbox' if len(closed) == 1 else 'those inboxes'}"


def _turns(plan: Mapping[str, Any]) -> str:
    rotations, alone = plan.get("rotations") or [], plan.get("alone_in") or {}
    leaves = [inbox for inbox in rotations if alone.get(inbox, "-") == "-"]
    said = [f"leaves {', '.join(leaves)}"] if leaves else []
    said += [
        f"{taker} takes their place in {inbox}" if taker else f"stays in {inbox}, where nobody else is"
        for inbox, taker in alone.items()
    ]
    return "; ".join(said)
