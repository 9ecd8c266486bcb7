"""Doctor on Help Scout's webhooks: whether one leads here, and whether Help Scout has switched it off.

Source: Help Scout API v2, "List webhooks"; after several events that nobody took, or one that was answered 410, Help
Scout ends a webhook, and nothing tells so but its `state`.
"""

from collections.abc import Iterator
from typing import Any

from bot.config import Loaded
from bot.doctor.diagnosis import Diagnosis, guarded, ok, warning
from bot.helpscout.duty import withheld
from bot.helpscout.errors import HelpScoutError

CHECK = "webhook"
PATH = "/helpscout/webhook"


def examine_webhooks(reading: Loaded, client: Any) -> Iterator[Diagnosis]:
    """Nothing where no webhook is configured."""
    if reading.settings.webhook_secret is not None:
        yield guarded(CHECK, lambda: _webhook(client))


def _webhook(client: Any) -> Diagnosis:
    try:
        hooks = client.rest.automation.webhooks()
    except HelpScoutError as problem:
        if withheld(problem):
            return warning(CHECK, "Help Scout doesn't let these credentials list webhooks. Look at them under My Apps.")
        raise
    ours = [hook for hook in hooks if hook.url.partition("?")[0].rstrip("/").endswith(PATH)]
    if not ours:
        return warning(
            CHECK, f"HELPSCOUT_WEBHOOK_SECRET is set, but no webhook leads to {PATH}. Make one in Help Scout."
        )
    off = [hook for hook in ours if hook.state.strip().lower() not in ("", "enabled", "active")]
    if off:
        named = ", ".join(hook.url for hook in off)
        return warning(
            CHECK,
            f"Help Scout has switched off {named} ({off[0].state}), as it does when nobody takes its events. Make sure "
            "that hs-bot can be reached there, then switch it on again in Help Scout.",
        )
    return ok(CHECK, f"{ours[0].url} is switched on")
