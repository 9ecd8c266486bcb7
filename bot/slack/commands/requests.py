"""Requests in Slack: what is open, one with its steps, and cancelling one. For every kind of request."""

from slack_sdk.models.blocks import Block, InteractiveElement

from bot.model.action import Cancel
from bot.model.batch import Batch, LeaveOut
from bot.model.request import OPEN, Request
from bot.policy.typed.clean import plain
from bot.policy.typed.who import BadArgument, nearest
from bot.slack.commands.command import SubCommand
from bot.slack.handling import cursor
from bot.slack.handling.answer import Answer, Later, Reply
from bot.slack.handling.batches import gathered, line_of, visible_batch
from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import hidden, shown
from bot.slack.handling.payload import Call
from bot.slack.outbound.batch_cards import shown as batches_shown
from bot.slack.outbound.card_of import card_of
from bot.slack.outbound.links import outcome_said
from bot.slack.views.kit import Message, actions, button, context, say, section
from bot.slack.views.many.batch_card import batch_card
from bot.slack.views.requests.request_card import one_line
from bot.slack.views.text import counted
from bot.slack.views.words import sentence

STATUS, PAGE, BATCH = "request.status", "requests.page", "batch.status"
"""Buttons: one request's card; another page of the list; one batch's card."""

PER_PAGE = 10
CURSOR = "requests"


def listing(call: Call, deps: Deps, text: str) -> Reply:
    """What is pending, scheduled, running, or needs attention."""
    if plain(text):
        raise BadArgument("The list takes no argument.")
    return page(call, deps, 0)


def status(call: Call, deps: Deps, text: str) -> Reply:
    """One request: its card, without buttons that decide. One about the caller is none."""
    if (batch := _batch(call, deps, text)) is not None:
        return batch_card(batches_shown(deps, *batch), buttons=False)
    return card_of(deps, named(call, deps, text, discreet=True), buttons=False)


def cancel(call: Call, deps: Deps, text: str) -> Reply:
    """By the requester or an approver; Slack is asked who may."""
    id, _, reason = plain(text).partition(" ")
    if (batch := _batch(call, deps, id)) is not None:
        many = LeaveOut(batch_id=batch[0].id, actor=call.user, request_ids=None, reason=reason)
        return Later(lambda: sentence(deps.approvals.many(many).sentence))
    request = named(call, deps, id, discreet=True)
    action = Cancel(request_id=request.id, actor=call.user, reason=reason)
    return Later(lambda: outcome_said(deps, deps.approvals.apply(action)))


def known(call: Call, deps: Deps, text: str) -> bool:
    """Of a sub-command that begins with a request's id: whether the caller may know of it."""
    if _batch(call, deps, text.partition(" ")[0]) is not None:
        return True
    try:
        return bool(named(call, deps, text.partition(" ")[0], discreet=True))
    except BadArgument:
        return False


LIST = SubCommand("list", "list", "pending, scheduled and running requests", listing)
STATUS_OF = SubCommand("status", "status ID", "one request with its steps", status, known)
CANCEL_ONE = SubCommand(
    "cancel", "cancel ID [reason]", "the requester or an approver cancels before it runs", cancel, known
)


def show(call: Call, deps: Deps) -> Reply:
    """The card of the request that a button names."""
    request = deps.record.requests.get(call.value)
    if request is None or hidden(call, deps, request):
        return sentence("This request doesn't exist.")
    return card_of(deps, request, buttons=False)


def turn(call: Call, deps: Deps) -> Reply:
    """Another page of the list."""
    return Answer(page(call, deps, cursor.number(cursor.read(CURSOR, call.value), "o")), replaces=True)


def page(call: Call, deps: Deps, offset: int) -> Message:
    """One page of what is open, and not about who calls."""
    everything = gathered(shown(call, deps, deps.record.requests.find(states=OPEN, limit=None)))
    total = len(everything)
    if not total:
        return say("Nothing is pending, scheduled or running.")
    offset = min(offset, (total - 1) // PER_PAGE * PER_PAGE)
    rows = everything[offset : offset + PER_PAGE]
    heading = f"*{counted(total, 'open request')}*"
    lines = [_line(deps, one, position) for position, one in enumerate(rows)]
    turns: list[InteractiveElement] = []
    if offset:
        turns.append(button("Newer", f"{PAGE}:newer", cursor.write(CURSOR, {"o": max(0, offset - PER_PAGE)})))
    if offset + PER_PAGE < total:
        turns.append(button("Older", f"{PAGE}:older", cursor.write(CURSOR, {"o": offset + PER_PAGE})))
    where = context(f"{offset + 1}–{offset + len(rows)} of {total}")
    return Message(heading, (section(heading), *lines, where, *([actions(*turns)] if turns else [])))


def _line(deps: Deps, one: Request | str, position: int) -> Block:
    if isinstance(one, str):
        details = button("Details", f"{BATCH}:{position}", one, label=f"Details of the batch {one}")
        return section(line_of(deps, one), accessory=details)
    about = one.target_name
    details = button("Details", f"{STATUS}:{position}", one.id, label=f"Details of {about}")
    return section(one_line(one, deps.approvals.words(one)), accessory=details)


def _batch(call: Call, deps: Deps, text: str) -> tuple[Batch, list[Request]] | None:
    """The batch that is named by its id, where who calls may know of it."""
    id = plain(text).strip("`'\" ,;").lower()
    return visible_batch(call, deps, id) if id else None


def named(call: Call, deps: Deps, text: str, *, discreet: bool = False) -> Request:
    """The request with this id, as typed. Raises `BadArgument`, with the one that was probably meant.

    `discreet`: there is none that is about the caller.
    """
    id = plain(text).strip("`'\" ,;").lower()
    if not id:
        raise BadArgument("Which request? Its id is on its card and in `/hs-offboard list`.")
    request = deps.record.requests.get(id)
    if request is None or (discreet and hidden(call, deps, request)):
        meant = nearest(id, [one.id for one in shown(call, deps, deps.record.requests.find(states=OPEN, limit=200))])
        hint = f"Did you mean {meant}?" if meant else "`/hs-offboard list` shows those that are open."
        raise BadArgument(f"Request “{id[:40]}” doesn't exist. {hint}")
    return request
