"""`/hs-status`: from the record at once; then each credential is tried. `chart`: the seats as a picture."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot import __version__
from bot.helpscout.errors import Unauthorized
from bot.model.address import address_key
from bot.model.credential import OwnUser
from bot.model.member import Member
from bot.model.problem import Problem
from bot.model.request import OPEN
from bot.model.wish import WishKind
from bot.policy.people.provider import provider_name
from bot.policy.people.standing import may_speak
from bot.policy.typed.clean import plain
from bot.policy.typed.who import BadArgument
from bot.policy.ways import Means, told, why_not_rest
from bot.services.clock_watch import clock_warnings
from bot.services.credential import Credential
from bot.services.ports import WorkspaceAway
from bot.services.reports.charts import seats_picture
from bot.services.requests.membership import members_of
from bot.services.side_by_side import together
from bot.slack.commands.command import SubCommand
from bot.slack.handling.answer import Answer, Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import kept_messages, shown
from bot.slack.handling.payload import Call
from bot.slack.outbound import files
from bot.slack.views.kit import Message
from bot.slack.views.status import Check, Vitals
from bot.slack.views.status import status as drawn_status
from bot.slack.views.text import counted
from bot.slack.views.words import sentence
from bot.store.record import Record

WEEK = timedelta(days=7)
NOT_HERE = "not configured here"
SENT = "The picture is in your direct messages with hs-bot."


def status(call: Call, deps: Deps, text: str) -> Reply:
    """How the bot is."""
    known = vitals(call, deps)
    waiting = [Check(check.name, None, "…") for check in (Check("Help Scout", None), Check("SCIM", None))]

    def fill() -> Message:
        return drawn_status(replace(known, checks=checks(deps)))

    return Answer(drawn_status(replace(known, checks=waiting)), then=fill)


def chart(call: Call, deps: Deps, text: str) -> Reply:
    """`chart`: the seats over time as a picture, to the caller's direct messages."""
    if plain(text):
        raise BadArgument("The chart takes no argument.")
    return Answer(sentence("Drawing …"), then=lambda: picture(deps, call.user), promises=True)


def picture(deps: Deps, member: str) -> Message:
    """Draw it and send it to this member; what to say of it. For the worker."""
    try:
        drawn = seats_picture(deps.record)
        if drawn is None:
            return sentence("There is nothing to draw yet: the first sync has not finished.")
        files.send(
            deps,
            member,
            name=f"help-scout-seats-{deps.record.now().date()}.png",
            content=drawn.png,
            title=drawn.title,
            comment=drawn.alt,
            alt=drawn.alt,
        )
    except Problem as problem:
        return sentence(problem.sentence)
    return sentence(f"{drawn.alt} {SENT}")


CHART = SubCommand("chart", "chart", "seats over time as a picture, to your direct messages", chart)
NOTHING = SubCommand("", "", "syncs, people, rate budget, token and SCIM health, requests, version", status)


def vitals(call: Call, deps: Deps) -> Vitals:
    """What the record and memory know, as it would be if no request were about who calls."""
    member = deps.workspace.member(call.user)
    kept = kept_messages(deps, member)
    open_ones = shown(call, deps, deps.record.requests.find(states=OPEN, limit=None))
    record, helpscout = deps.record, deps.helpscout
    budget = helpscout.budget if helpscout is not None else None
    trouble = [one for one in (deps.post_problem(kept), deps.directory.note()) if one]
    if not deps.channel:
        trouble.append("There is no channel for cards. Ask whoever runs hs-bot to set one.")
    trouble += clock_warnings(record)
    lost = _known_of(record.outbox.unreadable_since(record.now() - WEEK), kept)
    if lost and acts(deps, member):
        trouble.append(
            f"{counted(lost, 'message')} to Slack could not be read in the record within a week, and "
            f"{'was' if lost == 1 else 'were'} given up. hs-bot's log has the details."
        )
    if acts(deps, member):
        trouble += wishes_waiting(record, member)
    return Vitals(
        version=__version__,
        engine={"sqlite": "SQLite", "postgresql": "PostgreSQL"}[record.engine],
        round_trip=record.health().round_trip_ms,
        leader=record.leases.holder("leader") or "",
        latest=record.syncs.latest(),
        latest_ended=record.syncs.latest_ended(),
        latest_good=record.syncs.latest_good(),
        next_sync=deps.next_sync(),
        people=record.users.counts(),
        requests={state: sum(one.state is state for one in open_ones) for state in OPEN},
        budget=(budget.left(), budget.limit) if budget is not None else None,
        owed=_known_of(record.outbox.waiting_keys(), kept),
        trouble=trouble,
    )


def wishes_waiting(record: Record, reader: Member | None) -> list[str]:
    """How much of what each identity provider wants has to wait; without what is wanted of the reader."""
    own = {address_key(reader.email)} if reader is not None and reader.email else set()
    rows = {row.id for key in own for row in record.users.by_known_address(key)}
    wait = Counter(
        one.token
        for one in record.wishes.open_ones()
        if one.problem and one.address not in own and (one.kind is WishKind.GROUP or one.subject_id not in rows)
    )
    return [
        f"{counted(count, 'thing')} that {provider_name(token)} wants can't be done now. hs-bot tries again."
        for token, count in sorted(wait.items())
    ]


def _known_of(keys: Sequence[str], kept: Callable[[str], bool]) -> int:
    """How many of these messages are not `kept` from the reader."""
    return sum(not kept(key) for key in keys)


def acts(deps: Deps, member: Member | None) -> bool:
    """Whether this person may ask for something or decide; not while Slack can't say."""
    if member is None or may_speak(member) is not None:
        return False
    try:
        asking, approving = deps.workspace.requesters(), deps.workspace.approvers()
    except WorkspaceAway:
        return False
    return asking is None or not member.ids.isdisjoint(asking | approving)


def checks(deps: Deps) -> list[Check]:
    """Each credential is used once; takes a round trip or two."""
    (rest, own), scim, approvers = together(lambda: _rest(deps), lambda: _scim(deps), lambda: _approvers(deps))
    return [rest, scim, *_writing(deps, own, over_scim=scim.well is True), approvers]


def _rest(deps: Deps) -> tuple[Check, OwnUser | None]:
    """Whose credential it is."""
    helpscout = deps.helpscout
    if helpscout is None:
        return Check("Help Scout", None, NOT_HERE), None
    credential = Credential(deps.record)
    try:
        own = credential.read(helpscout.rest)
    except Unauthorized as refused:
        return Check("Help Scout", False, credential.explain(refused)), None
    except Problem as problem:
        return Check("Help Scout", False, problem.sentence), None
    role = f", role {own.role}" if own.role else ""
    return Check("Help Scout", True, f"the token is accepted, as {own.called}{role}"), own


def _writing(deps: Deps, own: OwnUser | None, *, over_scim: bool) -> list[Check]:
    """How Help Scout is written, by what has just been tried."""
    if deps.helpscout is None:
        return []
    calls = own.calls if own is not None else None
    means = Means(writes=deps.terms.writes, scim=over_scim, own=own, calls=calls)
    written = "; ".join(f"{what[0].lower()}{what[1:]} {how}" for what, how in told(means))
    return [Check("Writing", means.scim or not why_not_rest(means), written)]


def _scim(deps: Deps) -> Check:
    helpscout = deps.helpscout
    if helpscout is None:
        return Check("SCIM", None, NOT_HERE)
    scim = helpscout.scim
    if scim is None:
        return Check("SCIM", None, "there is no SCIM token")

    def groups() -> str:
        scim.groups()
        return "the token is accepted"

    return _tried("SCIM", groups)


def _approvers(deps: Deps) -> Check:
    try:
        named = deps.workspace.approvers()
        able = sum(may_speak(member) is None for member in members_of(deps.workspace, named))
    except Problem as problem:
        return Check("Approvers", False, problem.sentence)
    if not able:
        return Check("Approvers", False, "nobody can approve: ask whoever runs hs-bot to name approvers")
    void = len(named) - able
    others = f"; {void} of those named can't (hs-bot doctor says who)" if void else ""
    return Check("Approvers", True, f"{able} may approve{others}")


def _tried(name: str, attempt: Callable[[], str]) -> Check:
    try:
        return Check(name, True, attempt())
    except Problem as problem:
        return Check(name, False, problem.sentence)
