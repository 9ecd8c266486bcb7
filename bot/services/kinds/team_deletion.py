"""Deletes a team over SCIM Groups: check, record, remove, verify, close."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.helpscout.errors import HelpScoutError, NotFound
from bot.model.request import Kind, Request
from bot.model.team import TeamMember
from bot.model.way import Way
from bot.policy.people.diff import diff_teams
from bot.policy.requests.soundness import NOTHING_DONE
from bot.policy.typed.names import same_name
from bot.services.kinds.every_kind import EveryKind
from bot.services.requests.execution import Attention, Execution, Stale
from bot.services.requests.kinds import CardWords, NotPossible, Proposal, StepPlan, integer
from bot.services.side_by_side import together
from bot.services.steps.same_person import as_text, or_none
from bot.services.steps.step_journal import settled
from bot.services.steps.team_groups import group_of
from bot.services.ways.choosing import asked_of_scim, way_now
from bot.services.ways.dispatch import delete_team, team_deleted
from bot.services.ways.words import by_hand_then, way_facts


class TeamDeletion(EveryKind):
    """Arguments: `target_id` (REST id of the team)."""

    kind = Kind.DELETE_TEAM
    about_people = False

    def propose(self, arguments: Mapping[str, object], *, fresh: bool = True) -> Proposal:
        team_id = integer(arguments, "target_id")
        team = next((one for one in self._record.teams.all() if one.id == team_id), None)
        if team is None:
            raise NotPossible("Choose the team to delete from the list.", field="target_id", code="no target")
        inside = sum(member.team_id == team.id for member in self._record.teams.members())
        way, scim_id, scim = self._ways.chosen(self.kind, self._ways.means()), team.scim_id, self._helpscout.scim
        if fresh:
            unknown, means = "", self._ways.read()
            if scim is not None and means.writes in ("auto", "scim"):
                group, unknown = asked_of_scim(lambda: group_of(scim.groups(), team, scim, self._record))
                if group is not None:
                    inside, scim_id = max(inside, len(scim.with_members(group).members)), group.id
                elif not unknown:
                    raise NotPossible(
                        f"SCIM does not show exactly one group named {team.name}, so it can't be deleted over it.",
                        field="target_id",
                        code="not over scim",
                    )
            way = self._ways.chosen(self.kind, means, unknown=unknown)
        plan = {"team_id": team.id, "name": team.name, "members": inside, "way": way.way.value, "way_why": way.why}
        return Proposal(
            plan={**plan, "scim_id": scim_id if way.way is Way.SCIM else None},
            target_id=team.id,
            target_name=team.name,
        )

    def words(self, request: Request) -> CardWords:
        plan = request.plan
        return CardWords(
            title=f"Delete the team {request.target_name}",
            verb="Delete team",
            consequence=f"This will delete the team {request.target_name} in Help Scout. Its members keep their seats."
            f"{by_hand_then(plan)}",
            facts=(("Team", str(plan["name"])), ("Members", str(plan["members"])), *way_facts(plan)),
        )

    @property
    def steps(self) -> Sequence[StepPlan]:
        return (
            StepPlan("check", check),
            StepPlan("record", remember),
            StepPlan("remove", delete_team),
            StepPlan("verify", team_deleted),
            StepPlan("close", close),
        )


class GroupRemoval:
    """The team is to be gone."""

    read_later = False

    def __init__(self, ex: Execution) -> None:
        self._ex = ex
        self._scim = ex.scim
        self._name = str(ex.request.plan["name"])
        self.id = str(ex.request.plan["scim_id"])
        self.about = f"The deletion of the team {self._name}"

    @property
    def ways(self) -> Sequence[Callable[[], object]]:
        return (lambda: self._scim.delete_group(self.id),)

    def there(self) -> None:
        """Raises `Stale` unless the group is there under the team's name."""
        group = or_none(lambda: self._scim.group(self.id))
        if group is None:
            raise Stale(f"The team {self._name} is no longer there. {NOTHING_DONE}")
        if not same_name(group.display_name, self._name):
            raise Stale(f"The team {self._name} is now called {group.display_name}. {NOTHING_DONE}")

    def ready(self) -> None:
        self.there()
        self._ex.sound("The team was not deleted")

    def shown(self) -> bool:
        return or_none(lambda: self._scim.group(self.id)) is None

    def whose(self, refusal: HelpScoutError) -> str:
        if not isinstance(refusal, NotFound):
            return ""
        return f"{self.about} was answered {refusal.status}: somebody else may have deleted it. Look at Help Scout."


def check(ex: Execution) -> Mapping[str, Any]:
    """The team again, over REST and SCIM, under the same name and ids."""
    plan = ex.request.plan
    teams, me = together(ex.rest.teams, lambda: or_none(ex.rest.me))
    way = way_now(ex, me)
    if way is Way.SCIM:
        GroupRemoval(ex).there()
    name = next((team.name for team in teams if team.id == plan["team_id"]), None)
    if name is None or not same_name(name, str(plan["name"])):
        now = "no longer there" if name is None else f"now called {name}"
        raise Stale(f"The team {plan['name']} is {now}. {NOTHING_DONE}")
    return {"team_id": plan["team_id"], "scim_id": plan["scim_id"], "way": way.value}


def remember(ex: Execution) -> Mapping[str, Any]:
    """Who was in it, committed before it is deleted."""
    members = ex.rest.team_members(int(ex.request.plan["team_id"]))
    return {"teams": [{"id": ex.request.plan["team_id"], "name": ex.request.plan["name"], "members": sorted(members)}]}


def delete_over_scim(ex: Execution) -> Mapping[str, Any]:
    """The step `remove`."""
    wish = GroupRemoval(ex)
    return {"scim_id": wish.id, "settled": settled(ex, wish, wish.id), "at": as_text(ex.now())}


def gone_over_scim(ex: Execution) -> Mapping[str, Any]:
    """Gone over both APIs; REST may lag behind."""
    plan = ex.request.plan
    for _ in ex.looks():
        teams, group = together(ex.rest.teams, lambda: or_none(lambda: ex.scim.group(plan["scim_id"])))
        if group is None and all(team.id != plan["team_id"] for team in teams):
            return {"rest": "gone", "scim": "404"}
    raise Attention(
        f"The team {plan['name']} was deleted over SCIM, yet Help Scout goes on showing it. Look at it in Help Scout, "
        "then press Retry to look again."
    )


def close(ex: Execution) -> Mapping[str, Any]:
    """The record lets the team go, with a change for each of its members."""
    team_id = int(ex.request.plan["team_id"])

    def write() -> None:
        teams, members = ex.record.teams.all(), ex.record.teams.members()
        left: set[TeamMember] = {member for member in members if member.team_id != team_id}
        found = diff_teams(teams, [team for team in teams if team.id != team_id], members, left)
        ex.record.teams.replace(list(found.teams), set(found.members))
        now = ex.record.now()
        ex.record.changes.add([replace(one, request_id=ex.request.id, seen_at=now) for one in found.changes])

    ex.with_result(write)
    return {"sentence": f"The team {ex.request.plan['name']} was deleted in Help Scout."}
