"""`hs-bot doctor`: each credential, scope, the channel, the approvers, SCIM and the database, a line and a cure each.

Works with part of the configuration: what is not set is said and what depends on it is left out. Nothing is changed;
where there is no record yet an empty one is made, to see that it can be.
"""

import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bot import config, log
from bot.model.problem import Problem
from bot.policy.line import one_line
from bot.policy.opening import NO_SCIM

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from bot.config import Settings

CLOCK_TOLERANCE = timedelta(seconds=60)
"""Slack refuses signatures that are five minutes off; a minute is worth a warning."""
LEAST_ROOM = 100 << 20
"""Bytes on the disk of the record below which there is a warning: a first sync of a large account takes as much."""


class Health(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


MARKS = {Health.OK: "✓", Health.WARNING: "!", Health.FAULT: "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do."""

    check: str
    health: Health
    sentence: str
    wrong_use: bool = False  # a variable has a value that it may not have

    @property
    def line(self) -> str:
        return one_line(f"{MARKS[self.health]} {self.check}: {self.sentence}")

    @property
    def exit_code(self) -> int:
        if self.wrong_use:
            return 2
        return 1 if self.health is Health.FAULT else 0

    def as_dict(self) -> dict[str, str]:
        return {"check": self.check, "health": self.health.value, "sentence": self.sentence}


def examine() -> list[Finding]:
    """Every check that the configuration allows. A wrong variable ends it: nothing can be tried with half of them."""
    try:
        settings = config.load()
    except config.ConfigurationError as error:
        faults = (line.split(" ", 1) for line in error.lines)
        return [Finding(variable, Health.FAULT, what, wrong_use=True) for variable, what in faults]
    log.configure(settings.log, secrets=settings.secrets, level=logging.CRITICAL)  # the findings say it all
    findings = [Finding("configuration", Health.OK, "every variable that is set has a value it may have")]
    for check in (_database, _slack, _helpscout):
        findings += check(settings)
    return findings


def _guarded(check: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Problem as problem:
        return Finding(check, Health.FAULT, problem.sentence)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


# The record


def _database(settings: "Settings") -> Iterator[Finding]:
    from bot.store.record import open_record

    try:
        record = open_record(settings.database)
    except Problem as problem:
        yield Finding("database", Health.FAULT, problem.sentence)
        return
    try:
        health = record.health()
        where = "PostgreSQL" if record.engine == "postgresql" else f"SQLite, {Path(settings.database).resolve()}"
        if health.problem:
            yield Finding("database", Health.FAULT, health.problem)
        else:
            yield Finding("database", Health.OK, f"{where}; a round trip takes {health.round_trip_ms:.1f} ms")
        if record.engine == "sqlite":
            yield from _disk(Path(settings.database).expanduser().resolve().parent)
        yield _guarded("audit log", lambda: _audit(record.audit.verify()))
        yield _guarded("sync", lambda: _sync(record.syncs.latest_good(), record.now(), settings.sync_interval))
        leader = record.leases.holder("leader")
        yield Finding("leader", Health.OK, f"{leader} syncs and runs schedules" if leader else "no bot is running now")
    finally:
        record.close()


def _disk(folder: Path) -> Iterator[Finding]:
    left = shutil.disk_usage(folder).free
    if left < LEAST_ROOM:
        short = f"{left >> 20} MB are left in {folder}: make room, or nothing can be written soon."
        yield Finding("disk", Health.WARNING, short)


def _audit(report: Any) -> Finding:
    if report.whole:
        return Finding("audit log", Health.OK, f"whole, {report.entries} entries")
    return Finding(
        "audit log", Health.FAULT, f"{report.problem} Restore it from a backup and find out who wrote there."
    )


def _sync(latest: Any, now: datetime, interval: timedelta) -> Finding:
    if latest is None:
        return Finding("sync", Health.WARNING, "there was none yet: hs-bot sync makes the first")
    age = now - latest.started_at
    minutes = int(age.total_seconds() // 60)
    if age > 3 * interval:
        return Finding("sync", Health.WARNING, f"the last good one is {minutes} minutes old: is the bot running?")
    return Finding("sync", Health.OK, f"{latest.people} people, {minutes} minutes ago")


# Slack


def _slack(settings: "Settings") -> Iterator[Finding]:
    token = _secret(settings.slack_bot_token)
    if not token:
        yield Finding("Slack bot token", Health.FAULT, "SLACK_BOT_TOKEN is not set: take it from OAuth & Permissions.")
        return
    from slack_sdk import WebClient

    client = WebClient(token=token, base_url=_with_slash(settings.slack_api_url), timeout=10)
    answer = _ask(client, "auth.test")
    if isinstance(answer, str):
        yield Finding("Slack bot token", Health.FAULT, _slack_sentence(answer))
        return
    yield Finding("Slack bot token", Health.OK, f"@{answer['user']} in {answer['team']}")
    yield from _scopes(answer.headers)
    yield from _clock(answer.headers)
    yield _transport(settings)
    yield _channel(settings, client)
    yield from _approvers(settings, client)


def _with_slash(url: str) -> str:
    return url.rstrip("/") + "/"


def _ask(client: "WebClient", method: str, **params: object) -> Any:
    """The answer, or Slack's error as a word (`not_reachable` when there was none)."""
    from slack_sdk.errors import SlackApiError, SlackClientError

    try:
        return client.api_call(method, params=params)
    except SlackApiError as error:
        return str(error.response.get("error", "unknown_error"))
    except (SlackClientError, OSError):
        return "not_reachable"


def _slack_sentence(error: str) -> str:
    known = {
        "not_reachable": "Slack can't be reached: check the network and SLACK_API_URL.",
        "invalid_auth": "Slack refused the token: copy SLACK_BOT_TOKEN anew from OAuth & Permissions.",
        "token_revoked": "The token was revoked: install the app to the workspace again and copy SLACK_BOT_TOKEN.",
        "account_inactive": "The app was removed from the workspace: install it again and copy SLACK_BOT_TOKEN.",
        "ratelimited": "Slack asks to wait: try again in a minute.",
    }
    return known.get(error, f"Slack answered {error}.")


def _scopes(headers: Mapping[str, Any]) -> Iterator[Finding]:
    from bot.slack.scopes import SCOPES

    granted = {scope.strip() for scope in _header(headers, "x-oauth-scopes").split(",") if scope.strip()}
    if not granted:
        return
    missing = sorted(set(SCOPES) - granted)
    if missing:
        cure = "add them to the app (manifest.yml has all) and install it again."
        yield Finding("Slack scopes", Health.FAULT, f"{', '.join(missing)} missing: {cure}")
    else:
        yield Finding("Slack scopes", Health.OK, f"all {len(SCOPES)} are granted")


def _header(headers: Mapping[str, Any], name: str) -> str:
    return next((str(value) for key, value in headers.items() if key.lower() == name), "")


def _clock(headers: Mapping[str, Any]) -> Iterator[Finding]:
    stamp = _header(headers, "date")
    if not stamp:
        return
    off = abs(datetime.now(UTC) - parsedate_to_datetime(stamp))
    if off > CLOCK_TOLERANCE:
        wrong = f"{int(off.total_seconds())} seconds off Slack's: set it right, or signatures and clocks go wrong."
        yield Finding("clock", Health.FAULT, wrong)
    else:
        yield Finding("clock", Health.OK, "agrees with Slack's")


def _transport(settings: "Settings") -> Finding:
    if settings.slack_app_token:
        from slack_sdk import WebClient

        client = WebClient(token=_secret(settings.slack_app_token), base_url=_with_slash(settings.slack_api_url))
        answer = _ask(client, "apps.connections.open")
        if isinstance(answer, str):
            cure = "make an app-level token with connections:write under Basic Information."
            return Finding("Socket Mode", Health.FAULT, f"Slack answered {answer}: {cure}")
        return Finding("Socket Mode", Health.OK, "SLACK_APP_TOKEN opens a connection")
    if settings.slack_signing_secret:
        return Finding(
            "HTTP mode", Health.OK, f"POST /slack/events on port {settings.port}; the secret shows at the first request"
        )
    return Finding(
        "Slack transport", Health.FAULT, "set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP mode)."
    )


def _channel(settings: "Settings", client: "WebClient") -> Finding:
    if not settings.channel:
        return Finding("channel", Health.FAULT, "HS_BOT_CHANNEL is not set: give the id of a channel the bot is in.")
    answer = _ask(client, "conversations.info", channel=settings.channel)
    if isinstance(answer, str):
        why = "does not exist, or is private and the bot is not in it: invite the bot there."
        said = why if answer == "channel_not_found" else _slack_sentence(answer)
        return Finding("channel", Health.FAULT, f"{settings.channel} {said}")
    channel = answer["channel"]
    name = f"#{channel.get('name', settings.channel)}"
    if channel.get("is_archived"):
        return Finding("channel", Health.FAULT, f"{name} is archived: choose another for HS_BOT_CHANNEL.")
    if not channel.get("is_member"):
        return Finding("channel", Health.FAULT, f"the bot is not in {name}: type /invite @hs-bot there.")
    if channel.get("is_ext_shared"):
        return Finding(
            "channel", Health.WARNING, f"{name} is shared with another company: cards show people's names there."
        )
    return Finding("channel", Health.OK, f"{name}, the bot is in it")


def _approvers(settings: "Settings", client: "WebClient") -> Iterator[Finding]:
    if not settings.approvers:
        yield Finding("approvers", Health.FAULT, "HS_BOT_APPROVERS is not set: without it no request can be opened.")
        return
    from bot.policy.standing import may_speak
    from bot.services.requests.membership import members_of
    from bot.slack.workspace import SlackWorkspace

    workspace = SlackWorkspace(client, approvers=settings.approvers, requesters=settings.requesters)
    try:
        named = workspace.approvers(fresh=True)
        able = {member.id for member in members_of(workspace, named) if may_speak(member) is None}
    except Problem as problem:
        yield Finding("approvers", Health.FAULT, problem.sentence)
        return
    void = [*workspace.empty_groups(), *sorted(named - able)]
    without = f" Not counted: {', '.join(void[:10])} (empty, gone, deactivated, a guest or a bot)." if void else ""
    if len(able) < settings.quorum:
        few = f"{len(able)} people may approve, and HS_BOT_QUORUM is {settings.quorum}: name more in HS_BOT_APPROVERS."
        yield Finding("approvers", Health.FAULT, few + without)
    elif len(able) <= settings.admin_quorum:
        few = f"only {len(able)}: when one of them asks about an admin, HS_BOT_ADMIN_QUORUM can't be met; name more."
        yield Finding("approvers", Health.WARNING, few + without)
    elif without:
        yield Finding("approvers", Health.WARNING, f"{len(able)} people may approve.{without} Mend HS_BOT_APPROVERS.")
    else:
        yield Finding("approvers", Health.OK, f"{len(able)} people may approve")


# Help Scout


def _helpscout(settings: "Settings") -> Iterator[Finding]:
    from bot.wiring import help_scout

    with help_scout(settings) as client:
        if settings.helpscout_app_id and settings.helpscout_app_secret:
            signed_in = _guarded("Help Scout", lambda: _me(client))
            yield signed_in
            if signed_in.health is Health.OK:
                yield _guarded("rate budget", lambda: _budget(client, settings))
        else:
            cure = "not both set: make an app under Your Profile > My Apps."
            yield Finding("Help Scout", Health.FAULT, f"HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET are {cure}")
        if client.scim is None:
            yield Finding("SCIM", Health.WARNING, NO_SCIM)
        else:
            yield _guarded("SCIM", lambda: _scim(client))


def _me(client: Any) -> Finding:
    me = client.rest.me()
    return Finding("Help Scout", Health.OK, f"signed in as {me.name} ({me.role or me.type or 'user'})")


def _budget(client: Any, settings: "Settings") -> Finding:
    limit = client.budget.limit
    if limit < settings.rate_limit:
        less = f"Help Scout allows {limit} requests a minute, less than HS_BOT_RATE_LIMIT; the bot keeps to it."
        return Finding("rate budget", Health.WARNING, less)
    return Finding("rate budget", Health.OK, f"{limit} requests a minute, {client.budget.left()} left now")


def _scim(client: Any) -> Finding:
    return Finding("SCIM", Health.OK, f"the token is accepted; {len(client.scim.users())} users")
