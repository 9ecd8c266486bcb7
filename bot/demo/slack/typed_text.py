"""What Slack sends for what somebody types: shortcodes for emoji; with `should_escape` mentions, links and entities."""

import re
from functools import cache

from bot.demo.slack.workspace import Workspace
from bot.policy.typed.emoji import table

_TOKEN = re.compile(
    r"(?P<email>[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"
    r"|(?P<link>https?://[^\s<>]+)"
    r"|(?<![\w@])@(?P<person>[\w.-]+)"
    r"|(?<![\w#])#(?P<channel>[\w-]+)"
)


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def with_shortcodes(text: str) -> str:
    """As Slack's composer hands on emoji that are typed or picked."""
    return text if text.isascii() else _emoji().sub(_shortcode, text)


@cache
def _names() -> dict[str, str]:
    """Shortcode by emoji; of several the first."""
    names: dict[str, str] = {}
    for name, character in table().characters.items():
        if not character.isascii():
            names.setdefault(character, name)
    return names


@cache
def _emoji() -> re.Pattern[str]:
    longest_first = sorted(_names(), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))


def _shortcode(found: re.Match[str]) -> str:
    return f":{_names()[found[0]]}:"


def as_sent(text: str, workspace: Workspace, *, escape: bool = True) -> str:
    """Sources: docs.slack.dev, "Implementing slash commands", on `should_escape`; bolt-js #1361 on emoji."""
    text = with_shortcodes(text)
    if not escape:
        return text

    def wrapped(match: re.Match[str]) -> str:
        whole = match[0]
        if match["email"]:
            return f"<mailto:{whole}|{whole}>"
        if match["link"]:
            return f"<{_entities(whole)}>"
        if match["person"]:
            person = workspace.people.get(match["person"])
            return f"<@{person.id}|{person.handle}>" if person else _entities(whole)
        channel = workspace.find_channel(match["channel"])
        return f"<#{channel.id}|{channel.name}>" if channel else _entities(whole)

    parts: list[str] = []
    end = 0
    for match in _TOKEN.finditer(text):
        parts += [_entities(text[end : match.start()]), wrapped(match)]
        end = match.end()
    return "".join([*parts, _entities(text[end:])])
