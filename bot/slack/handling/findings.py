"""Findings as one reader may see them: without the one about themselves, in lists, counts, and under every button.

A finding is what a request comes of. Who could see their own, or count it, would learn from what becomes of it.
"""

from dataclasses import replace

from bot.model.address import address_key, without_plus
from bot.model.member import Member
from bot.policy.people.finding import Finding
from bot.services.reconciling.reconciliation import Comparison
from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import about_reader, discretion_of
from bot.slack.handling.payload import Call

OVER = "That isn't on the list anymore, so nothing was done. Run the command again to see how it stands."
WITHHELD = (
    "Slack doesn't show hs-bot your e-mail address, so it can't tell what is about you, and lists nobody for you. Ask "
    "the people who run hs-bot to give its Slack app the permission users:read.email."
)


def seen_by(deps: Deps, member: Member | None, found: Comparison) -> Comparison:
    """What this Slack person may see of it; of somebody whose address Slack withholds that is nothing of people."""
    kept = about_reader(deps, member)
    own = without_plus(member.key) if member is not None and member.key else None

    def hides(user_id: int | None, email: str) -> bool:
        if user_id is not None:
            return kept(user_id)
        return own is None or without_plus(address_key(email)) == own

    return replace(
        found,
        findings=tuple(one for one in found.findings if not hides(one.id, one.email)),
        left={key: one for key, one in found.left.items() if not hides(one.user_id, one.email)},
        returned={key: one for key, one in found.returned.items() if not hides(one.user_id, one.email)},
    )


def underway(call: Call, deps: Deps, found: Comparison) -> frozenset[int]:
    """Ids with an open request, as who calls may know: not their own, nor those of a batch in which they are."""
    over = discretion_of(call, deps)
    return frozenset(id for id, request in found.underway.items() if not over.hides(request))


def finding_of(call: Call, deps: Deps, key: str) -> Finding | None:
    """The finding that a button names, as of now; None when it is gone, or is not for who calls."""
    found = deps.reconciliation.at_hand()
    return next(
        (one for one in seen_by(deps, deps.workspace.member(call.user), found).findings if one.key == key), None
    )
