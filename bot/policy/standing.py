"""Who may do anything at all: full members of the workspace, and nobody else."""

from bot.model.member import Member
from bot.policy.fold import fold_email
from bot.policy.refusal import Refusal


def may_speak(actor: Member | None) -> Refusal | None:
    """Refuse bots, strangers, guests and deactivated people, and who is not known to the workspace (None)."""
    if actor is None:
        return Refusal(
            "Slack does not know you as a member of this workspace, so hs-bot can't work for you.", "unknown"
        )
    if actor.deleted:
        return Refusal("This Slack account is deactivated, so hs-bot does nothing for it.", "deactivated")
    if actor.is_bot:
        return Refusal("Bots and workflows can't use hs-bot: a person has to do this.", "bot")
    if actor.is_stranger:
        return Refusal("hs-bot works for members of its own workspace only: ask a colleague there.", "stranger")
    if actor.is_guest:
        return Refusal("Guests can't use hs-bot: ask a full member of the workspace.", "guest")
    return None


def is_person_of(member: Member, emails: frozenset[str]) -> bool:
    """Whether this member is the person with these (folded) addresses: by e-mail and by nothing weaker."""
    return bool(member.email) and fold_email(member.email) in emails


def could_be(member: Member, emails: frozenset[str]) -> bool:
    """Whether this member is, or could be, who has these addresses: who shows Slack none could be anybody."""
    return bool(emails) and (not member.email.strip() or is_person_of(member, emails))


def not_the_person(actor: Member, emails: frozenset[str], sentence: str) -> Refusal | None:
    """Refuse whom the request is about, and whose address Slack withholds: they could be that person."""
    if is_person_of(actor, emails):
        return Refusal(sentence, "target")
    if emails and not actor.email.strip():
        return Refusal(
            "Slack does not tell hs-bot your e-mail address, so it can't rule out that this is about you: ask whoever "
            "runs hs-bot to give its Slack app the scope users:read.email.",
            "no email",
        )
    return None
