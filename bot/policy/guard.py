"""The removal guard: when too many people vanish at once, the fault is more likely with what we were told."""

from fractions import Fraction

SMALLEST = 5
"""So many may always vanish: a small account is not stopped by its ordinary days."""


def removal_guard(missing: int, known: int, share: float) -> str | None:
    """None when `missing` of `known` active people may be recorded as removed; else the sentence that asks an approver.

    Trips when more than `share` (0.10 is 10 %) of the people and more than five vanish at once.
    """
    limit = Fraction(str(share))
    if missing <= SMALLEST or missing <= limit * known:
        return None
    percent = f"{100 * missing / known:.0f} %" if known else "all"
    return (
        f"{missing} of {known} people vanished from Help Scout at once ({percent}; without a question at most "
        f"{float(100 * limit):g} % may): nobody is recorded as removed until an approver confirms it."
    )
