"""Statuses, native reassignment, inboxes and rotations over REST v2.

Source: developer.helpscout.com, Mailbox API 2.0: "Users > Status" (list, get, set), "Users > Conversation
reassignment" (get), "Inboxes" (list), "Inboxes > Routing" (get, update), "Users" (list, `mailbox=`). An older API lacks
all of them but the list of inboxes, and says so by 404 or 405.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.helpscout.errors import Forbidden, HelpScoutError, NotFound, Rejected, Unbelievable
from bot.helpscout.shapes import id_of, text_of, user_of, whole_or_none
from bot.helpscout.wire.exchange import Exchange
from bot.helpscout.wire.hal import list_of, object_or_empty, rows_of
from bot.model.offboarding.duty import Inbox, Presence, Reassignment, Routing, StatusRow
from bot.model.user import User

if TYPE_CHECKING:
    from bot.helpscout.rest import Rest


def lacks(problem: HelpScoutError) -> bool:
    """Whether this account's API has no such call: 404 for something that is surely there, 405, 501."""
    return isinstance(problem, NotFound) or (isinstance(problem, Rejected) and problem.status in (405, 410, 501))


def withheld(problem: HelpScoutError) -> bool:
    """Whether the call is lacking, or the credential's role may not use it: nothing that another try would mend."""
    return lacks(problem) or isinstance(problem, Forbidden | Unbelievable)


@dataclass(slots=True)
class Learned:
    """What was learned of this account's API, for all who ask it."""

    ignores_inboxes: bool | None = None


class Duty:
    """Typed calls; every one raises HelpScoutError and nothing else. Thread-safe."""

    def __init__(self, exchange: Exchange, rest: "Rest", known: Learned) -> None:
        self._exchange = exchange
        self._rest = rest
        self._known = known

    def status(self, user_id: int) -> Presence:
        """`GET /users/{id}/status`. A light user has none: 404."""
        document = self._exchange.read(f"/users/{user_id:d}/status", what=f"the status of user {user_id:d}")
        if (named := whole_or_none(document.get("userId"))) not in (None, user_id):
            raise Unbelievable(f"Help Scout sent the status of user {named} when asked for {user_id}.")
        found = _presence(document)
        if found is None:
            raise Unbelievable(f"Help Scout sent a status of user {user_id} that can't be read, so it was discarded.")
        return found

    def statuses(self) -> dict[int, Presence | None]:
        """`GET /users/status`, all pages, by id; None for one that can't be read. Light users have none."""
        what = "the list of statuses"
        found = self._rest.whole("/users/status", ("userStatuses",), _status_row, what=what)
        return {id: row.presence for id, row in found.items()}

    def set_status(self, user_id: int, status: str, custom: Mapping[str, Any] | None = None) -> None:
        """`PUT /users/{id}/status`; administrators and the owner set others'. The later call wins: may be repeated."""
        document: dict[str, Any] = {"status": status}
        if custom and custom.get("text"):
            document["customStatus"] = {key: custom[key] for key in ("text", "emoji", "emojiName") if custom.get(key)}
        self._exchange.send(
            "PUT",
            f"/users/{user_id:d}/status",
            what=f"setting the status of user {user_id:d}",
            document=document,
            repeatable=True,
        )

    def reassignment(self, user_id: int) -> Reassignment:
        """`GET /users/{id}/conversation-reassignment`; to whom Help Scout would reassign is not said anywhere."""
        path = f"/users/{user_id:d}/conversation-reassignment"
        document = self._exchange.read(path, what=f"the automatic reassignment of user {user_id:d}")
        away = object_or_empty(document.get("awayDuration")) or {}
        hours, minutes = away.get("hours"), away.get("minutes")
        return Reassignment(
            enabled=document.get("enabled") is True,
            hours=hours if isinstance(hours, int) else 0,
            minutes=minutes if isinstance(minutes, int) else 0,
        )

    def inboxes(self) -> list[Inbox]:
        """`GET /mailboxes`: those that the token's user may see, by id."""
        found = self._rest.whole("/mailboxes", ("mailboxes",), _inbox, what="the list of inboxes")
        return sorted(found.values(), key=lambda inbox: inbox.id)

    def routing(self, inbox_id: int) -> Routing:
        """`GET /mailboxes/{id}/routing`."""
        document = self._exchange.read(f"/mailboxes/{inbox_id:d}/routing", what=f"the rotation of inbox {inbox_id:d}")
        state, method, limit = (document.get(name) for name in ("state", "assignmentMethod", "assignmentLimit"))
        ids = list_of(document.get("userIds"))
        if not isinstance(state, str) or type(limit) is not int or not isinstance(method, str) or ids is None:
            raise _unreadable(inbox_id)
        people = tuple(one for one in ids if type(one) is int)
        if len(people) != len(ids):  # it is written back whole: who can't be read would be taken out
            raise _unreadable(inbox_id)
        return Routing(state=state, limit=limit, method=method, user_ids=people)

    def set_routing(self, inbox_id: int, routing: Routing) -> None:
        """`PUT /mailboxes/{id}/routing` replaces the whole configuration, and there is no version to compare.

        So it is not repeated when an answer is lost: who asked for it reads first, and keeps what others wrote.
        """
        self._exchange.send(
            "PUT",
            f"/mailboxes/{inbox_id:d}/routing",
            what=f"changing the rotation of inbox {inbox_id:d}",
            document={
                "state": routing.state,
                "assignmentLimit": routing.limit,
                "assignmentMethod": routing.method,
                "userIds": list(routing.user_ids),
            },
        )

    def lets_in(self, user: User, inbox_id: int, *, sure: bool = True) -> bool | None:
        """Whether this person may use an inbox, by `GET /users?mailbox=&email=`; None: this API doesn't tell.

        Built for three readings: both filters hold; the e-mail is ignored (then who is on the pages counts); both are
        ignored (then others' rows come for any inbox, and nothing is known). With `sure` an empty answer is read a
        second time, over all pages and without the e-mail, before it is taken for a no.
        """
        rows = self._users(mailbox=inbox_id, email=user.email)
        held = all(row.key == user.key for row in rows)
        if any(row.id == user.id for row in rows):
            return True if held or not self._ignores_inboxes() else None
        if held and not sure:
            return False
        if not held and self._ignores_inboxes():
            return None
        what = f"who may use inbox {inbox_id:d}"
        listed = self._rest.whole("/users", ("users",), user_of, what=what, params={"mailbox": inbox_id})
        return True if user.id in listed else False if listed else None

    def learn(self) -> None:
        """Find out now what `lets_in` would have to ask on its way."""
        self._ignores_inboxes()

    def _ignores_inboxes(self) -> bool:
        """Whether `mailbox=` is no filter here: asked once, with an inbox that nobody has."""
        if self._known.ignores_inboxes is None:
            try:
                self._known.ignores_inboxes = bool(self._users(mailbox=1))
            except (NotFound, Rejected):
                self._known.ignores_inboxes = False
        return self._known.ignores_inboxes

    def _users(self, **params: str | int) -> list[User]:
        document = self._exchange.read("/users", params=params, what="who may use an inbox")
        return [user_of(row) for row in rows_of(document, ("users",))]


def _status_row(value: object) -> StatusRow:
    id = whole_or_none(value.get("userId")) if isinstance(value, dict) else None
    if id is None or not isinstance(value, dict):
        raise Unbelievable("Help Scout sent a status without a user's id, so the list was discarded. Try again.")
    return StatusRow(id, _presence(value))


def _presence(document: Mapping[str, Any]) -> Presence | None:
    """None when it has no status for e-mail that can be read."""
    mail = object_or_empty(document.get("email"))
    status = text_of((mail or {}).get("status"))
    if mail is None or not status:
        return None
    custom = object_or_empty(mail.get("customStatus"))
    return Presence(
        # Until January 2026 the word was `available`; nobody else means "not away" by another one.
        status="active" if status == "available" else status,
        source=text_of(mail.get("source")) or "",
        updated_at=text_of(mail.get("updatedAt")) or "",
        custom=dict(custom) if custom else None,
    )


def _inbox(value: object) -> Inbox:
    if not isinstance(value, dict):
        raise Unbelievable("Help Scout sent an inbox that is no object, so the answer was discarded. Try again.")
    return Inbox(id=id_of(value, "inbox"), name=text_of(value.get("name")) or "")


def _unreadable(inbox_id: int) -> Unbelievable:
    return Unbelievable(f"Help Scout sent a rotation of inbox {inbox_id} that can't be read, so it was discarded.")
