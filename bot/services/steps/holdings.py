"""Everything that somebody has to work on: active, pending and snoozed conversations, drafts among them.

What Help Scout's pages leave open is read from both sides. Whether `status=active` lists what is snoozed isn't said, so
`status=all` is what is walked (Mailbox API 2.0, "List conversations"), and each row tells by `snooze` what it is.
Because `all` has the closed ones too, the walk is bounded: with more than `MOST` conversations the open ones are read
in full, and of all of them only the `MOST` that were changed last are looked at for snoozes. A snooze that was set
longer ago than so many other changes, in an account that hides it from `active`, is not found; that this bound was met
is said.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.helpscout.errors import Rejected
from bot.helpscout.rest import Rest
from bot.model.conversation import OPEN_STATUSES, Conversation
from bot.services.side_by_side import stream, together

MOST = 500
PAGES_AT_ONCE = 8
DELETED, DRAFT = "deleted", "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """`open` by id. `looked_at`, of `total`: how many were looked at for snoozes, where that was not all."""

    open: tuple[Conversation, ...]
    total: int = 0
    looked_at: int | None = None

    @property
    def snoozed(self) -> tuple[Conversation, ...]:
        return tuple(one for one in self.open if one.snoozed)

    @property
    def drafts(self) -> tuple[Conversation, ...]:
        """Conversations that were begun and not sent."""
        return tuple(one for one in self.open if one.state == DRAFT)

    def as_recorded(self) -> dict[str, Any]:
        """For the record of what was there before anything was changed."""
        return {
            "conversations": len(self.open),
            "snoozed": [
                {"id": one.id, "until": one.snoozed_until, "ends_on_reply": one.unsnooze_on_reply}
                for one in self.snoozed
            ],
            "drafts": [one.id for one in self.drafts],
            **({"looked_at": self.looked_at, "of": self.total} if self.looked_at is not None else {}),
        }


def holdings(rest: Rest, user_id: int) -> Holdings:
    """What is assigned to a person or a team. Raises HelpScoutError."""
    what = f"the conversations of user {user_id:d}"
    asked: dict[str, str | int] = {"assigned_to": user_id, "status": "all"}
    rows, total, pages = rest.first_page(asked, what=what)
    if pages <= 1 and total == len(rows):
        return _holdings(rows, user_id, total)
    if total <= MOST:
        return _holdings(rest.everything(user_id), user_id, total)
    listed, changed = together(lambda: rest.conversations(user_id, OPEN_STATUSES), lambda: _changed_last(rest, asked))
    found = {one.id: one for one in (*changed, *listed)}
    whole = _holdings(list(found.values()), user_id, total)
    return Holdings(open=whole.open, total=total, looked_at=len(changed))


def _holdings(rows: list[Conversation], user_id: int, total: int) -> Holdings:
    mine = {one.id: one for one in rows if one.assignee_id in (None, user_id)}
    left = (mine[id] for id in sorted(mine))
    return Holdings(open=tuple(one for one in left if one.is_open and one.state != DELETED), total=total)


def _changed_last(rest: Rest, asked: Mapping[str, str | int]) -> list[Conversation]:
    """The `MOST` that were changed last, page by page; a server that can't sort gives those that it lists first."""
    what = "the conversations that were changed last"
    sorting: dict[str, str | int] = {**asked, "sortField": "modifiedAt", "sortOrder": "desc"}
    try:
        rows, _, pages = rest.first_page(sorting, what=what)
    except Rejected:
        sorting = dict(asked)
        rows, _, pages = rest.first_page(sorting, what=what)
    needed = min(pages, -(-MOST // max(1, len(rows))))
    answers = stream(
        lambda number: rest.first_page({**sorting, "page": number}, what=what)[0],
        range(2, needed + 1),
        width=PAGES_AT_ONCE,
    )
    found = {one.id: one for one in rows}
    for answer in answers:
        found |= {one.id: one for one in answer.result()}
    return list(found.values())
