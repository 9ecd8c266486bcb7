"""The manager of somebody whose seat is gone is told, where HS_BOT_TELL_MANAGER says so: once the thread has been.

One message a manager, also for many people of a batch. Never to whom a request of it is about, to who asked for it or
took over the conversations (they hear of it as such), nor to anybody but a full member of the workspace.
"""

import hashlib
from collections.abc import Iterable, Sequence

from bot.model.address import address_key
from bot.model.member import Member
from bot.model.offboarding.conversation import MoveState
from bot.model.outbox import OutboxItem, Topic
from bot.model.request import Kind, Request, State
from bot.model.user import UserRecord
from bot.policy.people.identity import could_be
from bot.policy.people.standing import may_speak
from bot.services.requests.many.batch_ends import RESULTS
from bot.services.requests.membership import about_of
from bot.services.requests.telling import Aside, Event
from bot.slack.handling.deps import Deps
from bot.slack.handling.manager import with_seat
from bot.slack.outbound.outgoing import Outgoing, Undeliverable
from bot.slack.views.requests.messages import to_manager
from bot.slack.views.text import counted, member, safe


def owe_managers(deps: Deps, item: OutboxItem) -> None:
    """After the line that says so stands in the thread: each manager of those who are gone is owed a message."""
    if not deps.tell_manager or item.topic is not Topic.THREAD:
        return
    event, batch_id = item.payload.get("event"), str(item.payload.get("batch_id") or "")
    if batch_id and event == RESULTS:
        requests = deps.record.requests.of_batch(batch_id)
    elif not batch_id and event == Event.DONE:
        found = deps.record.requests.get(str(item.payload.get("request_id")))
        requests = [found] if found is not None else []
    else:
        return
    by_manager: dict[str, list[str]] = {}
    for one in requests:
        manager = deps.record.managers.of(one.target_id) if _took_a_seat(one) else None
        if manager is not None:
            by_manager.setdefault(address_key(manager.email), []).append(one.id)
    for key, ids in sorted(by_manager.items()):
        whose = {"batch_id": batch_id, "requests": ids} if batch_id else {"request_id": ids[0]}
        # The same people once, however often the end of a batch is told; no address outlives who is forgotten.
        sign = hashlib.sha256("\n".join((key, *ids)).encode()).hexdigest()[:16]
        payload = {**whose, "event": Aside.MANAGER.value, "actor": ""}
        deps.record.outbox.add(f"{batch_id or ids[0]}/manager/{sign}/dm", Topic.DM, payload)


def manager_message(item: OutboxItem, deps: Deps) -> Outgoing:
    """Raises `Undeliverable` for a manager who isn't to be told, and what the workspace raises."""
    batch_id, ids = item.payload.get("batch_id"), item.payload.get("requests")
    all_of_it = deps.record.requests.of_batch(str(batch_id)) if batch_id else _one(item, deps)
    told = [one for one in all_of_it if not batch_id or (isinstance(ids, list) and one.id in ids)]
    managers = [found for one in told if (found := deps.record.managers.of(one.target_id)) is not None]
    if not managers or len(managers) != len(told):
        raise Undeliverable("No source names a manager.")
    address = managers[0].email
    seat = with_seat(deps, address)
    who = slack_account(deps, seat, (address,))
    if who is None:
        raise Undeliverable("The manager is no full member of the workspace.")
    if any(could_be(who, about_of(deps.record, one)) for one in all_of_it):
        raise Undeliverable("The person whom a request is about is never told.")
    if any(one.requester in who.ids for one in told):
        raise Undeliverable("They asked for it, and hear the same as requester.")
    if seat is not None and all(_moved(deps, one) and one.plan.get("assignee_id") == seat.id for one in told):
        raise Undeliverable("They took over the conversations, and hear the same as assignee.")
    names = [one.target_name or one.target_email for one in told]
    asked = ", ".join(dict.fromkeys(member(one.requester, one.requester_name) for one in told[:5]))
    title = deps.reconciliation.readings.titles.get(managers[0].source, managers[0].source)
    return Outgoing(who.id, to_manager(names, asked, _handed(deps, told), title))


def slack_account(deps: Deps, row: UserRecord | None, addresses: Iterable[str] = ()) -> Member | None:
    """The full member whom a person of Help Scout is in Slack: by a remembered pair, else by an address of their own.

    `addresses` are tried at last, as they are.
    """
    about = deps.record.identities.about({row.id}) if row is not None else None
    for slack_id in sorted(about.slack_ids) if about is not None else ():
        found = deps.workspace.member(slack_id)
        if may_speak(found) is None:
            return found
    own = (row.user.email, *row.user.alternate_emails) if row is not None else ()
    mine = [one for one in own if about is not None and address_key(one) in about.own]
    for address in dict.fromkeys((*mine, *addresses)):
        found = deps.workspace.member_by_email(address)
        if may_speak(found) is None:
            return found
    return None


def _took_a_seat(request: Request) -> bool:
    return request.kind is Kind.OFFBOARD and request.state is State.DONE


def _one(item: OutboxItem, deps: Deps) -> list[Request]:
    found = deps.record.requests.get(str(item.payload.get("request_id")))
    if found is None:
        raise Undeliverable("The request it is about is not in the record.")
    return [found]


def _moved(deps: Deps, request: Request) -> int:
    """Conversations that somebody else has now."""
    moves = deps.record.moves.of_request(request.id)
    return sum(one.state is MoveState.MOVED and one.to_user is not None for one in moves)


def _handed(deps: Deps, requests: Sequence[Request]) -> str:
    """Where the conversations are now; "" when there were none."""
    counts: dict[str, int] = {}
    for one in requests:
        if count := _moved(deps, one):
            taker = str(one.plan.get("assignee_name") or "")
            counts[taker] = counts.get(taker, 0) + count
    said = [
        f"{counted(count, 'open conversation')} {'is' if count == 1 else 'are'} with {safe(taker, 150)} now"
        for taker, count in counts.items()
        if taker
    ]
    return f"{'; '.join(said)}." if said else ""
