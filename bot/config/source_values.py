"""Values of the sources: which there are, where a CSV is, roles by group; and what each source needs besides."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

from bot.config.fault import Unfit
from bot.config.urls import is_loopback
from bot.config.values import quoted
from bot.policy.people.reconciliation import RANKS

if TYPE_CHECKING:
    from bot.config.settings import Settings

NAMES = ("slack", "csv", "okta", "entra", "google", "gate")
GIVEN_ROLES = ("light user", "user", "admin")

NEEDS: Mapping[str, tuple[str, ...]] = {
    "csv": ("HS_BOT_CSV",),
    "okta": ("OKTA_URL", "OKTA_TOKEN"),
    "entra": ("ENTRA_TENANT_ID", "ENTRA_CLIENT_ID", "ENTRA_CLIENT_SECRET"),
    "google": ("GOOGLE_CREDENTIALS_FILE", "GOOGLE_ADMIN"),
}
"""Source → the variables without which it can't be read."""


def _names(value: object) -> object:
    if not isinstance(value, str):
        return value
    must = f"must be names of sources ({', '.join(NAMES)}), separated by commas"
    items = tuple(part.lower() for part in re.split(r"[\s,;]+", value) if part)
    for item in items:
        if item not in NAMES:
            raise Unfit(must, f"{quoted(item)} is none")
        if items.count(item) > 1:
            raise Unfit(must, f"{quoted(item)} is there twice")
    return items


def _place(value: str) -> str:
    if "://" not in value:
        return value
    must = "must be a path or an https:// address"
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        raise Unfit(must, "it can't be read") from None
    if parts.scheme not in ("http", "https") or not host:
        raise Unfit(must, "it can't be read")
    if parts.scheme == "http" and not is_loopback(host):
        raise Unfit(must, "http:// would let anybody on the way change who works here")
    return value


def _host(value: str) -> str:
    """`acme.okta.com` is what Okta's pages show; with or without the scheme it is the same host."""
    return value if "://" in value else f"https://{value}"


def _roles(value: object) -> object:
    if not isinstance(value, str):
        return value
    must = "must be groups with the role of each (light user, user, admin), separated by commas"
    found: dict[str, str] = {}
    for part in (part.strip() for part in value.split(",")):
        if not part:
            continue
        group, equals, role = (piece.strip() for piece in part.rpartition("="))
        if not equals or not group or role.lower() not in RANKS or role.lower() not in GIVEN_ROLES:
            raise Unfit(must, f"{quoted(part)} is none")
        if group in found:
            raise Unfit(must, f"{quoted(group)} is there twice")
        found[group] = role.lower()
    return found


SourceNames = Annotated[tuple[str, ...], BeforeValidator(_names)]
CsvPlace = Annotated[str, AfterValidator(_place)]
Host = BeforeValidator(lambda value: _host(value) if isinstance(value, str) else value)
Roles = Annotated[dict[str, str], BeforeValidator(_roles)]


def needed(settings: "Settings", given: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Each variable that a source which is named needs and that is not set, with the line about it."""
    for source in settings.sources:
        for variable in NEEDS.get(source, ()):
            if variable not in given:
                yield variable, f"{variable} is not set: HS_BOT_SOURCES names {source}, which needs it."
