"""Requests with their votes and steps, and who may work on them."""
