"""What the app offers to people, read from its manifest: commands with their hints, shortcuts."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

import bot
from bot.model.problem import Problem


@dataclass(frozen=True, kw_only=True)
class Command:
    """`usage_hint` as in the manifest; `forms` are the words one can go on with."""

    name: str
    description: str = ""
    usage_hint: str = ""

    @property
    def forms(self) -> tuple[str, ...]:
        """The alternatives of the usage hint: `[lookup WHO | search TEXT]` gives `lookup WHO`, `search TEXT`."""
        hint = self.usage_hint.strip()
        if hint.startswith("[") and hint.endswith("]") and _is_one_bracket(hint):
            hint = hint[1:-1]
        for sign in ("·", "|"):
            parts = _split(hint, sign)
            if len(parts) > 1:
                return tuple(part.strip() for part in parts if part.strip())
        return (hint,) if hint else ()


@dataclass(frozen=True, kw_only=True)
class Shortcut:
    name: str
    callback_id: str
    on_message: bool
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """`scopes` are the bot token's; None when the manifest names none."""

    commands: tuple[Command, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    scopes: frozenset[str] | None = None
    escape: bool = True

    @property
    def global_shortcuts(self) -> tuple[Shortcut, ...]:
        return tuple(s for s in self.shortcuts if not s.on_message)

    @property
    def message_shortcuts(self) -> tuple[Shortcut, ...]:
        return tuple(s for s in self.shortcuts if s.on_message)


class NoManifest(Problem):
    """The installation is not whole: without the manifest the page would lack shortcuts, hints and completion."""


def places() -> tuple[Traversable, ...]:
    """A wheel has the manifest inside the package, a checkout beside it."""
    return (resources.files("bot") / "manifest.yml", Path(bot.__file__).parent.parent / "manifest.yml")


def read_manifest(where: Sequence[Traversable] | None = None) -> Manifest:
    """The first manifest there is. Raises `NoManifest`."""
    for place in where or places():
        if place.is_file():
            return parsed(yaml.safe_load(place.read_text(encoding="utf-8")))
    raise NoManifest("manifest.yml is missing from this installation, so the demo can't start. Install hs-bot again.")


def parsed(content: dict[str, Any]) -> Manifest:
    """A manifest as Slack documents it (docs.slack.dev, "App manifest reference")."""
    features = content.get("features") or {}
    commands = features.get("slash_commands") or ()
    scopes = ((content.get("oauth_config") or {}).get("scopes") or {}).get("bot")
    return Manifest(
        commands=tuple(
            Command(
                name=str(c["command"]),
                description=str(c.get("description", "")),
                usage_hint=str(c.get("usage_hint", "")),
            )
            for c in commands
        ),
        shortcuts=tuple(
            Shortcut(
                name=str(s["name"]),
                callback_id=str(s["callback_id"]),
                on_message=s.get("type") == "message",
                description=str(s.get("description", "")),
            )
            for s in features.get("shortcuts") or ()
        ),
        scopes=None if scopes is None else frozenset(scopes),
        escape=all(bool(c.get("should_escape")) for c in commands),
    )


def _is_one_bracket(hint: str) -> bool:
    """Whether the first bracket is closed by the last character: `[a | b]`, not `[a] [b]`."""
    depth = 0
    for position, character in enumerate(hint):
        depth += (character == "[") - (character == "]")
        if depth == 0:
            return position == len(hint) - 1
    return False


def _split(hint: str, sign: str) -> list[str]:
    """The hint at the sign, where it stands outside brackets."""
    parts, depth = [""], 0
    for character in hint:
        depth += (character in "[(") - (character in "])")
        if character == sign and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts
