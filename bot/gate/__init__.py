"""The gate: a SCIM 2.0 service provider (RFC 7643, 7644) in front of Help Scout. Parse, call a service, render."""

PREFIX = "/scim/v2"
"""Where it is, on the address of the bot."""
