"""Counts for `/metrics` and reports, each one statement."""

from bot.model.request import State, StepState, Verdict
from bot.model.sync import SyncState
from bot.store.engine import Engine


class Statistics:
    """Counts over all time; what was never written counts 0 where the kinds are known."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def requests(self) -> dict[State, int]:
        """Requests by state."""
        return dict.fromkeys(State, 0) | {
            State(state): count
            for state, count in self._engine.rows("SELECT state, count(*) FROM requests GROUP BY state")
        }

    def syncs(self) -> dict[SyncState, int]:
        """Syncs by how they ended (or run)."""
        return dict.fromkeys(SyncState, 0) | {
            SyncState(state): count
            for state, count in self._engine.rows("SELECT state, count(*) FROM syncs GROUP BY state")
        }

    def decisions(self) -> dict[Verdict, int]:
        """Votes by verdict, void ones too: a count that never goes down."""
        return dict.fromkeys(Verdict, 0) | {
            Verdict(verdict): count
            for verdict, count in self._engine.rows("SELECT verdict, count(*) FROM decisions GROUP BY verdict")
        }

    def steps(self) -> dict[tuple[str, StepState], int]:
        """Steps by name and how they stand now: a step that is retried leaves `failed` again."""
        rows = self._engine.rows("SELECT name, state, count(*) FROM steps GROUP BY name, state")
        return {(name, StepState(state)): count for name, state, count in rows}

    def attempts(self) -> dict[str, int]:
        """How often steps of each name were begun: a count that never goes down."""
        rows = self._engine.rows("SELECT name, sum(attempts) FROM steps GROUP BY name")
        return {name: int(count) for name, count in rows}
