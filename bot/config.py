"""Configuration from the environment: every variable of the README's table, checked in one go.

`load()` gives a `Settings` or raises `ConfigurationError`, whose lines name each variable at fault and what it must be.
No value of a secret appears in a line, a repr or a log.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.model.address import address_key, domain_of
from bot.model.problem import Problem
from bot.policy.schedule import WeeklyTime, parse_weekly
from bot.policy.seal import Seals
from bot.policy.when import parse_duration

SHORTEST_KEY = 16  # characters of a seal key


class ConfigurationError(Problem):
    """One or more variables are missing or wrong; `lines` has one sentence for each."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


@dataclass(frozen=True, slots=True)
class SeatCost:
    """What one seat costs a month, as `HS_BOT_SEAT_COST` says: `55 USD`."""

    amount: Decimal
    currency: str


def _words(value: object) -> object:
    return tuple(part for part in re.split(r"[\s,;]+", value) if part) if isinstance(value, str) else value


def _token(prefix: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(prefix):
            raise ValueError(f"must be a token that starts with {prefix}")
        return value

    return AfterValidator(check)


def _slack_ids(letters: str, meaning: str) -> AfterValidator:
    def check(value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            if not re.fullmatch(rf"[{letters}][A-Za-z0-9_]+", item):
                raise ValueError(f"must be {meaning}, separated by commas; {item[:40]!r} is none")
        return value

    return AfterValidator(check)


def _channel(value: str) -> str:
    if value and not re.fullmatch(r"[CGD][A-Za-z0-9_]+", value):
        raise ValueError("must be the id of a channel, like C0123456789 (in Slack: channel details, at the bottom)")
    return value


def _emails(value: object) -> object:
    if not isinstance(value, str):
        return value
    items = value.replace(",", " ").replace(";", " ").split()
    for item in items:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", item):
            raise ValueError(f"must be e-mail addresses, separated by commas; {item[:60]!r} is none")
    return frozenset(address_key(item) for item in items)


def _domains(value: object) -> object:
    if not isinstance(value, str):
        return value
    items = re.split(r"[\s,;]+", value.strip())
    for item in items:
        if "." not in item.strip(".") or "@" in item.removeprefix("@"):
            raise ValueError(f"must be e-mail domains like acme.com, separated by commas; {item[:60]!r} is none")
    return frozenset(domain_of(f"@{item.removeprefix('@')}") for item in items)


def _keys_in(value: SecretStr) -> tuple[str, ...]:
    return tuple(key for part in value.get_secret_value().split(",") if (key := part.strip()))


def _seal_keys(value: SecretStr) -> SecretStr:
    if not _keys_in(value) or any(len(key) < SHORTEST_KEY for key in _keys_in(value)):
        raise ValueError(f"must be keys of at least {SHORTEST_KEY} characters each, separated by commas")
    return value


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parse_duration(value)
    except Problem:
        raise ValueError("must be a time span like 90s, 15m, 24h or 7d") from None


def _at_least(shortest: timedelta, words: str) -> AfterValidator:
    def check(value: timedelta) -> timedelta:
        if value < shortest:
            raise ValueError(f"must be a time span of at least {words}")
        return value

    return AfterValidator(check)


def _share(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        percent = Decimal(value.strip().removesuffix("%").strip())
    except InvalidOperation:
        raise ValueError("must be a share like 10%") from None
    if not 0 <= percent <= 100:
        raise ValueError("must be a share between 0% and 100%")
    return float(percent / 100)


def _cost(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]{3})\s*", value)
    if not found:
        raise ValueError("must be an amount with its currency, like 55 USD")
    return SeatCost(Decimal(found[1]), found[2].upper())


def _weekly(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parse_weekly(value)
    except Problem:
        raise ValueError("must be a day of the week and a time, like monday 09:00") from None


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, KeyError, OSError):
        raise ValueError("must be a time zone name like Europe/Vienna or UTC") from None
    return value


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http:// or https:// address")
    return value


def _database(value: str) -> str:
    if "://" in value and urlsplit(value).scheme not in ("postgresql", "postgres"):
        raise ValueError("must be a path or a postgresql:// URL")
    return value


Url = Annotated[str, AfterValidator(_url)]
Span = Annotated[timedelta, BeforeValidator(_duration)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
Count = Annotated[int, Field(ge=1)]


class Settings(BaseSettings):
    """Field descriptions are the README's table of variables; a test holds the two together."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=False)

    slack_bot_token: Annotated[SecretStr, _token("xoxb-")] | None = Field(
        None, validation_alias="SLACK_BOT_TOKEN", description="`xoxb-…`, from *OAuth & Permissions*"
    )
    slack_app_token: Annotated[SecretStr, _token("xapp-")] | None = Field(
        None, validation_alias="SLACK_APP_TOKEN", description="`xapp-…` with `connections:write`: Socket Mode"
    )
    slack_signing_secret: SecretStr | None = Field(
        None, validation_alias="SLACK_SIGNING_SECRET", description="HTTP mode, `POST /slack/events` on `PORT`"
    )
    helpscout_app_id: SecretStr | None = Field(
        None, validation_alias="HELPSCOUT_APP_ID", description="OAuth2 client credentials of a Help Scout app"
    )
    helpscout_app_secret: SecretStr | None = Field(
        None, validation_alias="HELPSCOUT_APP_SECRET", description="the secret that belongs to it"
    )
    helpscout_scim_token: SecretStr | None = Field(
        None, validation_alias="HELPSCOUT_SCIM_TOKEN", description="without it the bot only reads, and says so"
    )
    channel: Annotated[str, AfterValidator(_channel)] = Field(
        "", validation_alias="HS_BOT_CHANNEL", description="id of the channel for cards and notices"
    )
    approvers: Annotated[Words, _slack_ids("UWS", "ids of people (U…) and user groups (S…)")] = Field(
        (),
        validation_alias="HS_BOT_APPROVERS",
        description="ids of people (`U…`) and user groups (`S…`), mixed; without it no request can be opened",
    )
    requesters: Annotated[Words, _slack_ids("UWS", "ids of people (U…) and user groups (S…)")] = Field(
        (), validation_alias="HS_BOT_REQUESTERS", description="who may open requests; unset: every full member"
    )
    database: Annotated[str, AfterValidator(_database)] = Field(
        "hs-bot.db",
        validation_alias=AliasChoices("HS_BOT_DATABASE", "DATABASE_URL"),
        description="path, or a `postgresql://` URL; `DATABASE_URL` is taken when it is unset",
    )
    protected: Annotated[frozenset[str], NoDecode, BeforeValidator(_emails)] = Field(
        frozenset(), validation_alias="HS_BOT_PROTECTED", description="e-mails that can't be offboarded"
    )
    domains: Annotated[frozenset[str], NoDecode, BeforeValidator(_domains)] = Field(
        frozenset(),
        validation_alias="HS_BOT_DOMAINS",
        description="e-mail domains that a seat may have without approval; unset: those of active people",
    )
    seal_key: Annotated[SecretStr, AfterValidator(_seal_keys)] | None = Field(
        None,
        validation_alias="HS_BOT_SEAL_KEY",
        description="keys of the seals, comma separated, the newest first; unset: derived from `HELPSCOUT_APP_SECRET`",
    )
    quorum: Count = Field(1, validation_alias="HS_BOT_QUORUM", description="approvals that a request needs")
    admin_quorum: Count = Field(
        2, validation_alias="HS_BOT_ADMIN_QUORUM", description="approvals when the target is an admin"
    )
    approval_ttl: Annotated[Span, _at_least(timedelta(seconds=1), "a second")] = Field(
        timedelta(hours=24),
        validation_alias="HS_BOT_APPROVAL_TTL",
        description="a pending request expires after this: `90s`, `15m`, `24h`, `7d`",
    )
    execution_ttl: Annotated[Span, _at_least(timedelta(seconds=1), "a second")] = Field(
        timedelta(hours=4),
        validation_alias="HS_BOT_EXECUTION_TTL",
        description="an approved one must start within this after its time",
    )
    sync_interval: Annotated[Span, _at_least(timedelta(seconds=1), "a second")] = Field(
        timedelta(minutes=15), validation_alias="HS_BOT_SYNC_INTERVAL", description="time between two syncs"
    )
    removal_guard: Annotated[float, BeforeValidator(_share)] = Field(
        0.10,
        validation_alias="HS_BOT_REMOVAL_GUARD",
        description="when more than this share (and more than 5 people) vanish at once, an approver is asked first",
    )
    max_per_hour: Count = Field(
        10, validation_alias="HS_BOT_MAX_PER_HOUR", description="removals that may start in an hour; the rest wait"
    )
    deprovision: Literal["delete", "deactivate"] = Field(
        "delete", validation_alias="HS_BOT_DEPROVISION", description="SCIM `DELETE`, or `deactivate`: `active=false`"
    )
    provision_approval: Literal["admins", "always"] = Field(
        "admins", validation_alias="HS_BOT_PROVISION_APPROVAL", description="`admins`, or `always`"
    )
    rate_limit: Annotated[int, Field(ge=10)] = Field(
        400, validation_alias="HS_BOT_RATE_LIMIT", description="Help Scout requests a minute, as the plan allows"
    )
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        "UTC", validation_alias="HS_BOT_TIMEZONE", description="for `at:` without a zone"
    )
    log: Literal["text", "json"] = Field("text", validation_alias="HS_BOT_LOG", description="`text`, or `json`")
    seat_cost: Annotated[SeatCost, BeforeValidator(_cost)] | None = Field(
        None,
        validation_alias="HS_BOT_SEAT_COST",
        description="per seat and month, with currency: `55 USD`; shown with orphans",
    )
    orphan_digest: Annotated[WeeklyTime, BeforeValidator(_weekly)] | None = Field(
        None, validation_alias="HS_BOT_ORPHAN_DIGEST", description="`monday 09:00`: weekly digest to the channel"
    )
    webhook_secret: SecretStr | None = Field(
        None, validation_alias="HELPSCOUT_WEBHOOK_SECRET", description="HTTP mode, `POST /helpscout/webhook`"
    )
    host: str = Field("0.0.0.0", validation_alias="HS_BOT_HOST", description="HTTP mode: the address to listen on")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(3000, validation_alias="PORT", description="HTTP mode")
    metrics_token: SecretStr | None = Field(
        None,
        validation_alias="HS_BOT_METRICS_TOKEN",
        description="bearer token for `/metrics` and the details of `/healthz`; unset: loopback only",
    )
    api_url: Url = Field(
        "https://api.helpscout.net/v2", validation_alias="HELPSCOUT_API_URL", description="Help Scout's REST API"
    )
    scim_url: Url = Field(
        default_factory=lambda given: f"{given.get('api_url', '').rstrip('/')}/scim",
        validation_alias="HELPSCOUT_SCIM_URL",
        description="unset: `$HELPSCOUT_API_URL/scim`",
    )
    token_url: Url | None = Field(
        None,
        validation_alias="HELPSCOUT_TOKEN_URL",
        description="unset: `$HELPSCOUT_API_URL/auth/token`, and `/oauth2/token` where that answers 404",
    )
    slack_api_url: Url = Field(
        "https://slack.com/api/", validation_alias="SLACK_API_URL", description="Slack's Web API"
    )

    @model_validator(mode="before")
    @classmethod
    def _without_pasted_space(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}

    @property
    def seals(self) -> Seals | None:
        """What requests, votes and the audit log are sealed with; None when there is no secret to derive it from."""
        if self.seal_key is not None:
            return Seals(_keys_in(self.seal_key))
        secret = self.helpscout_app_secret
        return Seals((secret.get_secret_value(),)) if secret is not None else None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be printed, for the log to blot out."""
        found = [value.get_secret_value() for _, value in self if isinstance(value, SecretStr)]
        password = urlsplit(self.database).password if "://" in self.database else None
        return tuple(secret for secret in (*found, password) if secret)


def _variable(alias: object) -> str:
    return str(alias.choices[0] if isinstance(alias, AliasChoices) else alias)


VARIABLES: Mapping[str, str] = {_variable(f.validation_alias): name for name, f in Settings.model_fields.items()}
"""Environment variable → field, in the order of the README."""

SLACK = ("SLACK_BOT_TOKEN", "HS_BOT_CHANNEL")
HELPSCOUT = ("HELPSCOUT_APP_ID", "HELPSCOUT_APP_SECRET")
_WHERE = {
    "SLACK_BOT_TOKEN": "the bot token (xoxb-…) of your Slack app, under OAuth & Permissions",
    "SLACK_APP_TOKEN": "an app-level token (xapp-…) with connections:write, under Basic Information",
    "SLACK_SIGNING_SECRET": "the signing secret of your Slack app, under Basic Information",
    "HS_BOT_CHANNEL": "the id of the channel for cards and notices, like C0123456789",
    "HELPSCOUT_APP_ID": "the app id of a Help Scout app, under Your Profile > My Apps",
    "HELPSCOUT_APP_SECRET": "the app secret of that Help Scout app",
}


def load(*, required: Iterable[str] = ()) -> Settings:
    """Read the environment; raise `ConfigurationError` with a line for each fault, wrong or `required` and missing."""
    faults = {
        name: f"{name} is not set: it must be {_WHERE[name]}."
        for name in required
        if not os.environ.get(name, "").strip()
    }
    try:
        settings = Settings()
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            if fault["type"] == "default_factory_not_called":  # follows from another fault, which has its own line
                continue
            name = str(fault["loc"][0])
            faults[name] = f"{name} {_sentence(fault)}."
    if faults:
        order = [*VARIABLES, "DATABASE_URL"]
        raise ConfigurationError(faults[name] for name in sorted(faults, key=order.index))
    return settings


def _sentence(fault: Any) -> str:
    context = fault.get("ctx", {})
    match fault["type"]:
        case "value_error":
            return str(context["error"])
        case "int_parsing" | "int_type":
            return "must be a whole number"
        case "greater_than_equal":
            return f"must be a whole number of at least {context['ge']}"
        case "less_than_equal":
            return f"must be a whole number of at most {context['le']}"
        case "literal_error":
            return f"must be {context['expected'].replace(chr(39), '')}"
        case _:
            return "is not a value that it may have"
