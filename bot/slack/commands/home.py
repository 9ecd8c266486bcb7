"""The App Home: what is read for whom. A plain member, a requester and an approver see different parts.

Whoever a request is about must not learn of it here: what concerns the reader is left out of every part.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from slack_sdk.models.blocks import Block

from bot.model.batch import MOST
from bot.model.member import Member
from bot.model.request import ENDED, Request, State
from bot.model.user import Status
from bot.policy.people.identity import could_be
from bot.policy.people.origin import ELSEWHERE
from bot.policy.people.standing import may_speak
from bot.policy.refusal import Refusal
from bot.policy.requests.approval import Click, may_decide, may_retry
from bot.policy.requests.seat_end import spelled
from bot.services.orphans import LISTED
from bot.services.ports import WorkspaceAway
from bot.services.reports.history import Entry, entries_of
from bot.services.requests.many.asked_once import AskedOnce
from bot.services.requests.membership import about_of, click_at, may_be_about
from bot.services.syncing.held import question
from bot.slack.commands import reconcile
from bot.slack.commands.offboard import shortcut
from bot.slack.commands.provision import start
from bot.slack.commands.status import picture
from bot.slack.handling.answer import Later, Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import about_reader, kept_messages, own_ids
from bot.slack.handling.findings import seen_by
from bot.slack.handling.open_homes import Drawn
from bot.slack.handling.payload import Call, mapping, text
from bot.slack.outbound.batch_cards import shown
from bot.slack.outbound.welcome import greeted, is_new, roles
from bot.slack.views.home.home import home, turned_away
from bot.slack.views.home.page import CHANGES, NOT_COMPARED, SHOWN, HomePage, Overdue, ShownRequest
from bot.slack.views.many import batch_card
from bot.slack.views.sync_health import last_sync, sync_trouble
from bot.slack.views.welcome import Roles, welcome

WAITING_READ = 200
"""Requests that are looked at for one Home."""
MONTH = timedelta(days=30)
COUNT = "orphans"
POLITELY = frozenset({"guest", "stranger", ELSEWHERE.code})
"""Who is refused for one of these has a Home; what is a bot's or deactivated has none."""


def opened(call: Call, deps: Deps) -> None:
    """The event app_home_opened: it comes for the messages tab too."""
    if not call.user or call.event.get("tab", "home") != "home":
        return
    new = is_new(deps, call.user)
    hash = text(mapping(call.event.get("view")).get("hash"))
    if deps.homes.opened(call.user, partial(drawn, deps, call.user, new=new), hash) and new:
        greeted(deps, call.user)
    _count_orphans(deps, call.user)


def turned_away_at(call: Call, deps: Deps, refusal: Refusal) -> None:
    """The same event of somebody whom hs-bot does not work for: one polite line, to people who can see it."""
    if call.event.get("tab", "home") == "home" and refusal.code in POLITELY:
        view = turned_away(refusal.reason)
        hash = text(mapping(call.event.get("view")).get("hash"))
        deps.homes.opened(call.user, lambda: Drawn(view, lasting=False), hash)


def drawn(deps: Deps, member_id: str, *, new: bool = False) -> Drawn:
    """Somebody's Home as of now, with a welcome for who is `new`.

    Raises `WorkspaceAway` while Slack can't say who they are, and `StoreError`.
    """
    member = deps.workspace.member(member_id)
    refusal = may_speak(member)
    if refusal is None and member is not None:
        return Drawn(home(page(deps, member, new=new)))
    polite = refusal is not None and refusal.code in POLITELY
    return Drawn(turned_away(refusal.reason) if polite and refusal else None, lasting=False)


def page(deps: Deps, member: Member, *, new: bool = False) -> HomePage:
    """From the record and from what Slack has said within a minute."""
    approves, may_ask, away = _roles(deps, member)
    approver = not member.ids.isdisjoint(approves)
    waiting = _waiting(deps, member) if approver else []
    pending = [one for one, click in waiting if one.state is State.PENDING and may_decide(one, click) is None]
    stuck = [one for one, click in waiting if may_retry(one, click) is None]
    asked = question(deps.record) if approver else None
    own = deps.record.requests.find(requester=member.id, limit=SHOWN + MOST) if may_ask else None
    mine = [one for one in own if not one.batch_id][:SHOWN] if own is not None else None
    batches = _batches(deps, member)
    scheduled = _scheduled(deps, member, {one.id for one in mine or ()})
    syncs = deps.record.syncs
    latest = syncs.latest()
    trouble = deps.post_problem(kept_messages(deps, member)) if approver else ""
    note = " ".join(part for part in (away, deps.directory.note(), trouble) if part)
    return HomePage(
        seats=deps.record.users.counts().get(Status.ACTIVE, 0),
        history=_history(deps),
        changes=_changes(deps, member),
        may_ask=may_ask,
        approver=approver,
        decide=_shown(deps, pending[:SHOWN]) if approver else None,
        batches=[one for one, may in batches if may and approver],
        own_batches=[one for one, _ in batches if one.batch.requester in member.ids],
        decide_more=len(pending) - SHOWN,
        stuck=_shown(deps, stuck[:SHOWN]),
        overdue=_overdue(deps, member) if approver else (),
        held=(asked.sync_id, len(asked.missing)) if asked is not None and not asked.confirmed_by else None,
        scheduled=_shown(deps, scheduled[:SHOWN]),
        scheduled_more=len(scheduled) - SHOWN,
        mine=_shown(deps, mine) if mine is not None else None,
        running=_shown(deps, [one for one, _ in waiting if one.state is State.RUNNING]),
        orphans=deps.homes.counts.get(f"{COUNT}/{member.id}"),
        cost=deps.seat_cost,
        note=note,
        synced=last_sync(latest),
        sync_trouble=sync_trouble(latest, syncs.latest_ended(), syncs.latest_good()),
        greeting=_greeting(deps, may_ask=may_ask, approver=approver) if new else (),
    )


def _overdue(deps: Deps, member: Member) -> list[Overdue]:
    """Seats past their end that nobody is asked about now; not the reader's own."""
    own, found = about_reader(deps, member), []
    for end in deps.seat_ends.overdue():
        request = deps.record.requests.get(end.request_id) if end.request_id else None
        row = deps.directory.get(end.user_id)
        if row is not None and not own(end.user_id) and (request is None or request.state in ENDED):
            found.append(Overdue(user_id=end.user_id, name=row.user.name, day=spelled(end.day)))
    return found


def _greeting(deps: Deps, *, may_ask: bool, approver: bool) -> Sequence[Block]:
    try:
        return welcome(roles(deps), may_ask=may_ask, approver=approver)
    except WorkspaceAway:
        return welcome(Roles(), may_ask=may_ask, approver=approver)


# Buttons


def offboard(call: Call, deps: Deps) -> Reply:
    """Offboard…: the empty form."""
    return shortcut(call, deps)


def seat(call: Call, deps: Deps) -> Reply:
    """New seat…: the empty form."""
    return Later(lambda: start(call, deps))


def draw_picture(call: Call, deps: Deps) -> Reply:
    """Picture: as a file to the caller's direct messages."""
    return Later(lambda: picture(deps, call.user))


def orphans(call: Call, deps: Deps) -> Reply:
    """See who has no Slack account: the list of `/hs-audit orphans`."""
    return Later(lambda: reconcile.orphan_list(call, deps))


# What is read


def _roles(deps: Deps, member: Member) -> tuple[frozenset[str], bool, str]:
    """Who approves, whether this member may open requests, and what stood in the way of knowing it."""
    try:
        requesters = deps.workspace.requesters()
        return deps.workspace.approvers(), requesters is None or not member.ids.isdisjoint(requesters), ""
    except WorkspaceAway as problem:
        return frozenset(), False, problem.sentence


def _waiting(deps: Deps, member: Member) -> list[tuple[Request, Click]]:
    """What is to be decided, runs, or needs attention, with what the rules look at; what ends first, first.

    Without what may be about the reader: who shows Slack no address could be anybody.
    """
    states = {State.PENDING, State.RUNNING, State.WAITING, State.ATTENTION}
    found = [one for one in deps.record.requests.find(states=states, limit=WAITING_READ) if not one.batch_id]
    clicks = [(one, _click(deps, one, member)) for one in sorted(found, key=lambda one: one.expires_at)]
    return [(one, click) for one, click in clicks if not could_be(member, click.about)]


def _batches(deps: Deps, member: Member) -> list[tuple[batch_card.ShownBatch, bool]]:
    """Batches that are not over, and whether this person could decide on somebody; none that may be about them."""
    workspace, found = AskedOnce(deps.workspace), []
    for batch in deps.record.batches.unfinished():
        requests = deps.record.requests.of_batch(batch.id)
        if may_be_about(deps.record, member, requests):
            continue
        pending = [one for one in requests if one.state is State.PENDING]
        votes = {one.id: deps.record.requests.decisions(one.id) for one in pending}
        may = any(
            may_decide(one, click_at(workspace, deps.record, one, member.id, votes[one.id], fresh=False)) is None
            for one in pending
        )
        found.append((shown(deps, batch, requests), may))
    return found


def _scheduled(deps: Deps, member: Member, but: Collection[str]) -> list[Request]:
    """What is approved and has not begun, in the order in which it will; without these, and what may be about them."""
    found = [one for one in deps.record.requests.find(states={State.APPROVED}, limit=None) if not one.batch_id]
    seen = [one for one in found if one.id not in but and not could_be(member, about_of(deps.record, one))]
    return sorted(seen, key=lambda one: one.run_at or one.expires_at)


def _click(deps: Deps, request: Request, member: Member) -> Click:
    """As if they pressed a button now, by what was known a minute ago."""
    votes = deps.record.requests.decisions(request.id) if request.state is State.PENDING else []
    return click_at(deps.workspace, deps.record, request, member.id, votes, fresh=False)


def _shown(deps: Deps, requests: Iterable[Request]) -> Sequence[ShownRequest]:
    return [
        ShownRequest(
            request=one,
            words=deps.approvals.words(one),
            steps=deps.record.requests.steps(one.id) if one.state is State.RUNNING else (),
        )
        for one in requests
    ]


def _history(deps: Deps) -> Sequence[tuple[datetime, int]]:
    """Seats over time: read anew after each good sync."""
    latest = deps.record.syncs.latest_good()
    if latest is not None and deps.homes.seats[0] != latest.id:
        deps.homes.seats = latest.id, deps.record.syncs.seats()
    return deps.homes.seats[1]


def _changes(deps: Deps, member: Member) -> Sequence[Entry]:
    """The newest, without the reader's own: a seat taken away must not be learnt of here."""
    own = own_ids(deps, member)
    newest = deps.record.changes.since(deps.record.now() - MONTH, limit=CHANGES * 5)
    return entries_of(deps.record, [change for change in newest if change.user_id not in own][:CHANGES])


def _count_orphans(deps: Deps, member_id: str) -> None:
    """For approvers, when it was not counted for them for a minute: it reads everybody, here and in Slack."""
    try:
        member = deps.workspace.member(member_id)
        approver = member_id in deps.workspace.approvers() and may_speak(member) is None
        if member is None or not approver or not deps.homes.counts.due(count := f"{COUNT}/{member.id}"):
            return
        found = seen_by(deps, member, deps.reconciliation.compare())
        compared = bool(found.titles and member.key)
        deps.homes.counts.put(count, len(found.of(*LISTED)) if compared else NOT_COMPARED)
    except WorkspaceAway:
        return  # the Home says that they are being counted; so they are, when it is opened next
    deps.homes.touch()
