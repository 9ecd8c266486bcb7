"""Help Scout's client as it is configured, and signing in to it as a person."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot import __version__
from bot.config import ConfigurationError, Settings

if TYPE_CHECKING:
    from bot.helpscout.client import HelpScout
    from bot.helpscout.wire.calls import Observer


def plain(secret: SecretStr | None) -> str | None:
    """None for what is not set."""
    return secret.get_secret_value() if secret else None


def token_file(settings: Settings) -> Path:
    """Where `hs-bot login` keeps its tokens: beside the record's file; with PostgreSQL in the working directory."""
    beside = Path("hs-bot.db" if "://" in settings.database else settings.database)
    return beside.with_suffix(".login.json")


def help_scout(settings: Settings, *, signed_in: bool | None = None, observer: "Observer | None" = None) -> "HelpScout":
    """The client. With a stored login (or `signed_in`) it acts for a person, else with client credentials."""
    from bot.helpscout.client import HelpScout
    from bot.helpscout.wire.surroundings import BadSurroundings

    file = token_file(settings)
    use_login = file.exists() if signed_in is None else signed_in
    try:
        return HelpScout(
            api_url=settings.api_url,
            scim_url=settings.scim_url,
            token_url=settings.token_url,
            app_id=plain(settings.helpscout_app_id) or "",
            app_secret=plain(settings.helpscout_app_secret) or "",
            scim_token=plain(settings.helpscout_scim_token),
            per_minute=settings.rate_limit,
            token_file=file if use_login else None,
            user_agent=f"hs-bot/{__version__}",
            observer=observer,
        )
    except BadSurroundings as bad:
        raise ConfigurationError([bad.sentence]) from None


def sign_in(settings: Settings, *, echo: Callable[[str], None], ask: Callable[[], str] | None = None) -> None:
    """`hs-bot login`: a browser, a code, tokens in the file. Raises what Help Scout's refusal means.

    `ask` where there is no browser here: it gives what a person has pasted.
    """
    from bot.helpscout.sign_in.login import paste_code, receive_code

    app_id = plain(settings.helpscout_app_id) or ""
    with help_scout(settings, signed_in=True) as client:
        client.log_in(paste_code(app_id, tell=echo, ask=ask) if ask else receive_code(app_id, tell=echo))
        echo(f"Signed in as {client.rest.me().name}; the login is kept in {token_file(settings)}.")
