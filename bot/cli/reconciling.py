"""Commands about who should have a seat: reconcile, population."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli import opening
from bot.cli.root import main
from bot.model.problem import Problem
from bot.policy.typed.line import one_line

if TYPE_CHECKING:
    from bot.policy.people.finding import Finding
    from bot.services.reconciling.reconciliation import Comparison
    from bot.wiring import Bot

SOURCE_FAILED, FINDINGS = 1, 3
COLUMNS = ("kind", "email", "id", "sources", "detail")
GROUP_COLUMNS = ("group", "seats", "gone", "dormant", "cost", "currency")
"""`group` "": those in none. `cost` is a month's, of all its seats; "" where HS_BOT_SEAT_COST isn't set."""
NAMED = 20
_DAY = click.DateTime(["%Y-%m-%d"])


@main.command()
@click.option("--format", "style", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("--fail-on-findings", is_flag=True, help="Exit code 3 when there are findings.")
@click.option(
    "--accept", is_flag=True, help="Use a source that is held back: read for the first time, or suddenly small."
)
@click.option("--by-group", is_flag=True, help="Count seats, and what they cost, by group instead of listing findings.")
def reconcile(style: str, fail_on_findings: bool, accept: bool, by_group: bool) -> None:
    """Compare the sources of who works here with who has a seat."""
    with opening.bot() as bot:
        _bring_up_to_date(bot)
        found = bot.reconciliation.compare(anew=True, accepted_by="command line" if accept else "")
        listed = [row for row, _ in bot.dormancy.listed()]
        dormant = [row.user.email or str(row.id) for row in listed]
        groups = _groups(bot, found, [row.id for row in listed]) if by_group else []
    if by_group:
        _table(GROUP_COLUMNS, groups, style)
    else:
        _write(found.findings, style)
    for reading in found.problems:
        click.echo(one_line(f"{reading.source}: {reading.problem}"), err=True)
        if reading.held is not None:
            click.echo(f"{reading.source}: if that is right, run hs-bot reconcile --accept once.", err=True)
    if dormant:  # a hint, and no finding
        shown = ", ".join(dormant[:NAMED]) + (f" and {len(dormant) - NAMED} more" if len(dormant) > NAMED else "")
        click.echo(one_line(f"Seats that look dormant, by their status in Help Scout: {shown}"), err=True)
    if found.problems:
        sys.exit(SOURCE_FAILED)
    sys.exit(FINDINGS if fail_on_findings and found.findings else 0)


def _bring_up_to_date(bot: "Bot") -> None:
    """The record as Help Scout is now, where the credentials to read it are set."""
    from bot.model.sync import SyncState
    from bot.store.presence import must_be_there

    if bot.settings.helpscout_app_id is None or bot.settings.helpscout_app_secret is None:
        must_be_there(bot.settings.database)
        return
    done = bot.sync.run("cli")
    if done.problem and done.state is not SyncState.DONE:
        raise Problem(done.problem)
    bot.dormancy.refresh()


def _groups(bot: "Bot", found: "Comparison", dormant: list[int]) -> list[dict[str, Any]]:
    from bot.services.reconciling.groups import seats_by_group

    cost = bot.settings.seat_cost
    return [
        {
            "group": one.name,
            "seats": one.seats,
            "gone": one.gone,
            "dormant": one.dormant,
            "cost": str(one.seats * cost.amount) if cost else "",
            "currency": cost.currency if cost else "",
        }
        for one in seats_by_group(bot.record, found, dormant).rows
    ]


def _write(findings: "tuple[Finding, ...]", style: str) -> None:
    rows: list[dict[str, Any]] = [
        {"kind": one.kind.value, "email": one.email, "id": one.id, "sources": dict(one.sources), "detail": one.detail}
        for one in findings
    ]
    if style == "csv":
        for row in rows:
            row["id"] = "" if row["id"] is None else row["id"]
            row["sources"] = "; ".join(f"{name}: {said}" for name, said in row["sources"].items())
    _table(COLUMNS, rows, style)


def _table(columns: tuple[str, ...], rows: list[dict[str, Any]], style: str) -> None:
    import csv

    from bot.services.reports.exports import safe_cell

    if style == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    writer = csv.writer(sys.stdout, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([safe_cell(cell) if isinstance(cell := row[name], str) else cell for name in columns])


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--from", "begin", type=_DAY, help="First day of the period; else the first last day in FILE.")
@click.option("--to", "end", type=_DAY, help="Last day of the period; else the last last day in FILE.")
@click.option("--format", "style", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
def population(file: Path, begin: datetime | None, end: datetime | None, style: str) -> None:
    """Answer for each leaver of HR's list (CSV: email, last_day) when their seat was gone."""
    from bot.services.reconciling.population import population as answer

    content = file.read_bytes()
    with opening.bot(reads=True) as bot:
        found = answer(
            bot.record,
            content,
            zone=bot.settings.timezone,
            sla=bot.settings.sla,
            begin=begin.date() if begin else None,
            end=end.date() if end else None,
        )
    click.echo(found.write(style), nl=False)
