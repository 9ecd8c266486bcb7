"""Commands that move or erase what the record holds: backup, restore, copy, forget."""

import os
from pathlib import Path

import click

from bot.cli import opening
from bot.cli.root import main
from bot.model.problem import Problem
from bot.policy.typed.place import shown


class _File(click.Path):
    """A path, and no URL: what stands in one may be a password, and no sentence would expect it there."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        if "://" in str(value) or shown(value) != str(value):
            self.fail(f"{shown(value)} is no path of a file.", param, ctx)
        return Path(os.fsdecode(super().convert(value, param, ctx)))  # type: ignore[arg-type]


@main.command()
@click.argument("path", type=_File())
def backup(path: Path) -> None:
    """Write a consistent copy of the record to PATH, also while the bot runs."""
    from bot.store.presence import must_be_there
    from bot.store.whole.backup import backup as save

    source = opening.settings().database
    must_be_there(source)
    save(source, path)
    click.echo(f"The record is saved in {path}.")


@main.command()
@click.argument("path", type=_File())
@click.option("--force", is_flag=True, help="Replace a record that is there.")
def restore(path: Path, force: bool) -> None:
    """Put a backup in the record's place."""
    from bot.store.whole.backup import restore as put_back

    settings = opening.settings()
    target = settings.database
    put_back(path, target, force=force, actor=f"cli:{_login()}", seals=settings.seals)
    click.echo(f"The record in {shown(target)} is that of {path} now.")


@main.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy(source: str, target: str) -> None:
    """Move a record between a file and PostgreSQL, either way, into an empty target."""
    from bot.store.whole.backup import copy as copy_record

    counts = copy_record(source, target)
    click.echo(f"Copied {sum(counts.values())} rows of {len(counts)} tables; counts and audit chain agree.")


@main.command()
@click.argument("who", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Don't ask.")
def forget(who: tuple[str, ...], yes: bool) -> None:
    """Remove the personal data of somebody who is gone; the audit chain stays verifiable."""
    from bot.policy.typed.line import one_line
    from bot.services.forgetting import forget as erase
    from bot.services.forgetting import who_is_gone

    with opening.bot(reads=True) as bot:
        person = who_is_gone(bot.directory, " ".join(who))
        named = one_line(f"{person.user.name} <{person.user.email}> (id {person.id})")
        if not yes and not click.confirm(f"Erase the personal data of {named} for ever?", err=True):
            raise Problem("Nothing was erased.")
        erase(bot.record, person.id, actor=f"cli:{_login()}")
    click.echo(f"The personal data of id {person.id} is erased; the audit log still verifies.")


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
