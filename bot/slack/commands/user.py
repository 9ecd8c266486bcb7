"""`/hs-user lookup WHO`: one person, from memory at once; what only an API knows is filled in afterwards."""

from functools import partial

from bot.helpscout.errors import HelpScoutError
from bot.model.user import Status, UserRecord
from bot.policy.requests.seat_end import spelled
from bot.policy.typed.who import Who, parse_who
from bot.services.ports import WorkspaceAway
from bot.services.side_by_side import together
from bot.slack.commands.command import SubCommand, somebody
from bot.slack.forms.seat_end import known_end
from bot.slack.handling.answer import Answer, Later, Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import hidden, own_ids
from bot.slack.handling.manager import address_of_manager
from bot.slack.handling.payload import Call, read_id
from bot.slack.views.kit import Message, section
from bot.slack.views.many.seats import since
from bot.slack.views.people.choosing import closest, nobody, several
from bot.slack.views.people.person import Beyond, open_conversations, person_card, slack_profile, tombstone
from bot.slack.views.text import code, safe
from bot.slack.views.words import GONE_FROM_THE_RECORD, sentence
from bot.store.errors import StoreError

ASKING = "…"
COUNTS = 4  # at most this part of the rate budget counts conversations for cards, at two reads each …
KEPT = 20  # … and none does when no more than this part is left
PATIENT = frozenset({"name", "slack"})
"""Kinds of WHO that may have to wait for something: for everybody to be read once, for Slack."""


def lookup(call: Call, deps: Deps, text: str) -> Reply:
    """WHO → a card, a list to choose from, near misses, or the tombstone."""
    who = parse_who(text)
    if who.kind in PATIENT and (who.kind == "slack" or not deps.directory.ready):
        return Later(lambda: answer(call, deps, who, hint=call.hint))
    return answer(call, deps, who, hint=call.hint)


LOOKUP = SubCommand(
    "lookup", "lookup WHO", "one person: every field, teams, open conversations, since when", lookup, somebody
)
WHO = SubCommand("", "WHO", "the same", lookup)


def answer(call: Call, deps: Deps, who: Who, *, hint: str = "") -> Reply:
    """What `lookup` says about WHO."""
    found = deps.directory.find(who)
    note = " ".join(safe(part, 500) for part in (found.note, deps.directory.note()) if part)
    fitting = (*found.exact, *found.gone)
    if len(fitting) > 1:
        return several(str(who), found.exact, found.total, found.gone, note)
    if fitting:
        return _one(call, deps, fitting[0])
    meant = f"Did you mean {code(hint)}?" if hint else ""
    if len(found.near) == 1:
        return _one(call, deps, found.near[0], heading=f"{closest(str(who), 1)} {meant}".strip())
    return nobody(str(who), found.near, (), hint=meant, note=note)


def _one(call: Call, deps: Deps, row: UserRecord, *, heading: str = "") -> Answer:
    """The card or the tombstone of one person; `heading` (safe markup) says that they are only the nearest."""

    found = person(deps, row, call) if row.status is Status.ACTIVE else Answer(tomb(call, deps, row))
    if not heading:
        return found

    def headed(message: Message | None) -> Message | None:
        return message and Message(heading, (section(heading), *message.blocks))

    then = found.then
    return Answer(headed(found.message), then=None if then is None else lambda: headed(then()))


def person(deps: Deps, row: UserRecord, call: Call) -> Answer:
    """The card of somebody who is there: at once from memory, then with what the record and the APIs know besides."""
    card = partial(person_card, row, deps.directory.teams_of(row.id), note=safe(deps.directory.note(), 500))
    if deps.helpscout is None:
        return Answer(_besides(card, call, deps, row)())
    asking = Beyond(conversations=ASKING, slack=ASKING)
    return Answer(card(beyond=asking), then=lambda: _besides(card, call, deps, row)(beyond=_beyond(deps, row)))


def _besides(card: partial[Message], call: Call, deps: Deps, row: UserRecord) -> partial[Message]:
    """With the end of the seat, the manager, whether it looks dormant; without them while the record can't be read."""
    try:
        end = known_end(call, deps, row.id)
        idle = deps.dormancy.of(row) if deps.dormancy is not None else None
        until, manager = spelled(end.day) if end is not None else "", address_of_manager(deps, row.id)
    except StoreError:
        return card
    return partial(card, until=until, manager=manager, dormant=since(idle) if idle is not None else "")


def tomb(call: Call, deps: Deps, row: UserRecord) -> Message:
    """The tombstone of somebody who left; to themselves, without the request that was about them."""
    request = deps.record.requests.get(row.request_id) if row.request_id else None
    if request is not None and (
        row.id in own_ids(deps, deps.workspace.member(call.user)) or hidden(call, deps, request)
    ):
        request = None
    decisions = deps.record.requests.decisions(request.id) if request else []
    return tombstone(row, deps.directory.teams_of(row.id), request, decisions, note=safe(deps.directory.note(), 500))


def show(call: Call, deps: Deps) -> Reply:
    """A person chosen from a list: the button's value is their REST id."""
    id = read_id(call.value)
    row = deps.directory.get(id) if id is not None else None
    if row is None:
        return sentence(GONE_FROM_THE_RECORD)
    found = _one(call, deps, row)
    return Answer(found.message, found.then, replaces=True)


def _beyond(deps: Deps, row: UserRecord) -> Beyond:
    conversations, slack = together(partial(_conversations, deps, row), partial(_slack, deps, row))
    return Beyond(conversations=conversations, slack=slack, photo=_photo(row))


def _conversations(deps: Deps, row: UserRecord) -> str:
    assert deps.helpscout is not None
    budget = deps.helpscout.budget
    if budget.left() <= budget.limit // KEPT or not deps.counts.take(budget.limit // COUNTS):
        return "not counted now, to spare Help Scout's rate limit"
    try:
        return open_conversations(deps.helpscout.rest.count_conversations(row.id))
    except HelpScoutError as problem:
        return f"not known: {safe(problem.sentence, 300)}"


def _slack(deps: Deps, row: UserRecord) -> str:
    """The account with one of the person's addresses, the primary one first."""
    others = sorted(dict.fromkeys(row.user.alternate_emails))
    try:
        for address in [row.user.email, *others]:
            if address and (member := deps.workspace.member_by_email(address)) is not None:
                return slack_profile(member)
    except WorkspaceAway:
        return "Slack does not answer now"
    return slack_profile(None)


def _photo(row: UserRecord) -> str:
    """Slack fetches a picture when it shows a message, and refuses the message when it can't: see `Private`."""
    url = row.user.photo_url
    fine = url.startswith(("https://", "http://")) and len(url) < 3000 and url.isprintable() and " " not in url
    return url if fine else ""
