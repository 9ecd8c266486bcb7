"""Gives a new person a seat. An admin's needs approval; anybody's does with HS_BOT_PROVISION_APPROVAL=always."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.helpscout.client import HelpScout
from bot.model.request import Kind, Request
from bot.model.user import ADMIN, USER, Status, User, UserRecord, fold_email
from bot.services.requests.kinds import CardWords, NotPossible, Proposal, StepPlan, text
from bot.services.requests.terms import Terms
from bot.services.restoring import welcome
from bot.services.steps.execution import Execution
from bot.services.steps.seating import appear, create, join_teams, role_told, seat_of, seated, vacant
from bot.store.record import Record

ROLES = (USER, ADMIN)
"""Roles that can be given; an account has its owner already."""
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Provisioning:
    """Arguments: `email`, `first_name`, `last_name`, `role`, `team_ids` (REST); `job_title`, `phone`, `timezone`."""

    kind = Kind.PROVISION
    removes = False
    about_people = True

    def __init__(self, record: Record, helpscout: HelpScout, terms: Terms) -> None:
        self._record = record
        self._helpscout = helpscout
        self._terms = terms

    @property
    def ready(self) -> bool:
        return self._helpscout.scim is not None

    def propose(self, arguments: Mapping[str, object], *, fresh: bool = True) -> Proposal:
        email = fold_email(text(arguments, "email"))
        if not ADDRESS.fullmatch(email):
            raise NotPossible("Give the whole e-mail address, like jane@example.com.", field="email", code="bad email")
        first, last = text(arguments, "first_name"), text(arguments, "last_name")
        if not first or not last:
            field = "last_name" if first else "first_name"
            raise NotPossible("Give first and last name: Help Scout needs both.", field=field, code="no name")
        role = (text(arguments, "role") or USER).lower()
        if role not in ROLES:
            raise NotPossible("The role is user or admin.", field="role", code="bad role")
        teams = self._teams(arguments)
        earlier = self._earlier(email)
        status = earlier.status if earlier else None
        if status is Status.ACTIVE:
            raise NotPossible(f"{email} is in Help Scout already.", field="email", code="already active")
        if fresh and self._helpscout.scim is not None:
            found = self._helpscout.scim.find_user(email)
            if found is not None and found.active is not False:
                raise NotPossible(
                    f"{email} is in Help Scout already: the next sync will record it.",
                    field="email",
                    code="already active",
                )
        user = User(
            id=0,
            first_name=first,
            last_name=last,
            email=email,
            role=role,
            job_title=text(arguments, "job_title"),
            phone=text(arguments, "phone"),
            timezone=text(arguments, "timezone"),
        )
        plan = {**seat_of(user, teams), "name": user.name, "before": earlier.id if earlier else None}
        return Proposal(
            plan=plan,
            target_name=user.name,
            target_email=email,
            emails=frozenset({email}),
            status=status,
            role=role,
            needs_approval=role == ADMIN or self._terms.provision_approval == "always",
        )

    def words(self, request: Request) -> CardWords:
        plan = request.plan
        facts = [
            ("Person", request.target_name),
            ("E-mail", str(plan["email"])),
            ("Role", str(plan["role"])),
            ("Teams", ", ".join(team["name"] for team in plan["teams"]) or "none"),
        ]
        if plan["before"] is not None:
            facts.append(("Was here before", f"Help Scout id {plan['before']}"))
        return CardWords(
            title=f"Provision {request.target_name}",
            verb="Provision",
            consequence=f"{request.target_name} gets a seat in Help Scout as {plan['role']}.",
            facts=tuple(facts),
        )

    @property
    def steps(self) -> Sequence[StepPlan]:
        return (
            StepPlan("check", vacant),
            StepPlan("create", create),
            StepPlan("teams", join_teams),
            StepPlan("appear", appear),
            StepPlan("close", close),
        )

    def _teams(self, arguments: Mapping[str, object]) -> list[dict[str, Any]]:
        wanted = arguments.get("team_ids") or ()
        if not isinstance(wanted, Sequence) or isinstance(wanted, str):
            raise NotPossible("Choose teams from the list.", field="team_ids", code="bad team")
        known = {team.id: team for team in self._record.teams.all()}
        chosen = [known.get(int(str(one))) if str(one).isdecimal() else None for one in wanted]
        if None in chosen:
            raise NotPossible(
                "Choose teams from the list: one is not there (any more).", field="team_ids", code="bad team"
            )
        return [{"id": team.id, "name": team.name} for team in chosen if team is not None]

    def _earlier(self, email: str) -> UserRecord | None:
        """Who has, or last had, this address: active people come first."""
        found = self._record.users.by_email(email)
        return found[0] if found else None


def close(ex: Execution) -> Mapping[str, Any]:
    """The record has them, in one transaction with the end of the request."""
    user, scim_id = seated(ex)
    before = ex.request.plan["before"]

    def write() -> None:
        welcome(ex, user, scim_id, ex.record.users.get(int(before)) if before is not None else None)

    ex.with_result(write)
    return {"sentence": f"{ex.request.target_name} has a seat in Help Scout.{role_told(ex, user)}"}
