"""How many decisions a second one bot or several make on one record. Each bot is a process of its own.

`python -m tests.benchmarks.deciding TARGET` is such a bot: it says `ready`, reads the ids that it is to approve as one
line of JSON, and says how many it has approved.
"""

import json
import logging
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from typing import IO

from bot import log
from bot.model.action import Decide
from bot.model.request import Kind, Request, State, Verdict
from bot.policy.requests.digest import plan_digest
from bot.services.approvals import Approvals
from bot.services.requests.terms import Terms
from bot.store.record import Record, open_record
from tests.benchmarks.approvals import SlackAfar
from tests.benchmarks.crowd import crowd

AT_ONCE = 8
"""People who click at the same time, of each bot."""


def bots_deciding(target: str, *, bots: int, decisions: int) -> float:
    """Decisions a second: `decisions` requests wait in the empty record at `target`, shared out among `bots`."""
    record = open_record(target)
    try:
        ids = ask(record, decisions)
        with ExitStack() as stack:
            started = [stack.enter_context(_bot(target)) for _ in range(bots)]
            for process in started:
                assert _pipe(process.stdout).readline() == "ready\n"
            began = time.perf_counter()
            for number, process in enumerate(started):
                into = _pipe(process.stdin)
                into.write(json.dumps(ids[number::bots]) + "\n")
                into.flush()
            approved = sum(int(_pipe(process.stdout).readline()) for process in started)
            seconds = time.perf_counter() - began
        assert approved == decisions
        assert record.audit.verify().whole
        return decisions / seconds
    finally:
        record.close()


def ask(record: Record, count: int) -> list[str]:
    """Requests that wait for one approval, about as many people."""
    now = record.now()
    people = list(crowd(count))
    record.users.put(people)
    ids = [f"asked{number}" for number in range(count)]
    with record.transaction():
        for id, person in zip(ids, people, strict=True):
            plan = {"id": person.id, "email": person.user.email, "role": "user", "run_at": None}
            record.requests.insert(
                Request(
                    id=id,
                    kind=Kind.OFFBOARD,
                    opened_at=now,
                    requester="UASKS",
                    target_id=person.id,
                    target_email=person.user.email,
                    plan=plan,
                    digest=plan_digest(Kind.OFFBOARD, plan),
                    quorum=1,
                    expires_at=now + timedelta(days=1),
                )
            )
    return ids


def decide(target: str) -> None:
    """The life of one such bot."""
    log.configure("text", level=logging.ERROR)  # standard output is for what it says
    record = open_record(target)
    approvals = Approvals(record, SlackAfar(0.0), {}, Terms())

    def approve(id: str) -> bool:
        outcome = approvals.apply(Decide(request_id=id, actor="UDECIDES", verdict=Verdict.APPROVE))
        assert outcome.accepted, outcome.sentence
        return outcome.request is not None and outcome.request.state is State.APPROVED

    with ThreadPoolExecutor(AT_ONCE) as people:
        list(people.map(lambda _: record.now(), range(AT_ONCE)))  # connections are open before it counts
        print("ready", flush=True)
        print(sum(people.map(approve, json.loads(sys.stdin.readline()))), flush=True)
    record.close()


def _bot(target: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.benchmarks.deciding", target]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _pipe(end: "IO[str] | None") -> "IO[str]":
    assert end is not None
    return end


if __name__ == "__main__":
    decide(sys.argv[1])
