"""The audit log and its chain, as people read them."""

from collections.abc import Mapping, Sequence

from bot.model.audit import AuditEntry, ChainReport
from bot.slack.views.details import in_words
from bot.slack.views.kit import Message, actions, button, context, section
from bot.slack.views.text import at, code, member, safe

PAGE = 10
NOT_KEPT = "The line you gave isn't in it. `hs-bot audit verify --expect` says more."
MORE = "audit.log"

MACHINE = (
    *("step.", "create.", "remove.", "change.", "delete.", "teams.", "hand back.", "quiet.", "reassign."),
    *("team.add.sending", "team.remove.sending", "team.create.sending"),
    *("request.resumed", "request.started", "sync.started", "credential.", "gate.pushed"),
)
"""How events begin that are the machine's own: shown only when asked for."""

EVENTS = {
    "request.opened": "Asked",
    "request.approved by": "Approved",
    "request.approved": "Approved: ready to run",
    "request.denied": "Request denied",
    "request.cancelled": "Cancelled",
    "request.rescheduled": "Moved to another time",
    "request.reminded": "Approvers reminded",
    "request.expired": "Expired",
    "request.waiting": "Waiting",
    "request.started": "Started",
    "request.resumed": "Resumed",
    "request.stale": "Out of date: nothing was done",
    "request.attention": "Needs attention",
    "request.retried": "Retried",
    "request.failed": "Failed",
    "request.done": "Done",
    "request.by hand": "Waits for a person to do it in Help Scout",
    "request.checked": "Done by hand, as a reading shows",
    "request.refused": "Refused",
    "batch.opened": "Asked for several people",
    "batch.joined": "Asked for more people in the same batch",
    "batch.approved": "Approved for several people",
    "batch.denied": "Denied for several people",
    "batch.rescheduled": "Changed for several people",
    "batch.cancelled": "Left out of several people",
    "batch.retried": "Retried for several people",
    "batch.refused": "Refused for several people",
    "batch.ended": "Done for several people",
    "seat_end.set": "End of a seat set",
    "seat_end.removed": "End of a seat removed",
    "decision.approve": "Approved",
    "decision.deny": "Denied",
    "caller.refused": "Turned away",
    "user.removed": "Removed outside hs-bot",
    "user.forgotten": "Forgotten",
    "users.exported": "People exported",
    "population.answered": "List of leavers answered",
    "member.email_changed": "Slack e-mail address changed",
    "team.created": "Team created",
    "team.member_added": "Added to a team",
    "team.member_removed": "Taken out of a team",
    "team.add.failed": "Not added to a team",
    "team.remove.failed": "Not taken out of a team",
    "team.create.failed": "Team not created",
    "orphan.exempted": "Left out of the orphans",
    "orphan.exemption_withdrawn": "Back among the orphans",
    "finding.left": "Left as it is",
    "finding.taken_back": "Listed again",
    "source.confirmed": "Confirmed a list of who works here",
    "source.confirm_refused": "Refused to confirm a list of who works here",
    "sync.held": "Removals held",
    "sync.confirmed": "Removals confirmed",
    "sync.confirm_refused": "Confirmation refused",
    "evidence.given": "Evidence given",
    "record.restored": "Record restored from a backup",
    "record.erased": "Personal data erased",
    "clock.jumped": "Clock jumped",
    "gate.pushed": "Pushed by the identity provider",
    "gate.held": "Removals by the identity provider held",
    "gate.released": "Removals by the identity provider confirmed",
    "gate.release_refused": "Confirmation refused",
    "gate.fell_back": "Wish of the identity provider dropped",
    "credential.user": "Whose credential hs-bot uses",
    "credential.refused": "Help Scout refused the credential",
    "quiet.undone": "Status and rotations put back",
    "quiet.kept": "Status and rotations left as they are",
    "quiet.again": "Set to away again",
    "step.started": "Step started",
    "step.finished": "Step finished",
    "step.failed": "Step failed",
}
"""The audit log's events in people's words."""
ENDINGS = {"sending": "About to write", "refused": "Help Scout refused it", "by_hand": "Left to a person"}
"""Of a step of ours, which begins the event's name."""


def title(event: str) -> str:
    """An event in people's words."""
    step, _, ending = event.rpartition(".")
    return EVENTS.get(event) or (f"{ENDINGS[ending]} ({step})" if ending in ENDINGS else event)


def log_page(
    entries: Sequence[AuditEntry], names: Mapping[int, str], *, about: str, newer: str = "", older: str = ""
) -> Message:
    """One page, newest first. `names` by Help Scout id; `newer`/`older` are cursors, "" where there is nothing."""
    heading = f"*Audit log*{f' of {safe(about, 120)}' if about else ''}"
    if not entries:
        return Message(heading, (section(f"{heading}\nNothing is recorded."),))
    lines = [section(_line(entry, names)) for entry in entries[:PAGE]]
    turns = [
        button(words, f"{MORE}:{words.lower()}", cursor)
        for words, cursor in (("Newer", newer), ("Older", older))
        if cursor
    ]
    tail = [actions(*turns)] if turns else []
    return Message(heading, (section(heading), *lines, context("Checked by `/hs-audit verify`."), *tail))


def chain(report: ChainReport, *, expected: bool = False) -> Message:
    """What a walk over the chain found."""
    if report.whole:
        # Not by whether there are lines yet: the first one may be about the reader.
        sealed = "each line is sealed and follows" if report.seals_checked else "each line follows"
        kept = " The line you gave is in it, unchanged." if expected else ""
        words = f":white_check_mark: The audit log is whole: {sealed} the one before it.{kept}"
        return Message(words, (section(words),))
    # How long the log is would tell some readers that something was asked about them.
    problem = NOT_KEPT if report.cut else report.problem
    words = f":rotating_light: *The audit log is broken.* {safe(problem, 500)}"
    cure = "Someone may have changed the database. Compare it with a backup, and find out who had access."
    return Message(words, (section(words), context(cure)))


def _line(entry: AuditEntry, names: Mapping[int, str]) -> str:
    who = "hs-bot" if entry.actor in ("", "hs-bot") else member(entry.actor)
    parts = [f"*{safe(title(entry.event), 60)}* · {who}, {at(entry.at)}"]
    if entry.user_id is not None:
        parts.append(f"about {safe(names.get(entry.user_id, str(entry.user_id)), 120)}")
    if entry.request_id:
        parts.append(f"request {code(entry.request_id)}")
    said = in_words(entry.details)
    second = f"\n{safe(said, 400)}" if said else ""
    return f"{' · '.join(parts)}{second}"
