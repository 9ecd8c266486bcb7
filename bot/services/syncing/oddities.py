"""Fields of single people that nobody can read: what the record knew of them stays, and the people are named."""

from collections.abc import Mapping
from dataclasses import replace

from bot.helpscout.shapes import odd_fields
from bot.model.user import User, UserRecord

NAMED = 3
"""So many people are named in a sentence."""


def readable(users: dict[int, User], before: Mapping[int, UserRecord]) -> dict[int, User]:
    """The users, with what can't be read of them as the record has it."""
    odd = {id: user for id, user in users.items() if user.odd and id in before}
    return users | {
        id: replace(user, **{name: getattr(before[id].user, name) for name in user.odd}) for id, user in odd.items()
    }


def told_oddities(users: Mapping[int, User]) -> str:
    """Sentences that name them; "" when there are none."""
    told = [sentence for _, user in sorted(users.items()) if (sentence := odd_fields(user))]
    more = f"{len(told) - NAMED} more like this." if len(told) > NAMED else ""
    return " ".join((*told[:NAMED], more)).strip()
