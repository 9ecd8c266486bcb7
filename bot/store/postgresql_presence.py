"""A look at a PostgreSQL server for the tables of a record, before anything makes them."""

import psycopg

from bot.store.postgresql_faults import as_store_error, parts_of, place_of
from bot.store.postgresql_schema import MIGRATIONS_TABLE

_SECONDS = 10


def has_record(url: str) -> bool:
    """One connection of its own, that writes nothing. Raises a `StoreError`."""
    parts = parts_of(url)
    try:
        with psycopg.connect(url, connect_timeout=_SECONDS, autocommit=True) as conn:
            found = conn.execute("SELECT to_regclass(%s) IS NOT NULL", (MIGRATIONS_TABLE,), prepare=False).fetchone()
    except psycopg.Error as fault:
        raise as_store_error(fault, place_of(parts)) from fault
    return bool(found and found[0])
