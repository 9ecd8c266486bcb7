"""People, teams and conversations as REST v2 shows them. Source: Help Scout API v2."""

import json
from typing import Any

from bot.demo.helpscout.http.replies import Json
from bot.demo.helpscout.world.account import Team
from bot.demo.helpscout.world.conversations import Conversation
from bot.demo.helpscout.world.people import Person


def dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def person_json(person: Person, origin: str) -> Json:
    """Source: Help Scout API v2, "User object"."""
    user: dict[str, Any] = {
        "id": person.id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "email": person.email,
        "role": person.role,
        "timezone": person.timezone,
        "type": person.type,
        "createdAt": person.created_at,
        "updatedAt": person.updated_at,
        "photoUrl": f"{origin}/photos/{person.id}.svg" if person.photo else "",
        "jobTitle": person.job_title,
        "phone": person.phone,
        "alternateEmails": list(person.alternate_emails),
        "mention": person.mention,
        "initials": person.initials,
        "_links": {"self": {"href": f"{origin}/v2/users/{person.id}"}},
    }
    for name in person.absent:
        if not user[name]:
            del user[name]
    return user


def team_json(team: Team, origin: str) -> Json:
    return {
        "id": team.id,
        "name": team.name,
        "timezone": "UTC",
        "photoUrl": "",
        "createdAt": team.created_at,
        "updatedAt": team.updated_at,
        "mention": "".join(letter for letter in team.name.lower() if letter.isalnum()),
        "initials": team.name[:1].upper(),
        "_links": {
            "self": {"href": f"{origin}/v2/teams/{team.id}"},
            "members": {"href": f"{origin}/v2/teams/{team.id}/members"},
        },
    }


def conversation_json(conversation: Conversation, assignee: Person | None, origin: str) -> Json:
    """Source: Help Scout API v2, "Get Conversation"; the parts that a hand-over reads. Nobody's has no `assignee`."""
    body: Json = {
        "id": conversation.id,
        "number": conversation.number,
        "threads": 1,
        "type": "email",
        "status": conversation.status,
        "state": "published",
        "subject": conversation.subject,
        "mailboxId": conversation.mailbox_id,
        "createdAt": conversation.created_at,
        "primaryCustomer": {"email": conversation.customer},
        "_links": {"self": {"href": f"{origin}/v2/conversations/{conversation.id}"}},
    }
    if assignee is not None:
        body["assignee"] = {
            "id": assignee.id,
            "type": "team" if assignee.type == "team" else "user",
            "first": assignee.first_name,
            "last": assignee.last_name,
            "email": assignee.email,
        }
    return body
