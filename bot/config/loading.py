"""From the environment to `Settings`: everything that is wrong in one go, a line each."""

import os
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bot.config import files, names
from bot.config.fault import ConfigurationError, Unfit
from bot.config.settings import ALSO, EXAMPLES, SECRET, VARIABLES, Settings
from bot.config.source_values import needed

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
_QUOTES = "\"'`“”„‟‘’‚‛«»‹›＂＇"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the environment says: `faults` by variable, and the settings as if those variables were unset."""

    settings: Settings
    faults: Mapping[str, str]
    given: frozenset[str]  # variables that have a value, right or wrong


def load(*, required: Iterable[str] = ()) -> Settings:
    """Read the environment; raise `ConfigurationError` with a line for each fault, wrong or `required` and missing."""
    reading = look(os.environ)
    missing = {name: f"{name} is not set: it must be {_WHERE[name]}." for name in required if name not in reading.given}
    if faults := {**missing, **reading.faults}:
        raise ConfigurationError(faults[name] for name in sorted(faults, key=_place))
    return reading.settings


def look(environment: Mapping[str, str]) -> Loaded:
    """Read what can be read, whatever else is wrong."""
    faults: dict[str, str] = {}
    values: dict[str, str] = {}
    for name in (*VARIABLES, *ALSO):
        try:
            value = _value(name, environment)
        except Unfit as fault:
            faults[name] = f"{fault.must}."
        else:
            if value:
                values[name] = value
    given = frozenset(values.keys() | faults.keys())
    for name, must in [(name, must) for name, value in values.items() if (must := _pasted(value))]:
        del values[name]
        faults[name] = f"{name} must be {must}{f', like {name}={EXAMPLES[name]}' if name in EXAMPLES else ''}."
    known = {*VARIABLES, *ALSO, *(f"{name}_FILE" for name in SECRET)}
    for name, meant in names.misspelt(environment, known):
        cure = f"Did you mean {meant}?" if meant else "Remove it; the README has a table of them all."
        faults[name] = f"{name} is no variable of hs-bot, so it has no effect. {cure}"
    settings, unfit = _settings(values)
    lacking = dict(needed(settings, given))
    return Loaded(settings, {**lacking, **unfit, **faults}, given)


def _value(name: str, environment: Mapping[str, str]) -> str:
    """What the variable, or the file that `NAME_FILE` names, has for it; nothing where it is unset or empty."""
    value = environment.get(name, "").strip()
    path = environment.get(f"{name}_FILE", "").strip() if name in SECRET else ""
    if not path:
        return value
    if value:
        raise Unfit(f"{name} and {name}_FILE are both set: keep one of them")
    try:
        return files.read(path)
    except files.NoSecretThere as why:
        raise Unfit(
            f"{name}_FILE must name a file that holds the value alone, like /run/secrets/{name.lower()}; "
            f"the file it names {why}"
        ) from None


def _pasted(value: str) -> str:
    """What any value must be and this one is not: `docker run --env-file` keeps quotes, pages hide characters."""
    if value[0] in _QUOTES or value[-1] in _QUOTES:
        return "written without quotation marks around its value"
    if any(unicodedata.category(one) in ("Cc", "Cf") and one not in "\t\r\n" for one in value):
        return "typed anew: it has a character in it that can't be seen"
    return ""


def _settings(values: Mapping[str, str]) -> tuple[Settings, dict[str, str]]:
    """The settings of what is right, and a line for each variable that is not."""
    faults: dict[str, str] = {}
    left = dict(values)
    while True:
        try:
            return Settings.model_validate(left), faults
        except ValidationError as error:
            for fault in error.errors(include_url=False, include_input=False):
                if fault["type"] == "default_factory_not_called":  # follows from another fault, which has its own line
                    continue
                name = str(fault["loc"][0])
                name = next((other for other, first in ALSO.items() if first == name and name not in left), name)
                faults[name] = f"{name} {_sentence(name, fault)}."
                del left[name]


def _sentence(name: str, fault: Any) -> str:
    context = fault.get("ctx", {})
    found = ""
    match fault["type"]:
        case "value_error" if isinstance(context.get("error"), Unfit):
            must, found = context["error"].must, context["error"].found
        case "greater_than_equal":
            must = f"must be a whole number of at least {context['ge']}"
        case "less_than_equal":
            must = f"must be a whole number of at most {context['le']}"
        case "literal_error":
            return f"must be {context['expected'].replace(chr(39), '')}"
        case _:
            must = "must be a value that it may have"
    example = f", like {EXAMPLES[name]}" if name in EXAMPLES else ""
    return f"{must}{example}{f'; {found}' if found else ''}"


def _place(name: str) -> tuple[int, str]:
    """Faults come in the order of the README's table, unknown variables last."""
    first = ALSO.get(name, name)
    return (list(VARIABLES).index(first) if first in VARIABLES else len(VARIABLES)), name
