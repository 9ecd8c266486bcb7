"""Everything that somebody has to work on: active, pending and snoozed conversations, drafts among them.

What Help Scout's pages leave open is read from both sides. Whether `status=active` lists what is snoozed isn't said, so
`status=all` is what is walked (Mailbox API 2.0, "List conversations"), and each row tells by `snooze` what it is.
Because `all` has the closed ones too, the walk is bounded: with more than `MOST` conversations the open ones are read
in full, and of all of them only the `MOST` that were changed last are looked at for snoozes. A snooze that was set
longer ago than so many other changes, in an account that hides it from `active`, is not found; that this bound was met
is said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.helpscout.errors import Rejected
from bot.helpscout.rest import Rest, assigned_to
from bot.model.offboarding.conversation import OPEN_STATUSES, SCHEDULED, Conversation
from bot.services.side_by_side import stream, together

MOST = 500
PAGES_AT_ONCE = 8
DELETED, DRAFT = "deleted", "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """`open` by id. `closed_scheduled`: what nobody has to work on, and yet has a reply that will go out.

    `looked_at`, of `total`: how many were looked at for snoozes and such replies, where that was not all.
    """

    open: tuple[Conversation, ...]
    closed_scheduled: tuple[Conversation, ...] = ()
    total: int = 0
    looked_at: int | None = None

    @property
    def snoozed(self) -> tuple[Conversation, ...]:
        return tuple(one for one in self.open if one.snoozed)

    @property
    def drafts(self) -> tuple[Conversation, ...]:
        """Conversations that were begun and not sent."""
        return tuple(one for one in self.open if one.state == DRAFT)

    @property
    def bound(self) -> dict[str, int]:
        """How far was looked, where that was not all."""
        return {"looked_at": self.looked_at, "of": self.total} if self.looked_at is not None else {}

    def as_recorded(self) -> dict[str, Any]:
        """For the record of what was there before anything was changed."""
        return {
            "conversations": len(self.open),
            "snoozed": [
                {"id": one.id, "until": one.snoozed_until, "ends_on_reply": one.unsnooze_on_reply}
                for one in self.snoozed
            ],
            "drafts": [one.id for one in self.drafts],
            **self.bound,
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
    listed, (changed, _) = together(
        lambda: rest.conversations(user_id, OPEN_STATUSES), lambda: changed_last(rest, asked, MOST)
    )
    found = {one.id: one for one in (*changed, *listed)}
    whole = _holdings(list(found.values()), user_id, total)
    return replace(whole, looked_at=len(changed))


def _holdings(rows: list[Conversation], user_id: int, total: int) -> Holdings:
    mine = {one.id: one for one in assigned_to(rows, user_id)}
    left = [one for _, one in sorted(mine.items()) if one.state != DELETED]
    return Holdings(
        open=tuple(one for one in left if one.is_open),
        closed_scheduled=tuple(one for one in left if not one.is_open and one.next_event == SCHEDULED),
        total=total,
    )


def changed_last(rest: Rest, asked: Mapping[str, str | int], most: int) -> tuple[list[Conversation], int]:
    """The `most` that were changed last, page by page, and how many there are; a server that can't sort gives those
    that it lists first.
    """
    what = "the conversations that were changed last"
    sorting: dict[str, str | int] = {**asked, "sortField": "modifiedAt", "sortOrder": "desc"}
    try:
        rows, total, pages = rest.first_page(sorting, what=what)
    except Rejected:
        sorting = dict(asked)
        rows, total, pages = rest.first_page(sorting, what=what)
    needed = min(pages, -(-most // max(1, len(rows))))
    answers = stream(
        lambda number: rest.first_page({**sorting, "page": number}, what=what)[0],
        range(2, needed + 1),
        width=PAGES_AT_ONCE,
    )
    found = {one.id: one for one in rows}
    for answer in answers:
        found |= {one.id: one for one in answer.result()}
    return list(found.values()), max(total, len(found))
