"""What each table, view and column of the record holds, a sentence each: for the README, and for Datasette's pages.

Whoever adds a table or a column describes it here; a test compares this with the record on both engines.

Where a column names a row of another table there is a foreign key only between what is written together (a request's
decisions, steps and conversations; a line of the audit log and its details). A sync must be able to write down a member
or a change of somebody whom Help Scout's list has left out, so `user_id` is none; the views have the names instead.
"""

from bot.store.described.around import AROUND
from bot.store.described.described import Described
from bot.store.described.people import PEOPLE
from bot.store.described.requests import REQUESTS
from bot.store.described.views import VIEWS

TABLES = PEOPLE | REQUESTS | AROUND
DESCRIBED = VIEWS | TABLES

__all__ = ["DESCRIBED", "TABLES", "VIEWS", "Described"]
