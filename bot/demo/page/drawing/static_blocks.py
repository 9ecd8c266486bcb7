"""The parts of Block Kit that only show something, as HTML: texts, fields, contexts, images, tables, rich text."""

from html import escape
from typing import Any
from urllib.parse import urlsplit

from bot.demo.page.drawing.mrkdwn import plain, rendered
from bot.demo.page.drawing.reader import Reader
from bot.demo.page.drawing.rich_text import rich_text

Json = dict[str, Any]


def text(thing: Any, reader: Reader) -> str:
    """A text object (plain_text or mrkdwn)."""
    if not isinstance(thing, dict):
        return ""
    words = str(thing.get("text", ""))
    if thing.get("type") == "mrkdwn":
        return rendered(words, reader, links=not thing.get("verbatim"))
    return plain(words, emoji=bool(thing.get("emoji", True)))


def words_of(thing: Any) -> str:
    """The bare words of a plain_text object, for labels and attributes."""
    return str(thing.get("text", "")) if isinstance(thing, dict) else ""


def picture(thing: Json, *, css: str) -> str:
    """An image of a block or element; from elsewhere than this machine only its words are shown."""
    alt = escape(str(thing.get("alt_text", "")))
    url = str(thing.get("image_url", ""))
    file = thing.get("slack_file")
    if isinstance(file, dict):
        url = f"/file/{file['id']}" if file.get("id") else str(file.get("url", ""))
    if not (url.startswith("/file/") or urlsplit(url).hostname in ("127.0.0.1", "localhost")):
        return f'<span class="{css} absent" role="img" aria-label="{alt}" title="{alt}">{alt[:1] or "?"}</span>'
    return f'<img class="{css}" src="{escape(url)}" alt="{alt}" loading="lazy">'


def section_text(block: Json, reader: Reader) -> str:
    """Text and fields of a section."""
    html = f'<div class="text">{text(block.get("text"), reader)}</div>' if block.get("text") else ""
    fields = "".join(f'<div class="text">{text(field, reader)}</div>' for field in block.get("fields") or ())
    return html + (f'<div class="fields">{fields}</div>' if fields else "")


def block_html(block: Json, reader: Reader) -> str:
    """A block without anything to press or fill."""
    match block.get("type"):
        case "section":
            return section_text(block, reader)
        case "header":
            return f'<h3 class="header">{text(block.get("text"), reader)}</h3>'
        case "divider":
            return "<hr>"
        case "context":
            return f'<div class="context">{"".join(_in_context(e, reader) for e in block.get("elements", ()))}</div>'
        case "image":
            title = text(block.get("title"), reader)
            caption = f"<figcaption>{title}</figcaption>" if title else ""
            return f"<figure>{caption}{picture(block, css='image')}</figure>"
        case "table":
            return _table(block, reader)
        case "rich_text":
            return f'<div class="rich">{rich_text(block, reader)}</div>'
        case "markdown":
            return f'<div class="text markdown">{plain(str(block.get("text", "")))}</div>'
    return f'<div class="unknown">A {escape(str(block.get("type")))} block, which this page does not draw.</div>'


def _in_context(element: Json, reader: Reader) -> str:
    if element.get("type") == "image":
        return picture(element, css="tiny")
    return f'<span class="text">{text(element, reader)}</span>'


def _table(block: Json, reader: Reader) -> str:
    settings = block.get("column_settings") or []

    def cell(position: int, content: Json, tag: str) -> str:
        setting = settings[position] if position < len(settings) else None
        align = (setting or {}).get("align", "left")
        if content.get("type") == "rich_text":
            inner = rich_text(content, reader)
        else:
            inner = plain(str(content.get("text", content.get("value", ""))), emoji=False)
        wrap = " wrap" if (setting or {}).get("is_wrapped") else ""
        scope = ' scope="col"' if tag == "th" else ""
        return f'<{tag}{scope} class="{align}{wrap}">{inner}</{tag}>'

    head, *rows = block.get("rows") or [[]]
    top = "".join(cell(n, c, "th") for n, c in enumerate(head))
    body = "".join(f"<tr>{''.join(cell(n, c, 'td') for n, c in enumerate(row))}</tr>" for row in rows)
    return (
        f'<div class="table" role="region" aria-label="Table" tabindex="0">'
        f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )
