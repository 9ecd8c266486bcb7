"""The bot's record on the page: its tables as they are, read-only."""

import sqlite3
from html import escape
from pathlib import Path

from nicegui import ui

from bot.demo.page.blocks.file_view import pretty
from bot.demo.page.panels.record_reader import RecordReader, Rows, Table
from bot.demo.page.tags import Tag, button, html, typed
from bot.demo.page.window import Window

ASK_EVERY_SECONDS = 0.7
ROWS = 50
LONGEST_CELL = 40


class RecordPanel:
    """Follows the record while it is looked at; a row opens as a list of its columns."""

    def __init__(self, window: Window, path: Path) -> None:
        self.window = window
        self.reader = RecordReader(path)
        self.table = "users"
        self.words = ""
        self._drawn: object = None
        self._pills: dict[str, tuple[Tag, Tag]] = {}
        with Tag("section", "panel wide record", aria_label="The record") as self.root:
            with Tag("header"):
                Tag("h2", "", "The record")
                Tag("small", "", "SQLite, read-only")
                Tag("span", "space")
                button("", lambda: window.show_panel("record"), css="ghost", picture="close", label="Close panel")
            self.tables = Tag("div", "pills", role="tablist", aria_label="Tables")
            search = Tag("input", "field search", type="search", placeholder="Search this table", aria_label="Search")
            typed(search, self._search)
            self.body = Tag("div", "panel-body flush")
        ui.timer(ASK_EVERY_SECONDS, self.refresh)

    def refresh(self) -> None:
        shown = self.window.panel == "record" and self.window.thread is None
        self.root.set_visibility(shown)
        if not shown:
            return
        try:
            current = (self.table, self.words, self.reader.stamp())
            if current == self._drawn:
                return
            tables = self.reader.tables()
            rows = self.reader.rows(self.table, words=self.words, limit=ROWS)
        except sqlite3.Error as problem:
            self._sorry(f"The record can't be read right now ({problem}).")
            return
        self._drawn = current
        self._name(tables)
        self._draw(rows)

    def _name(self, tables: list[Table]) -> None:
        """A pill stays the same element: one that is redrawn under the mouse loses its click."""
        if list(self._pills) != [table.name for table in tables]:
            self.tables.clear()
            with self.tables:
                self._pills = {table.name: self._pill(table.name) for table in tables}
        for table in tables:
            pill, count = self._pills[table.name]
            here = table.name == self.table
            pill.wear("here", here)
            pill.mark_as("aria_selected", str(here).lower())
            count.say(f"{table.count:,}")

    def _pill(self, name: str) -> tuple[Tag, Tag]:
        with Tag("button", "pill", type="button", role="tab") as pill:
            Tag("span", "", name)
            count = Tag("small", "", "")
        pill.on("click", lambda _: self._show(name))
        return pill, count

    def _sorry(self, sentence: str) -> None:
        if self._drawn != sentence:
            self._drawn = sentence
            self.body.clear()
            with self.body:
                Tag("p", "count", sentence)

    def _show(self, table: str) -> None:
        self.table = table
        self.refresh()

    def _search(self, words: str) -> None:
        self.words = words.strip()
        self.refresh()

    def _draw(self, rows: Rows) -> None:
        self.body.clear()
        with self.body:
            Tag(
                "p",
                "count",
                f"{rows.found:,} {'row' if rows.found == 1 else 'rows'}, the newest first"
                + (f"; {ROWS} shown" if rows.found > ROWS else ""),
            )
            table = html(as_html(rows), "rows")
            table.on(
                "click",
                lambda e: self._open(rows, int(e.args)),
                js_handler="(e) => { const r = e.target.closest('tr[data-row]'); if (r) emit(r.dataset.row); }",
            )

    def _open(self, rows: Rows, number: int) -> None:
        with self.window.client, ui.dialog(value=True) as dialog, Tag("div", "sheet wide", role="document"):
            dialog.props(f'aria-label="A row of {self.table}"')
            dialog.on("hide", dialog.delete)
            with Tag("header"):
                Tag("h2", "", f"A row of {self.table}")
                button("", dialog.close, css="ghost", picture="close", label="Close")
            with Tag("dl", "columns"):
                for column, cell in zip(rows.columns, rows.rows[number], strict=True):
                    Tag("dt", "", column)
                    Tag("dd", "", pretty(cell) if cell[:1] in ("{", "[") else cell or "—")


def as_html(rows: Rows) -> str:
    """The rows as a table; long cells are cut, `data-row` numbers the rows."""
    head = "".join(f'<th scope="col">{escape(c)}</th>' for c in rows.columns)
    body = "".join(
        f'<tr data-row="{n}">{"".join(f"<td>{escape(_cut(cell))}</td>" for cell in row)}</tr>'
        for n, row in enumerate(rows.rows)
    )
    return f'<div class="table mono"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cut(cell: str) -> str:
    return cell if len(cell) <= LONGEST_CELL else cell[: LONGEST_CELL - 1] + "…"
