"""People by the hundred thousand: names of many cultures' shapes, the same every time."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from bot.model.user import Status, User, UserRecord

SYLLABLES = (
    *("ka", "ri", "mo", "ta", "el", "an", "jo", "se", "mi", "lu", "be", "do", "sa", "ne", "vi", "or", "ul", "ha"),
    *("in", "ber", "son", "man", "ska", "ic", "wa", "li", "fer", "nan", "dez", "ng", "uy", "en", "ó", "ä", "ß", "é"),
    *("ołk", "ćič"),
)
TITLES = (
    "Support Agent",
    "Senior Support Engineer",
    "Billing Specialist",
    "Team Lead",
    "Customer Success Manager",
    "Onboarding Coach",
    "",
)
FIRST_NAMES, LAST_NAMES = 3_000, 40_000
SEEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def crowd(count: int, *, seed: int = 1) -> Iterator[UserRecord]:
    """`count` rows with ids from 1; one in nine has left, one in ten has a second address, one in fifty is an admin."""
    draw = random.Random(seed)

    def names(longest: int) -> Iterator[str]:
        while True:
            yield "".join(draw.choice(SYLLABLES) for _ in range(draw.randint(2, longest))).capitalize()

    first_names = list(islice(names(3), FIRST_NAMES))
    last_names = list(islice(names(4), LAST_NAMES))
    for id in range(1, count + 1):
        first, last = draw.choice(first_names), draw.choice(last_names)
        address = f"{first}.{last}{id}@acme.example".lower()
        title = draw.choice(TITLES)
        user = User(
            id=id,
            first_name=first,
            last_name=last,
            email=address,
            role="admin" if id % 50 == 0 else "user",
            timezone="Europe/Vienna",
            type="user",
            created_at="2020-01-01T00:00:00Z",
            updated_at="2026-01-01T00:00:00Z",
            photo_url=f"https://photos.example/users/{id}/large.jpg",
            job_title=title,
            phone=f"+43 1 {id:07}",
            alternate_emails=(f"{last}{id}@old.example".lower(),) if id % 10 == 0 else (),
            mention=f"{first}{id}".lower(),
            initials=first[0] + last[0],
            raw={
                "id": id,
                "firstName": first,
                "lastName": last,
                "email": address,
                "jobTitle": title,
                "companyId": 4711,
            },
        )
        gone = id % 9 == 0
        yield UserRecord(
            user=user,
            status=Status.REMOVED if gone else Status.ACTIVE,
            first_seen=SEEN - timedelta(days=300),
            last_seen=SEEN,
            removed_at=SEEN if gone else None,
        )
