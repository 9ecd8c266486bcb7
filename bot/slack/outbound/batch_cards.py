"""The one card of a batch: posted once, rewritten at each tenth of the way, with everybody as a file below it.

However many people and steps there are, Slack is called some twenty times: what the card shows in short is kept, and a
step that changes nothing of that changes no message.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.model.batch import Batch
from bot.model.request import Request, State, Verdict
from bot.policy.requests.batch import Tally, failures_first, tally
from bot.policy.requests.hourly_limit import HOUR, PREFIX, share, starts_at
from bot.policy.requests.seen import mark_of_many
from bot.services.assignee import leaving, takers_who_leave
from bot.services.reports.exports import safe_cell
from bot.slack.api.refusals import Act, Becomes, becomes
from bot.slack.api.web import SlackFault, SlackRefused, call
from bot.slack.handling.deps import Deps
from bot.slack.outbound.deciders import NOBODY, Deciders, deciders_of_many, owe_direct
from bot.slack.outbound.links import known_link_of, link_of
from bot.slack.outbound.was_it_posted import find_sent, stamp
from bot.slack.views.kit import Message
from bot.slack.views.many.batch_card import SHOWN, Denial, ShownBatch, batch_card
from bot.slack.views.many.batch_words import title
from bot.slack.views.requests.messages import moved

FILE = "batch.file/"
"""Notes: which files stand below the card of a batch."""
ANEW = "batch.anew/"
"""Notes: in which phase a batch's card was posted anew because the one before could not be changed."""


@dataclass(frozen=True, slots=True)
class _Place:
    channel: str
    ts: str


class BatchCards:
    """For the delivery's thread."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._log = structlog.get_logger("slack.cards")

    def due(self) -> list[tuple[Batch, int]]:
        """Those of which anything has moved since their card was looked at."""
        return self._deps.record.batches.cards_out_of_date()

    def show(self, batch: Batch, version: int) -> bool:
        """Bring the card up to the batch; False when there was nothing to send. Raises a `SlackFault`."""
        requests = self._deps.record.requests.of_batch(batch.id)
        found = tally(requests, self._deps.record.requests.votes_of_batch(batch.id))
        waits = last_start(self._deps, requests)
        when = f"{waits:%d %H}" if waits else ""
        mark = mark_of_many(batch.members, requests)
        too = self._leaving_too(requests)
        short = found.short() if found.over else f"{found.short()}/{when}/{mark}/{len(too)}"
        stray = batch.channel not in ("", self._deps.channel) and not found.over
        if batch.message_ts and short == batch.shown and not stray:
            self._keep(batch, version, _Place(batch.channel, batch.message_ts), short)
            return False
        who = deciders_of_many(self._deps, requests)
        message = batch_card(shown(self._deps, batch, requests, found, who=who, leaving=too))
        place = (
            self._post_once(batch, message, stray)
            if stray or not batch.message_ts
            else self._again(batch, message, mark)
        )
        self._keep(batch, version, place, short)
        pending = next((one for one in requests if one.state is State.PENDING), None)
        if pending is not None:
            owe_direct(self._deps, pending, who, f"{batch.id}/asked")
        link_of(self._deps, batch.id, place.channel, place.ts)
        self._file(batch, requests, found, place)
        return True

    def _leaving_too(self, requests: list[Request]) -> list[str]:
        pending = [one for one in requests if one.state is State.PENDING]
        return takers_who_leave(pending, lambda id: leaving(self._deps.record, id))

    def _keep(self, batch: Batch, version: int, place: _Place, short: str) -> None:
        batches = self._deps.record.batches
        batches.card_shown(batch.id, version=version, channel=place.channel, message_ts=place.ts, shown=short)

    def _post_once(self, batch: Batch, message: Message, stray: bool) -> _Place:
        """A first card, or one in the configured channel for one that stands elsewhere."""
        key, batches = f"batch card/{batch.id}", self._deps.record.batches
        if batch.channel and not stray and not batch.message_ts:
            since = batch.opened_at
            if found := find_sent(self._deps.client, key, channel=batch.channel, thread_ts="", since=since):
                return _Place(batch.channel, found)
        old = _Place(batch.channel, batch.message_ts)
        before = {"version": batch.card_version, "message_ts": "", "shown": batch.shown}
        batches.card_shown(batch.id, channel=self._deps.channel, **before)  # type: ignore[arg-type]
        place = self._post(key, message)
        if stray and old.ts:
            self._retire(batch, old)
        return place

    def _post(self, key: str, message: Message) -> _Place:
        client, channel, body = self._deps.client, self._deps.channel, message.as_json()
        answer = call(
            "chat.postMessage",
            lambda: client.chat_postMessage(
                channel=channel, unfurl_links=False, unfurl_media=False, metadata=stamp(key), **body
            ),
        )
        return _Place(str(answer.get("channel") or channel), str(answer.get("ts") or ""))

    def _again(self, batch: Batch, message: Message, mark: str) -> _Place:
        place, client, body = _Place(batch.channel, batch.message_ts), self._deps.client, message.as_json()
        key = f"batch card/{batch.id}"
        try:
            call(
                "chat.update",
                lambda: client.chat_update(channel=place.channel, ts=place.ts, metadata=stamp(key), **body),
            )
        except SlackRefused as refused:
            if becomes(refused.code, Act.UPDATE) is not Becomes.LOST:
                raise
            self._log.warning("a card can't be changed", batch=batch.id, code=refused.code)
            # Other plans, or more people, on a card that still shows the old ones: nobody could approve them there.
            phase = "ended" if batch.finished_at else f"open {mark}"
            if self._deps.record.notes.get(f"{ANEW}{batch.id}") == phase:
                return place
            place = self._post(key, message)
            self._deps.record.notes.set(f"{ANEW}{batch.id}", phase)
        return place

    def _retire(self, batch: Batch, old: _Place) -> None:
        body = moved(title(batch), self._deps.channel).as_json()
        try:
            call("chat.update", lambda: self._deps.client.chat_update(channel=old.channel, ts=old.ts, **body))
        except SlackFault as fault:
            self._log.info("an old card keeps its buttons", batch=batch.id, problem=fault.sentence)

    def _file(self, batch: Batch, requests: list[Request], found: Tally, place: _Place) -> None:
        """Everybody, below the card: when they are more than it names, and again with what came of it.

        It is noted before it is sent: a file that was lost on the way is missing rather than there twice.
        """
        phase = f"results {found.short()}" if found.over else f"people {len(requests)}"
        notes, note = self._deps.record.notes, f"{FILE}{batch.id}"
        if len(requests) <= SHOWN or not place.ts or notes.get(note) == phase:
            return
        notes.set(note, phase)
        name = f"batch-{batch.id}-{'results' if found.over else 'people'}.csv"
        try:
            call(
                "files.completeUploadExternal",
                lambda: self._deps.client.files_upload_v2(
                    channel=place.channel,
                    thread_ts=place.ts,
                    filename=name,
                    content=everybody(batch, requests),
                    title=f"{title(batch)}: {'results' if found.over else 'everybody'}",
                ),
            )
        except SlackFault as fault:
            self._log.warning("a batch's file was not sent", batch=batch.id, problem=fault.sentence)


def shown(
    deps: Deps,
    batch: Batch,
    requests: list[Request],
    found: Tally | None = None,
    *,
    who: Deciders = NOBODY,
    leaving: Sequence[str] = (),
) -> ShownBatch:
    """What its card shows now."""
    return ShownBatch(
        batch=batch,
        tally=found or tally(requests),
        requests=failures_first(batch, requests),
        can_approve=who.names,
        calls=who.mentions,
        last_start=last_start(deps, requests),
        link=known_link_of(deps, batch.id, batch.channel, batch.message_ts),
        denied=denials(deps, requests),
        leaving=leaving,
    )


def denials(deps: Deps, requests: list[Request]) -> list[Denial]:
    """Who denied any of these, and why, each once."""
    found: dict[tuple[str, str], Denial] = {}
    for one in requests:
        for vote in deps.record.requests.decisions(one.id) if one.state is State.DENIED else ():
            if vote.verdict is Verdict.DENY:
                said = Denial(actor=vote.actor, name=vote.actor_name, reason=vote.reason)
                found.setdefault((vote.actor, vote.reason), said)
    return list(found.values())


def last_start(deps: Deps, requests: list[Request]) -> datetime | None:
    """When the last of those who wait for the hourly limit starts; None when nobody does."""
    waiting = sum(one.state is State.APPROVED and one.outcome.startswith(PREFIX) for one in requests)
    if not waiting:
        return None
    now = deps.record.now()
    started = deps.record.requests.started_since(now - HOUR)
    return starts_at(started, share(deps.terms.max_per_hour, in_batch=True), waiting, now)


def everybody(batch: Batch, requests: list[Request]) -> bytes:
    """CSV (RFC 4180): one person a row, failures first; no cell begins a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("name", "email", "id", "role", "state", "outcome", "request"))
    for one in failures_first(batch, requests):
        role = str(one.plan.get("role", ""))
        cells = (one.target_name, one.target_email, one.target_id, role, one.state.value, one.outcome, one.id)
        writer.writerow([safe_cell("" if cell is None else str(cell)) for cell in cells])
    return out.getvalue().encode()
