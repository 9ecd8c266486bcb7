"""Commands that talk to Help Scout or Slack: run, demo, sync, login, doctor."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import click

from bot.cli import opening
from bot.cli.root import main
from bot.model.problem import Problem
from bot.model.sync import SyncState


@main.command()
@click.option("--socket", "mode", flag_value="socket", help="Socket Mode, whatever is set.")
@click.option("--http", "mode", flag_value="http", help="HTTP mode on PORT, whatever is set.")
def run(mode: Literal["socket", "http"] | None) -> None:
    """Run the bot: Socket Mode when SLACK_APP_TOKEN is set, else HTTP."""
    import os

    from bot.config import HELPSCOUT, SLACK, look
    from bot.wiring import Bot

    chosen = mode or ("socket" if "SLACK_APP_TOKEN" in look(os.environ).given else "http")
    needed = "SLACK_APP_TOKEN" if chosen == "socket" else "SLACK_SIGNING_SECRET"
    settings = opening.settings(required=(*SLACK, needed, *HELPSCOUT), serving=True)
    with Bot(settings, whole=False) as bot:
        bot.run(chosen)


@main.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port of the page; 0 takes a free one.",
)
@click.option("--no-browser", is_flag=True, help="Don't open the page in a browser.")
def demo(port: int, no_browser: bool) -> None:
    """Try everything without an account: a simulated Help Scout and Slack with a web page."""
    try:
        from bot.demo.start import start
    except ModuleNotFoundError as missing:
        raise Problem(f"The demo needs {missing.name}: install it with pip install 'hs-bot[demo]'.") from None
    start(port=port, open_browser=not no_browser)


@main.command()
def sync() -> None:
    """Fetch everybody from Help Scout into the record, now."""
    from bot.config import HELPSCOUT

    with opening.bot(required=HELPSCOUT) as bot, _progress("Reading users") as progress:
        done = bot.sync.run("cli", progress)
    if done.problem and done.state is not SyncState.DONE:
        raise Problem(done.problem)
    click.echo(f"{done.people} people: {done.joined} joined, {done.removed} removed, {done.changed} changed.")
    if done.problem:
        click.echo(done.problem, err=True)


@contextmanager
def _progress(label: str) -> "Iterator[Callable[[int, int], None] | None]":
    """A bar on a terminal, nothing in a pipe: called with (done, total)."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield show


@main.command()
@click.option(
    "--code", "by_hand", is_flag=True, help="Without a browser here: open the address elsewhere, paste what comes."
)
def login(by_hand: bool) -> None:
    """Sign in to Help Scout (authorization code), for accounts where an app acts for a person."""
    from bot.config import HELPSCOUT
    from bot.wiring import sign_in

    ask = _ask_for_code if by_hand else None
    sign_in(opening.settings(required=HELPSCOUT), echo=click.echo, ask=ask)


def _ask_for_code() -> str:
    return str(click.prompt("The address that your browser shows then, or the code in it", err=True))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def doctor(as_json: bool) -> None:
    """Check each credential, scope, the channel, the approvers, SCIM and the database, one line each."""
    from bot.doctor import examine

    findings = examine()
    if as_json:
        click.echo(json.dumps([finding.as_dict() for finding in findings], indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(finding.line)
    sys.exit(max((finding.exit_code for finding in findings), default=0))
