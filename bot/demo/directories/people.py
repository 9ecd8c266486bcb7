"""Whom a simulated identity provider knows."""

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Account:
    """One account. `state`: active, suspended, left (Okta: DEPROVISIONED, Google: archived) or staged."""

    id: str
    email: str
    name: str = ""
    state: str = "active"
    login: str = ""
    aliases: tuple[str, ...] = ()
    manager: str = ""  # an address
    since: str = "2026-11-02T08:00:00.000Z"


@dataclass
class Directory:
    """Accounts, and groups by name with the ids of their members."""

    accounts: list[Account] = field(default_factory=list)
    groups: dict[str, list[str]] = field(default_factory=dict)

    def group_ids(self, prefix: str) -> dict[str, str]:
        """Id → name of every group."""
        return {f"{prefix}{number:017d}": name for number, name in enumerate(self.groups, 1)}

    def inside(self, group: str) -> list[Account]:
        wanted = set(self.groups.get(group, ()))
        return [one for one in self.accounts if one.id in wanted]

    def of_email(self, email: str) -> Account | None:
        return next((one for one in self.accounts if one.email == email), None)
