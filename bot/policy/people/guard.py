"""The removal guard: when too many people vanish at once, the fault is more likely with what we were told."""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from fractions import Fraction

from bot.model.member import Member
from bot.policy.people.standing import may_speak
from bot.policy.refusal import Refusal

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


NEARLY_NOBODY = Fraction(1, 10)
"""No more than this share of the people on record is there, while most who are there are not on record."""


def another_account(on_record: AbstractSet[int], active: AbstractSet[int], listed: AbstractSet[int]) -> str | None:
    """None when `listed` may be the account on record; else the sentence that says that it is not.

    `on_record` is everybody who ever was there, `active` those with a seat as far as known. Ids are unique over all
    accounts (Help Scout's are numbers of one series), so two accounts share none.
    """
    if not active or not listed:
        return None
    there, strangers = len(active & listed), len(listed - on_record)
    if there > NEARLY_NOBODY * len(active) or 2 * strangers <= len(listed):
        return None
    return (
        f"These credentials are of another Help Scout account: of the {len(active)} people on record {there or 'none'} "
        f"{'is' if there == 1 else 'are'} in it, and {strangers} others are. Nothing was written. Whoever "
        "runs hs-bot must give it the app of the account on record, or give the other account a record of its own."
    )
