"""The conversations of the simulated account."""

import random
from dataclasses import dataclass, field
from datetime import timedelta

from bot.demo.helpscout.world.names import SUBJECTS
from bot.demo.helpscout.world.people import DEMO_TARGET, DOMAIN, OLDEST, Person, stamp

STATUSES = ("active", "pending", "closed", "spam")
MAILBOX = 85_001
"""The inbox that made-up conversations are in; everybody may use it."""
BUSY = 1_000
"""Only the first so many people have conversations: an account of 100,000 is for walking, not for reading mail."""


@dataclass(slots=True, kw_only=True)
class Snooze:
    """`until` is epoch seconds."""

    by: int
    until: float
    on_reply: bool = True


@dataclass(slots=True, kw_only=True, eq=False)
class Thread:
    """A reply that was written: `state` is `scheduled`, `draft` or `published`. `at`: epoch seconds, when it goes."""

    id: int
    by: int
    text: str
    state: str = "published"
    at: float = 0.0
    on_reply: bool = True


@dataclass(slots=True, kw_only=True, eq=False)
class Conversation:
    """Change one through `Account.assign`, `Account.set_status` and `Account.work`."""

    id: int
    number: int
    subject: str
    status: str
    assignee_id: int | None
    customer: str
    created_at: str
    mailbox_id: int = MAILBOX
    state: str = "published"  # or draft
    modified_at: str = ""
    snooze: Snooze | None = None
    replies: list[Thread] = field(default_factory=list)
    merged_into: int | None = None


def generate_conversations(people: list[Person], *, seed: int = 1) -> list[Conversation]:
    """From none to a few hundred a person; the demo's leaver has 12 active, 3 pending and 5 closed."""
    rng = random.Random(seed * 7_919 + 1)
    found: list[Conversation] = []
    for person in people[:BUSY]:
        for status, many in _amounts(person, rng).items():
            for _ in range(many):
                found.append(_conversation(len(found), person.id, status, rng))
    found += [_conversation(len(found) + spare, None, "active", rng) for spare in range(min(10, len(people)))]
    return found


def _amounts(person: Person, rng: random.Random) -> dict[str, int]:
    if person.email == DEMO_TARGET.email:
        return {"active": 12, "pending": 3, "closed": 5}
    if rng.random() < 0.02:
        return {"active": rng.randint(150, 350), "pending": rng.randint(20, 60), "closed": 10}
    if rng.random() < 0.3:
        return {}
    return {"active": rng.randrange(8), "pending": rng.randrange(4), "closed": rng.randrange(4)}


def _conversation(index: int, assignee_id: int | None, status: str, rng: random.Random) -> Conversation:
    return Conversation(
        id=2_400_000 + index * 3 + rng.randrange(3),
        number=1_001 + index,
        subject=rng.choice(SUBJECTS).format(n=rng.randint(1_000, 9_999)),
        status=status,
        assignee_id=assignee_id,
        customer=f"customer{rng.randrange(5_000)}@{DOMAIN.replace('acme', 'customers')}",
        created_at=stamp(OLDEST + timedelta(days=3_000 + rng.randrange(700), seconds=rng.randrange(86_400))),
    )
