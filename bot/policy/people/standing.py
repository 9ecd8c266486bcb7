"""Who may do anything at all: full members of the workspace, and nobody else."""

from collections.abc import Iterable

from bot.model.address import address_key, without_plus
from bot.model.member import Member
from bot.policy.refusal import Refusal


def may_speak(actor: Member | None) -> Refusal | None:
    """Refuse bots, strangers, guests and deactivated people, and who is not known to the workspace (None)."""
    if actor is None:
        return Refusal("hs-bot works for members of this workspace only, and Slack doesn't know you as one.", "unknown")
    if actor.deleted:
        return Refusal("This Slack account is deactivated, so hs-bot can't do anything for it.", "deactivated")
    if actor.is_bot:
        return Refusal("Bots and workflows can't use hs-bot. A person has to do this.", "bot")
    if actor.is_stranger:
        return Refusal("hs-bot works for members of its own workspace only. Ask a colleague there.", "stranger")
    if actor.is_guest:
        return Refusal("Guests can't use hs-bot. Ask a full member of the workspace.", "guest")
    return None


def is_person_of(member: Member, addresses: Iterable[str]) -> bool:
    """Whether one of these addresses is this member's, whatever its spelling or plus part; never by an empty one."""
    return bool(member.key) and without_plus(member.key) in {without_plus(address_key(one)) for one in addresses}
