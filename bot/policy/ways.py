"""Which way of writing a request goes: by what the account and the credential can do, as far as that was read. Pure.

Who has a seat is written over SCIM where there is a token and SCIM knows them; a seat to give, over SCIM where the
token works; else over REST where the credential may; else by hand. `HS_BOT_WRITES` may name one way and no other.
"""

from dataclasses import dataclass
from typing import Literal

from bot.model.credential import OwnUser
from bot.model.request import Kind
from bot.model.user import LIGHT, as_role
from bot.model.way import CALLED, Way
from bot.policy.credential import is_administrator

Writes = Literal["auto", "scim", "rest", "hand"]

NO_TOKEN = "hs-bot has no SCIM token."
UNKNOWN_TO_SCIM = "SCIM doesn't know them."
OLD_API = "This account's API has no calls that give or take seats"
USERS, TEAMS = "Manage > Users", "Manage > Teams"


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What was read. `scim`: there is a token; `calls`: the API has the calls for users (None: not known)."""

    writes: Writes = "auto"
    scim: bool = False
    own: OwnUser | None = None
    calls: bool | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """`why`: why not a better way, as a sentence; "" where there is no better one."""

    way: Way
    why: str = ""


@dataclass(frozen=True, slots=True)
class Cannot:
    """What the way that is there can't do, and what to do by hand."""

    sentence: str


def why_not_scim(means: Means, *, light: bool = False, unknown: str = "") -> str:
    """ "" where it can be written over SCIM. `unknown`: why SCIM can't be asked about them, or doesn't know them."""
    if not means.scim:
        return NO_TOKEN
    if light:
        return "SCIM has no word for the role light user."
    return unknown


def why_not_rest(means: Means) -> str:
    """ "" where the credential may give and take seats over REST."""
    own = means.own
    if own is None:
        return "hs-bot hasn't read yet whose credential it uses, so it can't tell what it may do over REST."
    if not is_administrator(own):
        role = f"role {own.role}" if own.role else "which has no role"
        return (
            f"hs-bot reaches Help Scout as {own.called}, {role}: over REST only an administrator gives or takes seats."
        )
    if means.calls is False:
        return f"{OLD_API}."
    return ""


def choose(means: Means, kind: Kind, *, light: bool = False, unknown: str = "") -> Chosen | Cannot:
    """The way of a request. `light`: a seat of a light user is to be given; `unknown` as in `why_not_scim`."""
    scim, rest = why_not_scim(means, light=light, unknown=unknown), why_not_rest(means)
    match means.writes:
        case "scim":
            chosen: Chosen | Cannot = Cannot(_only("scim", scim)) if scim else Chosen(Way.SCIM)
        case "rest":
            chosen = Cannot(_only("rest", rest)) if rest else Chosen(Way.REST)
        case "hand":
            chosen = Chosen(Way.HAND)
        case _ if not scim:
            chosen = Chosen(Way.SCIM)
        case _ if not rest:
            chosen = Chosen(Way.REST, scim if means.scim else "")
        case _:
            chosen = Chosen(Way.HAND, f"{scim} {rest}")
    if isinstance(chosen, Chosen) and chosen.way is Way.REST and (sentence := beyond_rest(kind)):
        return Cannot(sentence)
    return chosen


def possible(means: Means, way: Way) -> bool:
    """Whether what was approved for this way can still go it; whether SCIM knows a person is another reading."""
    if means.writes not in ("auto", way):
        return False
    return {Way.SCIM: not why_not_scim(means), Way.REST: not why_not_rest(means), Way.HAND: True}[way]


def beyond_rest(kind: Kind) -> str:
    """What Help Scout's REST API has no call for, and what to do instead; "" where it has one."""
    match kind:
        case Kind.CHANGE:
            return (
                "Help Scout's REST API can't change a person, and this account is written over REST. Change them in "
                f"Help Scout under {USERS}; hs-bot records it at its next sync."
            )
        case Kind.DELETE_TEAM:
            return (
                "Help Scout's REST API can't delete a team, and this account is written over REST. Delete it in Help "
                f"Scout under {TEAMS}; hs-bot records it at its next sync."
            )
    return ""


NO_NEW_TEAM = (
    "Help Scout's REST API can't make a team, and hs-bot has no SCIM token that could. Make it in Help Scout under "
    f"{TEAMS}; hs-bot records it at its next sync."
)


def by_hand(what: str, where: str) -> str:
    """For changes that nobody is asked to approve: what a person does instead."""
    return (
        f"hs-bot can't write to this Help Scout account. {what} in Help Scout under {where}; it's recorded at the next "
        "sync."
    )


def told(means: Means) -> list[tuple[str, str]]:
    """How seats are given and taken, how teams are changed, how people: a sentence each, for doctor and status."""
    seats = _told(means, Kind.OFFBOARD)
    change, team = _told(means, Kind.CHANGE), _told(means, Kind.DELETE_TEAM)
    return [
        ("Seats are given and taken", seats),
        ("People are changed", change),
        ("Teams are made and deleted", team),
    ]


def _told(means: Means, kind: Kind) -> str:
    chosen = choose(means, kind)
    if isinstance(chosen, Cannot):
        return "in Help Scout itself, hs-bot can't"
    return CALLED[chosen.way]


def _only(way: Way | str, why: str) -> str:
    return f"hs-bot is set up to write {CALLED[Way(way)]} only, and can't. {why} Ask the people who run hs-bot."


def is_light(role: str) -> bool:
    """Whether a role is the light user's."""
    return as_role(role) == LIGHT
