"""Gives somebody a seat: creates them over SCIM, puts them into teams, waits until REST shows them.

For provisioning and for restoring, whose plans both hold `email`, `emails`, `first_name`, `last_name`, `role`,
`job_title`, `phone`, `timezone` and `teams` ({`id`, `name`} each).
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from bot.helpscout.errors import Conflict, HelpScoutError, Rejected
from bot.helpscout.scim.api import Scim
from bot.helpscout.scim.resources import Operation, ScimUser
from bot.model.address import address_key, same_address
from bot.model.problem import Problem
from bot.model.team import Team
from bot.model.user import User
from bot.policy.people.identity import why_not_theirs
from bot.policy.requests.soundness import NOTHING_DONE
from bot.services.requests.execution import Attention, Execution, Stale
from bot.services.steps.fields import operations
from bot.services.steps.group_writes import Membership
from bot.services.steps.same_person import as_text, neighbours, or_none
from bot.services.steps.settling import NotSettled
from bot.services.steps.step_journal import settled
from bot.services.steps.team_groups import group_of
from bot.store.record import Record

WOKEN_AS = ("email", "first_name", "last_name", "role", "job_title", "phone", "timezone")
"""What somebody deactivated is given with their seat, where the plan has it: they may have been other things."""


def seat_of(user: User, teams: list[dict[str, Any]]) -> dict[str, Any]:
    """The part of a plan that says who gets a seat. Addresses are as written: they are sent like this."""
    return {
        "email": user.email,
        "emails": [user.email, *user.alternate_emails],
        "first_name": user.first_name,
        "last_name": user.last_name,
        "role": user.role,
        "job_title": user.job_title,
        "phone": user.phone,
        "timezone": user.timezone,
        "teams": teams,
    }


class AddressTaken(Problem):
    """The address of a seat that is to be given is somebody's."""


def deactivated(record: Record, scim: Scim, email: str, own: frozenset[int] = frozenset()) -> ScimUser | None:
    """The deactivated SCIM user that has this as userName or primary e-mail: giving the seat wakes them.

    `own` are the REST ids under which the record knows the person. Raises `AddressTaken` when the address is in use,
    or the deactivated user is somebody else's.
    """
    sought = scim.search(email)
    found = sought.user
    if found is not None and found.active is not False:
        raise AddressTaken(f"Someone with the e-mail {email} is already in Help Scout ({found.user_name or found.id}).")
    for other in sought.others:
        if other.active is not False:
            raise AddressTaken(
                f"The SCIM user {other.user_name or other.id} has {email} as a further address. Remove it there first."
            )
    if found is not None and (sentence := _somebody_elses(record, found, email, own)):
        raise AddressTaken(sentence)
    return found


def _somebody_elses(record: Record, found: ScimUser, email: str, own: frozenset[int]) -> str | None:
    """Whose the deactivated SCIM user is, when the record has it as another person's."""
    person = User(id=min(own, default=0), email=email)
    return why_not_theirs(person, found, neighbours(record, person, found, frozenset()))


def vacant(ex: Execution) -> Mapping[str, Any]:
    """The step `check`: nobody active has the address, and who would be woken is who was approved."""
    return {"deactivated_scim_id": _as_approved(ex, NOTHING_DONE)}


def _as_approved(ex: Execution, nothing_done: str) -> str | None:
    """The SCIM id of who would be woken; raises `Stale` when that isn't what the plan says."""
    plan = ex.request.plan
    own = frozenset(id for id in (ex.request.target_id, plan.get("before")) if isinstance(id, int))
    try:
        found = deactivated(ex.record, ex.scim, str(plan["email"]), own)
    except AddressTaken as taken:
        raise Stale(f"{taken.sentence} {nothing_done}") from taken
    id = found.id if found else None
    if id != plan.get("deactivated_scim_id"):
        now = f"is a deactivated SCIM user ({found.user_name or id})" if found else "is no deactivated SCIM user"
        raise Stale(f"There {now} with the e-mail {plan['email']} now, unlike when this was approved. {nothing_done}")
    return id


class NewSeat:
    """Somebody is to have a seat: made, or woken where the plan says so. `scim_id` once it is so.

    Its id in the journal is the address: there is no other one yet.
    """

    read_later = False

    def __init__(self, ex: Execution) -> None:
        self._ex = ex
        self._scim = ex.scim
        self._plan = ex.request.plan
        self.id = str(ex.request.plan["email"])
        self.about = f"The creation of {ex.request.target_name}"
        self.scim_id = ""
        self._dormant: ScimUser | None = None

    @property
    def ways(self) -> Sequence[Callable[[], object]]:
        return (self._wake, self._wake_by_parts) if self._plan.get("deactivated_scim_id") else (self._create,)

    def ready(self) -> None:
        found = self._scim.find_user(self.id)
        if found is not None and found.active is not False:
            raise Attention(
                f"Someone else has just created a user with the e-mail {self.id}. Look at them in Help Scout, then "
                "cancel this request."
            )
        self._ex.sound("Nobody was given a seat")
        _as_approved(self._ex, "Nobody was given a seat; ask again.")
        self._dormant = found

    def shown(self) -> bool:
        """By the id that was answered, as a list may lag behind or leave somebody out; else by the address."""
        made = self.scim_id
        found = or_none(lambda: self._scim.user(made)) if made else None
        if found is None or address_key(self.id) not in found.identifying:
            found = self._scim.find_user(self.id)
        if found is None or found.active is False:
            return False
        self.scim_id = found.id
        return True

    def whose(self, refusal: HelpScoutError) -> str:
        if not isinstance(refusal, Conflict) or self._plan.get("deactivated_scim_id"):
            return ""
        if self.shown():
            return (
                f"Help Scout says that {self.id} is taken, and SCIM shows someone with it now: someone else may have "
                "created them a moment ago. Look at them in Help Scout, then cancel this request."
            )
        return (
            f"Help Scout says that {self.id} is taken, but SCIM shows nobody with it: someone has a seat there that "
            "SCIM doesn't manage, or Help Scout keeps the address of someone who was removed. Retry won't help. "
            "Invite them in Help Scout under Manage > Users, then cancel this request."
        )

    def _create(self) -> None:
        plan = self._plan
        wanted = ScimUser(
            user_name=self.id,
            given_name=str(plan["first_name"]),
            family_name=str(plan["last_name"]),
            display_name=f"{plan['first_name']} {plan['last_name']}".strip(),
            emails=(self.id,),
            primary=self.id,
            title=str(plan["job_title"]),
            phone=str(plan["phone"]),
            timezone=str(plan["timezone"]),
            roles=(str(plan["role"]),) if plan["role"] else (),
        )
        self.scim_id = self._scim.create_user(wanted).id

    # Help Scout keeps deactivated people: waking them up is what keeps their history theirs.

    def _wake(self) -> None:
        dormant = self._sleeper
        awake = Operation(op="replace", path="active", value=True)
        self._scim.patch_user(dormant.id, [awake, *operations(dormant, self._fields)])

    def _wake_by_parts(self) -> None:
        """One attribute that is not taken refuses all of them with some servers."""
        dormant = self._sleeper
        self._scim.set_active(dormant.id, True)
        for name, value in self._fields.items():
            with suppress(Rejected):  # what became of each is read over REST
                self._scim.patch_user(dormant.id, operations(dormant, {name: value}))

    @property
    def _sleeper(self) -> ScimUser:
        if self._dormant is None:
            raise Attention(f"{self.about} can't go on: SCIM doesn't show the deactivated user any more.")
        return self._dormant

    @property
    def _fields(self) -> dict[str, str]:
        return {name: str(self._plan[name]) for name in WOKEN_AS if self._plan[name]}


def create(ex: Execution) -> Mapping[str, Any]:
    """The step `create`."""
    write = NewSeat(ex)
    how = settled(ex, write, write.id)
    return {"scim_id": write.scim_id, "settled": how, "at": as_text(ex.now())}


def join_teams(ex: Execution) -> Mapping[str, Any]:
    """The step `teams`: joining is idempotent; what failed is named, and a Retry makes no second person."""
    wanted = ex.request.plan["teams"]
    if not wanted:
        return {"joined": []}
    scim_id = _scim_id(ex)
    groups = ex.scim.groups()
    missing: dict[str, str] = {}
    known = {team.id: team.scim_id for team in ex.record.teams.all()}
    for one in wanted:
        team = Team(id=int(one["id"]), name=str(one["name"]), scim_id=known.get(int(one["id"])))
        group = group_of(groups, team, ex.scim, ex.record, renamed=True)
        if group is None:
            missing[team.name] = "SCIM shows no such team"
        else:
            write = Membership(
                ex.scim, ex.rest, group_id=group.id, scim_id=scim_id, team_id=team.id, user_id=None, inside=True
            )
            try:
                if not write.shown():
                    settled(ex, write, f"{group.id}/{scim_id}", group=group.id, scim_id=scim_id)
            except (HelpScoutError, NotSettled) as problem:
                missing[team.name] = problem.sentence
    if missing:
        names = "; ".join(f"{name} ({why})" for name, why in missing.items())
        raise Attention(
            f"{ex.request.target_name} has a seat, but is missing in: {names}. Press Retry to try these teams again; "
            "nobody is created a second time."
        )
    return {"joined": [team["name"] for team in wanted]}


def appear(ex: Execution) -> Mapping[str, Any]:
    """The step `appear`: REST shows them, after a while; which id they have, and which role they really got."""
    old_id = (ex.result_of("create") or {}).get("rest_id") or ex.request.target_id
    for _ in ex.looks(costly=True):
        user = or_none(lambda: ex.rest.user(old_id)) if old_id is not None else None
        if user is None or not same_address(user.email, ex.request.plan["email"]):
            user = ex.patient_rest.find_by_email(ex.request.plan["email"])
        if user is not None:
            return {"rest_id": user.id, "role": user.role, "user": dict(user.raw)}
    raise Attention(
        f"{ex.request.target_name} has a seat, but REST doesn't show them yet. Press Retry to look again; "
        "nobody is created a second time."
    )


def seated(ex: Execution) -> tuple[User, str | None]:
    """Who appeared, read again for the record, and their SCIM id where they were created over SCIM."""
    appeared = ex.result_of("appear")
    if appeared is None:
        raise Attention("The step that waits for the person has no result; look at the audit log.")
    return ex.rest.user(int(appeared["rest_id"])), (ex.result_of("create") or {}).get("scim_id")


def role_told(ex: Execution, user: User) -> str:
    """A sentence when Help Scout gave another role than the one asked for; else ""."""
    wanted = str(ex.request.plan["role"])
    if not wanted or user.role == wanted:
        return ""
    return (
        f" Help Scout gave them the role {user.role or 'it does not name'} instead of {wanted}: set it in Help Scout "
        "under Manage > Users."
    )


def _scim_id(ex: Execution) -> str:
    created = ex.result_of("create")
    if created is None:
        raise Attention("The creation has no result in the record; look at the audit log.")
    return str(created["scim_id"])
