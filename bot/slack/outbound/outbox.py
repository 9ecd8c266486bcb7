"""The outbox, sent: each item once, in its order, at the pace that Slack allows.

An item is given up only when Slack will never take it (`refusals.py`), and then that is said once where people look: a
reply's event in the channel, a direct message in the request's thread, anything else as a sentence in the channel.
"""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from bot.model.outbox import OutboxItem, Topic
from bot.model.problem import Problem
from bot.services.requests.telling import FOR_REQUESTER, Aside, Event
from bot.slack.api.refusals import NOBODY, UNSHOWABLE, Act, Becomes, becomes
from bot.slack.api.web import SlackAway, SlackBusy, SlackFault, SlackRefused, call
from bot.slack.handling.deps import Deps
from bot.slack.outbound.contents import outgoing_for, posted
from bot.slack.outbound.outgoing import NotYet, Outgoing, Undeliverable
from bot.slack.outbound.pace import Pace, backoff
from bot.slack.outbound.was_it_posted import find_sent, stamp
from bot.slack.views.kit import Message

CLAIM = timedelta(minutes=3)
"""How long a claimed item is ours; when we die meanwhile, another delivery looks whether it was sent."""
CLAIMED = 20
PATIENT = 60.0
"""Seconds: an item that must wait for longer goes back to the outbox meanwhile."""
LOYAL = timedelta(days=3)
"""How long a direct message that Slack refuses for a reason of its own is tried."""
TOLD_ASIDE = FOR_REQUESTER | {Event.APPROVED, Event.REMINDED, Event.RESCHEDULED}
"""Events that the channel gets to know when the card's thread takes nothing any longer; the card has the rest."""

NOT_TOLD = {
    Aside.ASKED.value: "An approver",
    Aside.HANDED.value: "Whoever took over the conversations",
    Aside.MANAGER.value: "Their manager",
}
"""Whom a direct message that is given up was for, by its event; any other was for the requester."""


Hidden = Callable[[str], bool]
"""Whether a message with this key (or the card of the request with this id) is to be kept from somebody."""


@dataclass(slots=True)
class Trouble:
    """What keeps the bot from posting in its channel, and from writing to members: sentences.

    Each by the request whose card or message could not be sent, or else the message's key: whoever a request is about
    must not learn of it from the trouble that it had.
    """

    posting: dict[str, str] = field(default_factory=dict)
    direct: dict[str, str] = field(default_factory=dict)

    def said(self, hidden: Hidden) -> str:
        """For somebody from whom `hidden` messages are kept; "" when nothing is in the way of any other."""
        # A copy at once: the delivery's thread goes on.
        found = [[said for key, said in dict(one).items() if not hidden(key)] for one in (self.posting, self.direct)]
        return " ".join(one[-1] for one in found if one)


@dataclass(slots=True)
class Held:
    """An item that is ours to send. `unsure`: an attempt may have been successful. `channel`, `act`: where and how."""

    item: OutboxItem
    unsure: bool
    failures: int = 0
    channel: str = ""
    act: Act = Act.POST


class Deliveries:
    """For the delivery's thread. `poll` is the longest time (seconds) between two looks."""

    def __init__(self, deps: Deps, pace: Pace, trouble: Trouble, *, owner: str, poll: float) -> None:
        self._deps = deps
        self._pace = pace
        self._trouble = trouble
        self._owner = owner
        self._poll = poll
        self._held: dict[int, Held] = {}
        self._log = structlog.get_logger("slack.delivery")

    @property
    def holding(self) -> int:
        """Items that are ours to send."""
        return len(self._held)

    def send_due(self, stopping: threading.Event) -> float:
        """Send what may be sent now; seconds until there may be more."""
        self._take_in()
        waits, busy = [self._poll], set[Hashable]()
        for _, held in sorted(self._held.items()):
            if stopping.is_set():
                break
            place = _place(held.item)
            if place not in busy:  # what was owed later to the same place waits for what was owed before
                waits.append(self._deliver(held))
                if held.item.id in self._held:
                    busy.add(place)
        return min(waits)

    def let_go(self) -> None:
        """Another delivery leads: what we hold is taken over when our claim runs out."""
        self._held.clear()

    def hand_back(self) -> None:
        """We stop: what surely was not sent is anybody's at once. Raises what the record raises."""
        for held in self._held.values():
            if not held.unsure:
                self._deps.record.outbox.retry(held.item.id, held.item.not_before, "The bot was stopped.")
        self._held.clear()

    def _take_in(self) -> None:
        if len(self._held) >= CLAIMED:
            return
        moment = self._deps.record.now()
        for item in self._deps.record.outbox.claim(self._owner, moment, CLAIM, CLAIMED):
            self._held[item.id] = Held(item, unsure=item.maybe_sent)

    def _deliver(self, held: Held) -> float:
        """Send one item if its time has come; else the seconds until then."""
        if (wait := self._pace.wait(("item", held.item.id))) > 0:
            return wait
        try:
            to = outgoing_for(held.item, self._deps)
            held.channel, held.act = to.channel, _act(held.item, to)
            if (wait := self._pace.wait(("post", to.channel))) > 0:
                return wait
            self._send(held, to)
        except Undeliverable as reason:
            return self._drop(held, reason.sentence)
        except NotYet:
            return self._wait(("item", held.item.id), 0.5)
        except SlackFault as fault:
            return self._failed(held, fault)
        except Problem as problem:
            return self._put_off(held, backoff(held.failures + 1), problem.sentence)
        except Exception as fault:  # noqa: BLE001 - one message that can't be written must not keep others waiting
            self._log.exception("a message can't be written", key=held.item.key)
            return self._put_off(held, PATIENT * 2, type(fault).__name__)
        del self._held[held.item.id]
        return 0.0

    def _send(self, held: Held, to: Outgoing) -> None:
        item, client = held.item, self._deps.client
        if held.unsure and not to.updates:
            found = find_sent(client, item.key, channel=to.channel, thread_ts=to.thread_ts, since=item.created_at)
            if found:
                self._log.info("a message had arrived", key=item.key)
                posted(item, self._deps, to.channel, found)
                self._deps.record.outbox.sent(item.id)
                return
        self._pace.used(("post", to.channel))
        held.unsure = True
        for words in (to.message, Message(to.message.text)):
            try:
                channel, ts = self._written(item, to, words)
                break
            except SlackRefused as refused:
                held.unsure = item.maybe_sent
                if refused.code not in UNSHOWABLE or not words.blocks:
                    raise
                self._log.error("Slack would not show a message; its text is sent", key=item.key, said=refused.details)
        posted(item, self._deps, channel, ts)
        self._deps.record.outbox.sent(item.id)
        if to.channel == self._deps.channel:
            self._trouble.posting.clear()
        elif item.topic is Topic.DM:
            self._trouble.direct.clear()

    def _written(self, item: OutboxItem, to: Outgoing, words: Message) -> tuple[str, str]:
        """Channel and `ts` of the message. Raises a `SlackFault`."""
        client, body = self._deps.client, words.as_json()
        if to.updates:
            body = {"blocks": [], **body}
            call("chat.update", lambda: client.chat_update(channel=to.channel, ts=to.updates, **body))
            return to.channel, to.updates
        place: dict[str, Any] = {"channel": to.channel, "unfurl_links": False, "unfurl_media": False}
        if to.thread_ts:
            place["thread_ts"] = to.thread_ts
        if to.broadcast:
            place["reply_broadcast"] = True
        body = place | {"metadata": stamp(item.key)} | body
        answer = call("chat.postMessage", lambda: client.chat_postMessage(**body))
        return str(answer.get("channel") or to.channel), str(answer.get("ts") or "")

    def _failed(self, held: Held, fault: SlackFault) -> float:
        item = held.item
        match fault:
            case SlackBusy():
                held.unsure = item.maybe_sent
                key = ("post", held.channel) if fault.method == "chat.postMessage" else ("item", item.id)
                self._pace.rest(key, fault.wait)
                return self._put_off(held, fault.wait, fault.sentence, failed=False)
            case SlackAway():
                held.unsure = (held.unsure and fault.maybe_done) or item.maybe_sent
            case SlackRefused() if self._given_up(held, fault):
                with self._deps.record.transaction():
                    self._say_once(held, fault)
                    return self._drop(held, fault.sentence)
            case SlackRefused() if item.topic is Topic.DM:
                self._trouble.direct[_about(item)] = f"Direct messages can't be sent. {fault.sentence}"
            case SlackRefused():
                self._trouble.posting[_about(item)] = f"Messages can't be posted. {fault.sentence}"
        return self._put_off(held, backoff(held.failures + 1), fault.sentence)

    def _given_up(self, held: Held, refused: SlackRefused) -> bool:
        """Whether Slack will never take this one; or it is for a place that hs-bot does not use any longer."""
        item = held.item
        if becomes(refused.code, held.act) is Becomes.LOST:
            return True
        if item.topic is Topic.DM:
            return self._deps.record.now() - item.created_at > LOYAL
        return held.act is Act.UPDATE or held.channel not in ("", self._deps.channel)

    def _say_once(self, held: Held, refused: SlackRefused) -> None:
        """What is given up is owed to another place, where people look."""
        item, outbox = held.item, self._deps.record.outbox
        payload = item.payload
        if item.topic is Topic.THREAD and not payload.get("aside"):
            if payload.get("event") in TOLD_ASIDE:
                outbox.add(f"{item.key}/aside", Topic.THREAD, {**payload, "aside": True})
        elif item.topic is Topic.DM:
            if refused.code not in NOBODY | {"channel_not_found"}:
                self._trouble.direct[_about(item)] = f"Direct messages can't be sent. {refused.sentence}"
                who = NOT_TOLD.get(str(payload.get("event")), "The requester")
                said = f"{who} could not be told in a direct message. {refused.sentence}"
                whose = "batch_id" if payload.get("batch_id") else "request_id"
                told = {whose: payload.get(whose), "event": "", "sentence": said, "actor": ""}
                outbox.add(f"{item.key}/thread", Topic.THREAD, told)
        elif held.act is Act.POST and not item.key.endswith("/given up"):
            said = f"A message could not be posted here. {refused.sentence} hs-bot's log has the details."
            outbox.add(f"{item.key}/given up", Topic.WARNING, {"sentence": said})

    def _drop(self, held: Held, reason: str) -> float:
        self._log.info("a message is not sent", key=held.item.key, reason=reason)
        self._deps.record.outbox.dropped(held.item.id, reason)
        del self._held[held.item.id]
        return 0.0

    def _put_off(self, held: Held, seconds: float, why: str, *, failed: bool = True) -> float:
        """Try again after `seconds`. Whatever surely was not sent goes back meanwhile, when that takes long."""
        item = held.item
        held.failures += failed
        self._log.info("a message waits", key=item.key, seconds=round(seconds, 1), why=why)
        if held.unsure or seconds < PATIENT:
            return self._wait(("item", item.id), seconds)
        self._deps.record.outbox.retry(item.id, self._deps.record.now() + timedelta(seconds=seconds), why)
        del self._held[item.id]
        return self._poll

    def _wait(self, key: Hashable, seconds: float) -> float:
        self._pace.rest(key, seconds)
        return seconds


def _about(item: OutboxItem) -> str:
    """The id of the request that it tells of; its key where its payload names none."""
    id = item.payload.get("request_id")
    return id if isinstance(id, str) else item.key


def _act(item: OutboxItem, to: Outgoing) -> Act:
    if to.updates:
        return Act.UPDATE
    if item.topic is Topic.DM:
        return Act.DIRECT
    return Act.REPLY if to.thread_ts else Act.POST


def _place(item: OutboxItem) -> Hashable:
    """Items for one place are sent in their order: one thread, one member, the channel itself."""
    if item.topic is Topic.THREAD:
        return "thread", item.payload.get("batch_id") or item.payload.get("request_id")
    if item.topic is Topic.ORPHANS:
        return "orphans"  # it may have to wait until a large workspace is read
    return (
        ("member", item.payload.get("member") or item.payload.get("user_id")) if item.topic is Topic.DM else "channel"
    )
