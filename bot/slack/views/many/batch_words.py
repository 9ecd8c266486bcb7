"""What a batch does, in words: of people who are to leave, who are to get a seat, or who are to be changed."""

from collections import Counter
from collections.abc import Sequence

from bot.model.batch import Batch
from bot.model.request import Kind, Request, State, is_providers
from bot.policy.by_hand import FIELDS
from bot.slack.views.text import counted, safe

TAKERS = 5
NAMED = 5
_VERBS = {
    Kind.OFFBOARD: "offboard {}",
    Kind.PROVISION: "give {} a seat",
    Kind.RESTORE: "give {} a seat",
    Kind.CHANGE: "change {}",
}
_WAYS = {"scim": "over SCIM", "rest": "over Help Scout's REST API", "hand": "by hand, in Help Scout"}
_STATES = {
    State.PENDING: "waits for approval",
    State.APPROVED: "approved",
    State.RUNNING: "running",
    State.DONE: "done",
    State.DENIED: "denied",
    State.CANCELLED: "left out",
    State.EXPIRED: "expired",
    State.STALE: "out of date",
    State.FAILED: "failed",
    State.ATTENTION: "needs attention",
    State.WAITING: "waits for someone to do it in Help Scout",
}


def title(batch: Batch, people: int = 0) -> str:
    """`people` where somebody has been asked for more than once, and counts once."""
    who = counted(people or len(batch.members), "person", "people")
    what = _VERBS.get(batch.kind, f"{batch.kind.value} {{}}").format(who)
    if is_providers(batch.requester):
        return f"{batch.requester_name or batch.requester} asks to {what}"
    return f"{what[:1].upper()}{what[1:]}"


def state_in_words(state: State, kind: Kind = Kind.OFFBOARD) -> str:
    if state is State.WAITING and kind is Kind.OFFBOARD:
        return "waits for someone to remove them in Help Scout"
    return _STATES.get(state, state.value)


def facts_of(kind: Kind, requests: Sequence[Request]) -> list[tuple[str, str]]:
    """What approvers have to know of all of them: label and value, escaped."""
    does = ("What happens", _consequence(requests))
    if kind is Kind.OFFBOARD:
        return [("Hand conversations to", _takers(requests)), does]
    before = [one for one in requests if one.kind is Kind.RESTORE or one.plan.get("returns")]
    odd = Counter(str(one.plan["unusual"]) for one in requests if one.plan.get("unusual"))
    return [
        does,
        *([("Were here before", _names(before))] if before else []),
        *([("Check the addresses", _several(odd))] if odd else []),
    ]


def what_changes(request: Request) -> str:
    """`e-mail jane@acme.example, role admin`; "" for what is no change."""
    changes = request.plan.get("changes") or {} if request.kind is Kind.CHANGE else {}
    return ", ".join(f"{FIELDS.get(name, name)} {one.get('after') or 'empty'}" for name, one in changes.items())


def when_cancelled(kind: Kind, count: int) -> str:
    """What a cancelled batch means for so many."""
    match kind:
        case Kind.OFFBOARD:
            return f"{counted(count, 'person keeps their seat', 'people keep their seats')}."
        case Kind.CHANGE:
            return f"{counted(count, 'person stays as they are', 'people stay as they are')}."
    return f"{counted(count, 'person gets no seat', 'people get no seat')}."


def _consequence(requests: Sequence[Request]) -> str:
    """What each way of writing does, and to how many."""
    does: Counter[str] = Counter()
    for one in requests:
        way = _WAYS.get(str(one.plan.get("way") or ""), "")
        does[f"{_does(one)} Help Scout{f' {way}' if way else ''}"] += 1
    if len(does) == 1:
        return f"Each is {next(iter(does))}"
    return "; ".join(f"{count} {'is' if count == 1 else 'are'} {what}" for what, count in does.items())


def _does(request: Request) -> str:
    match request.kind:
        case Kind.PROVISION | Kind.RESTORE:
            return "given a seat in"
        case Kind.CHANGE:
            return "changed in"
    return "removed from" if request.plan.get("deprovision", "delete") == "delete" else "deactivated in"


def _takers(requests: Sequence[Request]) -> str:
    """Who takes the conversations: one name, or each with the number of people they come from."""
    takers = Counter(safe(str(one.plan.get("assignee_name") or ""), 150) for one in requests)
    if len(takers) == 1:
        return next(iter(takers)) or "nobody: they are left unassigned"
    named = [f"{name or 'nobody'} ({count})" for name, count in takers.most_common(TAKERS)]
    more = len(takers) - len(named)
    return ", ".join([*named, *([f"and {counted(more, 'other')}"] if more else [])])


def the_taker(requests: Sequence[Request]) -> tuple[object, str]:
    """Id and name of who takes the conversations of all of them; none where they differ."""
    takers = {(one.plan.get("assignee_id"), str(one.plan.get("assignee_name") or "")) for one in requests}
    return takers.pop() if len(takers) == 1 else (None, "")


def _names(requests: Sequence[Request]) -> str:
    named = [safe(one.target_name, 60) for one in requests[:NAMED]]
    more = len(requests) - len(named)
    return ", ".join([*named, *([f"and {counted(more, 'other')}"] if more else [])])


def _several(reasons: Counter[str]) -> str:
    said = [f"{safe(why, 150)} ({counted(count, 'person', 'people')})" for why, count in reasons.most_common(NAMED)]
    more = len(reasons) - len(said)
    return "; ".join([*said, *([f"and {counted(more, 'other')}"] if more else [])])
