"""What an identity provider wants of a person or a team, beside what Help Scout shows (product.md section 12)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class WishKind(StrEnum):
    USER = "user"
    GROUP = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One resource as one token's identity provider has pushed it. Times are aware UTC.

    `id` is the resource's own, for good: the REST id of who was there before the first push, else one of ours.
    `wanted` is what is still to be brought about, by the names of our fields (`active`, `email`, `first_name`, `role`,
    …; of a group `name`, `members`); it is empty once the fact is as wanted, or the wish has fallen back.
    """

    token: str  # the name of the token by which it was pushed
    id: str
    kind: WishKind = WishKind.USER
    subject_id: int | None = None  # REST id of the person or team; None until there is one
    address: str = ""  # a person's: the key of the userName that was pushed last
    external_id: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)  # as pushed, without secrets
    wanted: Mapping[str, Any] = field(default_factory=dict)
    deleted: bool = False  # answers 404 from then on
    open: bool = False  # something is to be brought about
    request_id: str | None = None  # the request that brings it about
    not_before: datetime | None = None  # what could not be tried before
    problem: str = ""  # why it could not be
    since: datetime  # since when `wanted` is wanted
    created_at: datetime
    changed_at: datetime

    @property
    def leaves(self) -> bool:
        """Whether somebody's seat is to be taken."""
        return self.kind is WishKind.USER and (self.deleted or self.wanted.get("active") is False)
