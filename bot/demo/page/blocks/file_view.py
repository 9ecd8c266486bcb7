"""Files in messages: pictures are shown, texts open in a dialog, everything can be saved."""

import csv
import io
import json
from html import escape

from nicegui import ui

from bot.demo.page.tags import Tag, button, html, icon
from bot.demo.page.window import Window
from bot.demo.slack import File

MOST_ROWS = 200
MOST_CHARACTERS = 200_000


def draw_file(window: Window, file: File) -> None:
    """A card with name and size; pictures right in the message."""
    kind = str(file.as_json()["mimetype"])
    if kind.startswith("image/"):
        with Tag("figure", "picture"):
            Tag("figcaption", "", file.title)
            Tag("img", "image", src=f"/file/{file.id}", alt=file.alt_text or file.title)
        return
    with Tag("div", "file"):
        icon({"text/csv": "table_view", "application/json": "data_object"}.get(kind, "description"), "large")
        with Tag("div", "about"):
            Tag("strong", "", file.title)
            Tag("small", "", f"{file.name} · {size(file.length)}")
        button("Open", lambda: _open(window, file), css="button", aria_label_=f"Open {file.name}")
        Tag("a", "button", "Save", href=f"/file/{file.id}", download=file.name)


def size(length: int) -> str:
    """`340 B`, `12 kB`, `1.5 MB`"""
    if length < 1000:
        return f"{length} B"
    return f"{length / 1000:.0f} kB" if length < 1_000_000 else f"{length / 1_000_000:.1f} MB"


def _open(window: Window, file: File) -> None:
    content = (file.content or b"").decode("utf-8", "replace")[:MOST_CHARACTERS]
    with window.client, ui.dialog(value=True) as dialog, Tag("div", "sheet wide", role="document"):
        dialog.props(f'aria-label="{escape(file.title)}"')
        dialog.on("hide", dialog.delete)
        with Tag("header"):
            Tag("h2", "", file.title)
            button("", dialog.close, css="ghost", picture="close", label="Close")
        with Tag("div", "file-content"):
            if file.name.endswith(".csv"):
                html(as_table(content))
            elif file.name.endswith(".json"):
                Tag("pre", "", pretty(content))
            else:
                Tag("pre", "", content)


def as_table(content: str) -> str:
    """The first rows of a CSV file as an HTML table."""
    rows = [row for _, row in zip(range(MOST_ROWS + 1), csv.reader(io.StringIO(content)), strict=False)]
    if not rows:
        return "<p>Empty file.</p>"
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in rows[0])
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows[1:])
    return f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def pretty(content: str) -> str:
    """JSON with indentation; as it came when it is none."""
    try:
        return json.dumps(json.loads(content), indent=2, ensure_ascii=False)
    except ValueError:
        return content
