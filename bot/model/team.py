"""A Help Scout team (REST `GET /teams`), which SCIM calls a Group."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """`id` is the REST id; `scim_id` the id of the SCIM Group, once the pair is known."""

    id: int
    name: str = ""
    mention: str = ""
    timezone: str = ""
    created_at: str = ""
    updated_at: str = ""
    scim_id: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, order=True)
class TeamMember:
    """One row of `team_members`."""

    team_id: int
    user_id: int
