"""What belongs to one request: the votes on it, and the journal of its steps."""

from bot.model.request import Decision, Step
from bot.store.errors import Unknown
from bot.store.operations.requests.request_rows import (
    DECISION_COLUMNS,
    STEP_COLUMNS,
    as_decision,
    as_step,
    decision_params,
    step_params,
)
from bot.store.operations.requests.writing import RequestWriting

_STEP_VALUES = ", ".join(f":{name}" for name in STEP_COLUMNS)
_STEP_SETS = ", ".join(f"{name} = excluded.{name}" for name in STEP_COLUMNS if name not in ("request_id", "position"))


class VotesAndSteps(RequestWriting):
    """Operations on `decisions` and `steps`."""

    def decide(self, decision: Decision) -> bool:
        """Write a vote down; False when this person has a valid one already."""
        columns = (*DECISION_COLUMNS, "void")
        written = self._engine.run(
            f"INSERT INTO decisions ({', '.join(columns)}) VALUES ({', '.join(':' + c for c in columns)}) "
            "ON CONFLICT DO NOTHING",
            {**decision_params(decision), "void": 0},
        )
        return written > 0

    def decisions(self, id: str) -> list[Decision]:
        """The valid votes, in the order in which they were given."""
        sql = f"SELECT {', '.join(DECISION_COLUMNS)} FROM decisions WHERE request_id = :id AND void = 0 ORDER BY id"
        return [as_decision(row) for row in self._engine.rows(sql, {"id": id})]

    def void_decisions(self, id: str) -> int:
        """Take the votes so far for void (the plan has changed); everybody may vote again. Returns how many."""
        return self._engine.run("UPDATE decisions SET void = 1 WHERE request_id = :id AND void = 0", {"id": id})

    def votes_of_batch(self, batch_id: str) -> int:
        """How many valid votes its pending requests have, all together."""
        sql = (
            "SELECT count(*) FROM decisions JOIN requests ON requests.id = decisions.request_id "
            "WHERE requests.batch_id = :id AND requests.state = 'pending' AND decisions.void = 0"
        )
        count: int = self._engine.value(sql, {"id": batch_id})
        return count

    def step_started(self, step: Step) -> None:
        """Journal a step before it starts, or again with what it has so far. Raises `Unknown`."""
        self._write_step(step)

    def step_progress(self, id: str, position: int, done: int, total: int) -> None:
        """How far a step is. Raises `Unknown`."""
        with self._engine.joined():
            self._touch(id)
            sql = "UPDATE steps SET done = :done, total = :total WHERE request_id = :id AND position = :position"
            if not self._engine.run(sql, {"id": id, "position": position, "done": done, "total": total}):
                raise Unknown(f"The request {id} has no step {position}.")

    def step_finished(self, step: Step) -> None:
        """Journal a step with what came of it. Raises `Unknown`."""
        self._write_step(step)

    def steps(self, id: str) -> list[Step]:
        """By position."""
        sql = f"SELECT {', '.join(STEP_COLUMNS)} FROM steps WHERE request_id = :id ORDER BY position"
        return [as_step(row) for row in self._engine.rows(sql, {"id": id})]

    def _write_step(self, step: Step) -> None:
        with self._engine.joined():
            self._touch(step.request_id)
            self._engine.run(
                f"INSERT INTO steps ({', '.join(STEP_COLUMNS)}) VALUES ({_STEP_VALUES}) "
                f"ON CONFLICT (request_id, position) DO UPDATE SET {_STEP_SETS}",
                step_params(step),
            )
