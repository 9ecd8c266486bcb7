"""The README's tables, made from the code: `python -m tests.readme` writes them, a test holds the two together."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import yaml

from bot.cli import main
from bot.config import VARIABLES, Settings
from bot.store.described import DESCRIBED

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"


def variables() -> str:
    """Every variable with its default and meaning, as `bot/config/settings/` describes it."""
    lines = ["| variable | default | |", "|---|---|---|"]
    for variable, name in VARIABLES.items():
        field = Settings.model_fields[name]
        default = "" if field.default_factory or field.is_required() else _default(name, field.default)
        lines.append(f"| `{variable}` | {f'`{default}`' if default else ''} | {field.description} |")
    return "\n".join(lines)


def _default(name: str, value: Any) -> str:
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        if seconds % 86400 == 0 and seconds > 86400:
            return f"{seconds // 86400}d"
        return f"{seconds // 3600}h" if seconds % 3600 == 0 else f"{seconds // 60}m"
    if name == "removal_guard":
        return f"{value:.0%}"
    if isinstance(value, tuple) and value:
        return ",".join(value)
    return "" if value in (None, "", (), frozenset()) else str(value)


def commands() -> str:
    """The slash commands with their usage hints, as manifest.yml gives them to Slack."""
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text())
    lines = ["| command | forms | does |", "|---|---|---|"]
    for command in manifest["features"]["slash_commands"]:
        hint = command["usage_hint"].replace("|", "\\|")
        lines.append(f"| `{command['command']}` | `{hint}` | {command['description']} |")
    return "\n".join(lines)


def cli() -> str:
    """`hs-bot`'s commands with their first line of help."""
    lines = ["| command | does |", "|---|---|"]
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        inner = command.commands.values() if isinstance(command, click.Group) else [command]
        for one in inner:
            prefix = f"{name} " if one is not command else ""
            arguments = " ".join(p.make_metavar(context) for p in one.params if isinstance(p, click.Argument))
            options = " ".join(f"[{p.opts[0]}]" for p in one.params if isinstance(p, click.Option))
            usage = " ".join(part for part in ("hs-bot", prefix + str(one.name), arguments, options) if part)
            lines.append(f"| `{usage.replace('|', chr(92) + '|')}` | {one.get_short_help_str(200)} |")
    return "\n".join(lines)


def record() -> str:
    """The record's views and tables, as `bot/store/described/` has them."""
    lines = ["| view or table | holds |", "|---|---|"]
    readable = {name: about for name, about in DESCRIBED.items() if not about.internal}
    lines += [f"| `{name}` | {about.holds} |" for name, about in readable.items()]
    internal = ", ".join(f"`{name}`" for name in DESCRIBED if name not in readable)
    return "\n".join([*lines, f"| {internal} | Internal: the bot's own bookkeeping. |"])


TABLES: Mapping[str, Callable[[], str]] = {"variables": variables, "commands": commands, "cli": cli, "record": record}


def filled(text: str) -> str:
    """The README with each `<!-- name -->…<!-- /name -->` filled anew."""
    for name, make in TABLES.items():
        marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        assert len(marks.findall(text)) == 1, f"README.md must have one place for {name}"
        table = make()
        text = marks.sub(lambda found, table=table: f"{found[1]}{table}\n{found[2]}", text)  # type: ignore[misc]
    return text
