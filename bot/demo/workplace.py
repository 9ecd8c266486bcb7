"""The demo's other two sources of who works here: Okta, and HR's CSV. They disagree as real ones do.

Of each hundred with a seat about two are suspended in Okta, one has left by HR's list and is still active elsewhere,
and one has another name there. Two people are in Okta's group and have no seat; some
have another spelling of their address.
"""

import csv
import io
from zlib import crc32

from bot.demo.directories import Account, Directory
from bot.demo.helpscout import Person as Seat
from bot.demo.helpscout import SimulatedHelpScout

GROUP = "Help Scout"
NEW_GROUP = "Night Shift"
MANAGER = "olivia@acme.example"
NEWCOMERS = (("nina.new@acme.example", "Nina New"), ("sam.starter@acme.example", "Sam Starter"))
_KNOWN = ("jane@", "rita@", "ana@", "bo@", "max@", "olivia@")


def fill_okta(directory: Directory, helpscout: SimulatedHelpScout) -> None:
    """Everybody with a seat, most of them in order; and two who wait for one."""
    for number, seat in enumerate(_ordered(helpscout)):
        plain = seat.email.startswith(_KNOWN) or seat.role == "owner"
        email = seat.email
        if not plain and number % 29 == 11:
            email = email.replace("@", "+okta@")
        suspended = not plain and number % 53 == 19
        directory.accounts.append(
            Account(
                id=f"00u{crc32(seat.email.encode()):08x}",
                email=email,
                name=_name(seat, number),
                state="suspended" if suspended else "active",
                manager=MANAGER,
                login=seat.email,
            )
        )
    for number, (email, name) in enumerate(NEWCOMERS):
        directory.accounts.append(Account(id=f"00unew{number}", email=email, name=name, manager=MANAGER))
    directory.groups[GROUP] = [one.id for one in directory.accounts]
    _fill_groups(directory, helpscout)


def _fill_groups(directory: Directory, helpscout: SimulatedHelpScout) -> None:
    """A group for each team, of which the first has changed since; and one that is no team yet."""
    by_address = {one.login: one.id for one in directory.accounts}
    for team in helpscout.account.teams.values():
        inside = [helpscout.account.find(id) for id in team.members]
        directory.groups[team.name] = [by_address[one.email] for one in inside if one is not None and "@" in one.email]
    plain = [one.id for one in directory.accounts if one.login and not one.email.startswith(_KNOWN)]
    for team in list(helpscout.account.teams.values())[:1]:
        there = directory.groups[team.name]
        directory.groups[team.name] = there[1:] + [id for id in plain if id not in there][:2]
    directory.groups[NEW_GROUP] = plain[:4]


def hr_list(helpscout: SimulatedHelpScout) -> str:
    """HR's CSV: addresses in capitals, as HR's system writes them; who has left stays in it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("email", "name", "status", "manager"))
    for number, seat in enumerate(_ordered(helpscout)):
        plain = seat.email.startswith(_KNOWN) or seat.role == "owner"
        left = not plain and number % 97 == 41
        email = seat.email.upper() if number % 5 == 0 else seat.email
        writer.writerow((email, _name(seat, number), "left" if left else "active", MANAGER))
    for email, name in NEWCOMERS:
        writer.writerow((email, name, "active", MANAGER))
    return out.getvalue()


def _name(seat: Seat, number: int) -> str:
    """Some have married, and Help Scout has not heard of it."""
    married = not seat.email.startswith(_KNOWN) and seat.role != "owner" and number % 83 == 27
    return f"{seat.name.split()[0]} Quartermaine" if married else seat.name


def _ordered(helpscout: SimulatedHelpScout) -> list[Seat]:
    people = [one for one in helpscout.people if "@" in one.email]
    return sorted(people, key=lambda one: one.email)
