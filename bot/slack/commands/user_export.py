"""`/hs-user export [csv|json]`: the directory as a file, to the caller's direct messages."""

import io
from datetime import UTC

from bot.policy.typed.clean import visible
from bot.policy.typed.who import BadArgument
from bot.services.reports.exports import export as write
from bot.slack.commands.command import SubCommand
from bot.slack.handling.answer import Answer, Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import about_reader
from bot.slack.handling.payload import Call
from bot.slack.outbound import files
from bot.slack.views.kit import Message
from bot.slack.views.text import counted
from bot.slack.views.words import sentence

STYLES = ("csv", "json")


def export(call: Call, deps: Deps, text: str) -> Reply:
    """Personal data: only ever to the caller's own direct messages, and noted in the audit log."""
    style = visible(text).strip().lower() or "csv"
    if style not in STYLES:
        raise BadArgument(f"“{style[:40]}” isn't a format for exports. Use csv or json.")

    def send() -> Message:
        out = io.StringIO()
        own = about_reader(deps, deps.workspace.member(call.user))
        rows = write(deps.record, "users", style, out, people_only=True, own=own)
        day = deps.record.now().astimezone(UTC).date()
        files.send(
            deps,
            call.user,
            name=f"help-scout-users-{day}.{style}",
            content=out.getvalue().encode("utf-8-sig" if style == "csv" else "utf-8"),
            title=f"Help Scout users, {day}",
        )
        deps.record.audit.append("users.exported", actor=call.user, details={"format": style, "rows": rows})
        return sentence(f"The directory as {style.upper()}, {counted(rows, 'row')}. {files.SENT}")

    return Answer(sentence("Writing the file …"), then=send, promises=True)


def _is_style(call: Call, deps: Deps, text: str) -> bool:
    return text.lower() in ("", *STYLES)


EXPORT = SubCommand("export", "export [csv|json]", "the directory as a file, by direct message", export, _is_style)
