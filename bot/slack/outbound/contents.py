"""What an item of the outbox becomes: to which channel or member, under which card, with which words.

Rendered when it is sent, from the record as it is then. To add a topic: one function, one line of `WORDINGS`.
"""

import json
from collections.abc import Callable, Mapping

from bot.model.member import Member
from bot.model.outbox import OutboxItem, Topic
from bot.model.request import Kind as Asked
from bot.model.request import Request, State
from bot.policy.people.finding import Kind
from bot.policy.people.identity import is_about
from bot.services.first_message import PAYLOAD
from bot.services.orphans import LISTED
from bot.services.reconciling.groups import seats_by_group
from bot.services.requests.membership import about_of
from bot.services.requests.telling import Aside, Event
from bot.services.requests.transitions import utc
from bot.services.steps.ignored_role import ignored_role
from bot.services.syncing import held
from bot.services.syncing.notices import read_notice
from bot.slack.handling.deps import Deps
from bot.slack.outbound.batch_messages import direct_of_batch, thread_of_batch
from bot.slack.outbound.deciders import deciders, owe_direct
from bot.slack.outbound.links import link_to
from bot.slack.outbound.managers import manager_message, owe_managers, slack_account
from bot.slack.outbound.outgoing import NotYet, Outgoing, Undeliverable
from bot.slack.outbound.welcome import roles
from bot.slack.views.kit import Message
from bot.slack.views.many.seats import groups_line
from bot.slack.views.reconcile import Doubted, digest, signal
from bot.slack.views.requests.messages import (
    aside,
    audit_head,
    guard,
    news,
    notice,
    thread_line,
    to_approver,
    to_assignee,
    to_requester,
    warning,
)
from bot.slack.views.role_check import check_again
from bot.slack.views.text import member
from bot.slack.views.welcome import first_message

GUARD_PLACE = "guard.place/"
"""Notes: where the guard's question of a sync stands."""


CALLING = frozenset({Event.REMINDED, Event.RESCHEDULED})
"""Events after which somebody has to decide: who could is mentioned again, while the request is pending."""


def outgoing_for(item: OutboxItem, deps: Deps) -> Outgoing:
    """Raises `Undeliverable`, `NotYet`, and what the record and the workspace raise."""
    write = WORDINGS.get(item.topic)
    if write is None:
        raise Undeliverable(f"hs-bot knows no words for the topic {item.topic}.")
    return write(item, deps)


def _thread(item: OutboxItem, deps: Deps) -> Outgoing:
    if item.payload.get("batch_id"):
        return thread_of_batch(item, deps)
    request = _request(item, deps)
    if item.payload.get("aside"):
        title = deps.approvals.words(request).title
        return Outgoing(deps.channel, aside(title, item.text("event"), item.text("sentence"), item.text("actor")))
    if not request.message_ts:
        raise NotYet("The card is not posted yet.")
    event, actor = item.text("event"), item.text("actor")
    calling = event in CALLING
    calls = deciders(deps, request).mentions if calling else ""
    said = thread_line(
        event,
        item.text("sentence"),
        actor,
        named=request.requester_name if calling and actor == request.requester else "",  # they are not called to decide
        head=item.text("audit_head"),
        calls=calls,
    )
    return Outgoing(request.channel, said, request.message_ts, broadcast=bool(calls) and event == Event.REMINDED)


def _direct(item: OutboxItem, deps: Deps) -> Outgoing:
    if item.payload.get("event") == Aside.MANAGER:
        return manager_message(item, deps)
    if item.payload.get("batch_id"):
        return direct_of_batch(item, deps)
    request, event = _request(item, deps), item.text("event")
    if event == Aside.HANDED:
        member = slack_account(deps, deps.record.users.get(item.number("user_id")))
    else:
        member = deps.workspace.member(item.text("member"))
    if member is None or member.deleted:
        raise Undeliverable(f"The workspace has no active member {item.text('member')}.")
    if is_about(member, about_of(deps.record, request)):
        raise Undeliverable("The person whom a request is about is never told.")
    return Outgoing(member.id, _told_directly(item, deps, request, member))


def _told_directly(item: OutboxItem, deps: Deps, request: Request, member: Member) -> Message:
    title, event, link = deps.approvals.words(request).title, item.text("event"), link_to(deps, request)
    match event:
        case Aside.ASKED:
            if request.state is not State.PENDING:
                raise Undeliverable("It was decided meanwhile.")
            return to_approver(title, request, link)
        case Aside.SOON:
            if request.state is not State.APPROVED or utc(request.run_at) != item.text("run_at"):
                raise Undeliverable("It was moved or has begun meanwhile.")
        case Aside.HANDED:
            if request.requester in member.ids:
                raise Undeliverable("They asked for it, and hear the same as requester.")
            return to_assignee(request, item.number("count"), link)
    ignored = event == Event.DONE and ignored_role(deps.record, request) is not None
    more = [check_again(request.id, request.target_name)] if ignored else []
    return to_requester(title, request.id, event, item.text("sentence"), item.text("actor"), more, link=link)


def _notice(item: OutboxItem, deps: Deps) -> Outgoing:
    if head := item.text("audit_head"):
        return Outgoing(deps.channel, audit_head(head))
    if item.payload == PAYLOAD:
        return Outgoing(deps.channel, first_message(roles(deps)))
    found = read_notice(deps.record, item.number("sync_id"))
    if not found.entries:
        raise Undeliverable("Nothing is left to tell of what this sync found.")
    return Outgoing(deps.channel, notice(found))


def _guard(item: OutboxItem, deps: Deps) -> Outgoing:
    missing = item.payload.get("missing")
    ids = [id for id in missing if isinstance(id, int)] if isinstance(missing, list) else []
    named = [(id, row.user.name if (row := deps.directory.get(id)) else str(id)) for id in ids]
    sync_id, outcome = item.number("sync_id"), item.text("settled")
    if not outcome:
        return Outgoing(deps.channel, guard(sync_id, named))
    place = guard_place(deps, sync_id)
    if place is None:
        raise Undeliverable("The question it settles was not posted.")
    said = SETTLED[outcome] + (f" {member(item.text('actor'))}." if outcome == held.CONFIRMED else "")
    return Outgoing(place[0], guard(sync_id, named, settled=said), updates=place[1])


SETTLED = {
    held.CONFIRMED: ":white_check_mark: Confirmed by",
    held.BACK: "They are in Help Scout again: nothing was removed.",
    held.ASKED_AGAIN: "Asked again since, about more people: see the newer question.",
}


def guard_place(deps: Deps, sync_id: int) -> tuple[str, str] | None:
    """Channel and `ts` of the question that this sync asked, as kept when it was posted."""
    kept = deps.record.notes.get(f"{GUARD_PLACE}{sync_id}")
    if kept is None:
        return None
    channel, ts = json.loads(kept)
    return str(channel), str(ts)


def posted(item: OutboxItem, deps: Deps, channel: str, ts: str) -> None:
    """It stands there now: what will be changed later is noted, and who is told besides is owed it."""
    owe_managers(deps, item)
    if item.topic is Topic.THREAD and item.payload.get("event") == Event.REMINDED:
        if item.payload.get("batch_id"):
            return
        request = _request(item, deps)
        owe_direct(deps, request, deciders(deps, request), f"{item.key}/asked")
    if item.topic is Topic.GUARD and ts and not item.payload.get("settled"):
        deps.record.notes.set(f"{GUARD_PLACE}{item.number('sync_id')}", json.dumps([channel, ts]))


def _orphans(item: OutboxItem, deps: Deps) -> Outgoing:
    """Counted when it is sent. A large workspace takes minutes to read: that is the worker's to do."""
    if item.payload.get("finding"):
        return _signal(item, deps)
    if "slack" in deps.reconciliation.readings.names and not deps.workspace.everybody_known():
        deps.once.submit(f"{item.key}/{deps.record.now():%H:%M}", deps.workspace.members)
        raise NotYet("The workspace is being read.")
    overdue = [row.user.name for end in deps.seat_ends.overdue() if (row := deps.record.users.get(end.user_id))]
    found = deps.reconciliation.compare()
    doubted = [
        Doubted(source=one.source, sentence=one.problem, confirmable=one.held is not None) for one in found.problems
    ]
    counts = [(kind, len(found.of(kind))) for kind in Kind]
    groups = seats_by_group(deps.record, found).rows if deps.seat_cost is not None else []
    said = digest(
        found.of(*LISTED),
        counts,
        found.titles,
        cost=deps.seat_cost,
        doubted=doubted,
        overdue=overdue,
        groups=groups_line(groups, deps.seat_cost) if groups and deps.seat_cost is not None else "",
    )
    return Outgoing(deps.channel, said)


def _signal(item: OutboxItem, deps: Deps) -> Outgoing:
    """Somebody whom Slack says to be gone: told while it is still so."""
    key, said = item.text("finding"), item.text("said")
    finding = deps.reconciliation.signalled(key, item.number("user_id"), said)
    if finding is None:
        raise Undeliverable("It is settled meanwhile.")
    return Outgoing(deps.channel, signal(finding, offboard=not deps.approvals.why_not(Asked.OFFBOARD)))


def _warning(item: OutboxItem, deps: Deps) -> Outgoing:
    said = news if item.payload.get("news") else warning
    return Outgoing(deps.channel, said(item.text("sentence")))


Wording = Callable[[OutboxItem, Deps], Outgoing]

WORDINGS: Mapping[Topic, Wording] = {
    Topic.THREAD: _thread,
    Topic.DM: _direct,
    Topic.NOTICE: _notice,
    Topic.GUARD: _guard,
    Topic.ORPHANS: _orphans,
    Topic.WARNING: _warning,
}


def _request(item: OutboxItem, deps: Deps) -> Request:
    request = deps.record.requests.get(item.text("request_id"))
    if request is None:
        raise Undeliverable("The request it is about is not in the record.")
    return request
