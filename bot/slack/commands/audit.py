"""`/hs-audit log | orphans | reconcile | evidence | verify`: what was done, by whom, who should have a seat."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice

from bot.policy.requests.audit_head import BadHead, parse_head
from bot.policy.typed.arguments import parse_log
from bot.policy.typed.clean import plain
from bot.policy.typed.when import spell
from bot.policy.typed.who import BadArgument
from bot.services.reports.evidence import evidence_of, evidence_of_batch
from bot.slack.commands.command import Command, SubCommand, somebody
from bot.slack.commands.reconcile import ORPHANS, RECONCILE
from bot.slack.commands.requests import known, named
from bot.slack.handling import cursor
from bot.slack.handling.answer import Answer, Later, Reply
from bot.slack.handling.batches import visible_batch
from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import shown_lines
from bot.slack.handling.payload import Call
from bot.slack.outbound import files
from bot.slack.views import audit as views
from bot.slack.views.kit import Message
from bot.slack.views.words import sentence


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
        ORPHANS,
        RECONCILE,
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
