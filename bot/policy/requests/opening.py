"""May this request be opened? Every rule of it, each with the sentence for the person who asked.

Rules stand in the order in which people should meet them: who you are, what is set up, what you filled in, whom it is
about, when, and whether anybody could approve it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from bot.model.member import Member
from bot.model.request import Kind, Request
from bot.model.user import OWNER, Status, User
from bot.policy.credential import never_a_target
from bot.policy.people.identity import About, could_be, is_protected, not_the_person, same_member
from bot.policy.people.standing import may_speak
from bot.policy.refusal import Refusal
from bot.policy.requests.approval import quorum_for
from bot.policy.requests.clocks import in_minutes
from bot.policy.requests.opening_facts import OpeningFacts
from bot.policy.typed.when import BadWhen, within_reach
from bot.policy.ways import is_light

LONGEST_REASON = 1000
MOST_OPEN = 20
AGAIN_AFTER = timedelta(hours=1)
KEPT = "open request kept"
"""The code where the open request may not be shown: it is in a batch with one about who asks."""
NEEDS_ACTIVE = frozenset({Kind.OFFBOARD, Kind.CHANGE})


Rule = Callable[[OpeningFacts], Refusal | None]


def may_open(facts: OpeningFacts) -> Refusal | None:
    """None when the request may be opened; else the first refusal."""
    return next((refusal for rule in RULES if (refusal := rule(facts)) is not None), None)


def can_approve(approvers: Iterable[Member], requester: Member | None, about: About) -> tuple[Member, ...]:
    """The approvers who could decide: not the requester, not the person it is about, full members; nobody twice."""
    found: list[Member] = []
    for one in approvers:
        if may_speak(one) is not None or could_be(one, about):
            continue
        if (requester is not None and same_member(one, requester)) or any(same_member(one, other) for other in found):
            continue
        found.append(one)
    return tuple(found)


def guards_protected(kind: Kind, plan: Mapping[str, Any]) -> bool:
    """Whether protected people are out of its bounds: it takes the seat, gives it back, or changes who they are."""
    match kind:
        case Kind.OFFBOARD | Kind.RESTORE:
            return True
        case Kind.CHANGE:
            return not {"email", "role"}.isdisjoint(plan.get("changes") or {})
        case Kind.PROVISION:
            return bool(plan.get("returns"))
    return False


def _standing(facts: OpeningFacts) -> Refusal | None:
    return may_speak(facts.actor)


def _requester(facts: OpeningFacts) -> Refusal | None:
    if (
        facts.by_provider
        or facts.requesters is None
        or (facts.actor is not None and not facts.actor.ids.isdisjoint(facts.requesters))
    ):
        return None
    return Refusal("You aren't one of the people who may open requests here. Ask one of them.", "not requester")


def _approvers_named(facts: OpeningFacts) -> Refusal | None:
    if facts.approvers or not facts.needs_approval:
        return None
    return Refusal(
        "hs-bot has no approvers yet, so no request can be opened. Ask the people who run it to name some.",
        "no approvers",
    )


def _way(facts: OpeningFacts) -> Refusal | None:
    return Refusal(facts.no_way, "no way") if facts.no_way else None


def _reason(facts: OpeningFacts) -> Refusal | None:
    if not facts.reason.strip():
        return Refusal("Give a reason. Approvers see it, and it's kept on record.", "no reason", "reason")
    return reason_too_long(facts.reason)


def reason_too_long(reason: str) -> Refusal | None:
    """Refuse more than Slack's forms and cards can show."""
    if len(reason) <= LONGEST_REASON:
        return None
    return Refusal(
        f"That reason is too long ({len(reason):,} of {LONGEST_REASON:,} characters).", "long reason", "reason"
    )


def _owner(facts: OpeningFacts) -> Refusal | None:
    if facts.target is None or facts.target.role.strip().lower() != OWNER:
        return None
    return Refusal(
        f"{facts.target.name} owns the Help Scout account. The owner can't be changed or removed.", "owner", "target_id"
    )


def _credentials_own(facts: OpeningFacts) -> Refusal | None:
    if facts.target is None or facts.own_user is None or facts.target.id != facts.own_user:
        return None
    return Refusal(never_a_target(facts.name), "credential", "target_id")


def _team_account(facts: OpeningFacts) -> Refusal | None:
    if facts.target is None or facts.target.type.strip().lower() != "team":
        return None
    return Refusal(f"{facts.target.name} is a team, not a person. Use /hs-team for teams.", "team", "target_id")


def _protected(facts: OpeningFacts) -> Refusal | None:
    if not facts.guards_protected or not is_protected(facts.about, facts.protected):
        return None
    return Refusal(f"{facts.name} is protected, so this can't be done with hs-bot.", "protected", "target_id")


def _one_mailbox_of_two(facts: OpeningFacts) -> Refusal | None:
    if len(facts.names_at) < 2:
        return None
    return Refusal(
        f"{len(facts.names_at)} active people in Help Scout have this e-mail address: {', '.join(facts.names_at)}. "
        "Correct it there first, so that nobody is taken for somebody else.",
        "shared address",
        "target_id",
    )


def _active(facts: OpeningFacts) -> Refusal | None:
    if facts.kind in NEEDS_ACTIVE and facts.status is not Status.ACTIVE:
        said = f"is {facts.status}" if facts.status else "isn't in hs-bot's record"
        return Refusal(f"{facts.name} {said}. Choose someone who is active.", "not active", "target_id")
    if facts.kind in (Kind.RESTORE, Kind.PROVISION) and facts.status is Status.ACTIVE:
        return Refusal(
            f"{facts.name} is already active in Help Scout, so there's nothing to do.", "already active", "target_id"
        )
    return None


def _own_request(facts: OpeningFacts) -> Refusal | None:
    if facts.actor is None or facts.by_provider:
        return None
    refusal = not_the_person(facts.actor, facts.about, "You can't ask for this about yourself. Someone else has to.")
    return Refusal(refusal.reason, refusal.code, "target_id") if refusal else None


def _only_one(facts: OpeningFacts) -> Refusal | None:
    if facts.open_request is None:
        return None
    name = facts.open_request.target_name or "This one"
    if facts.open_request_kept:
        said = f"A request about {name} can't be opened at the moment. Try again later, or ask an approver."
        return Refusal(said, KEPT, "target_id")
    return Refusal(
        f"{name} already has an open request ({facts.open_request.id}, {facts.open_request.state}). "
        "Wait until it ends, or cancel it.",
        "open request",
        "target_id",
    )


def _takes_over(facts: OpeningFacts) -> Refusal | None:
    """What an identity provider has taken away isn't refused: the other request stops before it changes anything."""
    if facts.kind is not Kind.OFFBOARD or facts.takes_from is None or facts.by_provider:
        return None
    other = facts.takes_from
    return Refusal(
        f"{facts.name} is to take {other.target_name}'s conversations ({other.id}, {other.state}). Have someone else "
        "chosen there, or wait until that request ends.",
        "takes over",
        "target_id",
    )


def _too_many(facts: OpeningFacts) -> Refusal | None:
    if facts.by_provider or facts.open_ones < MOST_OPEN:
        return None
    return Refusal(
        f"You already have {facts.open_ones} open requests, and {MOST_OPEN} is the most. Wait until some end, or "
        "cancel some.",
        "too many open",
    )


def _denied_before(facts: OpeningFacts) -> Refusal | None:
    if facts.denied_at is None or facts.now >= facts.denied_at + AGAIN_AFTER:
        return None
    after = in_minutes(facts.denied_at + AGAIN_AFTER - facts.now)
    yours = f"Your request about {facts.name} was denied less than an hour ago. You can ask again in {after}; "
    no = f"A request about {facts.name} was denied or cancelled less than an hour ago. "
    said = f"{no}It is asked for again in {after}." if facts.by_provider else f"{yours}someone else can ask now."
    return Refusal(said, "denied before", "target_id")


def _assignee(facts: OpeningFacts) -> Refusal | None:
    if facts.assignee is None:
        return None
    target_id = facts.target.id if facts.target is not None else None
    return may_take(facts.assignee, facts.assignee_status, target_id, facts.assignee_leaving)


def may_take(assignee: User, status: Status | None, target_id: int | None, leaving: Request | None) -> Refusal | None:
    """May this person, or team, take the conversations of the one who leaves?

    `leaving` is an open request to offboard the assignee.
    """
    if assignee.id == target_id:
        return Refusal("Conversations can't be handed to the person who leaves.", "assignee is target", "assignee_id")
    name = assignee.name
    if status is not Status.ACTIVE:
        return Refusal(
            f"{name} isn't active in Help Scout and can't take conversations. Choose someone else.",
            "assignee not active",
            "assignee_id",
        )
    if is_light(assignee.role):
        return Refusal(
            f"{name} is a light user, and light users can't have conversations. Choose someone else.",
            "assignee is light",
            "assignee_id",
        )
    if not assignee.is_person and assignee.type.strip().lower() != "team":
        return Refusal(
            f"{name} is an AI agent or a bot, not a person. Choose someone else.",
            "assignee is no person",
            "assignee_id",
        )
    if leaving is not None:
        return Refusal(
            f"{name} is about to be offboarded too. Choose someone else.",
            "assignee leaves",
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
    able = can_approve(facts.approvers, facts.actor, facts.about)
    if len(able) >= needed:
        return None
    approvals = f"{needed} approval{'s' if needed != 1 else ''}"
    who = f"only {' and '.join(one.name or one.id for one in able)} could give one" if able else "nobody could give one"
    return Refusal(
        f"This can't be approved: it needs {approvals} and {who}. Ask the people who run hs-bot to add an approver, or "
        "ask someone who isn't an approver to make the request.",
        "no quorum",
    )


RULES: tuple[Rule, ...] = (
    _standing,
    _requester,
    _approvers_named,
    _way,
    _owner,
    _credentials_own,
    _team_account,
    _protected,
    _one_mailbox_of_two,
    _active,
    _own_request,
    _only_one,
    _takes_over,
    _denied_before,
    _too_many,
    _assignee,
    _reason,
    _time,
    _could_be_approved,
)
