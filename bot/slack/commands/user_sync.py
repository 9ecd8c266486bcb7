"""`/hs-user sync`: a sync now. Who asks while one runs joins it."""

import threading
import time

from bot.model.sync import SyncRun, SyncState
from bot.slack.commands.command import SubCommand
from bot.slack.handling.answer import Answer, Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call
from bot.slack.views.kit import Message
from bot.slack.views.text import counted, safe
from bot.slack.views.words import sentence

PROGRESS = 3
"""Times that the answer is rewritten while it runs: a response URL takes five answers, the last tells the end."""
PAUSE = 2.0  # seconds between two of them


def sync(call: Call, deps: Deps, text: str) -> Reply:
    """With progress in the reply."""
    joins = deps.sync.running

    def run() -> Message:
        progress = _Progress(call, deps)
        return finished(deps.sync.run("command", progress))

    words = "A sync is running: joining it …" if joins else "Reading everybody from Help Scout …"
    return Answer(sentence(words), then=run, promises=True)


def finished(run: SyncRun) -> Message:
    """What a sync did, or why it wrote nothing."""
    if run.state is SyncState.HELD:
        return sentence(f"{run.problem} I've asked in the channel.")
    if run.state is not SyncState.DONE:
        return sentence(f"Nothing was written: {run.problem}")
    what = [
        f"{number} {word}"
        for number, word in ((run.joined, "joined"), (run.removed, "removed"), (run.changed, "changed"))
        if number
    ]
    words = f"*{counted(run.people, 'person', 'people')}* in Help Scout: {', '.join(what) or 'nothing has changed'}."
    return Message(words, ()) if not safe(run.problem) else sentence(f"{words} {run.problem}")


class _Progress:
    """Called with (pages done, pages in all), from the threads of the sync."""

    def __init__(self, call: Call, deps: Deps) -> None:
        self._call = call
        self._deps = deps
        self._lock = threading.Lock()
        self._left = PROGRESS
        self._next = time.monotonic() + PAUSE

    def __call__(self, done: int, total: int) -> None:
        with self._lock:
            if not self._left or done >= total or time.monotonic() < self._next:
                return
            self._left -= 1
            self._next = time.monotonic() + PAUSE
        message = sentence(f"Reading everybody from Help Scout: page {done} of {total} …")
        self._deps.worker.submit(lambda: self._deps.private.answer(self._call, message, replaces=True))


SYNC = SubCommand("sync", "sync", "reads Help Scout now", sync)
