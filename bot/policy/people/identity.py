"""Who is who: the one place that decides whether two records mean one person. Pure.

Two questions are asked of it. Is this Slack person the one a request is about, or another Slack person under a second
id? Is this SCIM user that Help Scout person? What can't be told apart safely counts against the action.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.model.address import without_plus
from bot.model.member import Member
from bot.model.user import User
from bot.policy.people.standing import is_person_of
from bot.policy.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whom a request is about, as far as Slack people are held against them. Addresses are keys."""

    person: bool = False  # False: it is about a team, and nobody can be it
    keys: frozenset[str] = frozenset()  # every address ever recorded of them, and those that are asked for
    mains: frozenset[str] = frozenset()  # of these: what is or was their main address
    others_mains: frozenset[str] = frozenset()  # of these: another active person's main address
    others_pairs: frozenset[str] = frozenset()  # of these: the Slack address of somebody paired with another person
    slack_ids: frozenset[str] = frozenset()  # once seen as this person, whatever happened to either address since

    @property
    def own(self) -> frozenset[str]:
        """The addresses that stand for this person and for nobody else."""
        return self.keys - self.others_mains - self.others_pairs


NOBODY = About()


def same_member(one: Member, other: Member) -> bool:
    """Whether two Slack people are one: an id in common, or the same address but for a plus part."""
    if not one.ids.isdisjoint(other.ids):
        return True
    return bool(one.key) and without_plus(one.key) == without_plus(other.key)


def is_about(member: Member, about: About) -> bool:
    """Whether this Slack person is whom the request is about: by a remembered pair, or by an address of theirs."""
    if not member.ids.isdisjoint(about.slack_ids):
        return True
    return is_person_of(member, about.own)


def could_be(member: Member, about: About) -> bool:
    """Whether this Slack person is, or could be, whom it is about: somebody whose address Slack withholds could."""
    return about.person and (not member.key or is_about(member, about))


def not_the_person(actor: Member, about: About, sentence: str) -> Refusal | None:
    """Refuse whom the request is about, and whoever can't be told apart from them."""
    if is_about(actor, about):
        return Refusal(sentence, "target")
    if could_be(actor, about):
        return Refusal(
            "Slack doesn't show hs-bot your e-mail address, so it can't rule out that this is about you. Ask the "
            "people who run hs-bot to give its Slack app the permission users:read.email.",
            "no email",
        )
    return None


def is_protected(about: About, protected: frozenset[str]) -> bool:
    """By every main address they ever had, and by each alternate that isn't another active person's main address.

    A plus part makes no difference: `boss+hs@` is protected where `boss@` is, and the other way round.
    """
    plain = {without_plus(key) for key in protected}
    return any(without_plus(key) in plain for key in about.mains | (about.keys - about.others_mains))


class ShownInScim(Protocol):
    """What SCIM shows of a user, as far as it tells who they are."""

    @property
    def id(self) -> str: ...

    @property
    def user_name(self) -> str: ...

    @property
    def identifying(self) -> frozenset[str]:
        """The keys of userName and primary e-mail: the only ones that say whose seat it is."""
        ...

    @property
    def addresses(self) -> frozenset[str]:
        """The keys of userName and every e-mail."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What the record knows of other people that a SCIM user may be taken for. Names are for sentences."""

    holder: str = ""  # the name of another person whose row has this SCIM id
    mains: Mapping[str, str] = field(default_factory=dict)  # main address (key) of another active person → their name
    protected: frozenset[str] = frozenset()


def why_not_theirs(user: User, seat: ShownInScim, around: Neighbours) -> str | None:
    """None when the SCIM user is this Help Scout person; else a sentence that names the SCIM user and says why not."""
    named = f"The SCIM user {seat.user_name or seat.id}"
    if not user.key or user.key not in seat.identifying:
        return f"{named} isn't {user.name}: neither its userName nor its primary e-mail is {user.email or 'known'}."
    if around.holder:
        return f"{named} already belongs to {around.holder} in hs-bot's record, so it can't be {user.name}'s."
    others = seat.addresses - {user.key}
    if other := next((around.mains[key] for key in sorted(others) if key in around.mains), ""):
        return f"{named} also has the main e-mail address of {other}, so it isn't clear whose seat it is."
    if not around.protected.isdisjoint(others - user.keys):
        return f"{named} also has the e-mail address of someone who is protected, so it isn't clear whose seat it is."
    return None
