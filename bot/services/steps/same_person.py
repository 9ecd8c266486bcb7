"""One person over both APIs: the REST user, the SCIM user that is the same, and whether they are who was meant."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from bot.helpscout.errors import NotFound
from bot.helpscout.rest import Rest
from bot.helpscout.scim.api import Scim, ScimUser, is_plain_id
from bot.model.address import same_address
from bot.model.problem import Problem
from bot.model.request import Request
from bot.model.team import Team
from bot.model.user import OWNER, User, UserRecord
from bot.model.way import Way
from bot.policy.credential import never_a_target
from bot.policy.people.identity import Neighbours, is_protected, why_not_theirs
from bot.policy.requests.digest import stale
from bot.policy.requests.opening import guards_protected
from bot.policy.requests.soundness import NOTHING_DONE
from bot.services.credential import Credential
from bot.services.requests.execution import Execution
from bot.services.requests.membership import about_of
from bot.services.side_by_side import together
from bot.store.record import Record

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """Both sides; None: that API knows nobody by the id. `own`: the credential's own user, where that was asked."""

    user: User | None
    scim: ScimUser | None
    own: User | None = None

    @property
    def gone(self) -> bool:
        """Gone over REST (404), and over SCIM gone or deactivated."""
        return self.user is None and self.gone_over_scim

    @property
    def gone_over_scim(self) -> bool:
        return self.scim is None or self.scim.active is False


def look_at(rest: Rest, scim: Scim | None, user_id: int, scim_id: str, *, own: bool = False) -> Person:
    """Both sides, read side by side; with `own` also whom the bot's credential belongs to. No `scim`: REST alone."""
    user, other, me = together(
        lambda: or_none(lambda: rest.user(user_id)),
        lambda: or_none(lambda: scim.user(scim_id)) if scim is not None else None,
        lambda: or_none(rest.me) if own else None,
    )
    return Person(user, other, me)


def find_over_scim(record: Record, scim: Scim, known: UserRecord, protected: frozenset[str] = frozenset()) -> ScimUser:
    """The active SCIM user that is this person, by their main address; the pair is kept in the record.

    The SCIM id that the record has saves the search. Raises `NotOverScim`.
    """
    user = known.user
    known_id = known.scim_id
    found = or_none(lambda: scim.user(known_id)) if known_id else None
    if found is None or user.key not in found.identifying:
        sought = scim.search(user.email)
        found = sought.user
        if found is None:
            raise NotOverScim(_nobody(user, sought.others), absent=not sought.others)
    if sentence := why_not_theirs(user, found, neighbours(record, user, found, protected)):
        raise NotOverScim(f"{sentence} Correct it in Help Scout or in your identity provider first.")
    if not is_plain_id(found.id):
        raise NotOverScim(f"SCIM shows {user.name} under an id that can't be used in an address, so nothing was asked.")
    if found.active is False:
        raise NotOverScim(f"{user.name} is already deactivated over SCIM ({found.user_name or found.id}).")
    if found.id != known.scim_id:
        record.users.set_scim_id(known.id, found.id)
    return found


def sought_over_scim(
    record: Record, scim: Scim, known: UserRecord, protected: frozenset[str] = frozenset()
) -> "ScimUser | NotOverScim":
    """As `find_over_scim`, with the fault as a value: for who reads other things beside it that matter more."""
    try:
        return find_over_scim(record, scim, known, protected)
    except NotOverScim as problem:
        return problem


def neighbours(record: Record, user: User, found: ScimUser, protected: frozenset[str]) -> Neighbours:
    """Other people in the record that this SCIM user may be taken for."""
    return Neighbours(
        holder=record.identities.holder(found.id, user.id, user.key),
        mains=record.identities.mains(found.addresses - {user.key}, user.id),
        protected=protected,
    )


def _nobody(user: User, others: Sequence[ScimUser]) -> str:
    if others:
        named = others[0].user_name or others[0].id
        return (
            f"SCIM has nobody whose userName or primary e-mail is {user.email}. The SCIM user {named} only has it as "
            f"a further address, so that isn't {user.name}'s seat."
        )
    return (
        f"SCIM has nobody active with the e-mail {user.email}, so {user.name} can't be changed over SCIM. Check in "
        "Help Scout under Admin > Authentication that they belong to the account's SSO domain."
    )


def or_none(read: Callable[[], T]) -> T | None:
    """What is read, or None when Help Scout has nothing there."""
    try:
        return read()
    except NotFound:
        return None


class Differs(Problem):
    """Help Scout shows something else than what was approved; the sentence does not say what was done meanwhile."""


class NotOverScim(Problem):
    """There is no SCIM user that surely is this person. `absent`: nor one that could be taken for them."""

    def __init__(self, sentence: str, *, absent: bool = False) -> None:
        super().__init__(sentence)
        self.absent = absent


def same_person(ex: Execution, person: Person, way: Way | None = None) -> tuple[User, ScimUser | None]:
    """The person, when they are who was approved; else raises `Differs`. Over SCIM both sides, else REST's alone.

    `way` where it is only just being found out.

    Compared is what the digest binds: REST id, SCIM id, e-mail, role, assignee and time.
    """
    request = ex.request
    name = request.target_name or request.target_email
    user, scim = person.user, person.scim
    if user is None:
        raise Differs(f"{name} is no longer in Help Scout under the id that was approved.")
    if (way or ex.way) is Way.SCIM and (scim is None or scim.active is False):
        raise Differs(f"{name} is {'gone' if scim is None else 'deactivated'} over SCIM, though REST still shows them.")
    if sentence := stale(bound(request.plan), fresh(request, user, scim)):
        raise Differs(sentence.removesuffix(NOTHING_DONE).rstrip())
    protected = ex.terms.protected
    if scim is not None and (sentence := why_not_theirs(user, scim, neighbours(ex.record, user, scim, protected))):
        raise Differs(sentence)
    own = person.own or Credential(ex.record).known()  # as last known, where Help Scout names nobody now
    if own is not None and own.id == user.id:
        raise Differs(never_a_target(name))
    if user.role.strip().lower() == OWNER:
        raise Differs(f"{name} owns the Help Scout account. The owner can't be changed or removed.")
    if guards_protected(request.kind, request.plan):
        about = about_of(ex.record, request)
        mains = about.mains | {user.key}
        if is_protected(replace(about, keys=about.keys | user.keys, mains=mains), protected):
            raise Differs(f"{name} is protected.")
    return user, scim


BOUND = ("rest_id", "scim_id", "email", "role", "assignee_id", "run_at")


def bound(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a plan that must be the same when the work starts."""
    return {key: plan.get(key) for key in BOUND}


def fresh(request: Request, user: User, scim: ScimUser | None) -> dict[str, Any]:
    """The same part as things are now. Who takes the conversations, and when, is what the row says."""
    return {
        "rest_id": user.id,
        "scim_id": scim.id if scim is not None else request.plan.get("scim_id"),
        "email": _as_planned(user.email, request.plan.get("email")),
        "role": user.role,
        "assignee_id": request.plan.get("assignee_id"),
        "run_at": as_text(request.run_at),
    }


def _as_planned(address: str, planned: object) -> object:
    """An address as the plan spells it, when it is the same one: spelling alone is no difference."""
    return planned if isinstance(planned, str) and same_address(address, planned) else address


def as_text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def teams_of(rest: Rest, known: Sequence[Team], user_id: int) -> list[Team]:
    """The teams somebody is in now. The members of the `known` teams are read beside the list of teams."""
    listed, *members = together(
        rest.teams, *(lambda id=team.id: or_none(lambda: rest.team_members(id)) for team in known)
    )
    inside = {team.id: user_id in (found or ()) for team, found in zip(known, members, strict=True)}
    new = [team for team in listed if team.id not in inside]
    for team, found in zip(new, together(*(lambda id=team.id: rest.team_members(id) for team in new)), strict=True):
        inside[team.id] = user_id in found
    scim_ids = {team.id: team.scim_id for team in known}
    return [replace(team, scim_id=scim_ids.get(team.id)) for team in listed if inside[team.id]]
