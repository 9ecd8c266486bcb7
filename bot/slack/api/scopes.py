"""What the Slack app may do: every Web API method that is called, and its scopes. manifest.yml has the same.

Source: the page of each method on docs.slack.dev.
"""

from collections.abc import Mapping

METHODS: Mapping[str, tuple[str, ...]] = {
    "apps.connections.open": (),  # with the app-level token, scope connections:write
    "auth.test": (),
    "chat.getPermalink": (),  # a link to a card
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.members": ("channels:read", "groups:read"),  # doctor
    "conversations.open": ("im:write",),
    "conversations.replies": ("channels:history", "groups:history"),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),  # and the download of what somebody has uploaded
    "usergroups.users.list": ("usergroups:read",),
    "users.info": ("users:read", "users:read.email"),
    "users.list": ("users:read", "users:read.email"),
    "users.lookupByEmail": ("users:read.email",),
    "views.open": (),
    "views.publish": (),
    "views.push": (),  # from a button in a modal
    "views.update": (),
}
"""Method → bot scopes that it is called under; of a conversation's three kinds each has its own."""

OTHER: Mapping[str, str] = {"commands": "slash commands and shortcuts"}
"""Scopes that no method needs, and what for."""

SCOPES: tuple[str, ...] = tuple(sorted({scope for needed in METHODS.values() for scope in needed} | OTHER.keys()))
"""Every scope of the bot token."""
