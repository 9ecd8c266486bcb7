"""What a way of writing is: the steps that change Help Scout, or wait until it is changed, each safe to run again.

Filled by `OverScim`, `OverRest` and `ByHand`. A step returns what came of it (JSON). Raises `Stale` when it must not be
done, `Attention` or a `HelpScoutError` when it can't be settled, `Waiting` when a person has to do it.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from bot.model.way import Way
from bot.services.requests.execution import Execution

Result = Mapping[str, Any]


class Writing(Protocol):
    """One way. What it has no call for, it is never asked (bot.policy.ways)."""

    @property
    def way(self) -> Way: ...

    def remove(self, ex: Execution) -> Result:
        """Take the seat of the plan's person."""
        ...

    def removed(self, ex: Execution) -> Result:
        """Read that they are gone."""
        ...

    def vacant(self, ex: Execution) -> Result:
        """Read that nobody has the address of the seat that is to be given."""
        ...

    def create(self, ex: Execution) -> Result:
        """Give the seat of the plan: `scim_id` or `rest_id` of whom it made."""
        ...

    def join(self, ex: Execution) -> Result:
        """Put who was created into the plan's teams: the names of those `joined`."""
        ...

    def change(self, ex: Execution) -> Result:
        """Have the plan's person as the plan wants them."""
        ...

    def delete_team(self, ex: Execution) -> Result:
        """Delete the plan's team."""
        ...

    def team_deleted(self, ex: Execution) -> Result:
        """Read that it is gone."""
        ...
