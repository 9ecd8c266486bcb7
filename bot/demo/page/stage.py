"""What the page is about: the simulated workspace, what is behind it, and whom one can be."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.demo.directories.pushing import Provider
from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.page.manifest import Manifest
from bot.demo.slack import SimulatedSlack


@dataclass(frozen=True)
class Part:
    """One of the people one can be, and what they may do."""

    handle: str
    role: str


FIVE = (
    Part("rita", "Requester"),
    Part("ana", "Approver"),
    Part("bo", "Approver"),
    Part("max", "Member"),
    Part("gus", "Guest"),
)


class BotProcess(Protocol):
    """The bot that runs between the two simulations."""

    @property
    def state(self) -> str:
        """`running`, `starting` or `stopped`."""

    @property
    def pid(self) -> int | None: ...

    @property
    def output(self) -> list[str]:
        """The last lines it logged."""

    def kill(self) -> None:
        """Ends it at once, as a crash would."""

    def start(self) -> None:
        """Starts it, if it is not running."""


@dataclass(kw_only=True)
class Stage:
    """Panels whose part is None are not shown."""

    slack: SimulatedSlack
    manifest: Manifest
    helpscout: SimulatedHelpScout | None = None
    record: Path | None = None
    bot: BotProcess | None = None
    provider: Provider | None = None
    channel: str = "access"
    app_name: str = "hs-bot"
    parts: tuple[Part, ...] = FIVE
    leaver: str = "jane@acme.example"
    commands: list[tuple[str, str]] = field(default_factory=list)  # (Slack id, line) as typed on the page
