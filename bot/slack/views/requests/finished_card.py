"""The card of a request that has ended: who asked, what for, what came of it, who decided."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block

from bot.model.request import Decision, Request, State, is_providers
from bot.slack.views.kit import Message, actions, button, context, section
from bot.slack.views.requests.request_card import AGAIN, LOOKS, fallback, said_by_a_vote, vote_line
from bot.slack.views.shapes import CardWords
from bot.slack.views.text import at, code, member, safe, told

ASK_AGAIN = frozenset({State.EXPIRED, State.STALE})
MOST_VOTES = 10


def finished_card(request: Request, words: CardWords, decisions: Sequence[Decision] = ()) -> Message:
    """In the channel; the whole of it is one `/hs-offboard status` away."""
    lines = [f"{LOOKS[request.state]} · *{safe(words.title, 300)}*"]
    if request.outcome and not said_by_a_vote(request, decisions):
        lines.append(told(request.outcome, 2300))
    votes = [vote_line(vote, most=300) for vote in decisions[:MOST_VOTES]]
    ended = f" · ended {at(request.finished_at)}" if request.finished_at else ""
    why = f": {safe(request.reason, 200)}" if request.reason else ""
    asked = f"Asked by {member(request.requester, request.requester_name)}{why}"
    blocks: list[Block] = [
        section("\n".join(lines)),
        *([section("\n".join(votes))] if votes else []),
        context(asked),
        context(f"Request {code(request.id)}{ended}"),
    ]
    if request.state in ASK_AGAIN and not is_providers(request.requester):
        again = button("Ask again…", AGAIN, request.id, label=f"Ask again: {words.title}")
        blocks.append(actions(again, block_id="request"))
    return Message(fallback(request, words), tuple(blocks))
