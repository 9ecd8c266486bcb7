"""Several processes on one record, and processes that die in the middle of everything."""

import random
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.model.request import Request, State
from bot.store.record import Record

Make = Callable[..., Request]
Program = Callable[..., "subprocess.Popen[str]"]


def say(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdin is not None
    process.stdin.write(word + "\n")
    process.stdin.flush()


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_processes_that_append_at_once_never_fork_the_chain(record: Record, target: str, program: Program) -> None:
    source = """
import sys
from bot.store.record import open_record
record = open_record(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
for n in range(25):
    with record.transaction():
        record.notes.set(f"{sys.argv[2]}/{n}", "x")
        record.audit.append("e", actor=sys.argv[2], details={"n": n})
print("done", flush=True)
record.close()
"""
    writers = [program(source, target, f"writer {n}") for n in range(3)]
    for writer in writers:
        assert line(writer) == "ready"
    for writer in writers:
        say(writer, "go")
    assert [line(writer) for writer in writers] == ["done"] * 3
    report = record.audit.verify()
    assert (report.whole, report.entries) == (True, 75)
    for n in range(3):
        own = [entry.details["n"] for entry in record.audit.iterate() if entry.actor == f"writer {n}"]
        assert own == list(range(25))


def test_of_processes_that_claim_at_once_one_wins(
    record: Record, target: str, program: Program, a_request: Make
) -> None:
    source = """
import sys
from datetime import timedelta
from bot.model.request import State
from bot.store.record import open_record
record = open_record(sys.argv[1])
print("ready", flush=True)
for id in sys.stdin:
    now = record.now()
    claimed = record.requests.claim(
        id.strip(), owner=sys.argv[2], now=now, until=now + timedelta(minutes=1), from_states={State.APPROVED}
    )
    print("won" if claimed else "lost", flush=True)
"""
    for n in range(10):
        record.requests.insert(a_request(f"r{n}", target_id=n, state=State.APPROVED))
    runners = [program(source, target, f"runner {n}") for n in range(3)]
    assert [line(runner) for runner in runners] == ["ready"] * 3
    for n in range(10):
        for runner in runners:
            say(runner, f"r{n}")
        answers = [line(runner) for runner in runners]
        assert sorted(answers) == ["lost", "lost", "won"]
        row = record.requests.get(f"r{n}")
        assert row is not None
        assert row.lease_owner == f"runner {answers.index('won')}"


def test_a_process_killed_inside_a_transaction_leaves_nothing_of_it(
    record: Record, target: str, program: Program
) -> None:
    source = """
import sys
from bot.store.record import open_record
record = open_record(sys.argv[1])
record.notes.set("before", "x")
with record.transaction():
    record.notes.set("inside", "x")
    record.audit.append("inside")
    print("inside", flush=True)
    sys.stdin.readline()
"""
    victim = program(source, target)
    assert line(victim) == "inside"
    victim.kill()
    victim.wait()
    began = time.monotonic()
    record.audit.append("after")  # the lock that it held is gone with it
    assert time.monotonic() - began < 5
    assert (record.notes.get("before"), record.notes.get("inside")) == ("x", None)
    assert [entry.event for entry in record.audit.iterate()] == ["after"]
    assert record.audit.verify().whole


def test_processes_killed_at_any_moment_leave_whole_transactions(record: Record, target: str, program: Program) -> None:
    source = """
import sys
from bot.store.record import open_record
record = open_record(sys.argv[1])
n = 0
while True:
    n += 1
    with record.transaction():
        record.notes.set(f"{sys.argv[2]}/{n}/a", "x")
        record.audit.append("e", actor=sys.argv[2])
        record.notes.set(f"{sys.argv[2]}/{n}/b", "x")
    if n == 1:
        print("ready", flush=True)
"""
    chance = random.Random(7)
    for n in range(3):
        victim = program(source, target, f"victim {n}")
        assert line(victim) == "ready"
        time.sleep(chance.uniform(0.05, 0.3))
        victim.kill()
        victim.wait()
    record.audit.append("after")
    report = record.audit.verify()
    assert report.whole, report.problem
    keys = {key for (key,) in record._engine.rows("SELECT key FROM notes")}
    transactions = {key[:-2] for key in keys}
    assert keys == {f"{name}/{half}" for name in transactions for half in "ab"}
    assert report.entries == len(transactions) + 1
    assert len(transactions) > 3


def test_the_lease_of_a_killed_process_runs_out(
    record: Record, target: str, program: Program, clock: object, a_request: Make
) -> None:
    source = """
import sys
from datetime import datetime, timedelta
from bot.model.request import State
from bot.store.record import open_record
record = open_record(sys.argv[1])
now = datetime.fromisoformat(sys.argv[2])
record.requests.claim("r1", owner="victim", now=now, until=now + timedelta(minutes=1), from_states={State.APPROVED})
record.leases.take("lead", "victim", now, now + timedelta(minutes=1))
print("claimed", flush=True)
sys.stdin.readline()
"""
    record.requests.insert(a_request("r1", state=State.APPROVED))
    victim = program(source, target, record.now().isoformat())
    assert line(victim) == "claimed"
    victim.kill()
    victim.wait()
    assert record.requests.due(record.now()).orphaned_leases == ()
    now = clock.forward(minutes=1)  # type: ignore[attr-defined]
    assert record.requests.due(now).orphaned_leases == ("r1",)
    assert record.leases.take("lead", "me", now, now + timedelta(minutes=1))
    assert record.requests.claim(
        "r1", owner="me", now=now, until=now + timedelta(minutes=1), from_states={State.RUNNING}
    )


def test_a_write_of_another_process_moves_the_version(record: Record, target: str, program: Program) -> None:
    source = """
import sys
from bot.model.user import User, UserRecord
from bot.store.record import open_record
record = open_record(sys.argv[1])
now = record.now()
record.users.put([UserRecord(user=User(id=7), first_seen=now, last_seen=now)])
print("written", flush=True)
"""
    before = record.version()
    writer = program(source, target)
    assert line(writer) == "written"
    ends = time.monotonic() + 2
    while record.version() == before and time.monotonic() < ends:
        time.sleep(0.01)
    assert record.version() > before


def test_importing_the_room_is_light(program: Program) -> None:
    source = """
import sys
import bot.store.record, bot.store.errors, bot.store.whole.backup
heavy = {"sqlite_utils", "psycopg", "psycopg_pool", "sqlite3"} & sys.modules.keys()
print(sorted(heavy))
"""
    assert program(source).communicate(timeout=60)[0].strip() == "[]"


def test_a_file_needs_no_driver_of_postgresql(program: Program, tmp_path: object) -> None:
    source = """
import sys
sys.modules["psycopg"] = None  # as if the extra were not installed
from bot.store.record import open_record
open_record(sys.argv[1]).close()
try:
    open_record("postgresql://localhost/x")
except Exception as problem:
    print(type(problem).__name__, problem)
"""
    answer = program(source, f"{tmp_path}/x.db").communicate(timeout=60)[0]
    assert answer.startswith("NoDriver")
    assert "pip install 'hs-bot[postgresql]'" in answer


@pytest.mark.postgresql
def test_a_child_of_a_fork_gets_connections_of_its_own(postgresql_server: object, program: Program) -> None:
    source = """
import os, sys
from bot.store.record import open_record
record = open_record(sys.argv[1])
record.audit.append("parent")
before = record.version()
if os.fork() == 0:
    for _ in range(10):
        record.audit.append("child")
    record.version()
    record.close()
    os._exit(0)
for _ in range(10):
    record.audit.append("parent")
os.wait()
report = record.audit.verify()
print(report.whole, report.entries)
record.close()
"""
    url = postgresql_server.new_schema()  # type: ignore[attr-defined]
    assert program(source, url).communicate(timeout=60)[0].split() == ["True", "21"]
