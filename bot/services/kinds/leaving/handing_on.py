"""Nothing new reaches who leaves (`quiet`), and what they have goes to the assignee (`reassign`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.helpscout.errors import Forbidden
from bot.model.offboarding.conversation import Conversation
from bot.model.way import Way
from bot.policy.by_hand import WITHHELD
from bot.services.kinds.leaving.remembering import EVERYWHERE
from bot.services.requests.execution import Execution
from bot.services.side_by_side import together
from bot.services.steps.duty.quiet import Quieting
from bot.services.steps.handover.hand_over import HandOver
from bot.services.steps.holdings import Holdings, holdings
from bot.services.steps.reading_ahead import ask_ahead, asked_ahead
from bot.services.steps.scheduled import everywhere, settle_scheduled

LISTED = "listed"
"""What is asked for ahead: what they have after `quiet`."""


def quiet(ex: Execution) -> Mapping[str, Any]:
    """Nothing new reaches them. What they have is listed as soon as that is written, for `reassign`."""
    return Quieting(ex, lambda: ask_ahead(ex, LISTED, lambda: _listed(ex)), lambda: _forget_list(ex)).run()


def _listed(ex: Execution) -> tuple[HandOver | None, Sequence[Conversation], Holdings]:
    """What the leaver has now, listed beside a look at who takes it."""
    plan = ex.request.plan
    leaver, taker = int(plan["rest_id"]), plan["assignee_id"]
    if taker is None:
        own = holdings(ex.patient_rest, leaver)
        return None, own.open, own
    over = HandOver(ex, giver=leaver, taker=int(taker), everything=True)
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
