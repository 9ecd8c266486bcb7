"""People, teams and conversations as REST v2 shows them. Source: Help Scout API v2."""

import json
from collections.abc import Mapping
from typing import Any

from bot.demo.helpscout.duty import Inbox, Presence, moment
from bot.demo.helpscout.http.replies import Json
from bot.demo.helpscout.work import Workflow
from bot.demo.helpscout.world.account import Account, Team
from bot.demo.helpscout.world.conversations import Conversation, Thread
from bot.demo.helpscout.world.people import Person
from bot.demo.helpscout.world.webhooks import Hook


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
        "state": conversation.state,
        "subject": conversation.subject,
        "mailboxId": conversation.mailbox_id,
        "createdAt": conversation.created_at,
        "userUpdatedAt": conversation.modified_at or conversation.created_at,
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
    if conversation.snooze is not None:
        body["snooze"] = {
            "snoozedBy": conversation.snooze.by,
            "snoozedUntil": moment(conversation.snooze.until),
            "unsnoozeOnCustomerReply": conversation.snooze.on_reply,
        }
    if (event := next_event(conversation)) is not None:
        body["nextEvent"] = event
    return body


def next_event(conversation: Conversation) -> Json | None:
    """Source: Help Scout API v2, "Get conversation": what happens next by itself, the earlier of snooze and reply."""
    coming = [
        (thread.at, "scheduled", thread.by, thread.on_reply)
        for thread in conversation.replies
        if thread.state == "scheduled"
    ]
    if conversation.snooze is not None:
        coming.append((conversation.snooze.until, "snooze", conversation.snooze.by, conversation.snooze.on_reply))
    if not coming:
        return None
    at, kind, by, cancelled = min(coming)
    return {"time": moment(at), "eventType": kind, "userId": by, "cancelOnCustomerReply": cancelled}


def thread_json(thread: Thread, rows: Mapping[int, Person]) -> Json:
    """Source: Help Scout API v2, "List threads"; the parts that a hand-over reads."""
    author = rows.get(thread.by)
    body: Json = {
        "id": thread.id,
        "type": "customer" if author is None else "message",
        "status": "active",
        "state": "draft" if thread.state == "draft" else "published" if thread.state == "published" else "scheduled",
        "body": thread.text,
        "createdBy": {"id": thread.by, "type": "user", "email": author.email if author else ""},
        "createdAt": moment(thread.at),
    }
    if thread.state == "scheduled":
        body["scheduled"] = {
            "scheduledBy": thread.by,
            "createdAt": moment(thread.at),
            "scheduledFor": moment(thread.at),
            "unscheduleOnCustomerReply": thread.on_reply,
        }
    return body


def presence_json(person_id: int, presence: Presence) -> Json:
    """Source: Help Scout API v2, "Get user status"."""
    email: Json = {
        "status": presence.status,
        "updatedAt": moment(presence.since),
        "performedBy": presence.performed_by,
        "source": presence.source,
    }
    if presence.custom:
        email["customStatus"] = presence.custom
    return {"userId": person_id, "email": email, "chat": {"status": "unavailable"}}


def inbox_json(inbox: Inbox, origin: str) -> Json:
    """Source: Help Scout API v2, "List inboxes"."""
    return {
        "id": inbox.id,
        "name": inbox.name,
        "slug": f"{inbox.id:x}",
        "email": inbox.email,
        "_links": {"self": {"href": f"{origin}/v2/mailboxes/{inbox.id}"}},
    }


def routing_json(inbox: Inbox, account: Account) -> Json:
    """Source: Help Scout API v2, "Get routing configuration"."""
    routing = inbox.routing
    rotation: list[Json] = []
    for one in routing.user_ids:
        reason = account.duty.eligible(inbox, one)
        row: Json = {"userId": one, "conversationsCount": len(account.conversations_of(one)), "eligible": not reason}
        rotation.append(row | ({"reason": reason} if reason else {}))
    return {
        "state": routing.state,
        "assignmentLimit": routing.limit,
        "assignmentMethod": routing.method,
        "userIds": list(routing.user_ids),
        "rotation": rotation,
    }


def workflow_json(workflow: Workflow) -> Json:
    """Source: Help Scout API v2, "List workflows": what it does is not shown."""
    return {
        "id": workflow.id,
        "mailboxId": workflow.mailbox_id,
        "type": workflow.type,
        "status": workflow.status,
        "order": 1,
        "name": workflow.name,
    }


def hook_json(hook: Hook) -> Json:
    """Source: Help Scout API v2, "List webhooks"."""
    return {
        "id": hook.id,
        "url": hook.url,
        "state": hook.state,
        "events": list(hook.events),
        "notification": False,
        "payloadVersion": "V2",
    }
