"""The guided tour: four steps that are done when they have really happened."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from bot.demo.page.panels.record_reader import RecordReader
from bot.demo.page.stage import Stage


@dataclass(frozen=True, kw_only=True)
class Step:
    """`line` is what to type, `handle` who to be; either may be empty."""

    title: str
    text: str
    handle: str = ""
    line: str = ""
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """`done` of the steps are done; `note` says what is going on meanwhile."""

    done: int = 0
    note: str = ""


def steps(stage: Stage) -> tuple[Step, ...]:
    leaver = stage.leaver
    return (
        Step(
            title="Look somebody up",
            text="Jane leaves the company today. See who she is in Help Scout, without opening Help Scout.",
            handle="rita",
            line=f"/hs-user lookup {leaver}",
        ),
        Step(
            title="Ask to offboard her",
            text="Say why, and who takes her conversations. Nothing happens before a second person agrees.",
            handle="rita",
            line=f"/hs-offboard {leaver}",
            hint="Send the form; a card appears in #access.",
        ),
        Step(
            title="Approve as another person",
            text="Rita can't approve her own request: try it. Then be Ana, and press Approve on the card.",
            handle="ana",
            hint="The steps of the work follow in the card's thread.",
        ),
        Step(
            title="Look up the tombstone",
            text="Help Scout has forgotten Jane. The record has not: who asked, who approved, what was handed over.",
            handle="rita",
            line=f"/hs-user lookup {leaver}",
        ),
    )


_WAITS = {
    "pending": "Waiting for an approval.",
    "approved": "Approved; it starts in a moment.",
    "running": "At work: follow the card.",
    "attention": "Something needs attention: see the card.",
}
_ENDED_OTHERWISE = {
    "denied": "That request was denied. Ask again.",
    "cancelled": "That request was cancelled. Ask again.",
    "expired": "That request has expired. Ask again.",
    "stale": "That request went stale: Jane changed meanwhile. Ask again.",
    "failed": "That request failed: see its thread, then ask again.",
}


class Tour:
    """Watches what has happened on the stage. Steps once done stay done."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._record = RecordReader(stage.record) if isinstance(stage.record, Path) else None
        self._typed_before = 0  # commands typed when the offboarding was seen done
        self._done = 0

    def progress(self) -> Progress:
        state = self._state()
        if self._done < 1 and (state is not None or (self._looked_up(0) and self._shown())):
            self._done = 1
        if self._done >= 1 and self._done < 2 and state in ("pending", "approved", "running", "attention", "done"):
            self._done = 2
        if self._done == 2 and state == "done":
            self._done = 3
            self._typed_before = len(self.stage.commands)
        if self._done == 3 and self._looked_up(self._typed_before):
            self._done = 4
        if self._done == 2 and state in _ENDED_OTHERWISE:
            self._done = 1
        return Progress(done=self._done, note=_WAITS.get(state or "", _ENDED_OTHERWISE.get(state or "", "")))

    def _looked_up(self, after: int) -> bool:
        name = self.stage.leaver.partition("@")[0]
        lines = (line.casefold() for _, line in self.stage.commands[after:])
        return any(line.startswith("/hs-user ") and name in line for line in lines)

    def _shown(self) -> bool:
        people = {who for who, _ in self.stage.commands}
        return any(self.stage.leaver in m.shown for who in people for m in self.stage.slack.ephemerals(who))

    def _state(self) -> str | None:
        if self._record is None:
            return None
        try:
            latest = self._record.latest_request(self.stage.leaver)
        except sqlite3.Error:
            return None  # the bot has not made its record yet
        return latest[0] if latest else None
