"""May this request be opened? Every rule of it, each with the sentence for the person who asked.

Rules stand in the order in which people should meet them: who you are, what is set up, what you filled in, whom it is
about, when, and whether anybody could approve it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.model.member import Member
from bot.model.request import Kind, Request
from bot.model.user import OWNER, Status, User
from bot.policy.approval import quorum_for
from bot.policy.refusal import Refusal
from bot.policy.standing import may_speak, not_the_person
from bot.policy.when import BadWhen, within_reach

NO_SCIM = (
    "HELPSCOUT_SCIM_TOKEN is not set, so hs-bot only reads. Make a SCIM token in Help Scout under Admin > "
    "Authentication (it needs the Pro plan, with single sign-on set up first), set it, and start hs-bot again."
)
"""What is missing, and where to get it; said wherever something would go over SCIM."""
LONGEST_REASON = 1000
NEEDS_ACTIVE = frozenset({Kind.OFFBOARD, Kind.CHANGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningFacts:
    """What the rules look at. Addresses are folded; `now` and `run_at` are aware."""

    kind: Kind
    actor: Member | None  # None: Slack knows nobody by that id
    requesters: frozenset[str] | None  # Slack ids; None: every full member
    approvers: tuple[Member, ...]  # everybody whom HS_BOT_APPROVERS names, as Slack knows them now
    reason: str
    now: datetime
    run_at: datetime | None = None
    target: User | None = None  # the person it is about, where that is a person of Help Scout
    status: Status | None = None  # of the target in the record; None where it has none
    emails: frozenset[str] = frozenset()  # every address of the person it is about, also of one who is to come
    role: str = ""  # that the person has or is to get, whichever weighs more; sets the quorum
    removes: bool = False  # takes a seat: the owner and protected people are out of bounds
    protected: frozenset[str] = frozenset()
    open_request: Request | None = None  # that this target already has
    assignee: User | None = None
    assignee_status: Status | None = None
    scim: bool = True  # configured
    quorum: int = 1
    admin_quorum: int = 2
    needs_approval: bool = True

    @property
    def addresses(self) -> frozenset[str]:
        """Every address by which Slack may know the person it is about."""
        return self.emails | (self.target.emails if self.target else frozenset())

    @property
    def name(self) -> str:
        return self.target.name if self.target else "This person"


Rule = Callable[[OpeningFacts], Refusal | None]


def may_open(facts: OpeningFacts) -> Refusal | None:
    """None when the request may be opened; else the first refusal."""
    return next((refusal for rule in RULES if (refusal := rule(facts)) is not None), None)


def can_approve(approvers: Iterable[Member], requester: str, emails: frozenset[str]) -> frozenset[str]:
    """Slack ids of the approvers who could decide: not the requester, not the person it is about, full members."""
    return frozenset(
        one.id
        for one in approvers
        if one.id != requester and may_speak(one) is None and not_the_person(one, emails, "") is None
    )


def _standing(facts: OpeningFacts) -> Refusal | None:
    return may_speak(facts.actor)


def _requester(facts: OpeningFacts) -> Refusal | None:
    if facts.requesters is None or (facts.actor is not None and facts.actor.id in facts.requesters):
        return None
    return Refusal(
        "You are not among those who may open requests (HS_BOT_REQUESTERS): ask one of them.", "not requester"
    )


def _approvers_named(facts: OpeningFacts) -> Refusal | None:
    if facts.approvers or not facts.needs_approval:
        return None
    return Refusal("No approvers are configured (HS_BOT_APPROVERS), so no request can be opened.", "no approvers")


def _scim(facts: OpeningFacts) -> Refusal | None:
    if facts.scim:
        return None
    return Refusal(NO_SCIM, "no scim")


def _reason(facts: OpeningFacts) -> Refusal | None:
    if not facts.reason.strip():
        return Refusal("Give a reason: the approvers decide by it, and the record keeps it.", "no reason", "reason")
    if len(facts.reason) > LONGEST_REASON:
        return Refusal(f"The reason is too long: at most {LONGEST_REASON} signs.", "long reason", "reason")
    return None


def _owner(facts: OpeningFacts) -> Refusal | None:
    if facts.target is None or facts.target.role.strip().lower() != OWNER:
        return None
    return Refusal(
        f"{facts.target.name} owns the Help Scout account, and the owner is never touched.", "owner", "target_id"
    )


def _team_account(facts: OpeningFacts) -> Refusal | None:
    if facts.target is None or facts.target.type.strip().lower() != "team":
        return None
    return Refusal(f"{facts.target.name} is a team, not a person: use /hs-team for teams.", "team", "target_id")


def _protected(facts: OpeningFacts) -> Refusal | None:
    if not facts.removes or facts.protected.isdisjoint(facts.addresses):
        return None
    return Refusal(f"{facts.name} is protected (HS_BOT_PROTECTED) and can't be offboarded.", "protected", "target_id")


def _active(facts: OpeningFacts) -> Refusal | None:
    if facts.kind in NEEDS_ACTIVE and facts.status is not Status.ACTIVE:
        said = f"is {facts.status}" if facts.status else "is not in the record"
        return Refusal(f"{facts.name} {said}: only active people can be chosen here.", "not active", "target_id")
    if facts.kind in (Kind.RESTORE, Kind.PROVISION) and facts.status is Status.ACTIVE:
        return Refusal(
            f"{facts.name} is active in Help Scout already: there is nothing to do.", "already active", "target_id"
        )
    return None


def _own_request(facts: OpeningFacts) -> Refusal | None:
    if facts.actor is None:
        return None
    refusal = not_the_person(facts.actor, facts.addresses, "This is about yourself: somebody else has to ask for it.")
    return Refusal(refusal.reason, refusal.code, "target_id") if refusal else None


def _only_one(facts: OpeningFacts) -> Refusal | None:
    if facts.open_request is None:
        return None
    name = facts.open_request.target_name or "This one"
    return Refusal(
        f"{name} already has an open request ({facts.open_request.id}, {facts.open_request.state}): "
        "wait for its end or cancel it.",
        "open request",
        "target_id",
    )


def _assignee(facts: OpeningFacts) -> Refusal | None:
    if facts.assignee is None:
        return None
    if facts.target is not None and facts.assignee.id == facts.target.id:
        return Refusal("Conversations can't be handed to the person who leaves.", "assignee is target", "assignee_id")
    if facts.assignee_status is not Status.ACTIVE:
        return Refusal(
            f"{facts.assignee.name} is not active in Help Scout and can't take conversations: choose somebody else.",
            "assignee not active",
            "assignee_id",
        )
    return None


def _time(facts: OpeningFacts) -> Refusal | None:
    if facts.run_at is None:
        return None
    try:
        within_reach(facts.run_at, now=facts.now)
    except BadWhen as problem:
        return Refusal(problem.sentence, "bad time", "run_at")
    return None


def _could_be_approved(facts: OpeningFacts) -> Refusal | None:
    if not facts.needs_approval:
        return None
    needed = quorum_for(facts.role or (facts.target.role if facts.target else ""), facts.quorum, facts.admin_quorum)
    able = len(can_approve(facts.approvers, facts.actor.id if facts.actor else "", facts.addresses))
    if able >= needed:
        return None
    return Refusal(
        f"Nobody could approve this: it needs {needed} approval{'s' if needed != 1 else ''}, and without you and the "
        f"person it is about {able} {'are' if able != 1 else 'is'} left to give them. Have approvers added "
        "(HS_BOT_APPROVERS), or let somebody ask who is none of them.",
        "no quorum",
    )


RULES: tuple[Rule, ...] = (
    _standing,
    _requester,
    _approvers_named,
    _scim,
    _owner,
    _team_account,
    _protected,
    _active,
    _own_request,
    _only_one,
    _assignee,
    _reason,
    _time,
    _could_be_approved,
)
