"""rich_text blocks as HTML. Source: docs.slack.dev/reference/block-kit/blocks/rich-text-block."""

from html import escape
from typing import Any

from bot.demo.page.drawing.dates import formatted
from bot.demo.page.drawing.emoji import drawn
from bot.demo.page.drawing.mrkdwn import anchor, mention
from bot.demo.page.drawing.reader import Reader

Json = dict[str, Any]

_STYLES = {"bold": "strong", "italic": "em", "strike": "s", "code": "code", "underline": "u"}


def rich_text(block: Json, reader: Reader) -> str:
    """The elements of a rich_text block, or of a cell of a table."""
    return "".join(_element(element, reader) for element in block.get("elements", ()))


def _element(element: Json, reader: Reader) -> str:
    parts = element.get("elements", ())
    match element.get("type"):
        case "rich_text_preformatted":
            return f"<pre>{''.join(_part(p, reader) for p in parts)}</pre>"
        case "rich_text_quote":
            return f"<blockquote>{''.join(_part(p, reader) for p in parts)}</blockquote>"
        case "rich_text_list":
            tag = "ol" if element.get("style") == "ordered" else "ul"
            items = "".join(f"<li>{''.join(_part(p, reader) for p in item.get('elements', ()))}</li>" for item in parts)
            return f'<{tag} class="indent-{int(element.get("indent", 0))}">{items}</{tag}>'
    return f"<p>{''.join(_part(p, reader) for p in parts)}</p>"


def _part(part: Json, reader: Reader) -> str:
    html = _bare(part, reader)
    for name, wanted in (part.get("style") or {}).items():
        if wanted and name in _STYLES:
            html = f"<{_STYLES[name]}>{html}</{_STYLES[name]}>"
    return html


def _bare(part: Json, reader: Reader) -> str:
    match part.get("type"):
        case "text":
            return drawn(escape(str(part["text"])), shortcodes=False).replace("\n", "<br>")
        case "link":
            return anchor(str(part["url"]), str(part.get("text") or part["url"]))
        case "user":
            user = str(part["user_id"])
            return mention("@" + (reader.person_name(user) or user), me=user == reader.id)
        case "channel":
            channel = str(part["channel_id"])
            return mention("#" + (reader.channel_name(channel) or channel))
        case "usergroup":
            return mention("@" + str(part["usergroup_id"]))
        case "broadcast":
            return mention("@" + str(part["range"]), me=True)
        case "emoji":
            return drawn(f":{escape(str(part['name']))}:")
        case "date":
            words = formatted(int(part["timestamp"]), str(part["format"]), reader) or str(part.get("fallback", ""))
            return f'<time class="date">{escape(words)}</time>'
    return ""
