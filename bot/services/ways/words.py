"""What a card says of the way a request goes."""

from collections.abc import Mapping
from typing import Any

from bot.model.way import CALLED, Way


def way_of(plan: Mapping[str, Any]) -> Way:
    """As approved; plans of earlier versions went over SCIM."""
    return Way(str(plan.get("way") or Way.SCIM))


def way_facts(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    """How it is done, and why not in a better way."""
    why = str(plan.get("way_why") or "")
    return [("Done", CALLED[way_of(plan)]), *([("Why so", why)] if why else [])]


def by_hand_then(plan: Mapping[str, Any]) -> str:
    """What is added to what an approval does, where a person has to do it."""
    if way_of(plan) is not Way.HAND:
        return ""
    return " hs-bot prepares it; then someone has to do it in Help Scout, and it's done when hs-bot sees it there."
