"""Gives somebody a seat: creates them over SCIM, puts them into teams, waits until REST shows them.

For provisioning and for restoring, whose plans both hold `email`, `emails`, `first_name`, `last_name`, `role`,
`job_title`, `phone`, `timezone` and `teams` ({`id`, `name`} each).
"""

from collections.abc import Mapping
from typing import Any

from bot.helpscout.errors import Conflict, HelpScoutError
from bot.helpscout.scim_types import Operation, ScimUser
from bot.model.team import Team
from bot.model.user import User, fold_email
from bot.services.steps.execution import Attention, Execution, Stale
from bot.services.steps.fields import operations
from bot.services.steps.once import do_once
from bot.services.steps.people import NOTHING_DONE, or_none
from bot.services.steps.team_groups import group_of

WOKEN_AS = ("email", "first_name", "last_name", "role", "job_title", "phone", "timezone")
"""What somebody deactivated is given with their seat, where the plan has it: they may have been other things."""


def seat_of(user: User, teams: list[dict[str, Any]]) -> dict[str, Any]:
    """The part of a plan that says who gets a seat."""
    return {
        "email": fold_email(user.email),
        "emails": sorted(user.emails),
        "first_name": user.first_name,
        "last_name": user.last_name,
        "role": user.role,
        "job_title": user.job_title,
        "phone": user.phone,
        "timezone": user.timezone,
        "teams": teams,
    }


def vacant(ex: Execution) -> Mapping[str, Any]:
    """The step `check`: nobody active has the address."""
    found = ex.scim.find_user(str(ex.request.plan["email"]))
    if found is not None and found.active is not False:
        raise Stale(f"Somebody with the e-mail {ex.request.plan['email']} is in Help Scout already. {NOTHING_DONE}")
    return {"deactivated_scim_id": found.id if found else None}


class Creation:
    """The deed of the step `create`. Its id in the journal is the address: there is no other one yet."""

    already = Conflict

    def __init__(self, ex: Execution) -> None:
        self._scim = ex.scim
        self._plan = ex.request.plan
        self.id = str(ex.request.plan["email"])
        self.about = f"The creation of {ex.request.target_name}"
        self._dormant: ScimUser | None = None

    def look(self, *, sent: bool) -> Mapping[str, Any] | None:
        found = self._scim.find_user(self.id)
        if found is not None and found.active is not False:
            if sent:
                return {"scim_id": found.id}
            raise Attention(
                f"Somebody else has just created a user with the e-mail {self.id}. Look at them in Help Scout; then "
                "cancel this request."
            )
        self._dormant = found
        return None

    def send(self) -> Mapping[str, Any]:
        wanted = ScimUser(
            user_name=self.id,
            given_name=str(self._plan["first_name"]),
            family_name=str(self._plan["last_name"]),
            display_name=f"{self._plan['first_name']} {self._plan['last_name']}".strip(),
            emails=(self.id,),
            title=str(self._plan["job_title"]),
            phone=str(self._plan["phone"]),
            timezone=str(self._plan["timezone"]),
            roles=(str(self._plan["role"]),) if self._plan["role"] else (),
        )
        if self._dormant is None:
            return {"scim_id": self._scim.create_user(wanted).id}
        # Help Scout keeps deactivated people: waking them up is what keeps their history theirs.
        fields = {name: str(self._plan[name]) for name in WOKEN_AS if self._plan[name]}
        awake = Operation(op="replace", path="active", value=True)
        self._scim.patch_user(self._dormant.id, [awake, *operations(self._dormant, fields)])
        return {"scim_id": self._dormant.id, "woken": True}


def create(ex: Execution) -> Mapping[str, Any]:
    """The step `create`."""
    return do_once(ex, Creation(ex))


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
        elif scim_id not in group.members:
            try:
                ex.scim.add_member(group.id, scim_id)
            except HelpScoutError as problem:
                missing[team.name] = problem.sentence
        ex.at("teams: after a call")
    if missing:
        names = "; ".join(f"{name} ({why})" for name, why in missing.items())
        raise Attention(
            f"{ex.request.target_name} has a seat, but is missing in: {names}. Press Retry to try these teams again; "
            "nobody is created a second time."
        )
    return {"joined": [team["name"] for team in wanted]}


def appear(ex: Execution) -> Mapping[str, Any]:
    """The step `appear`: REST shows them, after a while; which id they have, and which role they really got."""
    old_id = ex.request.target_id
    for _ in ex.looks(costly=True):
        user = or_none(lambda: ex.rest.user(old_id)) if old_id is not None else None
        if user is None or ex.request.plan["email"] not in user.emails:
            user = ex.patient_rest.find_by_email(ex.request.plan["email"])
        if user is not None:
            return {"rest_id": user.id, "role": user.role, "user": dict(user.raw)}
    raise Attention(
        f"{ex.request.target_name} was created over SCIM, but REST does not show them yet. Press Retry to look again; "
        "nobody is created a second time."
    )


def seated(ex: Execution) -> tuple[User, str]:
    """Who appeared, read again for the record, and their SCIM id."""
    appeared = ex.result_of("appear")
    if appeared is None:
        raise Attention("The step that waits for the person has no result; look at the audit log.")
    return ex.rest.user(int(appeared["rest_id"])), _scim_id(ex)


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
