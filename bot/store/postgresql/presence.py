"""A look at a PostgreSQL server for the tables of a record, before anything makes them."""

import psycopg

from bot.store.postgresql.faults import as_store_error
from bot.store.postgresql.schema import MIGRATIONS_TABLE
from bot.store.postgresql.target import Target


def has_record(url: str) -> bool:
    """One connection of its own, that writes nothing. Raises a `StoreError`."""
    target = Target(url)
    try:
        with target.connect() as conn:
            target.inspect(conn)
            words = f"SELECT to_regclass('{MIGRATIONS_TABLE}') IS NOT NULL".encode()
            found = target.select(conn, words).fetchone()
    except psycopg.Error as fault:
        raise as_store_error(fault, target.place) from fault
    return bool(found and found[0])
