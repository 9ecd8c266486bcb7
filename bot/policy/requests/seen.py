"""Which plans a card has shown, as a mark that stands on it: an approval counts for what was shown. Pure.

A mark is compared with the rows, never believed: it is made anew from them at each click.
"""

import hashlib
from collections.abc import Iterable, Sequence

from bot.model.request import Request
from bot.policy.requests.batch import newest

LENGTH = 12
"""Hexadecimal digits of a mark."""


def mark(request: Request) -> str:
    """Of one plan: another time or another assignee is another mark."""
    return request.digest[:LENGTH]


def mark_of_many(members: Sequence[str], requests: Iterable[Request]) -> str:
    """Of the plans of everybody in a batch (ids of requests, in its order), whatever became of them since.

    A request that a newer one about the same person has replaced counts no longer, as on the card.
    """
    digests = {one.id: one.digest for one in newest(requests)}
    plans = "\n".join(f"{id} {digests[id]}" for id in members if id in digests)
    return f"{len(members)}-{hashlib.sha256(plans.encode()).hexdigest()[:LENGTH]}"


def shows_the_plans(seen: str, members: Sequence[str], requests: Iterable[Request]) -> bool:
    """Whether the plans of those whom it shows are as it shows them; more people may have joined since."""
    count = seen.partition("-")[0]
    most = int(count) if count.isascii() and count.isdigit() and len(count) < LENGTH else 0
    return seen == mark_of_many(members[:most], requests)
