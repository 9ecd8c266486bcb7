"""Help Scout's JSON into values of the model: what can't be read is named, what is unknown is kept in `raw`.

Source: Mailbox API v2, "User object", "Team object", "Conversation object". Any field but `id` may be missing, empty
or null. PHP's ways are read for what they mean: `false` and `[]` for nothing, a number where a text is due.
"""

from collections.abc import Mapping
from typing import Any

from bot.helpscout.errors import Unbelievable
from bot.helpscout.wire.hal import list_of, object_or_empty
from bot.model.offboarding.conversation import Conversation
from bot.model.raw import RawJson
from bot.model.team import Team
from bot.model.user import User, as_role

LARGEST_ID = 2**63
"""What fits into a column of any database."""

_USER_TEXTS = {
    "first_name": "firstName",
    "last_name": "lastName",
    "email": "email",
    "role": "role",
    "timezone": "timezone",
    "type": "type",
    "created_at": "createdAt",
    "updated_at": "updatedAt",
    "photo_url": "photoUrl",
    "job_title": "jobTitle",
    "phone": "phone",
    "mention": "mention",
    "initials": "initials",
}
_TEAM_TEXTS = {"mention": "mention", "timezone": "timezone", "created_at": "createdAt", "updated_at": "updatedAt"}
DECISIVE = frozenset({"email", "role", "type", "alternate_emails"})
"""What says who somebody is and what may be done to them."""


def user_of(value: object, *, whole: bool = False) -> User:
    """A user object; Unbelievable without an integer id.

    A field that can't be read is named in `odd`: one person's odd field keeps nobody else from being read. With `whole`
    (for who is to be changed) it is refused where it is decisive.
    """
    row = _object(value, "user")
    id, odd = id_of(row, "user"), []
    texts: dict[str, str] = {}
    for name, called in _USER_TEXTS.items():
        text = row.get(called, "")
        if type(text) is not str:  # most are, and tens of thousands of rows come at once
            read = text_of(text)
            if read is None:
                odd.append(name)
            text = read or ""
        texts[name] = text
    texts["role"] = as_role(texts["role"])
    alternates = _addresses(row.get("alternateEmails"))
    if alternates is None:
        odd.append("alternate_emails")
    if whole and (bad := next((name for name in odd if name in DECISIVE), None)):
        raise _wrong(f"user {id}", _USER_TEXTS.get(bad, "alternateEmails"))
    return User(id=id, **texts, alternate_emails=alternates or (), raw=_raw(row, f"user {id}"), odd=tuple(odd))


def odd_fields(user: User) -> str:
    """A sentence naming what of this user could not be read; "" when all could."""
    if not user.odd:
        return ""
    names = ", ".join(_USER_TEXTS.get(name, "alternateEmails") for name in user.odd)
    return f"Help Scout sent user {user.id} with a value that can't be read ({names}); it was kept as it was."


def team_of(value: object) -> Team:
    """A team object; Unbelievable without an id, or with a name that can't be read."""
    row = _object(value, "team")
    id = id_of(row, "team")
    name = text_of(row.get("name"))
    if name is None:
        raise _wrong(f"team {id}", "name")
    texts = {field: text_of(row.get(called)) or "" for field, called in _TEAM_TEXTS.items()}
    return Team(id=id, name=name, **texts, raw=_raw(row, f"team {id}"))


def conversation_of(value: object) -> Conversation:
    """A conversation object; `assignee` {id} is absent, null or empty while nobody has it."""
    row = _object(value, "conversation")
    id = id_of(row, "conversation")
    assignee, number, status = row.get("assignee"), row.get("number"), text_of(row.get("status"))
    if status is None:
        raise _wrong(f"conversation {id}", "status")
    readable = type(number) is int and 0 <= number < LARGEST_ID
    snooze, event = object_or_empty(row.get("snooze")) or {}, object_or_empty(row.get("nextEvent")) or {}
    return Conversation(
        id=id,
        number=number if readable and isinstance(number, int) else 0,
        subject=text_of(row.get("subject")) or "",
        status=status,
        assignee_id=id_of(_object(assignee, "conversation"), "conversation's assignee") if assignee else None,
        inbox_id=whole_or_none(row.get("mailboxId", row.get("inboxId"))) or 0,
        state=text_of(row.get("state")) or "",
        snoozed_until=text_of(snooze.get("snoozedUntil")) or "",
        unsnooze_on_reply=snooze.get("unsnoozeOnCustomerReply") is not False,
        next_event=text_of(event.get("eventType")) or "",
        next_event_user=whole_or_none(event.get("userId")),
    )


def whole_or_none(value: object) -> int | None:
    """An id that stands alone, or as `{"id": …}`; None for anything else."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if type(value) is int and 0 < value < LARGEST_ID else None


def id_of(row: Mapping[str, Any], kind: str) -> int:
    """The object's id: a positive integer, not a boolean, not digits in a string."""
    value = row.get("id")
    if type(value) is not int or not 0 < value < LARGEST_ID:
        raise Unbelievable(f"Help Scout sent a {kind} without a proper id, so the answer was discarded. Try again.")
    return value


def _raw(row: Mapping[str, Any], which: str) -> RawJson:
    try:
        return RawJson.of(row)
    except ValueError:
        raise _wrong(which, "number") from None


def _object(value: object, kind: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Unbelievable(f"Help Scout sent something that is no {kind}, so the answer was discarded. Try again.")
    return value


def text_of(value: object) -> str | None:
    """A text, a number's digits, "" for what stands for nothing; None for anything else."""
    if isinstance(value, str):
        return value
    if value is None or value is False or value == [] or value == {}:
        return ""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _addresses(value: object) -> tuple[str, ...] | None:
    if value is None or value is False:
        return ()
    entries = [value] if isinstance(value, str) else list_of(value)
    if entries is None or not all(isinstance(entry, str | None) for entry in entries):
        return None
    return tuple(entry for entry in entries if isinstance(entry, str) and entry)


def _wrong(which: str, name: str) -> Unbelievable:
    return Unbelievable(
        f"Help Scout sent {which} whose {name} is of the wrong type, so the answer was discarded. Try again."
    )
