"""The tables, as small named migrations that run once, in order, in one transaction, on either engine.

Written in SQLite's words; PostgreSQL's `Ground.execute` translates the few that differ (`postgresql/words.py`). A
released migration is never edited: the next change is a new file, and a new line at the end of `MIGRATIONS`.
"""

from collections.abc import Callable

from bot.store.migrations.ground import Ground
from bot.store.migrations.m001_people import m001_people
from bot.store.migrations.m002_history import m002_history
from bot.store.migrations.m003_requests import m003_requests
from bot.store.migrations.m004_audit import m004_audit
from bot.store.migrations.m005_deliveries import m005_deliveries
from bot.store.migrations.m006_addresses import m006_addresses
from bot.store.migrations.m007_seals import m007_seals
from bot.store.migrations.m010_views import m010_views
from bot.store.migrations.m030_waiting import m030_waiting
from bot.store.migrations.m035_quiet import m035_quiet
from bot.store.migrations.m036_inboxes import m036_inboxes
from bot.store.migrations.m040_wishes import m040_wishes
from bot.store.migrations.m045_sources import m045_sources
from bot.store.migrations.m046_left_as_is import m046_left_as_is
from bot.store.migrations.m050_batches import m050_batches
from bot.store.migrations.m051_seat_ends import m051_seat_ends
from bot.store.migrations.m055_managers import m055_managers
from bot.store.migrations.m056_statuses import m056_statuses
from bot.store.migrations.m057_what_was_seen import m057_what_was_seen

SET = "hs-bot"
"""The name of this set of migrations in sqlite-utils' table `_sqlite_migrations`."""

MIGRATIONS: tuple[Callable[[Ground], None], ...] = (
    m001_people,
    m002_history,
    m003_requests,
    m004_audit,
    m005_deliveries,
    m006_addresses,
    m007_seals,
    m010_views,
    m030_waiting,
    m035_quiet,
    m036_inboxes,
    m040_wishes,
    m045_sources,
    m046_left_as_is,
    m050_batches,
    m051_seat_ends,
    m055_managers,
    m056_statuses,
    m057_what_was_seen,
)
