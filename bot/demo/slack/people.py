"""Who is in the simulated workspace: members, guests, bots, and what `users.info` says about them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.demo.helpscout import DEMO_PEOPLE

TEAM_ID = "T0ACME0001"
TEAM_DOMAIN = "acme"
TEAM_NAME = "Acme Support"
APP_ID = "A0HSBOT001"
BOT_ID = "B0HSBOT001"
BOT_USER_ID = "U0HSBOT001"
SLACKBOT_ID = "USLACKBOT"

APPROVERS_GROUP = "S0APPROVER"


@dataclass(kw_only=True)
class Person:
    """Somebody in the workspace; tests change the attributes to deactivate, demote or estrange them."""

    id: str
    handle: str  # "rita": what comes after the @
    name: str
    email: str = ""
    title: str = ""
    tz: str = "Europe/Berlin"  # IANA
    deleted: bool = False
    is_bot: bool = False
    is_app_user: bool = False
    is_restricted: bool = False  # multi-channel guest; also set on single-channel guests
    is_ultra_restricted: bool = False  # single-channel guest
    is_stranger: bool = False  # Slack Connect, not in a shared channel
    is_admin: bool = False
    team_id: str = TEAM_ID
    bot_id: str = ""

    @property
    def is_guest(self) -> bool:
        return self.is_restricted or self.is_ultra_restricted

    @property
    def initials(self) -> str:
        words = [word for word in self.name.split() if word[:1].isalnum()] or [self.handle or "?"]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()

    def as_user(self, *, with_email: bool) -> dict[str, Any]:
        """The user object of the Web API. A deactivated one carries fewer fields, as Slack sends it."""
        profile: dict[str, Any] = {
            "real_name": self.name,
            "real_name_normalized": self.name,
            "display_name": self.handle,
            "display_name_normalized": self.handle,
            "title": self.title,
            "team": self.team_id,
        }
        if with_email and self.email:
            profile["email"] = self.email
        if self.bot_id:
            profile |= {"bot_id": self.bot_id, "api_app_id": APP_ID}
        user: dict[str, Any] = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.handle,
            "deleted": self.deleted,
            "real_name": self.name,
            "profile": profile,
            "is_bot": self.is_bot,
            "is_app_user": self.is_app_user,
            "updated": 1_700_000_000,
        }
        if self.is_stranger:
            user["is_stranger"] = True
        if not self.deleted:
            user |= {
                "color": "4bbe2e",
                "tz": self.tz,
                "tz_label": self.tz,
                "tz_offset": 0,
                "is_admin": self.is_admin,
                "is_owner": False,
                "is_primary_owner": False,
                "is_restricted": self.is_restricted or self.is_ultra_restricted,
                "is_ultra_restricted": self.is_ultra_restricted,
                "is_email_confirmed": True,
                "who_can_share_contact_card": "EVERYONE",
            }
        return user


@dataclass(kw_only=True)
class UserGroup:
    """A user group; `disabled` ones have a `date_delete` and nobody in them counts."""

    id: str
    handle: str
    name: str
    users: list[str] = field(default_factory=list)
    disabled: bool = False

    def as_json(self, *, with_users: bool) -> dict[str, Any]:
        group: dict[str, Any] = {
            "id": self.id,
            "team_id": TEAM_ID,
            "is_usergroup": True,
            "name": self.name,
            "handle": self.handle,
            "description": "",
            "date_create": 1_700_000_000,
            "date_delete": 1_720_000_000 if self.disabled else 0,
            "user_count": len(self.users),
        }
        return group | {"users": list(self.users)} if with_users else group


class People:
    """Everybody, by id, handle or e-mail: `people["rita"]`, `people["U0RITA0001"]`, `people["rita@acme.example"]`."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._by_id: dict[str, Person] = {}
        for person in people:
            self.add(person)

    def add(self, person: Person) -> Person:
        self._by_id[person.id] = person
        return person

    def get(self, who: "str | Person") -> Person | None:
        if isinstance(who, Person):
            return who
        if who in self._by_id:
            return self._by_id[who]
        wanted = who.removeprefix("@").lower()
        return next((p for p in self._by_id.values() if wanted in (p.handle.lower(), p.email.lower())), None)

    def __getitem__(self, who: "str | Person") -> Person:
        person = self.get(who)
        if person is None:
            raise KeyError(f"nobody called {who!r} in the simulated workspace")
        return person

    def __contains__(self, who: object) -> bool:
        return isinstance(who, str | Person) and self.get(who) is not None

    def __iter__(self) -> Iterator[Person]:
        return iter(list(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)


_IDS = {
    "rita": "U0RITA0001",
    "ana": "U0ANA00001",
    "bo": "U0BO000001",
    "max": "U0MAX00001",
    "gus": "U0GUS00001",
}


def five_people() -> list[Person]:
    """Whom one can be in the demo: a requester, two approvers, a plain member, a guest. The same as in Help Scout."""
    return [
        Person(
            id=_IDS[handle],
            handle=handle,
            name=cast.name,
            email=cast.email,
            title=cast.job_title,
            tz=cast.timezone,
            is_admin=handle == "ana",
            is_restricted=cast.part == "guest",
            is_ultra_restricted=cast.part == "guest",
        )
        for cast in DEMO_PEOPLE
        for handle in [cast.email.partition("@")[0]]
    ]


def machines() -> list[Person]:
    """The bot's own user, and Slackbot, whom Slack lists with `is_bot: false`."""
    return [
        Person(id=SLACKBOT_ID, handle="slackbot", name="Slackbot", email=""),
        Person(
            id=BOT_USER_ID,
            handle="hs-bot",
            name="hs-bot",
            is_bot=True,
            bot_id=BOT_ID,
        ),
    ]


def colleagues() -> list[Person]:
    """Members beyond the five: somebody deactivated, another guest, a stranger, another app."""
    return [
        Person(id="U0DORA0001", handle="dora", name="Dora Diaz", email="dora@acme.example", title="Support agent"),
        Person(id="U0LEO00001", handle="leo", name="Leo Left", email="leo@acme.example", deleted=True),
        Person(id="U0GWEN0001", handle="gwen", name="Gwen Guest", email="gwen@acme.example", is_restricted=True),
        Person(
            id="W0STRANGE1",
            handle="sid",
            name="Sid Stranger",
            email="sid@elsewhere.example",
            is_stranger=True,
            team_id="T0OTHER001",
        ),
        Person(id="U0OTHERBOT", handle="otherbot", name="Other Bot", is_bot=True, bot_id="B0OTHERBOT"),
    ]
