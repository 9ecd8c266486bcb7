"""`/hs-audit log | orphans | evidence | verify`: what was done, by whom, and whether the log can be trusted."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice

from bot.model.request import Kind
from bot.policy.requests.audit_head import BadHead, parse_head
from bot.policy.typed.arguments import parse_log
from bot.policy.typed.clean import plain
from bot.policy.typed.when import spell
from bot.policy.typed.who import BadArgument
from bot.services.ports import WorkspaceAway
from bot.services.reports.evidence import evidence_of, evidence_of_batch
from bot.slack.commands.command import Command, SubCommand, somebody
from bot.slack.commands.requests import known, named
from bot.slack.forms.metadata import metadata, read_metadata
from bot.slack.handling import cursor
from bot.slack.handling.answer import Answer, Closed, FieldErrors, Later, Opens, Reply, Submitted
from bot.slack.handling.batches import visible_batch
from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import shown_lines
from bot.slack.handling.payload import Call
from bot.slack.outbound import files
from bot.slack.views import audit as views
from bot.slack.views import orphans as orphan_views
from bot.slack.views.kit import Message
from bot.slack.views.words import GONE_FROM_THE_RECORD, sentence, trouble

MOST_PROGRESS = 3
"""Slack takes five answers to a command; the last is the result."""


@dataclass(frozen=True, slots=True)
class _Slice:
    """Which lines: of one person (0: everybody), since so many seconds (0: ever), from `offset` on.

    The offset counts lines that the reader may see. `steps` (0 or 1): with what the machine did in between.
    """

    user_id: int = 0
    seconds: int = 0
    offset: int = 0
    steps: int = 0

    def at(self, offset: int) -> str:
        return cursor.write("audit", {"u": self.user_id, "s": self.seconds, "o": offset, "m": self.steps})


def log(call: Call, deps: Deps, text: str) -> Reply:
    """`log [WHO] [30d] [steps]`: newest first."""
    who, period, steps = parse_log(text)
    user_id = 0
    if who is not None:
        found = deps.directory.find(who)
        people = (*found.exact, *found.gone)
        if len(people) != 1 or found.total > 1:
            fit = "Nobody matches" if not people else "Several people match"
            raise BadArgument(f"{fit} “{who}”. Give an e-mail address or a Help Scout id.")
        user_id = people[0].id
    wanted = _Slice(user_id, int(period.total_seconds()) if period else 0, steps=int(steps))
    return Later(lambda: _page(call, deps, wanted))


def turn(call: Call, deps: Deps) -> Reply:
    """The buttons Newer and Older."""
    values = cursor.read("audit", call.value)
    found = _Slice(*(cursor.number(values, name) for name in "usom"))
    return Answer(_page(call, deps, found), replaces=True)


def _page(call: Call, deps: Deps, lines: _Slice) -> Message:
    since = deps.record.now() - timedelta(seconds=lines.seconds) if lines.seconds else None
    entries = chain.from_iterable(
        shown_lines(call, deps, page)
        for page in deps.record.audit.pages(
            user_id=lines.user_id or None, since=since, leaving_out=() if lines.steps else views.MACHINE
        )
    )
    found = list(islice(entries, lines.offset, lines.offset + views.PAGE + 1))
    shown = found[: views.PAGE]
    ids = {entry.user_id for entry in shown if entry.user_id is not None} | (
        {lines.user_id} if lines.user_id else set()
    )
    names = {id: row.user.name for id in ids if (row := deps.directory.get(id)) is not None}
    about = names.get(lines.user_id, "")
    if lines.seconds:
        about += f"{', ' if about else ''}the last {spell(timedelta(seconds=lines.seconds))}"
    return views.log_page(
        shown,
        names,
        about=about,
        newer=lines.at(max(0, lines.offset - views.PAGE)) if lines.offset else "",
        older=lines.at(lines.offset + views.PAGE) if len(found) > views.PAGE else "",
    )


def verify(call: Call, deps: Deps, text: str) -> Reply:
    """`verify [SEQ:HASH]`: walks the whole chain; a long one takes seconds."""
    try:
        expect = parse_head(text) if text.strip() else None
    except BadHead as bad:
        raise BadArgument(bad.sentence) from None
    return Later(lambda: views.chain(deps.record.audit.verify(expect), expected=expect is not None))


def evidence(call: Call, deps: Deps, text: str) -> Reply:
    """`evidence ID`: three files to the caller's direct message."""
    batch = visible_batch(call, deps, plain(text).strip("`'\" ,;").lower())
    if batch is not None:
        request_id, what = batch[0].id, "batch"
        many = evidence_of_batch(deps.record, request_id)
        assert many is not None
        write = many.write
    else:
        request_id, what = named(call, deps, text, discreet=True).id, "request"
        write = evidence_of(deps.record, request_id).write

    def send() -> Message:
        for style, ending in (("text", "txt"), ("json", "json"), ("csv", "csv")):
            files.send(
                deps,
                call.user,
                name=f"evidence-{request_id}.{ending}",
                content=write(style).encode(),  # type: ignore[arg-type]
                title=f"Evidence of {what} {request_id} ({ending})",
            )
        about = {"batch": request_id} if what == "batch" else None
        deps.record.audit.append(
            "evidence.given", actor=call.user, request_id=None if about else request_id, details=about
        )
        return sentence(
            f"The evidence of {what} {request_id} is in your direct messages with hs-bot: text, JSON and CSV."
        )

    return Answer(sentence(f"Gathering the evidence of {what} {request_id} …"), then=send, promises=True)


# Orphans


def orphans(call: Call, deps: Deps, text: str) -> Reply:
    """Compares the record with the workspace. A large one takes minutes to read: the answer tells how far that is."""
    if deps.workspace.everybody_known():
        return Later(lambda: orphan_list(deps, 0))
    return Answer(sentence("Reading who is in this Slack workspace …"), then=lambda: _after_reading(call, deps))


def _after_reading(call: Call, deps: Deps) -> Message:
    told = 0

    def progress(people: int, wait: float) -> None:
        nonlocal told
        if (told := told + 1) <= MOST_PROGRESS:
            said = f"Read {people:,} people so far. Slack asks hs-bot to wait {wait:.0f} seconds before it reads on."
            deps.private.answer(call, sentence(said), replaces=True)

    try:
        deps.workspace.members(progress)
        return orphan_list(deps, 0)
    except WorkspaceAway as away:
        return trouble(away)


def turn_orphans(call: Call, deps: Deps) -> Reply:
    """The buttons Back and More."""
    return Answer(orphan_list(deps, cursor.number(cursor.read("orphans", call.value), "o")), replaces=True)


def orphan_list(deps: Deps, offset: int = 0) -> Message:
    """A page of it. Reads everybody in Slack, when that is due."""
    found = deps.orphans.find()
    page = orphan_views.PAGE
    return orphan_views.orphan_page(
        found,
        offset=offset,
        cost=deps.seat_cost,
        exempt=len(deps.orphans.exemptions()),
        kept=cursor.write("kept", {}),
        newer=cursor.write("orphans", {"o": max(0, offset - page)}) if offset else "",
        older=cursor.write("orphans", {"o": offset + page}) if offset + page < len(found) else "",
        offboard=not deps.approvals.why_not(Kind.OFFBOARD),
    )


def kept(call: Call, deps: Deps) -> Reply:
    """The button "Show them", and Back and More of its list."""
    return Answer(_kept(deps, cursor.number(cursor.read("kept", call.value), "o")), replaces=True)


def _kept(deps: Deps, offset: int) -> Message:
    people = []
    for one in deps.orphans.exemptions().values():
        row = deps.directory.get(one.user_id)
        people.append(orphan_views.Kept(one.user_id, row.user.name if row else f"id {one.user_id}", one.by, one.why))
    page = orphan_views.PAGE
    offset = offset if offset < len(people) else 0
    return orphan_views.kept_page(
        people,
        offset=offset,
        newer=cursor.write("kept", {"o": max(0, offset - page)}) if offset else "",
        older=cursor.write("kept", {"o": offset + page}) if offset + page < len(people) else "",
    )


def take_back(call: Call, deps: Deps) -> Reply:
    """The button "Take back": the person may be listed as an orphan again."""
    id = int(call.value) if call.value.isascii() and call.value.isdigit() else 0
    row = deps.directory.get(id)
    name = row.user.name if row else f"id {call.value}"
    if not deps.orphans.withdraw(id, by=call.user):
        return sentence(f"{name} is not marked as not an orphan, so nothing was changed.")
    return sentence(f"{name} is listed as an orphan again while they have no Slack account. It's in the audit log.")


def ask_why(call: Call, deps: Deps) -> Reply:
    """The button "Not an orphan": asks why."""
    row = deps.directory.get(int(call.value)) if call.value.isascii() and call.value.isdigit() else None
    if row is None:
        return sentence(GONE_FROM_THE_RECORD)
    return Opens(orphan_views.exempt_form(row.user, metadata(call, target_id=row.id)))


def exempt(call: Call, deps: Deps) -> Submitted:
    """The form's submission."""
    user_id = read_metadata(call).target_id
    why = call.typed(orphan_views.WHY).strip()
    if not why:
        return FieldErrors({orphan_views.WHY: "Say why, so the next person understands."})
    row = deps.directory.get(user_id)
    if row is None:
        return Closed(sentence("This person isn't on record anymore, so nothing was saved."))
    deps.orphans.exempt(user_id, by=call.user, why=why)
    return Closed(
        sentence(f"{row.user.name} is kept out of the list of orphans. Who said so and why is in the audit log.")
    )


def _is_about(call: Call, deps: Deps, text: str) -> bool:
    try:
        who, _, _ = parse_log(text)
    except BadArgument:
        return False
    return who is None or somebody(call, deps, str(who))


COMMAND = Command(
    "/hs-audit",
    (
        SubCommand(
            "log", "log [WHO] [30d] [steps]", "what people asked, decided and did, and what came of it", log, _is_about
        ),
        SubCommand(
            "orphans", "orphans", "Help Scout seats whose Slack account is deactivated, missing or a guest", orphans
        ),
        SubCommand(
            "evidence", "evidence ID", "one request's evidence as files to your direct messages", evidence, known
        ),
        SubCommand(
            "verify",
            "verify [SEQ:HASH]",
            "checks the chain of the audit log; with a head that was kept, its end too",
            verify,
        ),
    ),
)
