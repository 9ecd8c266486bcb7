"""Why something may not be done."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """`reason` is a whole sentence for the person who acted; `code` a stable word for the audit log and for tests.

    `field` names the argument at fault ("target_id", "assignee_id", "reason", "run_at"), for a form to show it there.
    """

    reason: str
    code: str
    field: str = ""
