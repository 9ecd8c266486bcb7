"""Conversations of one person handed to another, or to a team."""
