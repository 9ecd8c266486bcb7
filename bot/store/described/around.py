"""Tables about sources, the gate, what Slack is owed, and the bot's own bookkeeping."""

from bot.store.described.described import Described

_PERSON = "The person (users.id)."

AROUND: dict[str, Described] = {
    "source_readings": Described(
        "The last whole reading of each source of who works here (HS_BOT_SOURCES).",
        {
            "source": "Name of the source: slack, csv, okta, entra, google or gate.",
            "read_at": "When it was read.",
            "as_of": "How old its data was: when a file was last written.",
            "group_name": "The group that was read; empty: everybody.",
            "people": "People in it.",
            "active": "People in it who worked here.",
            "accepted_by": "Who confirmed a reading that was held back; empty for the others.",
        },
    ),
    "source_people": Described(
        "Who was in a source at its last whole reading, by the source's own ids, and whose seat is theirs.",
        {
            "source": "Name of the source.",
            "person": "The source's id of the person; in a CSV their e-mail address.",
            "user_id": "The person in Help Scout (users.id); empty for people without a seat.",
            "active": "1: worked here by the source.",
            "listed": "0: is not in the source anymore.",
        },
    ),
    "managers": Described(
        "Each person's manager, as the sources said last; kept for those who have left since.",
        {
            "user_id": _PERSON,
            "email": "The manager's e-mail address.",
            "source": "Name of the source that says so.",
        },
    ),
    "statuses": Described(
        "The status of everybody in Help Scout for e-mail, as read last; a hint, and no login.",
        {
            "user_id": _PERSON,
            "status": "active or away; empty while only a change is known.",
            "changed_at": "When it changed last, as Help Scout tells.",
        },
    ),
    "left_as_is": Described(
        "Findings of a comparison with the sources that somebody has said are right as they are.",
        {
            "key": "What it is about, the same at every comparison.",
            "kind": "orphan, missing, different or unknown.",
            "user_id": _PERSON,
            "email": "Their e-mail address, for people without a seat.",
            "why": "The reason, in the words of who said so.",
            "said_by": "Who said so: a Slack id.",
            "said_at": "When.",
            "until": "Until when it counts; empty: for good.",
            "seen": "What each source said of them then, as JSON; empty for what was left before this was kept.",
        },
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
