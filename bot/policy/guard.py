"""The removal guard: when too many people vanish at once, the fault is more likely with what we were told."""

from collections.abc import Collection
from fractions import Fraction

from bot.model.member import Member
from bot.policy.refusal import Refusal
from bot.policy.standing import may_speak

SMALLEST = 5
"""So many may always vanish: a small account is not stopped by its ordinary days."""


def removal_guard(missing: int, known: int, share: float) -> str | None:
    """None when `missing` of `known` active people may be recorded as removed; else the sentence that asks an approver.

    Trips when more than `share` (0.10 is 10 %) of the people and more than five vanish at once.
    """
    limit = Fraction(str(share))
    if missing <= SMALLEST or missing <= limit * known:
        return None
    return (
        f"{missing} of {known} people are missing from Help Scout. Nothing was changed. "
        "An approver must confirm before they're recorded as gone."
    )


def may_confirm(actor: Member | None, approvers: Collection[str]) -> Refusal | None:
    """Who may say that the people who are held back are really gone: a full member who is an approver."""
    if actor is None or may_speak(actor) is not None:
        return may_speak(actor)
    if actor.ids.isdisjoint(approvers):
        return Refusal("Only an approver can confirm removals.", "not an approver")
    return None
