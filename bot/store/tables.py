"""The names of all tables, for whoever goes through the whole record."""

TABLES = (
    "record_version",
    "users",
    "emails",
    "known_addresses",
    "links",
    "slack_accounts",
    "teams",
    "team_members",
    "syncs",
    "changes",
    "requests",
    "decisions",
    "steps",
    "moves",
    "audit",
    "audit_details",
    "audit_erasures",
    "audit_head",
    "outbox",
    "leases",
    "notes",
    "wishes",
)
"""Every table, each after those that it refers to."""
