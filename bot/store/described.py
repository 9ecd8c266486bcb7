"""What each table, view and column of the record holds, a sentence each: for the README, and for Datasette's pages.

Whoever adds a table or a column describes it here; a test compares this with the record on both engines.

Where a column names a row of another table there is a foreign key only between what is written together (a request's
decisions, steps and conversations; a line of the audit log and its details). A sync must be able to write down a member
or a change of somebody whom Help Scout's list has left out, so `user_id` is none; the views have the names instead.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Described:
    """`internal`: the bot's own bookkeeping, of no use to a reader."""

    holds: str
    columns: dict[str, str]
    internal: bool = False


_REQUEST_ID = "The request it belongs to (requests.id)."
_PERSON = "The person (users.id)."
_LEASE_OWNER = "The process that works on it now."

VIEWS: dict[str, Described] = {
    "v_seats": Described(
        "Everybody who has or had a seat, with their name, when they came and when they left.",
        {
            "id": "Help Scout's id of the person (users.id).",
            "name": "First and last name; the e-mail address when there is none.",
            "email": "Main e-mail address.",
            "role": "Role in Help Scout: owner, admin, user or light user.",
            "status": "active: has a seat; offboarded: removed by a request; removed: gone without one.",
            "job_title": "Job title in Help Scout.",
            "teams": "Number of teams they are in.",
            "created_at": "When Help Scout says that the user was created.",
            "first_seen": "When the bot saw them first.",
            "last_seen": "When the bot saw them last in Help Scout.",
            "removed_at": "When they were found or made to be gone.",
            "request_id": "The request that removed or restored them last (requests.id).",
            "asked_by": "Who made that request.",
        },
    ),
    "v_requests": Described(
        "Every request: what was asked, about whom, by whom, how many approved, and what came of it.",
        {
            "id": "The request's id, as the card in Slack shows it.",
            "kind": "offboard, restore, provision, change or delete team.",
            "state": "How it stands: pending, approved, running, done, denied, cancelled, expired, stale, failed …",
            "target": "The person or team it is about.",
            "target_email": "Their e-mail address.",
            "target_id": "Help Scout's id of the person, or of the team.",
            "asked_by": "Who made the request.",
            "reason": "Why, in the requester's words.",
            "approvals": "Approvals that count.",
            "approvals_needed": "Approvals that it needs.",
            "opened_at": "When it was made.",
            "run_at": "The time it is scheduled for; empty: as soon as it is approved.",
            "approved_at": "When the last approval that it needed was given.",
            "started_at": "When the work began.",
            "finished_at": "When it ended.",
            "outcome": "What came of it, as a sentence.",
        },
    ),
    "v_changes": Described(
        "Everything that changed about a person, with their name and what brought it about.",
        {
            "id": "Number of the change.",
            "seen_at": "When the bot saw it.",
            "user_id": _PERSON,
            "name": "The person's name today.",
            "email": "Their main e-mail address today.",
            "kind": "joined, removed, offboarded, returned, changed, team joined, team left or forgotten.",
            "field": "What changed, for kind changed.",
            "before": "What it was; the team that was left.",
            "after": "What it is since; the team that was joined.",
            "request_id": "The request that did it (requests.id); empty when it was done outside the bot.",
            "asked_by": "Who made that request.",
            "sync_id": "The sync that saw it (syncs.id).",
        },
    ),
    "v_decisions": Described(
        "Every vote: who approved or denied which request, when and why.",
        {
            "id": "Number of the vote.",
            "decided_at": "When it was given.",
            "request_id": _REQUEST_ID,
            "kind": "What was asked.",
            "target": "The person or team the request is about.",
            "asked_by": "Who made the request.",
            "decided_by": "Who voted.",
            "verdict": "approve or deny.",
            "reason": "Why, in the approver's words.",
            "counts": "1 when the vote counts; 0 when the request was moved to another time after it.",
            "state": "How the request stands now.",
        },
    ),
    "audit_log": Described(
        "The audit log with the details of each line.",
        {
            "seq": "Number of the line.",
            "at": "When it was written.",
            "event": "What happened.",
            "actor": "Who did it: a Slack id, or the bot.",
            "request_id": "The request it is about (requests.id).",
            "user_id": "The person it is about (users.id).",
            "details": "The rest, as JSON; empty when it was erased for somebody who asked to be forgotten.",
        },
    ),
}

TABLES: dict[str, Described] = {
    "users": Described(
        "Every person that the bot has ever seen in Help Scout, one row each; nobody is deleted.",
        {
            "id": "Help Scout's id (REST).",
            "first_name": "First name.",
            "last_name": "Last name.",
            "email": "Main e-mail address.",
            "role": "Role in Help Scout: owner, admin, user or light user.",
            "timezone": "Time zone in Help Scout.",
            "type": "user: a person; team and virtual (an AI agent) are no people.",
            "created_at": "When Help Scout says that the user was created.",
            "updated_at": "When Help Scout says that the user was last changed.",
            "photo_url": "Address of the picture.",
            "job_title": "Job title.",
            "phone": "Phone number.",
            "alternate_emails": "Further e-mail addresses, as a JSON list.",
            "mention": "The handle with which colleagues mention them.",
            "initials": "Initials.",
            "raw": "The whole user as Help Scout sent it, as JSON.",
            "status": "active: has a seat; offboarded: removed by a request; removed: gone without one.",
            "first_seen": "When the bot saw them first.",
            "last_seen": "When the bot saw them last in Help Scout.",
            "removed_at": "When they were found or made to be gone.",
            "scim_id": "Their id over SCIM, once known.",
            "request_id": "The request that removed or restored them last (requests.id).",
            "mention_key": "Internal: the handle as it is compared.",
            "version": "Internal: the version of the record that wrote the row.",
        },
    ),
    "emails": Described(
        "Internal: every address of every person, as it is compared.",
        {
            "address": "The address as it is compared.",
            "user_id": _PERSON,
            "is_primary": "1 when it is the main address.",
        },
        internal=True,
    ),
    "known_addresses": Described(
        "Internal: every address that each person ever had, as it is compared.",
        {
            "address": "The address as it is compared.",
            "user_id": _PERSON,
            "is_main": "1 when it was the main address once.",
        },
        internal=True,
    ),
    "links": Described(
        "Which Slack account belongs to which person in Help Scout, once seen.",
        {"slack_id": "Slack id.", "user_id": _PERSON, "since": "When this was first seen."},
    ),
    "slack_accounts": Described(
        "Slack accounts that the bot has met; those with the same person are one person.",
        {
            "id": "Slack id.",
            "person": "Internal: what the ids of one person have in common.",
            "email": "The account's e-mail address.",
            "email_key": "Internal: the address as it is compared.",
            "seen_at": "When the bot saw it last.",
        },
    ),
    "teams": Described(
        "Help Scout's teams.",
        {
            "id": "Help Scout's id (REST).",
            "name": "Name.",
            "mention": "The handle with which the team is mentioned.",
            "timezone": "Time zone.",
            "created_at": "When Help Scout says that the team was created.",
            "updated_at": "When Help Scout says that the team was last changed.",
            "scim_id": "Its id over SCIM, once known.",
            "raw": "The whole team as Help Scout sent it, as JSON.",
        },
    ),
    "team_members": Described(
        "Who is in which team.",
        {"team_id": "The team (teams.id).", "user_id": _PERSON},
    ),
    "syncs": Described(
        "Every time the bot read everybody from Help Scout.",
        {
            "id": "Number of the sync.",
            "trigger": "What started it: start, interval, command, cli, offboarding or confirmation.",
            "started_at": "When it began.",
            "state": "running, done, failed (nothing was written) or held (an approver must confirm removals).",
            "finished_at": "When it ended.",
            "people": "Seats after it.",
            "joined": "How many joined.",
            "removed": "How many were gone.",
            "changed": "How many changed.",
            "requests": "HTTP requests that it took.",
            "problem": "Why it failed, or what could not be read.",
        },
    ),
    "changes": Described(
        "Everything that changed about a person, one row a change.",
        {
            "id": "Number of the change.",
            "user_id": _PERSON,
            "kind": "joined, removed, offboarded, returned, changed, team joined, team left or forgotten.",
            "field": "What changed, for kind changed.",
            "before": "What it was; the team that was left.",
            "after": "What it is since; the team that was joined.",
            "seen_at": "When the bot saw it.",
            "sync_id": "The sync that saw it (syncs.id).",
            "request_id": "The request that did it (requests.id).",
        },
    ),
    "requests": Described(
        "Every request, one row each; the row alone says how it stands.",
        {
            "id": "The request's id, as the card in Slack shows it.",
            "kind": "offboard, restore, provision, change or delete team.",
            "state": "How it stands: pending, approved, running, done, denied, cancelled, expired, stale, failed …",
            "opened_at": "When it was made.",
            "requester": "Slack id of who made it.",
            "requester_name": "Their name at that time.",
            "target_id": "Help Scout's id of the person; of the team for delete team; empty for provision.",
            "target_name": "Name of the person or team at that time.",
            "target_email": "E-mail address of the person at that time; for provision the one to be.",
            "reason": "Why, in the requester's words.",
            "plan": "What is to be done, as JSON: this is what approvers approve.",
            "digest": "SHA-256 of the plan: another plan is not the one that was approved.",
            "quorum": "Approvals that it needs.",
            "run_at": "The time it is scheduled for; empty: as soon as it is approved.",
            "expires_at": "Until when it can be approved.",
            "start_by": "Until when the work must have begun, once approved.",
            "approved_at": "When the last approval that it needed was given.",
            "started_at": "When the work began.",
            "finished_at": "When it ended.",
            "outcome": "What came of it, as a sentence.",
            "reminded": "Internal: reminders sent.",
            "lease_owner": f"Internal: {_LEASE_OWNER.lower()}",
            "lease_until": "Internal: until when that process has it.",
            "channel": "Internal: where its card is in Slack.",
            "message_ts": "Internal: which message its card is.",
            "card_version": "Internal: the version that the card shows.",
            "version": "Internal: moves with everything that the card shows.",
            "subject": "Internal: what there may be only one open request about.",
            "remind_at": "Internal: when the next reminder is due.",
            "seal": "Seal of the request, made with a key that is not in the record; empty for older ones.",
        },
    ),
    "decisions": Described(
        "Every vote on a request.",
        {
            "id": "Number of the vote.",
            "request_id": _REQUEST_ID,
            "actor": "Slack id of who voted.",
            "actor_name": "Their name at that time.",
            "verdict": "approve or deny.",
            "reason": "Why, in the approver's words.",
            "decided_at": "When it was given.",
            "void": "1 when it no longer counts, because the request was moved to another time.",
            "seal": "Seal of the vote, made with a key that is not in the record; empty for older ones.",
        },
    ),
    "steps": Described(
        "The steps of each request that was carried out, written before and after each.",
        {
            "request_id": _REQUEST_ID,
            "position": "Place in the order of steps.",
            "name": "Name of the step.",
            "state": "running, done or failed.",
            "started_at": "When it began.",
            "finished_at": "When it ended.",
            "attempts": "How often it was begun.",
            "done": "How much of it is done.",
            "total": "How much there is to do.",
            "result": "What it found and did, as JSON.",
            "problem": "Why it failed, as a sentence.",
        },
    ),
    "moves": Described(
        "Conversations that a request hands over, one row each.",
        {
            "request_id": _REQUEST_ID,
            "conversation_id": "Help Scout's id of the conversation.",
            "number": "The conversation's number, as people know it.",
            "from_user": "Whose it was (users.id).",
            "to_user": "Who gets it (users.id); empty: nobody.",
            "state": "todo, moved or skipped.",
            "note": "Why it was skipped.",
            "moved_at": "When it was moved.",
        },
    ),
    "audit": Described(
        "The audit log: one line each, chained by hashes, never changed. Read it with its details in audit_log.",
        {
            "seq": "Number of the line.",
            "at": "When it was written.",
            "event": "What happened.",
            "actor": "Who did it: a Slack id, or the bot.",
            "request_id": "The request it is about (requests.id).",
            "user_id": "The person it is about (users.id).",
            "details_hash": "SHA-256 of the line's details and their salt.",
            "previous_hash": "Hash of the line before.",
            "hash": "Hash of this line and the one before.",
            "seal": "Seal of the line, made with a key that is not in the record; empty for older ones.",
        },
    ),
    "audit_details": Described(
        "What a line of the audit log tells beyond its columns.",
        {
            "seq": "The line (audit.seq).",
            "salt": "Random text, so that erased details can't be guessed from their hash.",
            "details": "The details, as JSON.",
        },
    ),
    "audit_erasures": Described(
        "Lines whose details were erased for somebody who asked to be forgotten.",
        {"seq": "The line (audit.seq).", "erased_by": "The line that tells of the erasure (audit.seq)."},
    ),
    "audit_head": Described(
        "Internal: the newest line of the audit log.",
        {
            "id": "Always 1.",
            "seq": "Number of the newest line.",
            "hash": "Its hash.",
            "at": "When it was written.",
            "seal": "The seal of the log's end.",
            "sealed_from": "The first line from which on every line has a seal.",
        },
        internal=True,
    ),
    "outbox": Described(
        "Internal: messages that Slack is owed or was sent.",
        {
            "id": "Number of the message.",
            "key": "What may be sent only once.",
            "topic": "Kind of message.",
            "payload": "What it is about, as JSON.",
            "created_at": "When it came to be owed.",
            "not_before": "When it is tried next.",
            "attempts": "How often it was tried.",
            "maybe_sent": "1 when a try got no answer.",
            "state": "waiting, sent or dropped.",
            "owner": "The process that sends it now.",
            "owned_until": "Until when that process has it.",
            "ended_at": "When it was sent or dropped.",
            "problem": "Why the last try failed.",
        },
        internal=True,
    ),
    "leases": Described(
        "Internal: which process leads.",
        {"name": "What is led.", "owner": "The process that leads.", "until": "Until when, unless it is renewed."},
        internal=True,
    ),
    "wishes": Described(
        "What identity providers have pushed through the gate (SCIM): one row a resource and token.",
        {
            "token": "Name of the token by which it was pushed.",
            "id": "The id of the resource, as the identity provider knows it.",
            "kind": "user or group.",
            "subject_id": "The person (users.id) or team (teams.id) it stands for; empty until there is one.",
            "address": "A person's userName that was pushed last, as it is compared.",
            "external_id": "The identity provider's own id.",
            "document": "The resource as it was pushed, as JSON, without secrets.",
            "wanted": "What is still to be brought about, as JSON.",
            "deleted": "1 when the identity provider has deleted it.",
            "open": "1 while something is to be brought about.",
            "held": "1 while an approver is asked first, because too many are to leave at once.",
            "request_id": "The request that brings it about (requests.id).",
            "not_before": "When it is tried again.",
            "problem": "Why it could not be brought about.",
            "since": "Since when it is wanted.",
            "created_at": "When it was pushed first.",
            "changed_at": "When it changed last.",
        },
    ),
    "notes": Described(
        "Internal: small things that the bot must remember.",
        {"key": "What it is.", "value": "Its value.", "written_at": "When it was written."},
        internal=True,
    ),
    "record_version": Described(
        "Internal: a number that moves with every write to people, teams and wishes.",
        {"id": "Always 1.", "number": "The number."},
        internal=True,
    ),
}

DESCRIBED = VIEWS | TABLES
"""What people read comes first."""
