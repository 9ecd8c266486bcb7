"""`/hs-audit reconcile` and `/hs-audit orphans`: who should have a seat, and what to do about each difference."""

from dataclasses import dataclass

from bot.model.request import Kind as Asked
from bot.model.user import Status
from bot.policy.people.finding import Finding
from bot.policy.people.finding import Kind as FindingKind
from bot.policy.typed.reconcile_filters import parse_reconcile
from bot.services.orphans import LISTED
from bot.services.ports import WorkspaceAway
from bot.services.reconciling.reconciliation import Comparison
from bot.slack.commands.command import SubCommand
from bot.slack.commands.seats.dormant import dormant_seats, first_page
from bot.slack.forms import change as change_form
from bot.slack.forms import offboard as offboard_form
from bot.slack.forms import provision as provision_form
from bot.slack.forms import restore as restore_form
from bot.slack.handling import cursor
from bot.slack.handling.answer import Answer, Later, Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.findings import OVER, WITHHELD, finding_of, seen_by, underway
from bot.slack.handling.manager import proposal, taker_of
from bot.slack.handling.payload import Call
from bot.slack.views import reconcile as views
from bot.slack.views.forms.offboard import Filled as Leaver
from bot.slack.views.forms.provision import Filled as Newcomer
from bot.slack.views.kit import Message
from bot.slack.views.many.left_as_is import left_before
from bot.slack.views.many.seats import NO_PRICE, hint, marks
from bot.slack.views.words import sentence, trouble

MOST_PROGRESS = 3
"""Slack takes five answers to a command; the last is the result."""
ORPHANS_LIST = "orphans"


@dataclass(frozen=True, slots=True)
class _Slice:
    """Which list: `kind` one of the kinds, `orphans` (orphan and unknown), or "" for the first with findings."""

    kind: str = ""
    source: str = ""
    offset: int = 0

    def at(self, offset: int, kind: str | None = None) -> str:
        return cursor.write("reconcile", {"k": self.kind if kind is None else kind, "s": self.source, "o": offset})


def reconcile(call: Call, deps: Deps, text: str) -> Reply:
    """`reconcile [kind:…] [source:…]`: reading the sources may take a minute; the answer tells how far that is."""
    filters = parse_reconcile(text, deps.reconciliation.readings.names)
    wanted = _Slice(filters.kind.value if filters.kind else "", filters.source)
    return _read_and(call, deps, wanted)


def orphans(call: Call, deps: Deps, text: str) -> Reply:
    """`orphans`: the same list, of those who are gone and those whom no source knows."""
    return _read_and(call, deps, _Slice(ORPHANS_LIST))


def _read_and(call: Call, deps: Deps, wanted: _Slice) -> Reply:
    slack_known = "slack" not in deps.reconciliation.readings.names or deps.workspace.everybody_known()
    if slack_known and not deps.reconciliation.readings.due():
        return Later(lambda: page(call, deps, wanted))
    if slack_known and deps.reconciliation.readings.names == ("slack",):
        return Later(lambda: page(call, deps, wanted))
    said = "Reading who is in this Slack workspace …" if not slack_known else "Reading who works here …"
    return Answer(sentence(said), then=lambda: _after_reading(call, deps, wanted))


def _after_reading(call: Call, deps: Deps, wanted: _Slice) -> Message:
    told = 0

    def progress(people: int, wait: float) -> None:
        nonlocal told
        if (told := told + 1) <= MOST_PROGRESS:
            said = f"Read {people:,} people so far. Slack asks hs-bot to wait {wait:.0f} seconds before it reads on."
            deps.private.answer(call, sentence(said), replaces=True)

    try:
        if "slack" in deps.reconciliation.readings.names:
            deps.workspace.members(progress)
        return page(call, deps, wanted)
    except WorkspaceAway as away:
        return trouble(away)


def turn(call: Call, deps: Deps) -> Reply:
    """The buttons Back, More, and those of other kinds."""
    values = cursor.read("reconcile", call.value)
    wanted = _Slice(cursor.text(values, "k"), cursor.text(values, "s"), cursor.number(values, "o"))
    return Answer(page(call, deps, wanted), replaces=True)


def orphan_list(call: Call, deps: Deps) -> Message:
    """The first page of `/hs-audit orphans`, for the Home."""
    return page(call, deps, _Slice(ORPHANS_LIST))


def page(call: Call, deps: Deps, wanted: _Slice) -> Message:
    """A page of it, compared as of now, without what is about who calls."""
    reader = deps.workspace.member(call.user)
    if reader is None or not reader.key:
        return sentence(WITHHELD)
    found = seen_by(deps, reader, deps.reconciliation.compare())
    counts = [(kind, len(found.of(kind, source=wanted.source))) for kind in FindingKind]
    kind = FindingKind(wanted.kind) if wanted.kind in tuple(FindingKind) else None
    if wanted.kind == ORPHANS_LIST:
        findings = found.of(*LISTED, source=wanted.source)
        heading = views.orphans_heading(findings, found.titles, deps.seat_cost)
        others: list[tuple[FindingKind, int, str]] = []
    else:
        kind = kind or next((one for one, count in counts if count), None)
        findings = found.of(kind, source=wanted.source) if kind is not None else []
        heading = views.heading(findings, kind, found.titles, deps.seat_cost)
        others = [(one, count, wanted.at(0, one.value)) for one, count in counts if count and one is not kind]
        wanted = _Slice(kind.value if kind else "", wanted.source, wanted.offset)
    doubted, idle = _doubted(found), dormant_seats(deps)
    if doubted and not found.titles:
        heading = "*Nothing was compared.*"
    offset = wanted.offset if wanted.offset < len(findings) else 0
    place = views.Paging(
        offset=offset,
        newer=wanted.at(max(0, offset - views.PAGE)) if offset else "",
        older=wanted.at(offset + views.PAGE) if offset + views.PAGE < len(findings) else "",
        left=len(found.left),
        left_cursor=cursor.write("left", {}),
        dormant_cursor=first_page() if idle else "",
        by_group=bool(found.titles),
        before={key: left_before(one.by, one.at, one.why, one.seen) for key, one in found.returned.items()},
        kinds=others,
    )
    return views.listed(
        findings,
        place,
        heading=heading,
        underway=underway(call, deps, found),
        doubted=doubted,
        hints=_hints(deps, findings, len(idle)),
        dormant=marks(idle),
        marked=wanted.kind == ORPHANS_LIST,
        offboard=not deps.approvals.why_not(Asked.OFFBOARD),
    )


def _hints(deps: Deps, findings: list[Finding], idle: int) -> list[str]:
    priced = deps.seat_cost is not None or not findings or findings[0].kind not in LISTED
    dormant = [hint(idle, deps.dormancy.after)] if idle and deps.dormancy is not None else []
    return [*([] if priced else [NO_PRICE]), *dormant]


def _doubted(found: Comparison) -> list[views.Doubted]:
    return [
        views.Doubted(source=one.source, sentence=one.problem, confirmable=one.held is not None)
        for one in found.problems
    ]


# What one does about a finding


def offboard(call: Call, deps: Deps) -> Reply:
    """The button Offboard: the form, with the reason filled in, and the manager to hand over to."""
    finding = finding_of(call, deps, call.value)
    row = deps.directory.get(finding.id) if finding is not None and finding.id is not None else None
    if finding is None or row is None or row.status is not Status.ACTIVE:
        return sentence(OVER)
    boss = taker_of(deps, row.user, deps.workspace.member(call.user))
    filled = Leaver(person=row.user, reason=reason_of(finding), assignee=boss, proposed=proposal(row.user, boss))
    return offboard_form.opened(call, deps, filled)


def reason_of(finding: Finding) -> str:
    """What an offboarding of this finding gives as its reason."""
    return finding.detail[:1].upper() + finding.detail[1:] + "."


def give_seat(call: Call, deps: Deps) -> Reply:
    """The button Give a seat: the form of a new seat, or that of a restore for somebody who was here."""
    finding = finding_of(call, deps, call.value)
    if finding is None:
        return sentence(OVER)
    for row in deps.record.users.by_known_address(finding.email):
        if row.status is not Status.ACTIVE and row.user.is_person:
            return restore_form.opened(call, deps, row, reason=reason_of(finding))
    first, last = provision_form.split_name(finding.name) if finding.name != finding.email else ("", "")
    filled = Newcomer(email=finding.email, first_name=first, last_name=last, reason=reason_of(finding))
    return provision_form.opened(call, deps, filled)


def change(call: Call, deps: Deps) -> Reply:
    """The button Change: the form with what the source has filled in."""
    finding = finding_of(call, deps, call.value)
    row = deps.record.users.get(finding.id) if finding is not None and finding.id is not None else None
    if finding is None or row is None:
        return sentence(OVER)
    wanted = {name: value for name, value in finding.asks.items() if name in ("email", "role")}
    if "name" in finding.asks:
        first, last = provision_form.split_name(finding.asks["name"])
        wanted |= {"first_name": first, "last_name": last}
    found = finding
    return Later(lambda: change_form.opened_for(call, deps, row, wanted, reason=reason_of(found)))


def accept(call: Call, deps: Deps) -> Reply:
    """The button Use this list: an approver says that a reading which is held back is right."""
    who, approvers = deps.workspace.member(call.user, fresh=True), deps.workspace.approvers(fresh=True)
    return sentence(deps.reconciliation.accept(call.value, call.user, member=who, approvers=approvers))


RECONCILE = SubCommand(
    "reconcile", "reconcile [kind:…] [source:…]", "who should have a seat, compared with who has one", reconcile
)
ORPHANS = SubCommand("orphans", "orphans", "seats of people who are gone, or whom no source knows", orphans)
