"""Keys of addresses made anew (IDNA, no case folding); every address ever had; who in Slack is who."""

import json

from bot.model.address import address_key
from bot.store.migrations.ground import Ground
from bot.store.spelling import plain


def m006_addresses(db: Ground) -> None:
    current: dict[tuple[str, int], int] = {}
    for id, email, others in db.rows("SELECT id, email, alternate_emails FROM users"):
        for address in (*json.loads(others), email):
            if key := plain(address_key(address)):
                current[key, id] = int(address == email)
    db.execute("DELETE FROM emails")
    db.fill("emails", ("address", "user_id", "is_primary"), [(*one, main) for one, main in current.items()])
    db.execute("""
        CREATE TABLE known_addresses (
            address TEXT NOT NULL,
            user_id INTEGER NOT NULL,
            is_main INTEGER NOT NULL,
            PRIMARY KEY (address, user_id)
        ) STRICT
    """)
    db.execute("CREATE INDEX known_addresses_by_user ON known_addresses (user_id)")
    ever = dict(current)
    changed = (
        "SELECT user_id, field, before, after FROM changes WHERE kind = 'changed' "
        "AND field IN ('email', 'alternate_emails')"
    )
    for id, field, *texts in db.rows(changed):
        for address in (part for text in texts for part in text.split(",")):
            if "@" in address and (key := plain(address_key(address))):
                ever[key, id] = max(ever.get((key, id), 0), int(field == "email"))
    db.fill("known_addresses", ("address", "user_id", "is_main"), [(*one, main) for one, main in ever.items()])
    _rename_subjects(db)
    db.execute("""
        CREATE TABLE slack_accounts (
            id TEXT PRIMARY KEY,
            person TEXT NOT NULL,
            email TEXT NOT NULL,
            email_key TEXT NOT NULL,
            seen_at TEXT NOT NULL
        ) STRICT
    """)
    db.execute("CREATE INDEX slack_accounts_by_person ON slack_accounts (person)")
    db.execute("CREATE INDEX slack_accounts_by_email ON slack_accounts (email_key) WHERE email_key <> ''")
    db.execute("""
        CREATE TABLE links (
            slack_id TEXT NOT NULL,
            user_id INTEGER NOT NULL,
            since TEXT NOT NULL,
            PRIMARY KEY (slack_id, user_id)
        ) STRICT
    """)
    db.execute("CREATE INDEX links_by_user ON links (user_id)")


def _rename_subjects(db: Ground) -> None:
    """What one address may have one open request for: the new key, but where that would make two of one."""
    taken: set[str] = set()
    for id, address in db.rows("SELECT id, target_email FROM requests WHERE subject LIKE 'address:%' ORDER BY id"):
        subject = f"address:{plain(address_key(address))}"
        if subject not in taken:
            taken.add(subject)
            db.execute(f"UPDATE requests SET subject = {_quoted(subject)} WHERE id = {_quoted(id)}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
