"""What identity providers have pushed through the gate, as a source of who works here."""

from collections.abc import Mapping
from typing import Any

from bot.model.colleague import Colleague, Employment
from bot.model.wish import Wish
from bot.services.wishes.assignee import ENTERPRISE
from bot.store.record import Record


def colleagues(record: Record) -> list[Colleague]:
    """Everybody that was ever pushed, with what their provider said last; the longest known first."""
    return [one for wish in record.wishes.people() if (one := _colleague(wish)) is not None]


def _colleague(wish: Wish) -> Colleague | None:
    """None for a person of whom nothing was pushed but a wish about their seat: there is no word on who they are."""
    document = wish.document
    address = str(document.get("userName") or wish.address)
    if not address:
        return None
    active = not wish.deleted and str(document.get("active", True)).strip().lower() not in ("false", "0")
    said = "deleted" if wish.deleted else "active" if active else "unassigned"
    return Colleague(
        id=f"{wish.token}/{wish.id}",
        email=address,
        others=tuple(_values(document.get("emails"))),
        name=_name(document),
        state=Employment.ACTIVE if active else Employment.LEFT,
        said=f"{said} ({wish.token})",
        manager=_manager(document),
    )


def _values(several: Any) -> list[str]:
    found = [one.get("value") if isinstance(one, Mapping) else one for one in several] if _is_list(several) else []
    return [one for one in found if isinstance(one, str) and "@" in one]


def _is_list(several: Any) -> bool:
    return isinstance(several, list | tuple)


def _name(document: Mapping[str, Any]) -> str:
    parts = document.get("name")
    given = [parts.get(part) for part in ("givenName", "familyName")] if isinstance(parts, Mapping) else []
    return str(document.get("displayName") or "") or " ".join(str(part) for part in given if part)


def _manager(document: Mapping[str, Any]) -> str:
    """Their address; "" where the provider sends an id."""
    extension = document.get(ENTERPRISE)
    manager = extension.get("manager") if isinstance(extension, Mapping) else None
    value = manager.get("value") if isinstance(manager, Mapping) else manager
    return value if isinstance(value, str) and "@" in value else ""
