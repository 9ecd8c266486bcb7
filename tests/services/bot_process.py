"""Bots as processes of their own, to be killed or to race. Run by tests, never imported by them.

Reads JSON lines, one a job, and forks a child for each: importing everything once, it starts a bot in milliseconds. A
job is `{"do": "run" | "click", "target", "addresses", …}`; the answer is `{"signal": n, "code": n, "said": …}`.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot.model.action import Decide
from bot.model.request import State, Verdict
from bot.services.requests.terms import Terms
from bot.store.record import open_record

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.services.conftest import SEALS, Bot, FakeWorkspace, client_of


def main() -> None:
    # Logs go to standard output, too; what was standard output is for answers alone.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        jobs = json.loads(line)
        children = [fork(job) for job in jobs]
        print(json.dumps([finish(*child) for child in children]), file=answers, flush=True)


def fork(job: dict[str, Any]) -> tuple[int, int]:
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.close(reading)
    code = 1
    try:
        said = {"run": run, "click": click}[job["do"]](job)
        os.write(writing, json.dumps(said).encode())
        code = 0
    except BaseException:  # noqa: BLE001  # a child must not go on as a second parent
        os.write(writing, json.dumps(traceback.format_exc()).encode())
    finally:
        os._exit(code)


def finish(child: int, reading: int) -> dict[str, Any]:
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return {"signal": number, "code": os.waitstatus_to_exitcode(status), "said": json.loads(said) if said else None}


def run(job: dict[str, Any]) -> str:
    """Work at what is due until a request ends, and each of `others`; how the last one did.

    With `kill_at`, die at the `after`-th crossing of that point.
    """
    bot = bot_of(job)
    Path(job["pid_file"]).write_text(str(os.getpid()))
    crossed = 0
    lock = threading.Lock()

    def at(point: str) -> None:
        nonlocal crossed
        with lock:
            crossed += point == job.get("kill_at")
            if point == job.get("kill_at") and crossed == job.get("after", 1):
                os.kill(os.getpid(), signal.SIGKILL)

    bot.at = at
    bot.runner.start()
    said = ""
    for id in (*job.get("others", ()), job["request"]):
        request = bot.record.requests.get(id)
        assert request is not None
        said = bot.until(request, State.DONE, State.ATTENTION, State.STALE, State.FAILED, timeout=20).state.value
    bot.runner.stop(5)
    return said


def click(job: dict[str, Any]) -> list[bool]:
    """Approve with many threads at the same moment; which clicks counted."""
    bot = bot_of(job)
    bot.runner.start()
    accepted: list[bool] = []
    barrier = threading.Barrier(len(job["actors"]))

    def one(actor: str) -> None:
        barrier.wait(10)
        time.sleep(max(0.0, job["start_at"] - time.time()))
        action = Decide(request_id=job["request"], actor=actor, verdict=Verdict.APPROVE)
        accepted.append(bot.apply(action).accepted)

    threads = [threading.Thread(target=one, args=(actor,)) for actor in job["actors"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    request = bot.record.requests.get(job["request"])
    assert request is not None
    bot.until(request, State.DONE, State.ATTENTION, timeout=20)
    bot.runner.stop(5)
    return accepted


def bot_of(job: dict[str, Any]) -> Bot:
    helpscout = client_of(SimpleNamespace(**job["addresses"]))
    return Bot(
        open_record(job["target"], seals=SEALS),
        helpscout,
        FakeWorkspace(),
        Terms(**{"requesters_named": True, **job.get("terms", {})}),
    )


if __name__ == "__main__":
    main()
