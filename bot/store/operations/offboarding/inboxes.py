"""Help Scout's inboxes by name, so that a request can read all their rotations at once and say which it means."""

from collections.abc import Iterable

from bot.model.offboarding.duty import Inbox
from bot.store.engine import Engine
from bot.store.spelling import plain


class Inboxes:
    """Operations on `inboxes`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[Inbox]:
        """By id, as they were last listed."""
        return [Inbox(id=row[0], name=row[1]) for row in self._engine.rows("SELECT id, name FROM inboxes ORDER BY id")]

    def seen(self, inboxes: Iterable[Inbox]) -> None:
        """These are there now, and no others."""
        new, old = {one.id: one for one in inboxes}, {one.id: one for one in self.all()}
        if new == old:
            return
        with self._engine.joined():
            for id in old.keys() - new.keys():
                self._engine.run("DELETE FROM inboxes WHERE id = :id", {"id": id})
            for one in new.values():
                self._engine.run(
                    "INSERT INTO inboxes (id, name) VALUES (:id, :name) "
                    "ON CONFLICT (id) DO UPDATE SET name = excluded.name",
                    {"id": one.id, "name": plain(one.name)},
                )
