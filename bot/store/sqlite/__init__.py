"""The record in a SQLite file, through sqlite-utils."""
