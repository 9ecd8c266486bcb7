"""Faces: initials on a colour of one's own; the bot has a picture."""

from zlib import crc32

from bot.demo.page.tags import Tag, icon
from bot.demo.slack.people import SLACKBOT_ID, Person

TONES = 8


def avatar(person: Person, css: str = "") -> Tag:
    """A square with initials, or the bot's picture."""
    tone = f"tone-{crc32(person.id.encode()) % TONES}"
    if person.is_bot or person.id == SLACKBOT_ID:
        tone = "machine"
    with Tag("span", f"avatar {tone} {css}".strip(), aria_hidden="true") as made:
        if person.is_bot:
            icon("badge")
        elif person.id == SLACKBOT_ID:
            icon("smart_toy")
        else:
            Tag("span", "", person.initials)
    return made
