"""A request's card as the record has it now, for the channel or for one person."""

from bot.model.request import ENDED, Kind, Request, State
from bot.services.assignee import leaving, takers_who_leave
from bot.slack.handling.deps import Deps
from bot.slack.handling.manager import address_of_manager
from bot.slack.outbound.deciders import NOBODY, Deciders
from bot.slack.outbound.links import known_link, known_link_of
from bot.slack.views.kit import Message
from bot.slack.views.requests.finished_card import finished_card
from bot.slack.views.requests.messages import in_batch
from bot.slack.views.requests.request_card import card


def card_of(deps: Deps, request: Request, *, buttons: bool = True, who: Deciders = NOBODY) -> Message:
    """The card of a request as the record has it now; `buttons=False`: for one person, with a link to it.

    `who` could decide it, as far as it is to say so.
    """
    requests = deps.record.requests
    if buttons and request.batch_id:
        batch = deps.record.batches.get(request.batch_id)
        link = known_link_of(deps, batch.id, batch.channel, batch.message_ts) if batch is not None else ""
        return in_batch(deps.approvals.words(request).title, request.batch_id, link)
    if buttons and request.state in ENDED:
        return finished_card(request, deps.approvals.words(request), requests.decisions(request.id))
    return card(
        request,
        deps.approvals.words(request),
        requests.decisions(request.id),
        requests.steps(request.id),
        buttons=buttons,
        can_approve=who.names,
        calls=who.mentions,
        link="" if buttons else known_link(deps, request),
        ends=buttons and deps.record.seat_ends.of_request(request.id) is not None,
        leaving=_leaving_too(deps, request) if buttons else (),
        manager=address_of_manager(deps, request.target_id) if request.kind is Kind.OFFBOARD else "",
    )


def _leaving_too(deps: Deps, request: Request) -> list[str]:
    pending = [request] if request.state is State.PENDING else []
    return takers_who_leave(pending, lambda id: leaving(deps.record, id))
