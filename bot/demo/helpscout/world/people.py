"""The people of the simulated account, made up from a seed: the same seed gives the same people."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.demo.helpscout.world.names import CURIOUS, JOB_TITLES, PLACES, TEAMS, folded

DOMAIN = "acme.example"
LIGHT = "light user"
"""The role of who sees and notes, and is in no team and answers nobody."""
OLDEST = datetime(2016, 2, 1, 8, 0, tzinfo=UTC)
DAYS = 3_600  # people joined within so many days after OLDEST

_ODD = frozenset((first, last) for first, last, _ in CURIOUS)


@dataclass(slots=True, kw_only=True, eq=False)
class Person:
    """A row of `GET /users`: a person, a team (`type` "team") or an AI agent (`type` "virtual").

    Change one through `Account.change_person`, which keeps the indexes and the rendered answers right.
    """

    id: int
    scim_id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    role: str = "user"
    timezone: str = "UTC"
    type: str = "user"
    created_at: str = ""
    updated_at: str = ""
    photo: bool = False
    job_title: str = ""
    phone: str = ""
    alternate_emails: tuple[str, ...] = ()
    mention: str = ""
    initials: str = ""
    absent: frozenset[str] = frozenset()  # fields that the API leaves out for this person
    extra: dict[str, Any] = field(default_factory=dict)  # SCIM attributes that Help Scout does not know but keeps
    active: bool = True  # False: gone from SCIM
    listed: bool = True  # False: gone from REST, or not there yet
    in_scim: bool = True  # False: somebody whom the identity provider does not manage

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def human(self) -> bool:
        return self.type == "user"


@dataclass(frozen=True, slots=True)
class Cast:
    """Somebody with a fixed address, so that the simulated Slack can have the same person.

    `part` names what they are in the demo's Slack; `in_helpscout` is False for who has no seat.
    """

    part: str
    first_name: str
    last_name: str
    email: str
    role: str = "user"
    job_title: str = ""
    timezone: str = "UTC"
    in_helpscout: bool = True

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


DEMO_PEOPLE: tuple[Cast, ...] = (
    Cast("requester", "Rita", "Moreno-Lindqvist", f"rita@{DOMAIN}", "user", "IT Operations", "Europe/Madrid"),
    Cast("approver", "Ana", "Okafor", f"ana@{DOMAIN}", "admin", "Head of Support", "Europe/London"),
    Cast("second approver", "Bo", "Sørensen", f"bo@{DOMAIN}", "admin", "Security Engineer", "Europe/Copenhagen"),
    Cast("member", "Max", "Brückner", f"max@{DOMAIN}", "user", "Support Specialist", "Europe/Berlin"),
    Cast("guest", "Gus", "Tremblay", f"gus@{DOMAIN}", "user", "Contractor", "America/Toronto", in_helpscout=False),
)
"""The five people one can be on the demo page."""

DEMO_TARGET = Cast("leaver", "Jane", "D'Arcy", f"jane@{DOMAIN}", "user", "Senior Support Engineer", "America/New_York")
"""Who leaves in the demo's tour: 12 active and 3 pending conversations, two teams."""

DEMO_OWNER = Cast("owner", "Olivia", "Fitzgerald", f"olivia@{DOMAIN}", "owner", "Founder", "America/New_York")


CAST = frozenset(one.email for one in (*DEMO_PEOPLE, DEMO_TARGET, DEMO_OWNER))
"""Addresses of the people that the demo and the tests know by name; random faults spare them."""


@dataclass(slots=True)
class Roster:
    """What the generator makes: rows of `GET /users` by id, and which people are in which team."""

    rows: dict[int, Person]
    members: dict[int, list[int]]  # team id → ids of people


def generate(rows: int, *, teams: int = 8, seed: int = 1) -> Roster:
    """Exactly `rows` rows: the cast, the owner, five admins, up to `teams` teams, an AI agent, and made-up people.

    With fewer than 40 rows there are fewer teams, and with fewer than ten the later ones of the cast are missing.
    """
    rng = random.Random(seed)
    ids = _ids(rows, rng)
    makers = _everybody(rng, min(teams, max(0, (rows - 8) // 4)), rows)
    roster = Roster({}, {})
    taken: dict[str, int] = {}
    made: list[Person] = []
    for number, person in zip(ids, makers, strict=False):
        person.id = number
        person.scim_id = _scim_id(rng)
        _finish(person, rng, taken)
        made.append(person)
    _odd_ones_last(made)
    roster.rows = {person.id: person for person in made}
    roster.members = {person.id: [] for person in made if person.type == "team"}
    _join_teams(roster, [person for person in made if person.human], rng)
    roster.rows = dict(sorted(roster.rows.items()))
    return roster


def stamp(moment: datetime) -> str:
    """ISO 8601 as the API writes it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _ids(rows: int, rng: random.Random) -> list[int]:
    """Ascending with gaps, then shuffled, so that the cast is spread over the pages."""
    number, ids = 101_000, []
    for _ in range(rows):
        number += rng.randint(1, 9)
        ids.append(number)
    rng.shuffle(ids)
    return ids


def _odd_ones_last(made: list[Person]) -> None:
    """Who is there to be hard to show gets the highest ids: an account begins with ordinary people."""
    odd = [person for person in made if (person.first_name, person.last_name) in _ODD]
    if not odd:
        return
    highest = sorted(person.id for person in made)[-len(odd)]
    free = [person for person in made if person.id >= highest and person not in odd]
    low = [person for person in odd if person.id < highest]
    for one, other in zip(low, free, strict=True):
        one.id, other.id = other.id, one.id


def _scim_id(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _everybody(rng: random.Random, teams: int, rows: int) -> Iterator[Person]:
    for cast in (DEMO_OWNER, *(one for one in DEMO_PEOPLE if one.in_helpscout), DEMO_TARGET):
        yield Person(
            id=0,
            scim_id="",
            first_name=cast.first_name,
            last_name=cast.last_name,
            email=cast.email,
            role=cast.role,
            job_title=cast.job_title,
            timezone=cast.timezone,
            alternate_emails=(f"{cast.first_name.lower()}.{folded(cast.last_name)}@{DOMAIN}",),
            mention=cast.first_name.lower(),
            photo=True,
        )
    for name in TEAMS[:teams]:
        yield Person(id=0, scim_id="", first_name=name, type="team", absent=frozenset({"email", "jobTitle", "phone"}))
    if rows >= 20:
        yield Person(id=0, scim_id="", first_name="Answers", last_name="Bot", type="virtual")
        for _ in range(3):
            yield _made_up(rng, "admin")
    if rows >= 60:
        for first, last, local in CURIOUS:
            yield Person(id=0, scim_id="", first_name=first, last_name=last, email=f"{local}@{DOMAIN}")
    while True:
        yield _made_up(rng, "user")


def _made_up(rng: random.Random, role: str) -> Person:
    place = rng.choice(PLACES)
    first, first_latin = rng.choice(place.first)
    last, last_latin = rng.choice(place.last)
    if rng.random() < 0.25 and last[:1].isascii():  # without these, 100,000 people share 2,000 names
        second, second_latin = rng.choice(place.last)
        last, last_latin = f"{last}-{second}", f"{last_latin}-{second_latin}"
    local = f"{first_latin}.{last_latin}"
    return Person(
        id=0,
        scim_id="",
        first_name=first,
        last_name=last,
        email=f"{local}@{DOMAIN}",
        role=role,
        timezone=rng.choice(place.timezones),
        job_title=rng.choice(JOB_TITLES) if rng.random() < 0.85 else "",
        phone=f"+1 555 {rng.randint(0, 9_999_999):07d}" if rng.random() < 0.4 else "",
        photo=rng.random() < 0.4,
        absent=frozenset({"photoUrl", "phone", "jobTitle", "alternateEmails"}) if rng.random() < 0.05 else frozenset(),
    )


def _finish(person: Person, rng: random.Random, taken: dict[str, int]) -> None:
    """What depends on the others: a free address and handle, an alternate now and then, dates."""
    if person.email:
        local, _, domain = person.email.partition("@")
        taken[local] = taken.get(local, 0) + 1
        if taken[local] > 1:
            person.email = f"{local}{taken[local]}@{domain}"
        if not person.alternate_emails and rng.random() < 0.1 and not person.absent:
            person.alternate_emails = (person.email.replace("@", "@support."),)
        if not person.mention:  # not of the cast, whose addresses are fixed
            person.mention = person.email.partition("@")[0].replace(".", "")
            if rng.random() < 0.02:
                person.email = person.email.title()  # some directories keep the case people typed
    person.initials = "".join(part[0] for part in (person.first_name, person.last_name) if part).upper()
    created = OLDEST + timedelta(days=rng.randrange(DAYS), seconds=rng.randrange(86_400))
    person.created_at = stamp(created)
    person.updated_at = stamp(created + timedelta(days=rng.randrange(300), seconds=rng.randrange(86_400)))


def _join_teams(roster: Roster, people: list[Person], rng: random.Random) -> None:
    teams = list(roster.members)
    if not teams:
        return
    for person in people:
        many = 2 if person.email == DEMO_TARGET.email else rng.choice((0, 0, 0, 1, 1, 1, 2, 3))
        for team in rng.sample(teams, min(many, len(teams))):
            roster.members[team].append(person.id)
