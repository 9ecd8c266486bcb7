"""One difference between who should have a seat and who has one: its kind, its key, and what brings it back. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.model.address import address_key, without_plus
from bot.model.user import User


class Kind(StrEnum):
    """In the order in which they are worked through."""

    ORPHAN = "orphan"
    MISSING = "missing"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at. `sources`: name of a source → what it says; `id` is the REST id, None without a seat.

    `by`: of these the ones by which it is a finding (who says gone; who has them in a group). `sure`: matched by a pair
    or a main address, and no source says otherwise. `asks` has, for `different`, the field (`name`, `email`, `role`) →
    what the source has, as far as it can be changed. `manager` is an address.
    """

    kind: Kind
    email: str
    id: int | None
    name: str
    sources: Mapping[str, str]
    detail: str
    by: frozenset[str] = frozenset()
    sure: bool = True
    asks: Mapping[str, str] = field(default_factory=dict)
    manager: str = ""
    user: User | None = None

    @property
    def key(self) -> str:
        """The same for the same thing at every comparison: what a person has said about it stays with it."""
        who = str(self.id) if self.id is not None else f"address:{without_plus(address_key(self.email))}"
        if self.kind in (Kind.ORPHAN, Kind.UNKNOWN):
            return f"seat:{who}"
        if not self.asks:
            return f"{self.kind.value}:{who}"
        what = "\n".join(f"{name}={value}" for name, value in sorted(self.asks.items()))
        return f"{self.kind.value}:{who}:{hashlib.sha256(what.encode()).hexdigest()[:12]}"


def newly_said(finding: Finding, kind: str, seen: Mapping[str, str] | None) -> frozenset[str]:
    """The sources that say now what they did not say when somebody left this finding as it is.

    It was a finding of `kind` then, and `seen` is what each source said; None where that was not kept.
    """
    if seen is None:
        return finding.by if finding.kind.value != kind else frozenset()
    return frozenset(name for name in finding.by if seen.get(name) != finding.sources.get(name))
