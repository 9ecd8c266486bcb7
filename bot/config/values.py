"""What each kind of value may be: text from the environment in, the value the bot uses out, or `Unfit`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from bot.config.fault import Unfit
from bot.model.address import address_key, domain_of
from bot.model.problem import Problem
from bot.policy.typed.clean import visible
from bot.policy.typed.schedule import parse_weekly
from bot.policy.typed.when import parse_duration

SHORTEST_KEY = 16
"""Characters: what is shorter can be guessed by trying."""

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_ADDRESS = re.compile(rf"[^@\s<>()\[\]\\\",:;‘’“”]{{1,64}}@{_DOMAIN.pattern}")


@dataclass(frozen=True, slots=True)
class SeatCost:
    """What one seat costs a month, as `HS_BOT_SEAT_COST` says: `55 USD`."""

    amount: Decimal
    currency: str


def quoted(value: str) -> str:
    """A part of a value that is no secret, for a sentence about it: one line, not too long."""
    return f"“{visible(value)[:60]}”"


def _parts(value: str) -> Iterator[str]:
    return (part for part in re.split(r"[\s,;]+", value) if part)


# Secrets


def _token(prefix: str = "") -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        value = secret.get_secret_value()
        if prefix and not value.startswith(prefix):
            raise Unfit(f"must be a token that starts with {prefix}")
        if len(value) == len(prefix) or not re.fullmatch(r"[!-~]+", value):
            raise Unfit("must be copied whole and alone", "it has a character that no such secret has")
        return secret

    return AfterValidator(check)


def _seal_keys(secret: SecretStr) -> SecretStr:
    keys = seal_keys(secret)
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise Unfit(f"must be keys of at least {SHORTEST_KEY} characters, separated by commas, the newest first")
    if len(set(keys)) < len(keys):
        raise Unfit("must be different keys, separated by commas, the newest first")
    return secret


def seal_keys(secret: SecretStr) -> tuple[str, ...]:
    """The keys one by one, the newest first; an empty one stays, so that it can be told."""
    return tuple(key.strip() for key in secret.get_secret_value().split(","))


_GATE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")


def _gate_tokens(secret: SecretStr) -> SecretStr:
    must = "must be names with their tokens (name:token), separated by commas"
    tokens: list[str] = []
    for number, (name, token) in enumerate(gate_tokens(secret), 1):
        if not _GATE_NAME.fullmatch(name) or not token:
            raise Unfit(must, f"part {number} isn't one")
        if re.fullmatch(r"[UW][A-Z0-9]+", name) or name.lower() in ("hs-bot", "cli"):
            raise Unfit("must have names that nobody else goes by", f"{quoted(name)} isn't one: write it like okta")
        if len(token) < SHORTEST_KEY or not re.fullmatch(r"[!-~]+", token):
            why = f"that of {quoted(name)} isn't one"
            raise Unfit(f"must have tokens of at least {SHORTEST_KEY} letters, digits and punctuation marks", why)
        tokens.append(token)
    if len(set(tokens)) < len(tokens):
        raise Unfit("must have a different token each time")
    return secret


def gate_tokens(secret: SecretStr) -> tuple[tuple[str, str], ...]:
    """(name, token), as they stand there; an empty part stays, so that it can be told."""
    parts = (part.strip().partition(":") for part in secret.get_secret_value().split(","))
    return tuple((name.strip(), token.strip()) for name, _, token in parts)


# Slack


def _slack_ids(value: object) -> object:
    if not isinstance(value, str):
        return value
    must = "must be ids of people (U…) and user groups (S…), separated by commas"
    items = tuple(_parts(value))
    for item in items:
        if re.fullmatch(r"[CGD][A-Z0-9]{5,}", item):
            raise Unfit(must, f"{quoted(item)} is the id of a channel")
        if not re.fullmatch(r"[UWS][A-Za-z0-9_]+", item):
            raise Unfit(must, f"{quoted(item)} is none")
        if items.count(item) > 1:
            raise Unfit(must, f"{quoted(item)} is there twice")
    return items


def _slack_person(value: str) -> str:
    if value and not re.fullmatch(r"[UW][A-Z0-9]{2,}", value):
        raise Unfit("must be the Slack id of one person (in their profile: Copy member ID)", f"it is {quoted(value)}")
    return value


def _channel(value: str) -> str:
    if value and not re.fullmatch(r"[CGD][A-Za-z0-9_]+", value):
        raise Unfit("must be the id of a channel (in Slack: channel details, at the bottom)", f"it is {quoted(value)}")
    return value


# Addresses


_PATTERN = frozenset("*?%[]")
"""Nobody's address has them, and who writes them means several people, of whom none would be protected."""


def _emails(value: object) -> object:
    if not isinstance(value, str):
        return value
    items = tuple(_parts(value))
    for item in items:
        if visible(item) != item or not _ADDRESS.fullmatch(item) or _PATTERN & set(item):
            raise Unfit("must be plain e-mail addresses, separated by commas", f"{quoted(item)} is none")
    return frozenset(address_key(item) for item in items)


def _domains(value: object) -> object:
    if not isinstance(value, str):
        return value
    items = tuple(_parts(value))
    for item in items:
        if visible(item) != item or not _DOMAIN.fullmatch(item.removeprefix("@")):
            raise Unfit("must be the domains of e-mail addresses, separated by commas", f"{quoted(item)} is none")
    return frozenset(domain_of(f"@{item.removeprefix('@')}") for item in items)


# Numbers and times


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        span = parse_duration(value)
    except Problem:
        raise Unfit("must be a time span with its unit (s, m, h, d)", f"it is {quoted(value)}") from None
    if span < timedelta(seconds=1):
        raise Unfit("must be a time span of at least a second")
    return span


def _share(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%", value)
    if not found:
        raise Unfit("must be a share in percent", f"it is {quoted(value)}")
    if Decimal(found[1]) > 100:
        raise Unfit("must be a share between 0% and 100%", f"it is {quoted(value)}")
    return float(Decimal(found[1]) / 100)


def _cost(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,4})?) ?([A-Za-z]{3})", value)
    if not found:
        raise Unfit("must be an amount with its currency", f"it is {quoted(value)}")
    return SeatCost(Decimal(found[1]), found[2].upper())


def _weekly(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parse_weekly(value)
    except Problem:
        raise Unfit("must be a day of the week and a time", f"it is {quoted(value)}") from None


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, KeyError, OSError):
        raise Unfit("must be the name of a time zone", f"it is {quoted(value)}") from None
    return value


def _whole(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"[+-]?[0-9]{1,9}", value):
        raise Unfit("must be a whole number", f"it is {quoted(value)}")
    return value


Token = Annotated[SecretStr, _token()]
BotToken = Annotated[SecretStr, _token("xoxb-")]
AppToken = Annotated[SecretStr, _token("xapp-")]
SealKeys = Annotated[SecretStr, AfterValidator(_seal_keys)]
GateTokens = Annotated[SecretStr, AfterValidator(_gate_tokens)]
SlackIds = Annotated[tuple[str, ...], BeforeValidator(_slack_ids)]
Channel = Annotated[str, AfterValidator(_channel)]
SlackPerson = Annotated[str, AfterValidator(_slack_person)]
Emails = Annotated[frozenset[str], BeforeValidator(_emails)]
Domains = Annotated[frozenset[str], BeforeValidator(_domains)]
Span = Annotated[timedelta, BeforeValidator(_duration)]
Share = Annotated[float, BeforeValidator(_share)]
Cost = Annotated[SeatCost, BeforeValidator(_cost)]
Zone = Annotated[str, AfterValidator(_zone)]
Whole = Annotated[int, BeforeValidator(_whole)]
Count = Annotated[Whole, Field(ge=1)]
Weekly = BeforeValidator(_weekly)
