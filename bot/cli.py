"""The command line: `hs-bot …`. Exit codes: 0 fine, 1 the work failed, 2 wrong use or configuration.

Every import that costs time is made inside the command that needs it, so that `hs-bot lookup` starts fast.
"""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from bot import __version__
from bot.model.problem import Problem

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.wiring import Bot


class _Group(click.Group):
    """Turns a `Problem` into its sentence and an exit code: 2 for configuration, 1 for work that failed."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Problem as problem:
            from bot.config import ConfigurationError

            click.echo(problem.sentence, err=True)
            raise SystemExit(2 if isinstance(problem, ConfigurationError) else 1) from None


def _settings(*, required: tuple[str, ...] = (), serving: bool = False) -> "Settings":
    """With the log set up: a command tells its own result, so that only trouble is logged beside it."""
    from bot import config, log

    settings = config.load(required=required)
    log.configure(settings.log, secrets=settings.secrets, level=logging.INFO if serving else logging.WARNING)
    return settings


@contextmanager
def _bot(*, required: tuple[str, ...] = (), whole: bool = True, serving: bool = False) -> "Iterator[Bot]":
    from bot.wiring import Bot

    with Bot(_settings(required=required, serving=serving), whole=whole) as bot:
        yield bot


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="hs-bot")
def main() -> None:
    """A Slack bot for the people who run a Help Scout account."""


@main.command()
@click.option("--socket", "mode", flag_value="socket", help="Socket Mode, whatever is set.")
@click.option("--http", "mode", flag_value="http", help="HTTP mode on PORT, whatever is set.")
def run(mode: Literal["socket", "http"] | None) -> None:
    """Run the bot: Socket Mode when SLACK_APP_TOKEN is set, else HTTP."""
    from bot.config import HELPSCOUT, SLACK

    chosen = mode or ("socket" if os.environ.get("SLACK_APP_TOKEN", "").strip() else "http")
    needed = "SLACK_APP_TOKEN" if chosen == "socket" else "SLACK_SIGNING_SECRET"
    with _bot(required=(*SLACK, needed, *HELPSCOUT), whole=False, serving=True) as bot:
        bot.run(chosen)


@main.command()
@click.option("--port", default=8080, show_default=True, help="Port of the page; 0 takes a free one.")
@click.option("--no-browser", is_flag=True, help="Don't open the page in a browser.")
def demo(port: int, no_browser: bool) -> None:
    """Try everything without an account: a simulated Help Scout and Slack with a web page."""
    try:
        from bot.demo.start import start
    except ModuleNotFoundError as missing:
        raise Problem(f"The demo needs {missing.name}: install it with  pip install 'hs-bot[demo]'.") from None
    start(port=port, open_browser=not no_browser)


@main.command()
def sync() -> None:
    """Fetch everybody from Help Scout into the record, now."""
    from bot.config import HELPSCOUT

    with _bot(required=HELPSCOUT) as bot, _progress("Reading users") as progress:
        done = bot.sync.run("cli", progress)
    if done.problem:
        raise Problem(done.problem)
    click.echo(f"{done.people} people: {done.joined} joined, {done.removed} removed, {done.changed} changed.")


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
@click.argument("who", nargs=-1, required=True)
def lookup(who: tuple[str, ...]) -> None:
    """Show a person from the record: WHO is an e-mail, an id, a @mention or a name."""
    from bot.services.plaintext import look_up

    with _bot(whole=False) as bot:  # SQLite says so itself when a page that it reads is damaged
        found = look_up(bot.directory, " ".join(who))
    click.echo(found.text)
    sys.exit(0 if found.hits else 1)


@main.command()
@click.argument("what", type=click.Choice(["users", "changes", "audit", "requests"]), default="users")
@click.option("--format", "style", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
def export(what: str, style: str) -> None:
    """Write a table of the record to standard output."""
    from bot.services.exports import export as write

    with _bot() as bot:
        write(bot.record, what, style, sys.stdout)


@main.group()
def audit() -> None:
    """The audit log."""


@audit.command()
def verify() -> None:
    """Check the chain of the audit log; names the first broken link."""
    with _bot() as bot:
        report = bot.record.audit.verify()
    if not report.whole:
        raise Problem(report.problem)
    click.echo(f"The audit log is whole: {report.entries} entries; its head is {report.head or 'not there yet'}.")


@main.command()
@click.argument("request_id", metavar="ID")
@click.option("--format", "style", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
def evidence(request_id: str, style: Literal["text", "json", "csv"]) -> None:
    """Print one request's evidence bundle."""
    from bot.services.evidence import evidence_of

    with _bot() as bot:
        click.echo(evidence_of(bot.record, request_id).write(style), nl=False)


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
def backup(path: Path) -> None:
    """Write a consistent copy of the record to PATH, also while the bot runs."""
    from bot.store.backup import backup as save

    save(_settings().database, path)
    click.echo(f"The record is saved in {path}.")


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a record that is there.")
def restore(path: Path, force: bool) -> None:
    """Put a backup in the record's place."""
    from bot.store.backup import restore as put_back

    target = _settings().database
    put_back(path, target, force=force)
    click.echo(f"The record in {target} is that of {path} now.")


@main.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy(source: str, target: str) -> None:
    """Move a record between a file and PostgreSQL, either way, into an empty target."""
    from bot.store.backup import copy as copy_record

    counts = copy_record(source, target)
    click.echo(f"Copied {sum(counts.values())} rows of {len(counts)} tables; counts and audit chain agree.")


@main.command()
@click.argument("who", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Don't ask.")
def forget(who: tuple[str, ...], yes: bool) -> None:
    """Remove the personal data of somebody who is gone; the audit chain stays verifiable."""
    from bot.services.forgetting import forget as erase
    from bot.services.forgetting import who_is_gone

    with _bot() as bot:
        person = who_is_gone(bot.directory, " ".join(who))
        question = f"Erase the personal data of {person.user.name} <{person.user.email}> (id {person.id}) for ever?"
        if not yes and not click.confirm(question, err=True):
            raise Problem("Nothing was erased.")
        erase(bot.record, person.id, actor=f"cli:{_login()}")
    click.echo(f"The personal data of id {person.id} is erased; the audit log still verifies.")


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


@main.command()
def login() -> None:
    """Sign in to Help Scout in a browser (authorization code), for accounts where an app acts for a person."""
    from bot.config import HELPSCOUT
    from bot.wiring import sign_in

    sign_in(_settings(required=HELPSCOUT), echo=click.echo)


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


if __name__ == "__main__":
    main()
