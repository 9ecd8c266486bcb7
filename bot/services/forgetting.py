"""`hs-bot forget`: erase the personal data of somebody who is gone, and note in the audit log that it was done."""

from bot.model.problem import Problem
from bot.model.user import UserRecord
from bot.policy.typed.who import parse_who
from bot.services.directory import Directory
from bot.store.record import Record


class NotForgettable(Problem):
    """Nobody, several, or somebody who is still there."""


def who_is_gone(directory: Directory, who: str) -> UserRecord:
    """The one person who is gone and fits. Raises `NotForgettable`."""
    found = directory.find(parse_who(who))
    if len(found.gone) == 1 and found.named:
        return found.gone[0]
    if len(found.gone) == 1:
        row = found.gone[0]
        raise NotForgettable(
            f"{who!r} doesn't name {row.user.name}, only initials or a job title: give the id {row.id}."
        )
    if found.gone:
        ids = ", ".join(str(row.id) for row in found.gone)
        raise NotForgettable(f"Several people who are gone match {who!r} (ids {ids}): give the id.")
    if found.exact:
        raise NotForgettable(f"{found.exact[0].user.name} still has a seat: only who is gone can be forgotten.")
    raise NotForgettable(f"Nobody who is gone matches {who!r}.")


def forget(record: Record, user_id: int, *, actor: str) -> None:
    """Erase and note who did it, in one transaction. `actor` is a Slack id or `cli:LOGIN`."""
    with record.transaction():
        record.forget(user_id, record.now())
        record.audit.append("user.forgotten", actor=actor, user_id=user_id)
