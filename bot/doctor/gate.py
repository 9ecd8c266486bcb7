"""Doctor on the gate: who may push, and whether there is a port to push to. Says nothing where it is off."""

from collections.abc import Iterator
from importlib.util import find_spec

from bot.config import Loaded
from bot.doctor.diagnosis import Diagnosis, fault, ok, unread
from bot.policy.people.provider import provider_name


def examine_gate(reading: Loaded) -> Iterator[Diagnosis]:
    settings = reading.settings
    if skipped := unread(reading, "gate", "HS_BOT_GATE_TOKENS"):
        yield skipped
        return
    if not settings.gate:
        return
    if find_spec("scim2_models") is None:
        yield fault("gate", "HS_BOT_GATE_TOKENS needs scim2-models: install it with pip install 'hs-bot[gate]'.")
        return
    names = list(dict.fromkeys(provider_name(name) for name, _ in settings.gate))
    if settings.slack_app_token and "port" not in settings.model_fields_set:
        yield fault("gate", "HS_BOT_GATE_TOKENS is set, but with Socket Mode nothing is served until PORT is set too.")
        return
    who = f"{', '.join(names)} may push to /scim/v2 on port {settings.port}"
    yield ok("gate", f"{who}; see hs-bot gate check")
