"""The endpoint of a path, without whom it is about: a label for metrics."""

import re

_PARTS = frozenset(
    {"v2", "auth", "oauth2", "token", "users", "me", "teams", "members", "conversations", "scim", "Users", "Groups"}
)


def endpoint_of(path: str) -> str:
    """`/v2/users/17` → `/v2/users/{id}`. Every part that is no word of the API is an id."""
    parts = [part for part in re.sub(r"^https?://[^/]+", "", path).split("/") if part]
    return "/" + "/".join(part if part in _PARTS else "{id}" for part in parts)
