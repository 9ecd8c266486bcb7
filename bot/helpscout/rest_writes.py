"""What REST writes of seats and teams. Source: Mailbox API, "Create user", "Delete user", "Update team members" (newer
than 2026-02-06, in no stored changelog); an older API has no such calls.

Nothing is repeated here: a lost answer is LostAnswer, to be settled by reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.helpscout.errors import Conflict, Forbidden, HelpScoutError, NotFound, Rejected
from bot.helpscout.wire.exchange import Exchange
from bot.helpscout.wire.response import ApiResponse

MISSING = (404, 405, 501)
"""How an API answers a call that it does not have."""
TAKEN = ("taken", "exist", "already", "in use", "unique", "duplicate")
"""Words by which a refused address says that somebody has it; the pages don't say which, nor with what status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """`role` is `admin`, `user` or `light user`; names hold at most 40 characters, the job title 50."""

    email: str
    first_name: str
    last_name: str
    role: str
    timezone: str = ""
    job_title: str = ""
    phone: str = ""


class RestWrites:
    """Part of `Rest`."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def create_user(self, wanted: NewUser) -> int | None:
        """POST /users; the REST id as the answer tells it, None where it tells none. Conflict: the address is taken."""
        document: dict[str, Any] = {
            "firstName": wanted.first_name,
            "lastName": wanted.last_name,
            "email": wanted.email,
            "role": wanted.role,
        }
        for name, value in (("timezone", wanted.timezone), ("jobTitle", wanted.job_title), ("phone", wanted.phone)):
            if value:
                document[name] = value
        try:
            answer = self._exchange.send("POST", "/users", what="creating a user", document=document)
        except Rejected as refused:
            said = refused.detail.lower()
            if refused.status == 400 and "email" in said and any(word in said for word in TAKEN):
                raise Conflict(
                    refused.sentence, status=400, log_ref=refused.log_ref, detail=refused.detail
                ) from refused
            raise
        return _id_told(answer)

    def delete_user(self, user_id: int) -> None:
        """DELETE /users/{id}. NotFound: nobody has that id, or there is no such call (`has_call`)."""
        self._exchange.send("DELETE", f"/users/{user_id:d}", what="removing a user")

    def change_members(self, team_id: int, *, added: Sequence[int] = (), removed: Sequence[int] = ()) -> None:
        """PUT /teams/{id}/members: a difference, both lists always there; saying it twice changes nothing more."""
        document = {"addedUserIds": list(added), "deletedUserIds": list(removed)}
        self._exchange.send("PUT", f"/teams/{team_id:d}/members", what="changing a team's members", document=document)

    def has_new_calls(self, user_id: int) -> bool | None:
        """Whether this account's API is as new as the calls above, by one of their age that only reads.

        `GET /users/{id}/conversation-reassignment` of somebody who is there. None: it can't be told.
        """
        path = f"/users/{user_id:d}/conversation-reassignment"
        try:
            self._exchange.read(path, what="whether this API has the calls for users")
        except Forbidden:
            return None
        except (NotFound, Rejected) as refused:
            return False if refused.status in MISSING else None
        except HelpScoutError:
            return None
        return True


def _id_told(answer: ApiResponse) -> int | None:
    """Source: Mailbox API, "Create user": 201 with `Resource-ID` and `Location`, no body."""
    for name in ("resource-id", "location"):
        digits = answer.headers.get(name, "").rstrip("/").rpartition("/")[2]
        if digits.isdecimal() and 0 < int(digits) < 2**63:
            return int(digits)
    return None
