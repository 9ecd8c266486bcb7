"""What is said where somebody who is to take conversations is to be offboarded as well. Pure."""

from collections.abc import Sequence

NAMED = 3
CHOOSE = "Choose someone else on the card to take the conversations, then approve."
ASK_AGAIN = "Cancel this and ask again, with someone else to take the conversations."


def all_leave(names: Sequence[str]) -> str:
    """`Jane Doe is leaving too`, of at least one."""
    shown = [*names[:NAMED], *([f"{len(names) - NAMED} more"] if len(names) > NAMED else [])]
    if len(shown) == 1:
        return f"{shown[0]} is leaving too"
    return f"{', '.join(shown[:-1])} and {shown[-1]} are leaving too"
