"""Doctor on the sources of who works here: whether each can be read, and whether its credentials may more than that."""

import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from bot.config import Loaded
from bot.config.source_values import NEEDS
from bot.config.wanted import wanted_sources
from bot.doctor.diagnosis import Diagnosis, fault, ok, unread, warning
from bot.model.problem import Problem
from bot.sources.configured import make
from bot.sources.waits import Waits

SOON = Waits(idle=15.0, attempts=2)
OKTA_ENOUGH = frozenset({"READ_ONLY_ADMIN", "REPORT_ADMIN", "HELP_DESK_ADMIN", "GROUP_MEMBERSHIP_ADMIN", "CUSTOM"})
"""Okta's administrator roles that can't change who somebody is for everybody."""


class Provider(Protocol):
    def probe(self) -> None: ...

    def privileges(self) -> Sequence[str]: ...

    def close(self) -> None: ...


def examine_sources(reading: Loaded) -> Iterator[Diagnosis]:
    """A line for each source that is named."""
    for name in reading.settings.sources:
        yield _source(reading, name)
    if reading.settings.tell_manager == "on":
        yield _managers(reading)


def _source(reading: Loaded, name: str) -> Diagnosis:
    check = f"source {name}"
    if skipped := unread(reading, check, "HS_BOT_SOURCES", *NEEDS.get(name, ())):
        return skipped
    settings = reading.settings
    if name == "slack":
        if skipped := unread(reading, check, "SLACK_BOT_TOKEN"):
            return skipped
        if settings.slack_bot_token is None:
            return warning(check, "not looked at, because SLACK_BOT_TOKEN is not set.")
        return ok(check, "read with the bot's own scopes, users:read and users:read.email")
    if name == "gate":
        return ok(check, "what your identity provider pushes; nothing is asked of it")
    wanted = wanted_sources(settings)
    (source,) = make(replace(wanted, names=(name,)), members=tuple, waits=SOON)
    try:
        if name == "csv":
            return _csv(check, settings.csv, lambda: len(source.read().people))
        provider: Provider = source  # type: ignore[assignment]  # the three that are asked over HTTP have both
        return _provider(check, name, provider, settings.google_credentials_file)
    except Problem as problem:
        return fault(check, problem.sentence)


def _managers(reading: Loaded) -> Diagnosis:
    """Whether a source could name the managers who are to be told."""
    check, settings = "managers", reading.settings
    if skipped := unread(reading, check, "HS_BOT_SOURCES", "ENTRA_GROUP"):
        return skipped
    silent = {"slack", *(["entra"] if settings.entra_group else [])}
    naming = [name for name in settings.sources if name not in silent]
    if naming:
        return ok(check, f"told when a seat is gone, as {' or '.join(naming)} names them")
    why = "Entra ID doesn't tell them of a group's members" if "entra" in settings.sources else "Slack tells none"
    return warning(check, f"HS_BOT_TELL_MANAGER is on, and no source names managers: {why}. Add one to HS_BOT_SOURCES.")


def _csv(check: str, place: str, people: Callable[[], int]) -> Diagnosis:
    count = people()
    if "://" not in place and stat.S_IMODE(Path(place).expanduser().stat().st_mode) & 0o022:
        return warning(check, f"{count} people; others on this machine may change the file. Run chmod go-w {place}")
    return ok(check, f"{count} people")


def _provider(check: str, name: str, provider: Provider, key_file: str) -> Diagnosis:
    try:
        provider.probe()
        more = _too_much(name, provider)
    finally:
        provider.close()
    if more:
        return warning(check, more)
    if name == "google" and stat.S_IMODE(Path(key_file).expanduser().stat().st_mode) & 0o077:
        return warning(check, f"others on this machine may read the key. Run chmod 600 {key_file}")
    return ok(check, "can be read, and the credentials may do no more than that")


def _too_much(name: str, provider: Provider) -> str:
    """What the credentials may beyond reading people, with the cure; "" for nothing."""
    try:
        may = provider.privileges()
    except Problem:  # Okta shows its roles only to who may read them: whose token can't has few rights
        return ""
    if name == "okta" and (more := sorted(set(may) - OKTA_ENOUGH)):
        return (
            f"the token's owner is {', '.join(more)}, and Read-only Administrator is enough: create the token "
            "as a user who is only that (okta.users.read), and set OKTA_TOKEN."
        )
    if name == "entra" and (more := sorted(one for one in may if "Write" in one or "FullControl" in one)):
        return f"the app may {', '.join(more)}, and User.Read.All is enough: remove the others under API permissions."
    return ""
