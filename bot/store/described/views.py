"""Views: names in place of ids, for readers."""

from bot.store.described.described import Described

_REQUEST_ID = "The request it belongs to (requests.id)."
_PERSON = "The person (users.id)."

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
