"""Who somebody's manager is, as the sources said last."""

from collections.abc import Iterable, Mapping

from bot.model.colleague import Manager
from bot.store.engine import Engine
from bot.store.spelling import plain


class Managers:
    """Operations on `managers`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, user_id: int | None) -> Manager | None:
        """None when no source has named one."""
        row = self._engine.row("SELECT email, source FROM managers WHERE user_id = :id", {"id": user_id})
        return Manager(row[0], row[1]) if row is not None else None

    def keep(self, found: Mapping[int, Manager], gone: Iterable[int]) -> None:
        """REST id → manager, as far as that is new; of those in `gone` no source names one now."""
        rows = self._engine.rows("SELECT user_id, email, source FROM managers")
        known = {id: Manager(email, source) for id, email, source in rows}
        new = [(id, plain(one.email), one.source) for id, one in found.items() if known.get(id) != one]
        lost = [id for id in gone if id in known and id not in found]
        if not new and not lost:
            return
        with self._engine.transaction():
            self._engine.put("managers", ("user_id", "email", "source"), ("user_id",), new)
            self._engine.run_all([("DELETE FROM managers WHERE user_id = :id", {"id": id}) for id in lost])
