"""Offboarding: check, record, quiet, reassign, remove, verify, close.

Only the removal can't be repeated blindly: `removal.py`. Everything else reads, or writes what may be written twice.
The steps are in `leaving/`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.helpscout.scim.resources import ScimUser
from bot.model.address import same_address
from bot.model.request import Kind, Request
from bot.model.team import Team
from bot.model.user import Status, User, UserRecord
from bot.model.way import Way
from bot.policy.ways import Chosen
from bot.services.assignee import TEAM, assignee_of
from bot.services.kinds.every_kind import EveryKind
from bot.services.kinds.leaving.closing import close, verified
from bot.services.kinds.leaving.handing_on import quiet, reassign
from bot.services.kinds.leaving.remembering import check, record
from bot.services.requests.kinds import CardWords, NotPossible, Proposal, StepPlan, integer
from bot.services.side_by_side import together
from bot.services.steps.outlook import Outlook, facts, outlook
from bot.services.steps.same_person import NotOverScim, or_none
from bot.services.ways.dispatch import remove
from bot.services.ways.words import by_hand_then, way_facts


class Offboarding(EveryKind):
    """Arguments: `target_id` (REST id), `assignee_id` (REST id; none leaves the conversations unassigned)."""

    kind = Kind.OFFBOARD
    removes = True

    def propose(self, arguments: Mapping[str, object], *, fresh: bool = True) -> Proposal:
        known = self._target(arguments, "Choose the person to offboard from the list.")
        assignee_id = integer(arguments, "assignee_id")
        taker = assignee_of(self._record, assignee_id) if assignee_id is not None else None
        if assignee_id is not None and taker is None:
            sentence = "Choose from the list who takes the conversations."
            raise NotPossible(sentence, field="assignee_id", code="no assignee")
        user, taker_user, ahead = known.user, taker.user if taker else None, None
        seat: ScimUser | None = None
        if fresh and known.status is Status.ACTIVE:
            user, seat, taker_user, ahead, way = self._look_up(known, taker)
        else:
            way = self._ways.chosen(self.kind, self._ways.means())
        teams = self._record.teams.of_user(known.id)
        return Proposal(
            plan=self._plan(user, way, seat, taker_user, teams, ahead),
            target_id=user.id,
            target_name=user.name,
            target_email=user.email,
            target=user,
            status=known.status,
            assignee=taker_user,
            assignee_status=taker.status if taker else None,
        )

    def _look_up(
        self, known: UserRecord, taker: UserRecord | None
    ) -> tuple[User, ScimUser | None, User | None, Outlook, Chosen]:
        rest = self._helpscout.rest
        means, user, (found, unknown), taker_user, ahead = together(
            self._ways.read,
            lambda: or_none(lambda: rest.user(known.id)),
            lambda: self._ways.over_scim(known, self._terms.protected),
            lambda: or_none(lambda: rest.user(taker.id)) if taker else None,
            lambda: outlook(rest, self._record, known.id, taker.user if taker else None),
        )
        if taker is not None and taker.user.type == TEAM:  # the pages leave open whether users list teams
            taker_user = taker_user or taker.user
        if user is None:
            raise NotPossible(
                f"{known.user.name} is no longer in Help Scout. The next sync will record it.",
                field="target_id",
                code="not active",
            )
        if taker is not None and taker_user is None:
            raise NotPossible(
                f"{taker.user.name} is no longer in Help Scout. Choose someone else for the conversations.",
                field="assignee_id",
                code="assignee not active",
            )
        if (user.email or known.user.email) and not same_address(user.email, known.user.email):
            raise NotPossible(
                f"{user.name}'s e-mail address has just changed in Help Scout. The next sync will record it; ask again "
                "then.",
                field="target_id",
                code="not over scim",
            )
        if isinstance(found, NotOverScim):
            raise NotPossible(found.sentence, field="target_id", code="not over scim")
        way = self._ways.chosen(self.kind, means, unknown=unknown)
        return user, found if way.way is Way.SCIM else None, taker_user, ahead, way

    def _plan(
        self,
        user: User,
        way: Chosen,
        seat: ScimUser | None,
        taker: User | None,
        teams: Sequence[Team],
        ahead: Outlook | None,
    ) -> dict[str, Any]:
        return {
            "rest_id": user.id,
            "way": way.way.value,
            "way_why": way.why,
            "scim_id": seat.id if seat is not None else None,
            "scim_name": seat.user_name if seat is not None else "",
            "name": user.name,
            "email": user.email,
            "emails": [user.email, *user.alternate_emails],
            "role": user.role,
            "teams": [team.name for team in teams],
            **(ahead.as_plan() if ahead else {"conversations": None}),
            "assignee_id": taker.id if taker else None,
            "assignee_name": taker.name if taker else "",
            "assignee_type": taker.type.strip().lower() if taker else "",
            "deprovision": self._terms.deprovision if way.way is Way.SCIM else "delete",
            "scheduled_replies": self._terms.scheduled_replies,
        }

    def words(self, request: Request) -> CardWords:
        plan = request.plan
        count, taker = plan.get("conversations"), plan.get("assignee_name") or ""
        handed = f"handed to {taker}" if taker else "left unassigned"
        remove = plan.get("deprovision") == "delete"
        will = f"remove {request.target_name} from" if remove else f"deactivate {request.target_name} in"
        left = f"hand their open conversations to {taker}" if taker else "leave their open conversations unassigned"
        return CardWords(
            title=f"Offboard {request.target_name}",
            verb="Offboard",
            consequence=f"This will {will} Help Scout and {left}.{by_hand_then(plan)}",
            facts=(
                ("Person", request.target_name),
                ("E-mail", str(plan.get("email", ""))),
                *_scim_name(plan),
                ("Role", str(plan.get("role", "")) or "not known"),
                ("Teams", ", ".join(plan.get("teams", ())) or "none"),
                ("Open conversations", "not counted" if count is None else f"{count}{_asleep(plan)}, {handed}"),
                *facts(plan),
                *way_facts(plan),
            ),
        )

    @property
    def steps(self) -> Sequence[StepPlan]:
        return (
            StepPlan("check", check),
            StepPlan("record", record),
            StepPlan("quiet", quiet),
            StepPlan("reassign", reassign),
            StepPlan("remove", remove),
            StepPlan("verify", verified),
            StepPlan("close", close),
        )


def _asleep(plan: Mapping[str, Any]) -> str:
    """How many of them are snoozed."""
    many = plan.get("snoozed") or 0
    return f" ({many} of them snoozed)" if many else ""


def _scim_name(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The SCIM userName, where it isn't the e-mail address: approvers see whose seat it is."""
    name = str(plan.get("scim_name") or "")
    return [("SCIM user", name)] if name and not same_address(name, str(plan.get("email", ""))) else []
