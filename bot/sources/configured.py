"""The sources that are configured, made of plain values: what wiring and doctor hand in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.model.colleague import Colleague
from bot.model.member import Member
from bot.sources.errors import SourceError
from bot.sources.port import Source
from bot.sources.waits import Waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`names` as in HS_BOT_SOURCES; the rest is what variables hold, "" where unset. `groups` are those of roles."""

    names: tuple[str, ...]
    groups: tuple[str, ...] = ()
    csv: str = ""
    csv_group: str = ""
    okta_url: str = ""
    okta_token: str = ""
    okta_group: str = ""
    entra_tenant: str = ""
    entra_client: str = ""
    entra_secret: str = ""
    entra_group: str = ""
    entra_login_url: str = ""
    entra_graph_url: str = ""
    google_file: str = ""
    google_admin: str = ""
    google_group: str = ""
    google_url: str = ""


class NoGate(SourceError):
    """The gate is named as a source, and nothing pushes to it."""

    def __init__(self) -> None:
        super().__init__(
            "gate",
            "The gate isn't open, so nothing was pushed.",
            "Set HS_BOT_GATE_TOKENS, or leave gate out of HS_BOT_SOURCES.",
        )


def _nothing_pushed() -> Iterable[Colleague]:
    raise NoGate


def make(
    wanted: Wanted,
    *,
    members: Callable[[], Iterable[Member]],
    pushed: Callable[[], Iterable[Colleague]] = _nothing_pushed,
    waits: Waits | None = None,
) -> list[Source]:
    """One filling for each name, in order. `members` reads the Slack workspace, `pushed` what the gate was told."""
    return [_make(name, wanted, members, pushed, waits) for name in wanted.names]


def _make(
    name: str,
    it: Wanted,
    members: Callable[[], Iterable[Member]],
    pushed: Callable[[], Iterable[Colleague]],
    waits: Waits | None,
) -> Source:
    match name:
        case "slack":
            from bot.sources.slack import Slack

            return Slack(members)
        case "csv":
            from bot.sources.csv_file import Csv

            return Csv(it.csv, group=it.csv_group, waits=waits)
        case "okta":
            from bot.sources.okta import Okta

            return Okta(it.okta_url, it.okta_token, group=it.okta_group, also=it.groups, waits=waits)
        case "entra":
            from bot.sources.entra import Entra

            return Entra(
                it.entra_tenant,
                it.entra_client,
                it.entra_secret,
                group=it.entra_group,
                also=it.groups,
                login_url=it.entra_login_url,
                graph_url=it.entra_graph_url,
                waits=waits,
            )
        case "google":
            from bot.sources.google import Google

            return Google(
                it.google_file, it.google_admin, group=it.google_group, also=it.groups, url=it.google_url, waits=waits
            )
        case "gate":
            from bot.sources.gate import Gate

            return Gate(pushed)
    raise ValueError(name)
