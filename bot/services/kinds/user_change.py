"""Changes somebody who is there: name, job title, phone, time zone; e-mail and role with a second person's approval."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.helpscout.errors import Rejected
from bot.model.address import same_address
from bot.model.change import Change, ChangeKind
from bot.model.request import Kind, Request
from bot.model.user import ADMIN, USER, Status, User, UserRecord
from bot.model.way import Way
from bot.policy.requests.approval import heavier
from bot.policy.ways import Chosen
from bot.services.kinds.every_kind import EveryKind
from bot.services.kinds.provisioning import ROLES
from bot.services.requests.execution import Attention, Execution
from bot.services.requests.kinds import CardWords, NotPossible, Proposal, StepPlan, address, text
from bot.services.requests.terms import Terms
from bot.services.side_by_side import together
from bot.services.steps.fields import operations
from bot.services.steps.same_person import NotOverScim, or_none
from bot.services.steps.settling import NotSettled, Repeatable
from bot.services.steps.step_journal import settled
from bot.services.ways.dispatch import change, identified
from bot.services.ways.words import by_hand_then, way_facts

LABELS = {
    "first_name": "First name",
    "last_name": "Last name",
    "job_title": "Job title",
    "phone": "Phone",
    "timezone": "Time zone",
    "email": "E-mail",
    "role": "Role",
}
NEEDS_APPROVAL = frozenset({"email", "role"})


class UserChange(EveryKind):
    """Arguments: `target_id`, and what is to be different: any of the names in `LABELS`."""

    kind = Kind.CHANGE

    def propose(self, arguments: Mapping[str, object], *, fresh: bool = True) -> Proposal:
        known = self._target(arguments, "Choose the person to change from the list.")
        user, scim_id = known.user, None
        if fresh and known.status is Status.ACTIVE:
            user, scim_id, way = self._look_up(known)
        else:
            way = self._ways.chosen(self.kind, self._ways.means())
        wanted = self._wanted(arguments, user)
        gone = self._gone(wanted, user)
        emails = {user.email, *user.alternate_emails, wanted.get("email", {}).get("after", "")} - {""}
        return Proposal(
            plan={
                "way": way.way.value,
                "way_why": way.why,
                "rest_id": user.id,
                "scim_id": scim_id,
                "name": user.name,
                "email": user.email,
                "emails": sorted(emails),
                "role": user.role,
                "assignee_id": None,
                "changes": wanted,
                "before": gone[0].id if gone else None,
                "former_role": heavier(*(row.user.role for row in gone)),
            },
            target_id=user.id,
            target_name=user.name,
            target_email=user.email,
            target=user,
            status=known.status,
        )

    def _look_up(self, known: UserRecord) -> tuple[User, str | None, Chosen]:
        rest = self._helpscout.rest
        means, user, (found, unknown) = together(
            self._ways.read,
            lambda: or_none(lambda: rest.user(known.id)),
            lambda: self._ways.over_scim(known),
        )
        if user is None:
            raise NotPossible(f"{known.user.name} isn't in Help Scout now.", field="target_id", code="not active")
        if isinstance(found, NotOverScim):
            raise NotPossible(found.sentence, field="target_id", code="not over scim")
        way = self._ways.chosen(self.kind, means, unknown=unknown)
        return user, found.id if found is not None and way.way is Way.SCIM else None, way

    def _gone(self, wanted: Mapping[str, Mapping[str, str]], user: User) -> list[UserRecord]:
        """Everybody gone whose address this person is to get: they would come back by it."""
        if "email" not in wanted:
            return []
        rows = self._record.users.by_known_address(wanted["email"]["after"])
        return [row for row in rows if row.status is not Status.ACTIVE and row.id != user.id]

    def _wanted(self, arguments: Mapping[str, object], user: User) -> dict[str, dict[str, str]]:
        """The fields that are given and differ, checked."""
        given = {name: text(arguments, name) for name in LABELS if name in arguments}
        if "email" in given:
            given["email"] = address(arguments, "email")
            taken = [row for row in self._record.users.by_email(given["email"]) if row.id != user.id]
            if taken and taken[0].status is Status.ACTIVE:
                raise NotPossible(
                    f"{given['email']} belongs to {taken[0].user.name}.", field="email", code="email taken"
                )
        if "role" in given:
            given["role"] = given["role"].lower()
            if given["role"] not in ROLES:
                raise NotPossible(f"The role is {USER} or {ADMIN}.", field="role", code="bad role")
        for name in ("first_name", "last_name"):
            if given.get(name) == "":
                raise NotPossible("A name can't be empty.", field=name, code="no name")
        now = {name: str(getattr(user, name)) for name in given}
        wanted = {
            name: {"before": now[name], "after": value}
            for name, value in given.items()
            if not _took(name, now[name], value)
        }
        if not wanted:
            raise NotPossible(f"Nothing would change for {user.name}.", code="no change")
        return wanted

    def words(self, request: Request) -> CardWords:
        facts = [
            (LABELS[name], f"{one['before'] or 'nothing'} → {one['after'] or 'nothing'}")
            for name, one in request.plan["changes"].items()
        ]
        names = ", ".join(label.lower() for label, _ in facts)
        return CardWords(
            title=f"Change {request.target_name}",
            verb="Change",
            consequence=f"This will change {request.target_name} in Help Scout: {names}.{by_hand_then(request.plan)}",
            facts=(("Person", request.target_name), *facts, *_formerly(request.plan), *way_facts(request.plan)),
        )

    def needs_approval(self, plan: Mapping[str, Any], terms: Terms) -> bool:  # noqa: ARG002 - by its fields
        return not NEEDS_APPROVAL.isdisjoint(plan["changes"])

    @property
    def steps(self) -> Sequence[StepPlan]:
        return (
            StepPlan("check", check),
            StepPlan("change", change),
            StepPlan("verify", verify),
            StepPlan("close", close),
        )


def _formerly(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Whose the new address was, for who approves."""
    if plan.get("before") is None:
        return []
    role = f", {plan['former_role']}" if plan.get("former_role") else ""
    return [("New address was", f"that of someone who left (Help Scout id {plan['before']}{role})")]


def check(ex: Execution) -> Mapping[str, Any]:
    """The same person still, as approved."""
    return identified(ex)[1]


def change_over_scim(ex: Execution) -> Mapping[str, Any]:
    """By PATCH. Where Help Scout takes over some of it only, that is told; raises `NotSettled` when nothing took."""
    changes = ex.request.plan["changes"]
    wish = FieldChange(ex, {name: one["after"] for name, one in changes.items()})
    try:
        how = settled(ex, wish, str(ex.request.plan["scim_id"]), fields=sorted(changes))
    except (NotSettled, Rejected):
        if wish.missing is None or len(wish.missing) == len(changes):
            raise
        how = IN_PART
    return {"fields": sorted(changes), "settled": how}


IN_PART = "by reading: in part"


class FieldChange(Repeatable):
    """Fields of one person are to be as wanted. `missing`: what the last reading did not show, None before it."""

    def __init__(self, ex: Execution, wanted: Mapping[str, str]) -> None:
        self._ex, self._wanted = ex, wanted
        self._scim_id = str(ex.request.plan["scim_id"])
        self._before = ex.scim.user(self._scim_id)
        self.missing: list[str] | None = None
        self.about = f"The change of {ex.request.target_name}"

    @property
    def ways(self) -> Sequence[Callable[[], object]]:
        """All at once; else field by field, as one that is not taken refuses all of them with some servers."""
        return (self._at_once, self._one_by_one) if len(self._wanted) > 1 else (self._at_once,)

    def ready(self) -> None:
        self._ex.sound("Nothing was changed")

    def _at_once(self) -> None:
        self._ex.scim.patch_user(self._scim_id, operations(self._before, self._wanted))

    def _one_by_one(self) -> None:
        refused: list[Rejected] = []
        missing = self._wanted if self.missing is None else self.missing
        for name in missing:
            try:
                self._ex.scim.patch_user(self._scim_id, operations(self._before, {name: self._wanted[name]}))
            except Rejected as refusal:
                refused.append(refusal)
        if refused and len(refused) == len(missing):
            raise refused[0]

    def shown(self) -> bool:
        user = self._ex.rest.user(int(self._ex.request.plan["rest_id"]))
        self.missing = _ignored(user, self._wanted)
        return not self.missing


def verify(ex: Execution) -> Mapping[str, Any]:
    """What REST shows; fields that Help Scout did not take over are told, not guessed."""
    wanted = {name: change["after"] for name, change in ex.request.plan["changes"].items()}
    user = ex.rest.user(int(ex.request.plan["rest_id"]))
    ignored = _ignored(user, wanted)
    if len(ignored) == len(wanted):
        raise Attention(f"Help Scout shows none of the change of {ex.request.target_name} now. Look, then press Retry.")
    return {"ignored": ignored, "shown": {name: str(getattr(user, name)) for name in wanted}}


def _ignored(user: User, wanted: Mapping[str, str]) -> list[str]:
    return sorted(name for name, value in wanted.items() if not _took(name, str(getattr(user, name)), value))


def _took(name: str, shown: str, wanted: str) -> bool:
    """Whether a field is as it was wanted; servers may spell an address their own way."""
    return shown == wanted or (name == "email" and same_address(shown, wanted))


def close(ex: Execution) -> Mapping[str, Any]:
    """The record takes over what REST shows now."""
    request, ignored = ex.request, (ex.result_of("verify") or {}).get("ignored", [])
    user = ex.rest.user(int(request.plan["rest_id"]))

    def write() -> None:
        now = ex.record.now()
        known = ex.record.users.get(user.id) or UserRecord(user=user, first_seen=now, last_seen=now)
        ex.record.users.put(
            [replace(known, user=user, last_seen=now, scim_id=request.plan["scim_id"] or known.scim_id)]
        )
        # A sync that met them while this needed attention has written what it saw.
        told = {(change.field, change.after) for change in ex.record.changes.of_request(request.id)}
        ex.record.changes.add(
            [
                Change(
                    user_id=user.id,
                    kind=ChangeKind.CHANGED,
                    field=name,
                    before=one["before"],
                    after=one["after"],
                    seen_at=now,
                    request_id=request.id,
                )
                for name, one in request.plan["changes"].items()
                if name not in ignored and (name, one["after"]) not in told
            ]
        )

    ex.with_result(write)
    told = "".join(
        f" Help Scout did not take over the {LABELS[name].lower()}: set it in Help Scout under Manage > Users."
        for name in ignored
    )
    return {"sentence": f"{request.target_name} was changed.{told}"}
