"""The named operations: every SQL statement on the record, in words that both engines speak."""
