"""Gives a person a seat. Who was here before, an admin and an unusual address always need a second person."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.model.address import address_key, domain_of
from bot.model.request import Kind, Request
from bot.model.seat_end import SeatEnd
from bot.model.user import ADMIN, LIGHT, OWNER, USER, Status, User, UserRecord, as_role
from bot.model.way import Way
from bot.policy.people.unusual import why_unusual
from bot.policy.requests.approval import heavier
from bot.policy.requests.seat_end import day_fits, end_of, spelled
from bot.services.kinds.every_kind import EveryKind
from bot.services.kinds.restoring import welcome
from bot.services.requests.execution import Execution
from bot.services.requests.kinds import CardWords, NotPossible, Proposal, StepPlan, address, text
from bot.services.requests.membership import role_of
from bot.services.requests.terms import Terms
from bot.services.steps.seating import AddressTaken, appear, role_told, seat_of, seated
from bot.services.ways.dispatch import create, join_teams, vacant
from bot.services.ways.words import by_hand_then, way_facts
from bot.store.record import Record

ROLES = (USER, ADMIN)
"""Roles that somebody can be changed to."""
GIVEN = (USER, LIGHT, ADMIN)
"""Roles that a new seat can have; an account has its owner already."""
LONGEST_NAME = 40
"""Source: Mailbox API, "Create user"."""


class Provisioning(EveryKind):
    """Arguments: `email`, `first_name`, `last_name`, `role`, `team_ids` (REST); `job_title`, `phone`, `timezone`."""

    kind = Kind.PROVISION

    def propose(self, arguments: Mapping[str, object], *, fresh: bool = True) -> Proposal:
        email = address(arguments, "email")
        first, last = text(arguments, "first_name"), text(arguments, "last_name")
        if not first or not last:
            field = "last_name" if first else "first_name"
            raise NotPossible("Give a first and a last name. Help Scout needs both.", field=field, code="no name")
        role = as_role((text(arguments, "role") or USER).lower())
        if role not in GIVEN:
            raise NotPossible("The role is user, light user or admin.", field="role", code="bad role")
        teams = self._teams(arguments)
        gone = self._gone(email)
        if role == LIGHT and teams:
            raise NotPossible("Light users can't be in a team. Choose none.", field="team_ids", code="light in team")
        own = frozenset(row.id for row in gone)
        try:
            way, dormant = self._ways.for_seat(self.kind, email, role, own=own, fresh=fresh)
        except AddressTaken as taken:
            raise NotPossible(taken.sentence, field="email", code="already active") from taken
        if way.way is Way.REST and max(len(first), len(last)) > LONGEST_NAME:
            field = "first_name" if len(first) > LONGEST_NAME else "last_name"
            raise NotPossible(f"A name holds at most {LONGEST_NAME} characters.", field=field, code="long name")
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
        earlier = gone[0] if gone else None
        plan = {
            "way": way.way.value,
            "way_why": way.why,
            **seat_of(user, teams),
            "name": user.name,
            "before": earlier.id if earlier else None,
            "former_role": heavier(*(row.user.role for row in gone), *(dormant.roles if dormant else ())),
            "deactivated_scim_id": dormant.id if dormant else None,
            "returns": bool(gone) or dormant is not None,
            "unusual": self._unusual(email),
            **_until(arguments, self._record),
        }
        status = earlier.status if earlier else None
        return Proposal(plan=plan, target_name=user.name, target_email=email, status=status)

    def needs_approval(self, plan: Mapping[str, Any], terms: Terms) -> bool:
        """Always for who was here before, an admin, or an unusual address; else where the configuration says so."""
        if plan["returns"] or plan["unusual"] or role_of(plan) in (ADMIN, OWNER):
            return True
        return terms.provision_approval == "always" or not terms.requesters_named

    def _gone(self, email: str) -> list[UserRecord]:
        """Everybody gone who ever had this address, who left last first. Raises `NotPossible` if it is in use."""
        rows = self._record.users.by_known_address(email)
        for row in rows:
            if row.status is Status.ACTIVE and address_key(email) in row.user.keys:
                said = f"already belongs to {row.user.name}, who is active in Help Scout"
                raise NotPossible(f"{email} {said}.", field="email", code="already active")
        return [row for row in rows if row.status is not Status.ACTIVE]

    def _unusual(self, email: str) -> str:
        """Why approvers should look at the address twice; "" when it is like everybody's."""
        if why := why_unusual(email):
            return why
        domain = domain_of(email)
        known = domain in self._terms.domains if self._terms.domains else self._record.users.has_domain(domain)
        return "" if known else f"nobody active has an address at {domain}"

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
        elif plan["returns"]:
            facts.append(("Was here before", "deactivated over SCIM"))
        if plan["former_role"]:
            facts.append(("Former role", str(plan["former_role"])))
        if plan["unusual"]:
            facts.append(("Check the address", str(plan["unusual"])))
        if plan.get("until"):
            facts.append(("Until", spelled(date.fromisoformat(str(plan["until"])))))
        return CardWords(
            title=f"Provision {request.target_name}",
            verb="Provision",
            consequence=f"This will give {request.target_name} a seat in Help Scout as {plan['role']}."
            f"{by_hand_then(plan)}",
            facts=(*facts, *way_facts(plan)),
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
                "Choose teams from the list: one of them no longer exists.", field="team_ids", code="bad team"
            )
        return [{"id": team.id, "name": team.name} for team in chosen if team is not None]


def _until(arguments: Mapping[str, object], record: Record) -> dict[str, str]:
    """The day on which the seat is to end, and in which zone; nothing where it is to stay."""
    day, zone = text(arguments, "until"), text(arguments, "until_zone") or "UTC"
    if not day:
        return {}
    try:
        refusal = day_fits(date.fromisoformat(day), zone, record.now())
    except ValueError:
        raise NotPossible("Give the day like 2026-12-31.", field="until", code="bad time") from None
    if refusal is not None:
        raise NotPossible(refusal.reason, field="until", code=refusal.code)
    return {"until": day, "until_zone": zone}


def _end(ex: Execution, user_id: int) -> None:
    """What was asked for with the seat: its end, set by who asked."""
    request, until = ex.request, str(ex.request.plan.get("until") or "")
    if not until:
        return
    day, zone = date.fromisoformat(until), str(request.plan["until_zone"])
    ex.record.seat_ends.put(
        SeatEnd(
            user_id=user_id,
            day=day,
            zone=zone,
            ends_at=end_of(day, zone),
            set_by=request.requester,
            set_by_name=request.requester_name,
            set_at=ex.now(),
        )
    )


def close(ex: Execution) -> Mapping[str, Any]:
    """The record has them, in one transaction with the end of the request."""
    user, scim_id = seated(ex)
    before = ex.request.plan["before"]

    def write() -> None:
        welcome(ex, user, scim_id, ex.record.users.get(int(before)) if before is not None else None)
        _end(ex, user.id)

    ex.with_result(write)
    return {"sentence": f"{ex.request.target_name} has a seat in Help Scout.{role_told(ex, user)}"}
