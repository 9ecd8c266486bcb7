"""The local record: every SQL statement, migrations and transactions, as named operations on two engines.

`bot.store.record.open_record(target)` opens it; nothing of SQLite, psycopg or a row leaves this room. Importing the
room is light: an engine and its libraries are imported when a record of that kind is opened.
"""
