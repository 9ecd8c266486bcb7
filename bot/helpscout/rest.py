"""Help Scout's REST API v2: users, teams, conversations. Source: developer.helpscout.com, Mailbox API 2.0, and
helpscout's guide.

Writes: who a conversation is assigned to, and (rest_writes.py) seats and members of teams; other writes are in `duty`
and `automation`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from bot.helpscout.automation import Automation
from bot.helpscout.duty import Duty, Learned
from bot.helpscout.errors import Api, Rejected, ServerFault, Unbelievable
from bot.helpscout.rest_writes import RestWrites
from bot.helpscout.shapes import conversation_of, id_of, team_of, user_of
from bot.helpscout.wire.exchange import Exchange
from bot.helpscout.wire.following import follow
from bot.helpscout.wire.hal import block_of, next_of, rows_of
from bot.helpscout.wire.pages import Page, walk
from bot.model.address import address_key, as_written
from bot.model.offboarding.conversation import OPEN_STATUSES, Conversation
from bot.model.offboarding.duty import Hook, Inbox, StatusRow, Thread, Workflow
from bot.model.team import Team
from bot.model.user import User

Row = TypeVar("Row", User, Team, Conversation, Inbox, StatusRow, Workflow, Hook, Thread, int)
"""A member of a team is only an id."""
Progress = Callable[[int, int], None]

NEVER_EMPTY = "Help Scout's list of users shows nobody, not even the account's owner, so that was discarded. Try later."
MERGED = (301, 302, 307, 308)
"""Help Scout answers 301 for a conversation that has another id now; only the id is taken from its Location."""
MOST_HOPS = 5


class Rest(RestWrites):
    """Typed calls; every one raises HelpScoutError and nothing else. Thread-safe.

    `duty` has statuses and rotations, `automation` snoozes, scheduled replies, workflows and webhooks.
    """

    api: Api = "REST"

    def __init__(self, exchange: Exchange, *, connections: int = 8, known: Learned | None = None) -> None:
        super().__init__(exchange)
        self._connections = connections
        self.duty = Duty(exchange, self, known or Learned())
        self.automation = Automation(exchange, self)

    def users(self, progress: Progress | None = None, each: Callable[[User], object] | None = None) -> dict[int, User]:
        """Everybody in the account by id, over all pages side by side; complete as of one moment, or Unbelievable.

        `progress(pages done, pages)` is called from several threads, one call at a time. `each` is called with
        everybody as their page comes, side by side, and again when it comes again.
        """

        def shape(row: object) -> User:
            user = user_of(row)
            if each is not None:
                each(user)
            return user

        found = self.whole("/users", ("users",), shape, what="the list of users", progress=progress, empty=NEVER_EMPTY)
        if not found:
            # An account has an owner at least; an empty list is a fault, not news.
            raise Unbelievable(
                "Help Scout says that this account has no users at all, so that was discarded. Try again."
            )
        return found

    def user(self, user_id: int) -> User:
        """One user; NotFound when deactivated, deleted or of another account (there is no tombstone)."""
        user = user_of(self._exchange.read(f"/users/{user_id:d}", what=f"user {user_id:d}"), whole=True)
        if user.id != user_id:
            raise Unbelievable(f"Help Scout sent user {user.id} when asked for user {user_id}, so it was discarded.")
        return user

    def me(self) -> User:
        """Who the token acts for: the app's bot user or the token's owner, depending on the account."""
        return user_of(self._exchange.read("/users/me", what="the token's own user"))

    def find_by_email(self, email: str) -> User | None:
        """Whose main address this is, in whatever spelling; None only after reading everybody.

        Some servers filter by `email`, some ignore it and answer everybody: only a row that matches here is believed.
        """
        wanted = address_key(email)
        if not wanted:
            return None
        try:
            document = self._exchange.read("/users", params={"email": as_written(email)}, what="a user by e-mail")
            rows = [user_of(row) for row in rows_of(document, ("users",))]
        except (Rejected, ServerFault, Unbelievable):
            rows = []  # a server without this parameter may refuse it; the full list decides
        for user in rows:
            if user.key == wanted:
                return user
        return next((user for _, user in sorted(self.users().items()) if user.key == wanted), None)

    def teams(self) -> list[Team]:
        """All teams by id; an account without teams has an empty list."""
        found = self.whole("/teams", ("teams",), team_of, what="the list of teams")
        return sorted(found.values(), key=lambda team: team.id)

    def team_members(self, team_id: int) -> set[int]:
        """REST ids of a team's members; read under either key, with or without a page block."""
        return set(
            self.whole(
                f"/teams/{team_id:d}/members", ("members", "users"), _member, what=f"the members of team {team_id:d}"
            )
        )

    def conversations(self, assignee_id: int, statuses: Sequence[str] = OPEN_STATUSES) -> list[Conversation]:
        """Somebody's conversations of these statuses, by id. All ids are collected before anything is returned.

        What came back is checked: a server that ignores the filter would hand over other people's conversations.
        """
        found: dict[int, Conversation] = {}
        for status in statuses:
            rows = self.whole(
                "/conversations",
                ("conversations",),
                conversation_of,
                what=f"the {status} conversations of user {assignee_id:d}",
                params={"assigned_to": assignee_id, "status": status},
            )
            mine = assigned_to(rows.values(), assignee_id)
            found.update((row.id, row) for row in mine if row.status in ("", status))
        return [found[id] for id in sorted(found)]

    def everything(self, assignee_id: int) -> list[Conversation]:
        """All of somebody's conversations, the closed ones too, by id: for who has few.

        `status=all` lists what is snoozed in either reading of the pages, which don't say whether `active` does.
        """
        rows = self.whole(
            "/conversations",
            ("conversations",),
            conversation_of,
            what=f"the conversations of user {assignee_id:d}",
            params={"assigned_to": assignee_id, "status": "all"},
        )
        return sorted(assigned_to(rows.values(), assignee_id), key=lambda row: row.id)

    def first_page(self, params: Mapping[str, str | int], *, what: str) -> tuple[list[Conversation], int, int]:
        """One page of conversations: its rows, and how many there are on how many pages, as the answer says."""
        document = self._exchange.read("/conversations", params=params, what=what)
        page = self._page(document, ("conversations",), conversation_of)
        rows = [row for _, row in page.rows]
        if page.number is None:
            return rows, len(rows), 2 if page.after is not None else 1
        return rows, page.total, page.pages

    def count_conversations(self, assignee_id: int, statuses: Sequence[str] = OPEN_STATUSES) -> int:
        """How many there are: one request for each status, or a full read where the answer shows no trustworthy
        total.
        """
        count = 0
        for status in statuses:
            document = self._exchange.read(
                "/conversations",
                params={"assigned_to": assignee_id, "status": status},
                what=f"the {status} conversations of user {assignee_id:d}",
            )
            page = self._page(document, ("conversations",), conversation_of)
            if page.number is None and page.after is None:
                page_total = sum(_belongs(row, assignee_id, status) for _, row in page.rows)
            elif (
                page.number is None
                or page.fault(1)
                or not all(_belongs(row, assignee_id, status) for _, row in page.rows)
            ):
                page_total = len(self.conversations(assignee_id, (status,)))
            else:
                page_total = page.total
            count += page_total
        return count

    def conversation(self, conversation_id: int) -> Conversation:
        """One conversation; where it was merged into another (301), that one, under its own id. NotFound: deleted."""
        passed = [conversation_id]
        while True:
            try:
                document = self._exchange.read(f"/conversations/{passed[-1]:d}", what=f"conversation {passed[-1]:d}")
            except Rejected as refused:
                now = _place(refused.location) if refused.status in MERGED else None
                if now is None:
                    raise
                if now in passed or len(passed) > MOST_HOPS:
                    raise Unbelievable(
                        f"Help Scout says that conversation {conversation_id} was merged into itself, which can't be."
                    ) from refused
                passed.append(now)
                continue
            found = conversation_of(document)
            if found.id != passed[-1]:
                raise Unbelievable(f"Help Scout sent another conversation than {passed[-1]}, so it was discarded.")
            return found

    def assign(self, conversation_id: int, user_id: int | None) -> None:
        """Give a conversation to somebody, or to nobody (None). Sent once: after LostAnswer look whose it is."""
        change: dict[str, Any] = (
            {"op": "remove", "path": "/assignTo"}
            if user_id is None
            else {"op": "replace", "path": "/assignTo", "value": user_id}
        )
        self._exchange.send(
            "PATCH",
            f"/conversations/{conversation_id:d}",
            what=f"assigning conversation {conversation_id:d}",
            document=change,
        )

    def whole(
        self,
        path: str,
        keys: tuple[str, ...],
        shape: Callable[[object], Row],
        *,
        what: str,
        params: Mapping[str, str | int] | None = None,
        progress: Progress | None = None,
        empty: str = "",
    ) -> dict[int, Row]:
        """A list over all its pages, by id; complete as of one moment, or Unbelievable."""

        def fetch(number: int, query: Mapping[str, str] | None = None) -> Page[int, Row]:
            asked = {**(params or {}), "page": number} if query is None else {**(params or {}), **query}
            return self._page(self._exchange.read(path, params=asked, what=what), keys, shape, empty)

        found = walk(fetch, connections=self._connections, progress=progress)
        if found.unnumbered:
            found = follow(lambda query: fetch(1, query), progress=progress)
        if not found.complete:
            raise Unbelievable(found.problem)
        return dict(found.items)

    def _page(
        self, document: Mapping[str, Any], keys: tuple[str, ...], shape: Callable[[object], Row], empty: str = ""
    ) -> Page[int, Row]:
        shaped = [shape(row) for row in rows_of(document, keys)]
        pairs = tuple((row if isinstance(row, int) else row.id, row) for row in shaped)
        block = block_of(document)
        if block is None:
            after = next_of(document)
            if empty and not pairs:
                raise Unbelievable(empty)
            return Page(rows=pairs, after=after)
        size, total, pages, number = block
        if empty and total == 0:
            raise Unbelievable(empty)
        return Page(rows=pairs, number=number, size=size, total=total, pages=pages)


def _place(location: str) -> int | None:
    """The id of the conversation to which an address points, None when it is none."""
    found = re.search(r"/conversations/(\d{1,18})/?(?:[?#].*)?$", location)
    return int(found[1]) if found else None


def _member(value: object) -> int:
    if not isinstance(value, dict):
        raise Unbelievable("Help Scout sent a team member that is no object, so the answer was discarded. Try again.")
    return id_of(value, "team member")


def assigned_to(rows: Iterable[Conversation], assignee_id: int) -> list[Conversation]:
    """Those that are somebody's, of a list that was asked for as theirs: a server may leave the assignee out of it.

    With other people's among them it ignored the filter, and what names no assignee has none.
    """
    listed = list(rows)
    ignored = any(row.assignee_id not in (None, assignee_id) for row in listed)
    return [row for row in listed if row.assignee_id == assignee_id or (row.assignee_id is None and not ignored)]


def _belongs(row: Conversation, assignee_id: int, status: str) -> bool:
    return row.assignee_id in (None, assignee_id) and row.status in ("", status)
