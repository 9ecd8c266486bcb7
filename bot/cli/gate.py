"""`hs-bot gate check`: the gate as an identity provider meets it."""

import sys

import click

from bot.cli import opening
from bot.cli.root import main
from bot.model.problem import Problem


@main.group()
def gate() -> None:
    """The SCIM address that identity providers push to (HS_BOT_GATE_TOKENS)."""


@gate.command()
@click.option("--url", default="", help="The bot's address as the identity provider reaches it; default: this machine.")
def check(url: str) -> None:
    """What to enter at Okta, Entra ID or OneLogin, and whether it answers from outside."""
    from bot.config.fault import ConfigurationError

    settings = opening.settings()
    if not settings.gate:
        raise ConfigurationError(
            ["HS_BOT_GATE_TOKENS is not set: give each identity provider a name and a long random token (name:token)."]
        )
    try:
        from bot.gate.check import knock, to_enter
        from bot.helpscout.wire.surroundings import BadSurroundings
    except ModuleNotFoundError as missing:
        raise Problem(f"The gate needs {missing.name}: install it with pip install 'hs-bot[gate]'.") from None
    address = url or f"http://127.0.0.1:{settings.port}"
    for line in to_enter(address, [name for name, _ in settings.gate]):
        click.echo(line)
    try:
        found = list(knock(address, settings.gate))
    except BadSurroundings as bad:
        raise ConfigurationError([bad.sentence]) from None
    for one in found:
        click.echo(f"{'✓' if one.well else '✗'} {one.check}: {one.sentence}")
    sys.exit(0 if all(one.well for one in found) else 1)
