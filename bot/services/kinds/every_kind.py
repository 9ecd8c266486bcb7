"""What kinds of request have in common: their parts, and whom they are about."""

from collections.abc import Mapping
from typing import Any

from bot.helpscout.client import HelpScout
from bot.model.request import Kind
from bot.model.user import UserRecord
from bot.services.requests.kinds import NotPossible, integer
from bot.services.requests.terms import Terms
from bot.services.ways.choosing import Ways
from bot.store.record import Record


class EveryKind:
    """Each kind is a `Procedure`: to this beginning it adds what is proposed, the words and the steps."""

    kind: Kind
    removes = False
    about_people = True

    def __init__(self, record: Record, helpscout: HelpScout, terms: Terms) -> None:
        self._record = record
        self._helpscout = helpscout
        self._terms = terms
        self._ways = Ways(record, helpscout, terms)

    @property
    def why_not(self) -> str:
        return self._ways.refusal(self.kind)

    def needs_approval(self, plan: Mapping[str, Any], terms: Terms) -> bool:  # noqa: ARG002 - always, unless a kind says
        return True

    def _target(self, arguments: Mapping[str, object], otherwise: str) -> UserRecord:
        """The person it is about. Raises `NotPossible` with `otherwise` where none is named that the record knows."""
        target_id = integer(arguments, "target_id")
        known = self._record.users.get(target_id) if target_id is not None else None
        if known is None:
            raise NotPossible(otherwise, field="target_id", code="no target")
        return known
