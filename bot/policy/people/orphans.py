"""Who has a Help Scout seat without a Slack account to go with it, and how sure we are. Pure.

People are matched by e-mail (primary and alternates), then by an address that differs only in a +tag, then by name.
Only the first is proof; the others are shown as what they are, with the reason, for a person to judge.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.model.address import without_plus
from bot.model.member import Member
from bot.model.user import User
from bot.policy.typed.fold import fold


class Why(StrEnum):
    """Why somebody is an orphan, in the order of alarm."""

    DEACTIVATED = "their Slack account is deactivated"
    MISSING = "nobody in Slack has one of their addresses"
    GUEST = "they are a guest in Slack"
    STRANGER = "they are of another workspace"
    OTHER_ADDRESS = "their Slack account has another address"


@dataclass(frozen=True, slots=True)
class Orphan:
    """`member` is the Slack account that fits best, if any; `matched_by` says how it was found."""

    user: User
    why: Why
    member: Member | None = None
    matched_by: str = ""

    @property
    def reason(self) -> str:
        """One phrase for people: why, and how the Slack account was matched."""
        if self.why is Why.OTHER_ADDRESS and self.member is not None:
            return f"{self.why.value} ({self.member.email or self.member.name}, matched by {self.matched_by})"
        if self.matched_by and self.matched_by != "e-mail":
            return f"{self.why.value} (matched by {self.matched_by})"
        return self.why.value


def find_orphans(users: Iterable[User], members: Iterable[Member], *, exempt: frozenset[int]) -> list[Orphan]:
    """Every seat without a full, living Slack account, the most alarming first, then by name."""
    people = [member for member in members if not member.is_bot]
    by_email = _grouped((m.key, m) for m in people if m.email)
    by_plain = _grouped((without_plus(m.key), m) for m in people if m.email)
    by_name = _grouped((fold(m.name), m) for m in people if m.name)
    found = [
        orphan
        for user in users
        if user.is_person and user.id not in exempt
        if (orphan := _orphan(user, by_email, by_plain, by_name)) is not None
    ]
    order = list(Why)
    return sorted(found, key=lambda o: (order.index(o.why), fold(o.user.name), o.user.id))


def _orphan(
    user: User,
    by_email: Mapping[str, list[Member]],
    by_plain: Mapping[str, list[Member]],
    by_name: Mapping[str, list[Member]],
) -> Orphan | None:
    proof = [member for email in sorted(user.keys) for member in by_email.get(email, ())]
    if proof:
        best = max(proof, key=_soundness)
        why = _trouble_of(best)
        return Orphan(user, why, best, "e-mail") if why is not None else None
    for matched_by, near in (
        ("the address without its +tag", [m for e in sorted(user.keys) for m in by_plain.get(without_plus(e), ())]),
        ("name", by_name.get(fold(user.name), [])),
    ):
        if near:
            best = max(near, key=_soundness)
            return Orphan(user, _trouble_of(best) or Why.OTHER_ADDRESS, best, matched_by)
    return Orphan(user, Why.MISSING)


def _trouble_of(member: Member) -> Why | None:
    """What is wrong with a Slack account; None: nothing."""
    if member.deleted:
        return Why.DEACTIVATED
    if member.is_stranger:
        return Why.STRANGER
    return Why.GUEST if member.is_guest else None


def _soundness(member: Member) -> int:
    """A living account outweighs a dead one with the same address, and a member a guest."""
    return (Why.DEACTIVATED, Why.STRANGER, Why.GUEST, None).index(_trouble_of(member))


def _grouped(pairs: Iterable[tuple[str, Member]]) -> dict[str, list[Member]]:
    groups: dict[str, list[Member]] = defaultdict(list)
    for key, member in pairs:
        groups[key].append(member)
    return groups
