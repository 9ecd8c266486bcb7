"""What Slack sends for what somebody types: with `should_escape` mentions, links and entities, else as typed."""

import re

from bot.demo.slack.workspace import Workspace

_TOKEN = re.compile(
    r"(?P<email>[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"
    r"|(?P<link>https?://[^\s<>]+)"
    r"|(?<![\w@])@(?P<person>[\w.-]+)"
    r"|(?<![\w#])#(?P<channel>[\w-]+)"
)


def _entities(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_sent(text: str, workspace: Workspace, *, escape: bool = True) -> str:
    """Source: docs.slack.dev, "Implementing slash commands", on `should_escape`."""
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
