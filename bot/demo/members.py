"""The Slack members of the demo: the colleagues from Help Scout, most of them in order, some not."""

from zlib import crc32

from bot.demo.helpscout import DEMO_OWNER, DEMO_TARGET, SimulatedHelpScout
from bot.demo.helpscout import Person as Seat
from bot.demo.slack import Person, SimulatedSlack, five_people
from bot.demo.slack.people import colleagues
from bot.demo.workplace import NEWCOMERS

OWNER_ID = "U0OLIVIA01"
LEAVER_ID = "U0JANE0001"
_KNOWN_IDS = {DEMO_OWNER.email: OWNER_ID, DEMO_TARGET.email: LEAVER_ID}


def members(helpscout: SimulatedHelpScout) -> list[Person]:
    """The five, everybody with a seat in Help Scout, and some who have none.

    So that there is something to find, of each hundred with a seat about three are deactivated in Slack, two are
    guests, two have another address there, and two are missing.
    """
    five = five_people()
    taken = {person.email for person in five}
    seats = [seat for seat in helpscout.people if seat.email not in taken]
    ordered = sorted(seats, key=lambda seat: seat.email)
    handles = {person.handle for person in five}
    found = [_member(seat, number, handles) for number, seat in enumerate(ordered)]
    new = [
        Person(id=f"U0NEWCOME{n}", handle=email.partition("@")[0], name=name, email=email)
        for n, (email, name) in enumerate(NEWCOMERS)
    ]
    elsewhere = [p for p in colleagues() if p.email not in {s.email for s in seats}]
    return [*five, *(p for p in found if p is not None), *new, *elsewhere]


def _member(seat: Seat, number: int, handles: set[str]) -> Person | None:
    known = seat.email in _KNOWN_IDS or seat.role == "owner"
    if not known and number % 47 == 23:
        return None
    handle = seat.email.partition("@")[0]
    while handle in handles:
        handle += str(number)
    handles.add(handle)
    email = seat.email
    if not known and number % 53 == 29:
        email = email.replace("@", "+work@")
    guest = not known and number % 59 == 31
    return Person(
        id=_KNOWN_IDS.get(seat.email) or f"U0{crc32(seat.email.encode()):08X}",
        handle=handle,
        name=seat.name or handle,
        email=email,
        title=seat.job_title,
        tz=seat.timezone or "UTC",
        deleted=not known and number % 31 == 17,
        is_restricted=guest,
    )


TALK = (
    ("max", "Morning! The new macros for refunds are in, have a look :memo:"),
    ("bo", "Reminder: two-factor is required from Monday on :lock:"),
    ("jane", "Today is my last day. Thank you all, it was a pleasure :wave:"),
    ("ana", "We'll miss you, @jane! @rita, will you see to the accounts?"),
)


def furnish(slack: SimulatedSlack) -> None:
    """Only those concerned are in #access; #general has some talk in it, one of it by who leaves."""
    access, general = slack.channel("access"), slack.channel("general")
    with slack.workspace.changing():
        concerned = {slack.people[h].id for h in ("rita", "ana", "bo", "max") if h in slack.people}
        access.members = concerned | {OWNER_ID, "U0HSBOT001"}
    for handle, words in TALK:
        if handle in slack.people:
            slack.say(handle, words, channel=general.id)
