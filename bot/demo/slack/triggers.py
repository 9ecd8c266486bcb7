"""Trigger ids: proof that a person has just done something, good for one modal within three seconds."""

import secrets
import time
from dataclasses import dataclass, field

from bot.demo.slack.web_api.call import Refused

TRIGGER_SECONDS = 3.0


@dataclass(kw_only=True)
class Trigger:
    """`view_id` is the modal that was opened with it."""

    id: str
    user: str
    from_view: bool
    made_at: float = field(default_factory=time.monotonic)
    used: bool = False
    view_id: str = ""


class Triggers:
    """The triggers handed out. `seconds` is how long one is good."""

    def __init__(self, seconds: float = TRIGGER_SECONDS) -> None:
        self.seconds = seconds
        self._known: dict[str, Trigger] = {}

    def hand_out(self, user: str, *, from_view: bool = False) -> Trigger:
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**13)}.{secrets.token_hex(16)}"
        trigger = Trigger(id=trigger_id, user=user, from_view=from_view)
        self._known[trigger_id] = trigger
        return trigger

    def exchange(self, trigger_id: str, *, within_view: bool = False) -> Trigger:
        """Uses one up; else the error that Slack answers with."""
        trigger = self._known.get(trigger_id)
        if trigger is None or (within_view and not trigger.from_view):
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if time.monotonic() - trigger.made_at > self.seconds:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger
