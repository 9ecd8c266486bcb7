"""Modals: opening them, what changes in them while they are filled in, and their submission."""
