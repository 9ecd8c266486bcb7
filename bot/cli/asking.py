"""`hs-bot offboard`: asks for several people from a file, in the name of the one person who may ask from here."""

from typing import TYPE_CHECKING, BinaryIO

import click

from bot.cli import opening
from bot.cli.root import main
from bot.model.batch import MOST, LeftOut
from bot.model.problem import Problem

if TYPE_CHECKING:
    from bot.services.directory import Directory

NEEDED = ("SLACK_BOT_TOKEN", "HELPSCOUT_APP_ID", "HELPSCOUT_APP_SECRET", "HS_BOT_APPROVERS")


@main.command()
@click.option("--from", "file", required=True, type=click.File("rb"), help="One person a line, or CSV with a header.")
@click.option("--reason", required=True, help="Why. Approvers see it.")
@click.option("--as", "actor", metavar="SLACK_ID", help="Who asks: must be HS_BOT_CLI_REQUESTER.")
@click.option("--to", "assignee", metavar="WHO", help="Who takes their open conversations.")
@click.option("--at", "when", metavar="WHEN", help="When, like “2026-12-31 18:00”; else as soon as approved.")
@click.option("--skip", is_flag=True, help="Leave out the lines that can't be used.")
def offboard(
    file: BinaryIO, reason: str, actor: str | None, assignee: str | None, when: str | None, skip: bool
) -> None:
    """Ask for the offboarding of everybody in a file. Nothing happens before others have approved it in Slack."""
    from bot.config import ConfigurationError
    from bot.model.batch import OpenMany
    from bot.policy.typed.file_text import certain_text
    from bot.policy.typed.many import read_many
    from bot.policy.typed.when import parse_when
    from bot.services.finding.many import find_many

    allowed = opening.settings().cli_requester
    if not allowed:
        raise ConfigurationError(
            ["HS_BOT_CLI_REQUESTER isn't set, so hs-bot asks for nobody from here. Set it to the Slack id of who asks."]
        )
    if actor is not None and actor != allowed:
        raise click.BadParameter("must be the Slack id in HS_BOT_CLI_REQUESTER.", param_hint="--as")
    text = certain_text(file.read())
    with opening.bot(required=NEEDED, reads=True) as bot:
        lines = read_many(text)
        if not lines:
            raise Problem("The file names nobody.")
        if len(lines) > MOST:
            raise Problem(f"The file has {len(lines)} lines, and {MOST} people is the most at once. Split it.")
        reading = find_many(bot.directory, lines)
        action = OpenMany(
            actor=allowed,
            reason=reason,
            targets=tuple(one.row.id for one in reading.named),
            assignee_id=_assignee(bot.directory, assignee) if assignee else None,
            run_at=parse_when(when, now=bot.record.now(), zone=bot.settings.timezone) if when else None,
            lines=tuple((one.line.number, one.line.text) for one in reading.named),
            left_out=reading.wrong,
            all_or_none=not skip,
        )
        if reading.wrong and not skip:  # with whoever is found and can't be asked for, in one go
            foreseen = bot.approvals.foresee_many(action).wrong if reading.named else ()
            _stop((*reading.wrong, *foreseen))
        if not reading.named:
            raise Problem("No line of the file can be used, so nothing was opened.")
        outcome = bot.approvals.many(action)
    if not outcome.accepted:
        if outcome.wrong:
            _stop(outcome.wrong)
        raise Problem(outcome.sentence)
    assert outcome.batch is not None
    _tell((*reading.wrong, *outcome.wrong))
    click.echo(f"{outcome.sentence} Batch {outcome.batch.id}.")


def _stop(wrong: tuple[LeftOut, ...]) -> None:
    _tell(wrong)
    lines, them = ("1 line", "it") if len(wrong) == 1 else (f"{len(wrong)} lines", "them")
    raise Problem(f"{lines} can't be used, so nothing was opened. Correct the file, or leave {them} out with --skip.")


def _tell(wrong: tuple[LeftOut, ...]) -> None:
    from bot.policy.typed.line import one_line

    for one in sorted(wrong, key=lambda one: one.number):
        click.echo(one_line(f"line {one.number}: {one.text}: {one.why}"), err=True)


def _assignee(directory: "Directory", who: str) -> int:
    from bot.policy.typed.who import parse_who

    found, teams = directory.find(parse_who(who)), directory.find_team(who).exact
    if found.total == 1:
        return found.exact[0].id
    if not found.total and len(teams) == 1:
        return teams[0].id
    match = f"{found.total} people match" if found.total else "Nobody in Help Scout matches"
    raise Problem(f"{match} “{who}”. Name one person or team to take the conversations.")
