"""One request's card in the channel: posted once, rewritten when the row has moved on, never posted twice.

The row says how far a first posting came: without `channel` nobody has tried; with one and without `message_ts`
somebody has, and the channel is read to find out whether it arrived.

A card of an open request belongs in the configured channel: one that stands in another is posted anew. One that Slack
won't let us change comes anew once a state, as often as people need it to decide or to see the end.
"""

import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import structlog
from slack_sdk.web import SlackResponse

from bot.model.outbox import Topic
from bot.model.request import ENDED, OPEN, Request, State, is_plain, is_providers
from bot.policy.requests.seen import mark
from bot.slack.api.refusals import UNSHOWABLE, Act, Becomes, becomes
from bot.slack.api.web import SlackFault, SlackRefused, call
from bot.slack.handling.deps import Deps
from bot.slack.outbound.card_of import card_of
from bot.slack.outbound.deciders import deciders, owe_direct
from bot.slack.outbound.links import link_to
from bot.slack.outbound.was_it_posted import find_sent, stamp
from bot.slack.views.kit import Message
from bot.slack.views.requests.messages import moved

WHO_RUNS_IT = "Whoever runs hs-bot can put that right; the card then comes by itself."
ANEW = "card.anew/"
"""Notes: in which state (while it is pending: and for which plan) a request's card was last posted anew because the one
before could not be changed."""
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class CardPlace:
    """Where a card stands: the channel, and the message in it ("" for none yet)."""

    channel: str
    ts: str


class Cards:
    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._shown: OrderedDict[str, str] = OrderedDict()  # request → its card as last sent
        self._left: dict[str, CardPlace] = {}  # request → a card in a channel that is not the configured one any longer
        self._log = structlog.get_logger("slack.cards")

    def strays(self) -> list[Request]:
        """Open requests whose card stands in another channel than the configured one."""
        found = self._deps.record.requests.find(states=OPEN, limit=None)
        return [request for request in found if self._stray(request)]

    def show(self, id: str) -> bool:
        """Bring the card up to the row, and to its channel; False when there was nothing to send.

        Raises a `SlackFault`.
        """
        request = self._deps.record.requests.get(id)
        if request is None or (request.card_version >= request.version and not self._stray(request)):
            return False
        if is_plain(request):
            self._deps.record.requests.card_shown(id, version=request.version, channel=request.channel, message_ts="")
            return False
        if self._stray(request):
            request = self._leave(request)
        who = deciders(self._deps, request)
        message = card_of(self._deps, request, who=who)
        drawn = json.dumps(message.as_json(), sort_keys=True)
        place, sent = CardPlace(request.channel, request.message_ts), True
        if not place.ts:
            place = self._first(request, message)
        elif self._shown.get(id) == drawn:
            sent = False
        else:
            place = self._again(request, place, message)
        version = request.version
        self._deps.record.requests.card_shown(id, version=version, channel=place.channel, message_ts=place.ts)
        owe_direct(self._deps, request, who, f"{id}/asked/{request.expires_at.timestamp():.0f}")
        link_to(self._deps, replace(request, channel=place.channel, message_ts=place.ts))
        self._remember(id, drawn)
        self._retire(request)
        return sent

    def unseen(self, request: Request, why: str) -> None:
        """Nobody can see the card: tell the requester, once."""
        if is_providers(request.requester):
            return
        sentence = f"The card of your request can't be posted, so nobody can decide it yet. {why} {WHO_RUNS_IT}"
        payload = {"member": request.requester, "request_id": request.id, "event": "waiting", "sentence": sentence}
        self._deps.record.outbox.add(f"{request.id}/unseen/dm", Topic.DM, {**payload, "actor": ""})

    def _first(self, request: Request, message: Message) -> CardPlace:
        key, requests = _key(request), self._deps.record.requests
        if request.channel:
            since = request.opened_at
            found = find_sent(self._deps.client, key, channel=request.channel, thread_ts="", since=since)
            if found:
                place = CardPlace(request.channel, found)
                before = request.card_version
                requests.card_shown(request.id, version=before, channel=place.channel, message_ts=place.ts)
                return self._again(request, place, message)
        requests.update(request.id, touch=False, channel=self._deps.channel)
        return self._post(key, message)

    def _again(self, request: Request, place: CardPlace, message: Message) -> CardPlace:
        try:
            self._written("chat.update", message, {"channel": place.channel, "ts": place.ts}, _key(request))
        except SlackRefused as refused:
            lost = becomes(refused.code, Act.UPDATE) is Becomes.LOST
            if not lost and place.channel == self._deps.channel:
                raise
            self._log.warning("a card can't be changed", request=request.id, code=refused.code)
            return self._anew(request, place, message, refused.code) if lost else place
        return place

    def _anew(self, request: Request, place: CardPlace, message: Message, code: str) -> CardPlace:
        """Another card for one that can't be changed: once a state; none for an end that somebody deleted.

        While it is pending, once a plan: on a card that shows an older one nobody could approve it.
        """
        notes, note = self._deps.record.notes, f"{ANEW}{request.id}"
        deleted = request.state in ENDED and code == "message_not_found"
        phase = f"{request.state} {mark(request)}" if request.state is State.PENDING else request.state.value
        if deleted or notes.get(note) == phase:
            return place
        again = self._post(_key(request), message)
        notes.set(note, phase)
        return again

    def _stray(self, request: Request) -> bool:
        elsewhere = request.channel not in ("", self._deps.channel)
        return elsewhere and bool(self._deps.channel) and request.state in OPEN

    def _leave(self, request: Request) -> Request:
        """From now on it belongs in the configured channel; where the old card stands is remembered."""
        ts = request.message_ts or find_sent(
            self._deps.client, _key(request), channel=request.channel, thread_ts="", since=request.opened_at
        )
        if ts:
            self._left[request.id] = CardPlace(request.channel, ts)
        self._shown.pop(request.id, None)
        fields = {"channel": self._deps.channel, "message_ts": ""}
        return self._deps.record.requests.update(request.id, touch=False, **fields)

    def _retire(self, request: Request) -> None:
        """The card that was left behind loses its buttons, where Slack lets it."""
        old = self._left.pop(request.id, None)
        if old is None:
            return
        body = moved(self._deps.approvals.words(request).title, self._deps.channel).as_json()
        try:
            call("chat.update", lambda: self._deps.client.chat_update(channel=old.channel, ts=old.ts, **body))
        except SlackFault as fault:
            self._log.info("an old card keeps its buttons", request=request.id, problem=fault.sentence)

    def _post(self, key: str, message: Message) -> CardPlace:
        place = {"channel": self._deps.channel, "unfurl_links": False, "unfurl_media": False}
        return self._written("chat.postMessage", message, place, key)

    def _written(self, method: str, message: Message, place: dict[str, Any], key: str) -> CardPlace:
        """What Slack would not show is sent as text."""
        client = self._deps.client
        write: Callable[..., SlackResponse] = client.chat_update if method == "chat.update" else client.chat_postMessage
        for words in (message.as_json(), {"text": message.text, "blocks": []}):
            try:
                answer = call(method, lambda words=words: write(metadata=stamp(key), **place, **words))  # type: ignore[misc]
            except SlackRefused as refused:
                if refused.code not in UNSHOWABLE or not words["blocks"]:
                    raise
                self._log.error("Slack would not show a card; its text is sent", said=refused.details)
            else:
                return CardPlace(str(answer.get("channel") or place["channel"]), str(answer.get("ts") or ""))
        raise AssertionError("unreachable")

    def _remember(self, id: str, drawn: str) -> None:
        self._shown[id] = drawn
        self._shown.move_to_end(id)
        if len(self._shown) > _REMEMBERED:
            self._shown.popitem(last=False)


def _key(request: Request) -> str:
    return f"card/{request.id}"
