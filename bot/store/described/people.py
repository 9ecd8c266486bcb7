"""Tables about people, teams, and what changed."""

from bot.store.described.described import Described

_PERSON = "The person (users.id)."

PEOPLE: dict[str, Described] = {
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
}
