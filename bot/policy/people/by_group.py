"""Seats counted by group. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GroupSeats:
    """`name` "": those in no group. `gone` of the seats are people who are gone, `dormant` look unused."""

    name: str
    seats: int
    gone: int
    dormant: int


def by_group(
    seats: Collection[int],
    groups: Mapping[int, Collection[str]],
    *,
    gone: Collection[int] = (),
    dormant: Collection[int] = (),
) -> list[GroupSeats]:
    """The largest first, those in no group last. Who is in two groups counts in both.

    All by REST id: who has a seat, the groups they are in, and who of them is gone or dormant.
    """
    inside: dict[str, set[int]] = {}
    for id in seats:
        for name in groups.get(id) or ("",):
            inside.setdefault(name, set()).add(id)
    lost, idle = set(gone), set(dormant)
    rows = [GroupSeats(name, len(ids), len(ids & lost), len(ids & idle)) for name, ids in inside.items()]
    return sorted(rows, key=lambda row: (not row.name, -row.seats, row.name))
