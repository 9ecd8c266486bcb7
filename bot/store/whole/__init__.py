"""The record as a whole: backups, restores, copies from one engine to the other."""
