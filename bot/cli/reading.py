"""Commands that read the record and change nothing: lookup, export, requests, audit verify, evidence."""

import json
import sys
from typing import Literal

import click

from bot.cli import opening
from bot.cli.root import main
from bot.model.problem import Problem
from bot.model.request import State


@main.command()
@click.argument("who", nargs=-1, required=True)
def lookup(who: tuple[str, ...]) -> None:
    """Show a person from the record: WHO is an e-mail, an id, a @mention or a name."""
    from bot.services.reports.plaintext import look_up

    with opening.bot(whole=False, reads=True) as bot:  # SQLite says so itself when a page that it reads is damaged
        found = look_up(bot.directory, " ".join(who))
    click.echo(found.text)
    sys.exit(0 if found.hits else 1)


@main.command()
@click.argument("what", type=click.Choice(["users", "changes", "audit", "requests"]), default="users")
@click.option("--format", "style", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("--metadata", is_flag=True, help="What each table and column holds, as JSON for datasette -m.")
def export(what: str, style: str, metadata: bool) -> None:
    """Write a table of the record to standard output."""
    if metadata:
        from bot.services.reports.datasette import metadata_of

        click.echo(json.dumps(metadata_of(opening.settings().database), indent=2, ensure_ascii=False))
        return
    from bot.services.reports.exports import export as write

    with opening.bot(reads=True) as bot:
        write(bot.record, what, style, sys.stdout)


@main.command()
@click.option(
    "--state",
    "states",
    type=click.Choice([state.value for state in State]),
    multiple=True,
    help="Only these, however old.",
)
@click.option("--format", "style", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
def requests(states: tuple[str, ...], style: str) -> None:
    """List the requests that are open, and those that ended within 30 days."""
    from bot.services.reports.exports import write_requests
    from bot.services.reports.listing import listed, table

    with opening.bot(reads=True) as bot:
        found = listed(bot.record, frozenset(State(state) for state in states))
    if style == "table":
        click.echo(table(found))
    else:
        write_requests(found, style, sys.stdout)


@main.group()
def audit() -> None:
    """The audit log."""


@audit.command()
@click.option("--expect", metavar="SEQ:HASH", help="A head of the log that was kept: finds a log that was cut.")
def verify(expect: str | None) -> None:
    """Check the chain of the audit log; names the first broken link."""
    from bot.policy.requests.audit_head import BadHead, parse_head

    try:
        head = parse_head(expect) if expect is not None else None
    except BadHead as bad:
        raise click.BadParameter(bad.sentence, param_hint="--expect") from None
    with opening.bot(reads=True) as bot:
        report = bot.record.audit.verify(head)
    if not report.whole:
        raise Problem(report.problem)
    click.echo(f"The audit log is whole: {report.entries} entries; its head is {report.mark or 'not there yet'}.")


@main.command()
@click.argument("request_id", metavar="ID")
@click.option("--format", "style", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
def evidence(request_id: str, style: Literal["text", "json", "csv"]) -> None:
    """Print the evidence bundle of one request, or of a batch."""
    from bot.services.reports.evidence import evidence_of, evidence_of_batch

    with opening.bot(reads=True) as bot:
        found = evidence_of_batch(bot.record, request_id) or evidence_of(bot.record, request_id)
        click.echo(found.write(style), nl=False)
