"""Every variable of the README's table, by subject: field, default, description and a right example of each."""

from collections.abc import Mapping

from pydantic import AliasChoices, ConfigDict, SecretStr

from bot.config.settings.helpscout import HelpScoutSettings
from bot.config.settings.process import ProcessSettings
from bot.config.settings.record import RecordSettings
from bot.config.settings.requests import RequestSettings
from bot.config.settings.seats import SeatSettings
from bot.config.settings.slack import SlackSettings
from bot.config.settings.sources import SourceSettings
from bot.config.values import gate_tokens, seal_keys
from bot.policy.requests.seal import Seals
from bot.policy.typed.place import passwords


class Settings(
    ProcessSettings, SourceSettings, SeatSettings, RecordSettings, RequestSettings, HelpScoutSettings, SlackSettings
):
    """Field descriptions are the README's table of variables; a test holds the two together.

    The groups stand in the order in which Python resolves them, which is the table's from its end.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    @property
    def seals(self) -> Seals | None:
        """What requests, votes and the audit log are sealed with; None when there is no secret to derive it from."""
        if self.seal_key is not None:
            return Seals(seal_keys(self.seal_key))
        secret = self.helpscout_app_secret
        return Seals((secret.get_secret_value(),)) if secret is not None else None

    @property
    def gate(self) -> tuple[tuple[str, str], ...]:
        """(name, token) of every identity provider that may push; several tokens may have one name."""
        return gate_tokens(self.gate_tokens) if self.gate_tokens is not None else ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that must never be printed, for the log to blot out."""
        found = [value.get_secret_value() for _, value in self if isinstance(value, SecretStr)]
        keys = seal_keys(self.seal_key) if self.seal_key else ()
        gate = [token for _, token in self.gate]
        return tuple(secret for secret in (*found, *keys, *gate, *passwords(self.database)) if secret)


def _variable(alias: object) -> str:
    return str(alias.choices[0] if isinstance(alias, AliasChoices) else alias)


VARIABLES: Mapping[str, str] = {_variable(f.validation_alias): name for name, f in Settings.model_fields.items()}
"""Environment variable → field, in the order of the README."""

ALSO: Mapping[str, str] = {"DATABASE_URL": "HS_BOT_DATABASE"}
"""A variable that is taken when another is unset → that other."""


def _holds_secret(name: str) -> bool:
    return name == "database" or "SecretStr" in str(Settings.model_fields[name].annotation)


SECRET: frozenset[str] = frozenset(v for v, name in VARIABLES.items() if _holds_secret(name)) | ALSO.keys()
"""Variables whose value is a secret, or may have one in it: they can come from a file, and are never shown."""

EXAMPLES: Mapping[str, str] = {
    variable: str(examples[0])
    for variable, name in VARIABLES.items()
    if (examples := Settings.model_fields[name].examples)
}
"""Environment variable → a value that is right, where one can be shown."""
