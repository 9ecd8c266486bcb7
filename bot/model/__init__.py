"""Frozen values that every room may know; no I/O, no clock, no rule."""
