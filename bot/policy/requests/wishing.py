"""What brings a wish about: from what is wanted, what is so, and the request that is open. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bot.model.address import same_address
from bot.model.request import Kind, Request, State
from bot.model.user import ADMIN, OWNER, Status, User
from bot.model.wish import Wish, WishKind
from bot.policy.people.identity import About, is_protected
from bot.policy.refusal import Refusal
from bot.policy.typed.names import same_name

FIELDS = ("email", "first_name", "last_name", "job_title", "phone", "timezone", "role")
"""What can be wanted of a person besides a seat."""
GUARDED = frozenset({"active", "email", "role"})
"""What nobody may want of the owner, of protected people, or of the credential's own user."""
SECOND_PERSON = frozenset({"email", "role"})
"""What needs approval of somebody who is there: in a request of its own, so that the rest is done at once."""
UNDONE = frozenset({State.PENDING, State.APPROVED, State.WAITING})
"""States in which a request can still be taken back by who asked for it."""
PERSONAL = frozenset({Kind.OFFBOARD, Kind.RESTORE, Kind.PROVISION, Kind.CHANGE})


class NextAction(StrEnum):
    """What is to be done next."""

    NOTHING = "nothing"  # as wanted, or nothing can be wanted of nobody
    WAIT = "wait"  # for the request that is open
    OPEN = "open"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Next:
    """`kind` and `changes` of what is to be opened."""

    action: NextAction
    kind: Kind | None = None
    changes: Mapping[str, str] | None = None

    @property
    def decided(self) -> bool:
        """Whether somebody decides on these changes."""
        return not SECOND_PERSON.isdisjoint(self.changes or {})


def facts_of(user: User | None, status: Status | None) -> dict[str, Any]:
    """What Help Scout shows of a person, by the names of `FIELDS` and `active`; empty for nobody."""
    if user is None:
        return {}
    return {name: getattr(user, name) for name in FIELDS} | {"active": status is Status.ACTIVE}


def differs(name: str, fact: object, wanted: object) -> bool:
    """Whether something is to be changed for a field to be as wanted."""
    if name == "email":
        return not same_address(str(fact or ""), str(wanted))
    if name == "role":
        return str(fact or "").strip().lower() != str(wanted).strip().lower()
    return fact != wanted


def team_differs(name: str, fact: object, wanted: object) -> bool:
    """The same for a team: `members` are ids of resources, in no order."""
    if name == "members":
        there = fact if isinstance(fact, list) else []
        return sorted(set(there)) != sorted(set(wanted if isinstance(wanted, list) else []))
    return not same_name(str(fact or ""), str(wanted))


def still_wanted(wanted: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """What of it is not so."""
    return {name: value for name, value in wanted.items() if differs(name, facts.get(name), value)}


def next_action(wish: Wish, facts: Mapping[str, Any], request: Request | None) -> Next:
    """For a person. `request` is the open one about them, whoever asked; `facts` are empty while there is nobody."""
    there = bool(facts.get("active"))
    stay = not wish.deleted and bool(wish.wanted.get("active", there or not facts))
    ours = request is not None and request.requester == wish.token
    undone = ours and request is not None and request.state in UNDONE
    if not stay:
        if request is not None and request.kind is not Kind.OFFBOARD:
            return Next(NextAction.CANCEL if undone else NextAction.WAIT)
        if not there:
            return Next(NextAction.NOTHING)
        return Next(NextAction.WAIT) if request is not None else Next(NextAction.OPEN, Kind.OFFBOARD)
    if request is not None and request.kind is Kind.OFFBOARD:
        return Next(NextAction.CANCEL if undone else NextAction.WAIT)
    if not there:
        if request is not None:
            return Next(NextAction.CANCEL if undone and _other(wish, request) else NextAction.WAIT)
        return Next(NextAction.OPEN, Kind.RESTORE if facts else Kind.PROVISION)
    left = still_wanted({name: wish.wanted[name] for name in FIELDS if name in wish.wanted}, facts)
    plain = {name: str(value) for name, value in left.items() if name not in SECOND_PERSON}
    if request is not None:
        return Next(NextAction.CANCEL if undone and _outdated(request, plain, _guarded(left)) else NextAction.WAIT)
    if plain or left:
        return Next(NextAction.OPEN, Kind.CHANGE, plain or _guarded(left))
    return Next(NextAction.NOTHING)


def wants(wish: Wish, facts: Mapping[str, Any], request: Request) -> bool:
    """Whether what this request of the wish's own token would do is still wanted, also while it runs."""
    if not wish.open:
        return False
    if wish.kind is WishKind.GROUP:
        return wish.deleted
    if request.kind is Kind.CHANGE:
        # Some of it may be so already, and is in no wish any longer.
        return not wish.leaves and not any(
            differs(name, facts.get(name), after)
            and (name not in wish.wanted or differs(name, wish.wanted[name], after))
            for name, after in _changes(request).items()
        )
    return next_action(wish, facts, replace(request, state=State.PENDING)).action is not NextAction.CANCEL


def _guarded(left: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in left.items() if name in SECOND_PERSON}


def _changes(request: Request) -> dict[str, str]:
    changes = request.plan.get("changes") or {}
    return {name: str(one.get("after", "")) for name, one in changes.items()}


def _outdated(request: Request, plain: Mapping[str, str], guarded: Mapping[str, str]) -> bool:
    """Whether a change that somebody decides on, or has to make by hand, is not what is wanted any longer."""
    if request.kind is not Kind.CHANGE:
        return False
    if request.quorum > 0:
        return _changes(request) != guarded
    return request.state is State.WAITING and _changes(request) != plain


def _other(wish: Wish, request: Request) -> bool:
    """Whether a seat that waits for approval is not what is wanted any longer."""
    if request.kind is not Kind.PROVISION:
        return False
    plan = request.plan
    for name in ("email", "first_name", "last_name", "role"):
        if name in wish.wanted and differs(name, plan.get(name), wish.wanted[name]):
            return True
    return "role" not in wish.wanted and plan.get("role") == ADMIN


def out_of_bounds(
    user: User, wanted: Mapping[str, Any], about: About, protected: frozenset[str], own_user: int | None
) -> Refusal | None:
    """Whether an identity provider may want this of somebody at all."""
    if GUARDED.isdisjoint(wanted):
        return None
    if user.role.strip().lower() == OWNER:
        return Refusal(f"{user.name} owns the Help Scout account. The owner can't be changed or removed.", "owner")
    if own_user is not None and user.id == own_user:
        return Refusal(
            f"hs-bot works in {user.name}'s name in Help Scout, so it can't change or remove them. Give hs-bot a user "
            "of its own there first.",
            "own user",
        )
    if is_protected(about, protected):
        return Refusal(f"{user.name} is protected, so this can't be done with hs-bot.", "protected")
    return None


def role_wanted(values: list[str]) -> str | None:
    """The role among SCIM's `roles`, as Help Scout calls it, an admin's before others; None: there is none it knows."""
    words = {value.strip().lower().replace("_", " ") for value in values}
    if words & {"admin", "administrator"}:
        return ADMIN
    return "user" if words & {"user", "agent", "member"} else None
