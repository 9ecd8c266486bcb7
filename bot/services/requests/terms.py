"""The configured rules, as plain values: what wiring hands to the engine, the runner and the kinds."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.policy.ways import Writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The configured rules. `protected` are keys of addresses, `domains` of their domains."""

    quorum: int = 1
    admin_quorum: int = 2
    approval_ttl: timedelta = timedelta(hours=24)
    execution_ttl: timedelta = timedelta(hours=4)
    max_per_hour: int = 10
    protected: frozenset[str] = frozenset()
    deprovision: Literal["delete", "deactivate"] = "delete"
    scheduled_replies: Literal["draft", "keep"] = "draft"
    provision_approval: Literal["admins", "always"] = "admins"
    requesters_named: bool = False  # whether HS_BOT_REQUESTERS says who may ask; else every full member may
    writes: Writes = "auto"
    hand_reminder: timedelta = timedelta(hours=24)  # between two reminders of what a person has to do
    domains: frozenset[str] = frozenset()  # that a seat may have without approval; empty: those of active people


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the runner waits for things, in seconds. Tests hand in short ones."""

    lease: float = 15.0  # a runner that is silent for so long is taken for dead
    heartbeat: float = 4.0
    poll: float = 5.0  # how often the runner looks for work that nobody woke it for
    progress: float = 1.0  # between two writes of a progress bar
    again: float = 1.0  # before a removal is tried again, doubled each time
    verify: float = 120.0  # REST may lag behind SCIM
    verify_first: float = 0.25  # first pause between two looks, doubled up to `verify_longest`
    verify_longest: float = 10.0
    ignored: float = 15.0  # a field that REST does not show after so long was not taken over
