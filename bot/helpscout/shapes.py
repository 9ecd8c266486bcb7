"""Help Scout's JSON into values of the model: what has the wrong shape is refused, what is unknown is kept in `raw`.

Source: Mailbox API v2, "User object", "Team object", "Conversation object". Any field but `id` may be missing, empty
or null.
"""

from collections.abc import Mapping
from typing import Any

from bot.helpscout.errors import Unbelievable
from bot.model.conversation import Conversation
from bot.model.raw import RawJson
from bot.model.team import Team
from bot.model.user import User

LARGEST_ID = 2**63
"""What fits into a column of any database."""


def user_of(value: object) -> User:
    """A user object; Unbelievable without an integer id or with a field of another type than documented."""
    row = _object(value, "user")
    alternates = row.get("alternateEmails")
    if alternates is None:
        alternates = []
    if not isinstance(alternates, list) or not all(isinstance(address, str | None) for address in alternates):
        raise _wrong("user", "alternateEmails")
    return User(
        id=id_of(row, "user"),
        first_name=_text(row, "firstName", "user"),
        last_name=_text(row, "lastName", "user"),
        email=_text(row, "email", "user"),
        role=_text(row, "role", "user"),
        timezone=_text(row, "timezone", "user"),
        type=_text(row, "type", "user"),
        created_at=_text(row, "createdAt", "user"),
        updated_at=_text(row, "updatedAt", "user"),
        photo_url=_text(row, "photoUrl", "user"),
        job_title=_text(row, "jobTitle", "user"),
        phone=_text(row, "phone", "user"),
        alternate_emails=tuple(address for address in alternates if address),
        mention=_text(row, "mention", "user"),
        initials=_text(row, "initials", "user"),
        raw=_raw(row, "user"),
    )


def team_of(value: object) -> Team:
    """A team object."""
    row = _object(value, "team")
    return Team(
        id=id_of(row, "team"),
        name=_text(row, "name", "team"),
        mention=_text(row, "mention", "team"),
        timezone=_text(row, "timezone", "team"),
        created_at=_text(row, "createdAt", "team"),
        updated_at=_text(row, "updatedAt", "team"),
        raw=_raw(row, "team"),
    )


def conversation_of(value: object) -> Conversation:
    """A conversation object; `assignee` {id} is absent or null while nobody has it."""
    row = _object(value, "conversation")
    assignee = row.get("assignee")
    number = row.get("number", 0)
    if type(number) is not int or not 0 <= number < LARGEST_ID:
        raise _wrong("conversation", "number")
    return Conversation(
        id=id_of(row, "conversation"),
        number=number,
        subject=_text(row, "subject", "conversation"),
        status=_text(row, "status", "conversation"),
        assignee_id=None if assignee is None else id_of(_object(assignee, "conversation"), "conversation"),
    )


def id_of(row: Mapping[str, Any], kind: str) -> int:
    """The object's id: a positive integer, not a boolean, not digits in a string."""
    value = row.get("id")
    if type(value) is not int or not 0 < value < LARGEST_ID:
        raise Unbelievable(f"Help Scout sent a {kind} without a proper id; the answer is not believed. Try again.")
    return value


def _raw(row: Mapping[str, Any], kind: str) -> RawJson:
    try:
        return RawJson.of(row)
    except ValueError:
        raise _wrong(kind, "number") from None


def _object(value: object, kind: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Unbelievable(f"Help Scout sent something that is no {kind}; the answer is not believed. Try again.")
    return value


def _text(row: Mapping[str, Any], name: str, kind: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(kind, name)
    return value


def _wrong(kind: str, name: str) -> Unbelievable:
    return Unbelievable(
        f"Help Scout sent a {kind} whose {name} is of the wrong type; the answer is not believed. Try again."
    )
