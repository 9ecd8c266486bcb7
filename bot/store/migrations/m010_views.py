"""For people who read the record. A later migration that makes one of these tables anew drops the views first."""

from bot.store.migrations.ground import Ground

_NAME = "COALESCE(NULLIF(trim(users.first_name || ' ' || users.last_name), ''), users.email)"
_ASKED_BY = "COALESCE(NULLIF(requests.requester_name, ''), requests.requester)"


def m010_views(db: Ground) -> None:
    db.execute(f"""
        CREATE VIEW v_seats AS
        SELECT users.id, {_NAME} AS name, users.email, users.role, users.status, users.job_title,
               (SELECT count(*) FROM team_members WHERE team_members.user_id = users.id) AS teams,
               NULLIF(users.created_at, '') AS created_at, users.first_seen, users.last_seen, users.removed_at,
               users.request_id, {_ASKED_BY} AS asked_by
        FROM users LEFT JOIN requests ON requests.id = users.request_id
        WHERE users.type NOT IN ('team', 'virtual')
    """)
    db.execute(f"""
        CREATE VIEW v_requests AS
        SELECT requests.id, requests.kind, requests.state,
               COALESCE(NULLIF(requests.target_name, ''), requests.target_email) AS target, requests.target_email,
               requests.target_id, {_ASKED_BY} AS asked_by, requests.reason,
               (SELECT count(*) FROM decisions WHERE decisions.request_id = requests.id
                AND decisions.verdict = 'approve' AND decisions.void = 0) AS approvals,
               requests.quorum AS approvals_needed, requests.opened_at, requests.run_at, requests.approved_at,
               requests.started_at, requests.finished_at, requests.outcome
        FROM requests
    """)
    db.execute(f"""
        CREATE VIEW v_changes AS
        SELECT changes.id, changes.seen_at, changes.user_id, {_NAME} AS name, users.email, changes.kind, changes.field,
               changes.before, changes.after, changes.request_id, {_ASKED_BY} AS asked_by, changes.sync_id
        FROM changes
        LEFT JOIN users ON users.id = changes.user_id
        LEFT JOIN requests ON requests.id = changes.request_id
    """)
    db.execute(f"""
        CREATE VIEW v_decisions AS
        SELECT decisions.id, decisions.decided_at, decisions.request_id, requests.kind,
               COALESCE(NULLIF(requests.target_name, ''), requests.target_email) AS target, {_ASKED_BY} AS asked_by,
               COALESCE(NULLIF(decisions.actor_name, ''), decisions.actor) AS decided_by, decisions.verdict,
               decisions.reason, 1 - decisions.void AS counts, requests.state
        FROM decisions JOIN requests ON requests.id = decisions.request_id
    """)
