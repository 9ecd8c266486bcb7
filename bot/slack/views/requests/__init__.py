"""Requests: the card through its life, and what is said about it in threads and direct messages."""
