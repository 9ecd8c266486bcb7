"""The views behind the scenes: reading the record, files, and the tour's progress."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.page.blocks.file_view import as_table, pretty, size
from bot.demo.page.manifest import Manifest
from bot.demo.page.panels.record import as_html
from bot.demo.page.panels.record_reader import RecordReader, Rows
from bot.demo.page.panels.tour_steps import Tour, steps
from bot.demo.page.stage import Stage
from bot.demo.slack import BOT_USER_ID, Message, SimulatedSlack


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "hs-bot.db"
    with sqlite3.connect(path) as db:
        db.execute("create table users (id integer primary key, email text)")
        db.executemany("insert into users values (?, ?)", [(n, f"p{n}@acme.example") for n in range(120)])
        db.execute(
            "create table requests (id text primary key, kind text, state text, requester text, target_email text,"
            " opened_at text)"
        )
        db.execute("create table odd (x text)")
    return path


def ask(record: Path, state: str, number: int = 1) -> None:
    with sqlite3.connect(record) as db:
        values = (f"r{number}", "offboard", state, "U0RITA0001", "jane@acme.example", f"2026-11-24T12:00:0{number}Z")
        db.execute("insert or replace into requests values (?, ?, ?, ?, ?, ?)", values)


def test_the_tables_are_counted_the_interesting_ones_first(record: Path) -> None:
    assert [(t.name, t.count) for t in RecordReader(record).tables()] == [("users", 120), ("requests", 0), ("odd", 0)]


def test_rows_come_newest_first_and_are_found_by_any_column(record: Path) -> None:
    reader = RecordReader(record)
    rows = reader.rows("users", limit=2)
    assert rows.columns == ("id", "email")
    assert [r[0] for r in rows.rows] == ["119", "118"]
    assert rows.found == 120
    assert reader.rows("users", words="p7@").rows == (("7", "p7@acme.example"),)


def test_the_reader_can_not_write(record: Path) -> None:
    with RecordReader(record)._open() as db, pytest.raises(sqlite3.OperationalError, match="readonly"):
        db.execute("delete from users")


def test_the_stamp_moves_with_each_request(record: Path) -> None:
    reader = RecordReader(record)
    before = reader.stamp()
    ask(record, "pending")
    assert reader.stamp() > before


def test_rows_are_escaped_and_cut() -> None:
    html = as_html(Rows(columns=("<c>",), rows=(("<b>",), ("x" * 100,)), found=2))
    assert "&lt;c&gt;" in html
    assert "&lt;b&gt;" in html
    assert "x" * 39 + "…" in html
    assert "x" * 40 not in html


def test_files_are_shown_as_tables_and_as_indented_json() -> None:
    assert "<td>&lt;b&gt;</td>" in as_table("name\n<b>\n")
    assert as_table("") == "<p>Empty file.</p>"
    assert pretty('{"a":1}') == '{\n  "a": 1\n}'
    assert pretty("no json") == "no json"
    assert (size(340), size(12_300), size(1_500_000)) == ("340 B", "12 kB", "1.5 MB")


@pytest.fixture
def stage(record: Path) -> Iterator[Stage]:
    with SimulatedSlack() as slack:
        yield Stage(slack=slack, manifest=Manifest(), record=record)


def look_up(stage: Stage) -> None:
    stage.commands.append(("U0RITA0001", f"/hs-user lookup {stage.leaver}"))


def answer(stage: Stage, text: str) -> None:
    channel = stage.slack.channel("access")
    ts = stage.slack.workspace.new_ts()
    message = Message(ts=ts, channel=channel.id, user=BOT_USER_ID, text=text, ephemeral_to="U0RITA0001")
    stage.slack.workspace.post(channel, message)


def test_the_tour_goes_on_as_things_really_happen(stage: Stage, record: Path) -> None:
    tour = Tour(stage)
    assert tour.progress().done == 0
    look_up(stage)
    assert tour.progress().done == 0, "typed, but not answered"
    answer(stage, f"Jane, {stage.leaver}")
    assert tour.progress().done == 1
    ask(record, "pending")
    assert (tour.progress().done, tour.progress().note) == (2, "Waiting for an approval.")
    ask(record, "running")
    assert tour.progress().done == 2
    ask(record, "done")
    assert tour.progress().done == 3
    look_up(stage)
    assert tour.progress().done == 4


def test_the_tour_goes_back_a_step_when_the_request_ended_otherwise(stage: Stage, record: Path) -> None:
    tour = Tour(stage)
    look_up(stage)
    answer(stage, stage.leaver)
    ask(record, "pending")
    assert tour.progress().done == 2
    ask(record, "denied")
    assert (tour.progress().done, tour.progress().note) == (1, "That request was denied. Ask again.")
    ask(record, "pending", number=2)
    assert tour.progress().done == 2


def test_the_tour_waits_while_there_is_no_record_yet(tmp_path: Path) -> None:
    with SimulatedSlack() as slack:
        tour = Tour(Stage(slack=slack, manifest=Manifest(), record=tmp_path / "none.db"))
        assert tour.progress().done == 0


def test_each_step_of_the_tour_can_be_done_by_its_person(stage: Stage) -> None:
    handles = {part.handle for part in stage.parts}
    assert all(step.handle in handles for step in steps(stage))
    assert len(steps(stage)) == 4
