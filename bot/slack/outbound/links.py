"""Where a request's card stands, as a link: asked of Slack once a place, kept in the record's notes."""

import json

import structlog

from bot.model.action import Outcome
from bot.model.request import Request
from bot.slack.api.web import SlackFault, call
from bot.slack.handling.deps import Deps
from bot.slack.views.kit import Message, context, say
from bot.slack.views.text import to_card, told

NOTE = "card.link/"
"""Notes: the channel and `ts` of a request's card, and the link to it."""


def known_link(deps: Deps, request: Request | None) -> str:
    """The link to the card where it stands now, asking nobody; "" when it is not known."""
    if request is None:
        return ""
    return known_link_of(deps, request.id, request.channel, request.message_ts)


def link_to(deps: Deps, request: Request) -> str:
    """Like `known_link`, asking Slack when it is not known; "" when Slack does not tell. For the delivery."""
    return link_of(deps, request.id, request.channel, request.message_ts)


def known_link_of(deps: Deps, id: str, channel: str, ts: str) -> str:
    """The same of a batch, or of anything else with a card of its own."""
    kept = deps.record.notes.get(f"{NOTE}{id}") if ts else None
    known = json.loads(kept) if kept else ("", "", "")
    return str(known[2]) if tuple(known[:2]) == (channel, ts) else ""


def link_of(deps: Deps, id: str, channel: str, ts: str) -> str:
    """Like `known_link_of`, asking Slack when it is not known. For the delivery."""
    if (known := known_link_of(deps, id, channel, ts)) or not ts:
        return known
    try:
        answer = call("chat.getPermalink", lambda: deps.client.chat_getPermalink(channel=channel, message_ts=ts))
    except SlackFault as fault:
        structlog.get_logger("slack.links").info("no link to a card", request=id, problem=fault.sentence)
        return ""
    link = str(answer.get("permalink") or "")
    if not link.startswith("https://"):
        return ""
    deps.record.notes.set(f"{NOTE}{id}", json.dumps([channel, ts, link]))
    return link


def outcome_said(deps: Deps, outcome: Outcome) -> Message:
    """What came of a click, privately, with a link to the card."""
    link = known_link(deps, outcome.request)
    return say(told(outcome.sentence), *([context(to_card(link))] if link else []))
