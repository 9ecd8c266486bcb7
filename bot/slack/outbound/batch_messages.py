"""What is told of a batch: lines under its one card, and direct messages that stand for all of its people."""

from collections.abc import Mapping, Sequence

from bot.model.batch import Batch
from bot.model.member import Member
from bot.model.outbox import OutboxItem
from bot.model.request import Request, State
from bot.model.user import Status
from bot.policy.people.identity import is_about
from bot.policy.requests.batch import Tally, tally
from bot.services.requests.many.batch_ends import RESULTS
from bot.services.requests.membership import about_of
from bot.services.requests.telling import Aside, Event
from bot.slack.handling.deps import Deps
from bot.slack.outbound.batch_cards import denials
from bot.slack.outbound.deciders import deciders_of_many
from bot.slack.outbound.links import link_of
from bot.slack.outbound.outgoing import NotYet, Outgoing, Undeliverable
from bot.slack.views.kit import context, say
from bot.slack.views.many.batch_words import title
from bot.slack.views.requests.messages import thread_line, to_requester
from bot.slack.views.text import counted, safe, to_card

NAMED = 20
"""People who are named in a word to who took over their conversations."""


def thread_of_batch(item: OutboxItem, deps: Deps) -> Outgoing:
    """A line under the card."""
    batch, event = _batch(item, deps), item.text("event")
    if not batch.message_ts:
        raise NotYet("The card is not posted yet.")
    calls = ""
    if event == Event.REMINDED:
        calls = deciders_of_many(deps, deps.record.requests.of_batch(batch.id)).mentions
    sentence = _results(deps, batch) if event == RESULTS else item.text("sentence")
    shown = Event.DONE.value if event == RESULTS else event
    said = thread_line(shown, sentence, item.text("actor"), head=item.text("audit_head"), calls=calls)
    return Outgoing(batch.channel, said, batch.message_ts, broadcast=bool(calls))


def direct_of_batch(item: OutboxItem, deps: Deps) -> Outgoing:
    """To its requester, or to who took over conversations; never to one of its people."""
    batch, event = _batch(item, deps), item.text("event")
    requests = deps.record.requests.of_batch(batch.id)
    who = _taker(item, deps) if event == Aside.HANDED else deps.workspace.member(item.text("member"))
    if who is None or who.deleted:
        raise Undeliverable("The workspace has no such active member.")
    if any(is_about(who, about_of(deps.record, one)) for one in requests):
        raise Undeliverable("The person whom a request is about is never told.")
    link = link_of(deps, batch.id, batch.channel, batch.message_ts)
    if event == Aside.HANDED:
        count = item.number("count")
        verb = "is" if count == 1 else "are"
        whose = safe(_from_whom(item, requests), 2000)
        line = f":inbox_tray: {counted(count, 'open conversation')} {verb} now assigned to you in Help Scout{whose}"
        said = say(f"{line}.", *([context(to_card(link))] if link else []))
        return Outgoing(who.id, said)
    if event == Aside.SOON and not any(one.state is State.APPROVED for one in requests):
        raise Undeliverable("It was cancelled or has begun meanwhile.")
    sentence = _results(deps, batch) if event == RESULTS else item.text("sentence")
    shown = Event.DONE.value if event == RESULTS else event
    return Outgoing(
        who.id,
        to_requester(title(batch, tally(requests).most), batch.id, shown, sentence, item.text("actor"), link=link),
    )


def _results(deps: Deps, batch: Batch) -> str:
    requests = deps.record.requests.of_batch(batch.id)
    said = [f"{one.name or one.actor} denied it: {one.reason}" for one in denials(deps, requests)]
    return " ".join([results_of(tally(requests)), *said])


def results_of(found: Tally) -> str:
    """What came of it, in a sentence or two."""
    said = [f"{found.of(State.DONE)} of {counted(found.most, 'person', 'people')} done."]
    for states, words in (
        ((State.ATTENTION,), "{} attention: see the card."),
        ((State.FAILED, State.STALE, State.EXPIRED), "{} not done: see the card for why."),
        ((State.CANCELLED,), "{} left out."),
        ((State.DENIED,), "{} denied."),
    ):
        count = found.of(*states)
        verb = ("needs" if count == 1 else "need") if State.ATTENTION in states else ("was" if count == 1 else "were")
        if count:
            said.append(words.format(f"{count} {verb}"))
    return " ".join(said)


def _from_whom(item: OutboxItem, requests: Sequence[Request]) -> str:
    """How many came from whom, most first; as many people are named as fit."""
    counts = item.payload.get("of")
    if not isinstance(counts, Mapping):
        return ""
    names = {one.id: one.target_name or one.target_email for one in requests}
    each = sorted(((int(n), names[id]) for id, n in counts.items() if id in names), key=lambda one: (-one[0], one[1]))
    named = [f"{name} ({count})" for count, name in each[:NAMED]]
    rest = each[NAMED:]
    if rest:
        people = counted(len(rest), "other person", "other people")
        named.append(f"{people} ({sum(count for count, _ in rest)})")
    return f": from {', '.join(named)}"


def _taker(item: OutboxItem, deps: Deps) -> Member | None:
    row = deps.record.users.get(item.number("user_id"))
    if row is None or row.status is not Status.ACTIVE or not row.user.email:
        return None
    return deps.workspace.member_by_email(row.user.email)


def _batch(item: OutboxItem, deps: Deps) -> Batch:
    batch = deps.record.batches.get(item.text("batch_id"))
    if batch is None:
        raise Undeliverable("The batch it is about is not in the record.")
    return batch
