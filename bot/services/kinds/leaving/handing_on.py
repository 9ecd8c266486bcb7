"""Nothing new reaches who leaves (`quiet`), and what they have goes to the assignee (`reassign`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.helpscout.errors import Forbidden
from bot.model.offboarding.conversation import Conversation
from bot.model.way import Way
from bot.policy.by_hand import WITHHELD
from bot.services.kinds.leaving.remembering import EVERYWHERE, HELD
from bot.services.requests.execution import Execution
from bot.services.side_by_side import together
from bot.services.steps.duty.quiet import Quieting
from bot.services.steps.handover.hand_over import HandOver
from bot.services.steps.holdings import Holdings, holdings
from bot.services.steps.reading_ahead import ask_ahead, asked_ahead
from bot.services.steps.scheduled import everywhere, settle_scheduled

LISTED, OVER = "listed", "over"
"""What is asked for ahead: what they have after `quiet`; which inboxes the taker may use."""


def quiet(ex: Execution) -> Mapping[str, Any]:
    """Nothing new reaches them. For `reassign`, who had nothing is looked at again as soon as that is written.

    What others have is listed only when it is handed over: a conversation is taken from nobody but the leaver.
    """
    _, held = ex.read_before.get(HELD, (0.0, None))
    if not isinstance(held, Holdings) or not held.open or ex.request.plan["assignee_id"] is None:
        return Quieting(ex, lambda: ask_ahead(ex, LISTED, lambda: _listed(ex)), lambda: _forget_list(ex)).run()
    ask_ahead(ex, OVER, lambda: _looked_into(ex, held))
    return Quieting(ex).run()


def _looked_into(ex: Execution, held: Holdings) -> HandOver:
    over = _over(ex)
    over.look_into(held.open)
    return over


def _over(ex: Execution) -> HandOver:
    plan = ex.request.plan
    return HandOver(ex, giver=int(plan["rest_id"]), taker=int(plan["assignee_id"]), everything=True)


def _listed(ex: Execution) -> tuple[HandOver | None, Sequence[Conversation], Holdings]:
    """What the leaver has now, listed beside a look at who takes it."""
    if ex.request.plan["assignee_id"] is None:
        own = holdings(ex.patient_rest, int(ex.request.plan["rest_id"]))
        return None, own.open, own
    over = asked_ahead(ex, OVER) or _over(ex)
    there = over.begin()
    return over, there, over.holdings


def _forget_list(ex: Execution) -> None:
    ex.read_before.pop(LISTED, None)


def reassign(ex: Execution) -> Mapping[str, Any]:
    """Each open and snoozed conversation to the assignee; without one they stay, and Help Scout unassigns them with the
    removal. Beside that the leaver's scheduled replies are settled, and it is seen to it that they are still away: not
    where they have nothing, and the removal is the next thing.

    What a credential may not read or move is a person's to do where the removal is, too.
    """
    try:
        return _hand_over(ex)
    except Forbidden as refused:
        if ex.way is not Way.HAND:
            raise
        return {WITHHELD: refused.detail or refused.sentence}


def _hand_over(ex: Execution) -> Mapping[str, Any]:
    plan = ex.request.plan
    leaver, policy = int(plan["rest_id"]), str(plan.get("scheduled_replies") or "draft")
    ahead = asked_ahead(ex, LISTED)
    if ahead is not None and ahead[0] is not None and ahead[1]:
        ahead = None  # others may have given them away since: a conversation is taken from nobody but the leaver
    (over, there, own), account = together(
        lambda: ahead or _listed(ex),
        lambda: asked_ahead(ex, EVERYWHERE, within=60.0) or everywhere(ex.patient_rest),
    )
    handed, scheduled, _ = together(
        lambda: over.run(there) if over is not None else {"unassigned": len(own.open), **own.bound},
        lambda: settle_scheduled(ex.patient_rest, leaver, policy, own, account),
        lambda: Quieting(ex).still() if there or ex.way is Way.HAND else False,
    )
    return {**handed, **scheduled}
