"""Who has a seat: people (and the rows of teams and agents), found by each of their ids and addresses.

SCIM shows every change at once. REST may lag behind: what it shows is `listing` and `rendered`.
"""

import bisect
import itertools
import math
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bot.demo.helpscout.world.names import folded
from bot.demo.helpscout.world.people import Person, stamp


class Refused(Exception):
    """Help Scout does not do that; `str()` says why."""


def _nobody_renders(_: Person) -> bytes:
    """Until the REST API is put in front of the account."""
    return b"{}"


class Seats:
    """Safe to use from any thread: every operation holds the lock, and readers may hold it around several."""

    def __init__(self, rows: dict[int, Person]) -> None:
        self.lock = threading.RLock()
        self.version = 0  # moves with every change
        self.render: Callable[[Person], bytes] = _nobody_renders
        self.rows = rows
        self.listing = list(rows)  # ids that `GET /users` lists, ascending
        self.scim_listing = [person.id for person in rows.values() if person.human]
        self._by_email: dict[str, int] = {}
        self._by_scim_id = {person.scim_id: person.id for person in rows.values() if person.human}
        self._rendered: dict[int, bytes] = {}
        self._due: list[tuple[float, Callable[[], None]]] = []
        self._made = itertools.count(1)
        for person in rows.values():
            self._index(person)

    def people(self) -> list[Person]:
        """Everybody who has a seat, by id; neither teams nor AI agents."""
        with self.lock:
            return [self.rows[number] for number in self.scim_listing]

    def find(self, who: int | str) -> Person | None:
        """By REST id (also who is gone), SCIM id or e-mail (of those who are there; alternates too)."""
        with self.lock:
            if isinstance(who, int):
                return self.rows.get(who)
            number = self._by_scim_id.get(who, self._by_email.get(who.strip().lower()))
            return None if number is None else self.rows[number]

    def find_scim(self, scim_id: str) -> Person | None:
        """Who has that SCIM id and a seat."""
        with self.lock:
            number = self._by_scim_id.get(scim_id)
            person = None if number is None else self.rows[number]
            return person if person is not None and person.active else None

    def rendered(self, number: int) -> bytes:
        """A row as bytes of a REST answer, kept until it changes."""
        with self.lock:
            kept = self._rendered.get(number)
            if kept is None:
                kept = self._rendered[number] = self.render(self.rows[number])
            return kept

    # people come, change and go

    def add_person(
        self, *, email: str, id: int | None = None, lag: float = 0.0, same_id: bool = False, **fields: Any
    ) -> Person:
        """Give somebody a seat. Raises Refused when the address or the id is taken.

        `id` is chosen when not given: after all others, or with `same_id` the one somebody with that address had.
        `lag`: seconds until REST shows the person.
        """
        with self.lock:
            if email.lower() in self._by_email:
                raise Refused(f"The e-mail address {email} is taken.")
            if id is not None and id in self.rows and self.rows[id].active:
                raise Refused(f"The id {id} is taken.")
            former = self._latest_with(email)
            if id is None and same_id and former is not None:
                id = former.id
            number = id if id is not None else max(self.rows, default=101_000) + 3
            now = stamp(datetime.now(UTC))
            fields.setdefault("mention", folded(email.partition("@")[0]))
            person = Person(
                id=number,
                scim_id=self._new_scim_id(number),
                email=email,
                created_at=former.created_at if former and former.id == number else now,
                updated_at=now,
                listed=False,
                **fields,
            )
            person.initials = "".join(part[0] for part in (person.first_name, person.last_name) if part).upper()
            self.rows[number] = person
            self._by_scim_id[person.scim_id] = number
            self._index(person)
            self._rendered.pop(number, None)
            bisect.insort(self.scim_listing, number)
            self._later(lag, lambda: self._list(person))
            self._changed()
            return person

    def change_person(self, person: Person, *, lag: float = 0.0, **fields: Any) -> None:
        """Set fields of `Person` by name; REST shows it after `lag` seconds. Raises Refused when an e-mail is taken."""
        with self.lock:
            email = fields.get("email", person.email)
            if self._by_email.get(email.lower(), person.id) != person.id:
                raise Refused(f"The e-mail address {email} is taken.")
            if lag > 0:
                self.rendered(person.id)  # what REST goes on showing
            self._unindex(person)
            for name, value in fields.items():
                setattr(person, name, value)
            person.updated_at = stamp(datetime.now(UTC))
            if person.active:
                self._index(person)
            self._later(lag, lambda: self._forget_rendered(person))
            self._changed()

    def remove_person(self, person: Person, *, lag: float = 0.0) -> bool:
        """Take the seat away: gone from both APIs, out of the teams, conversations unassigned; False if already gone.

        Raises Refused for the owner.
        """
        with self.lock:
            if not person.active:
                return False
            if person.role == "owner":
                raise Refused("The account owner can't be removed.")
            person.active = False
            self._unindex(person)
            self._by_scim_id.pop(person.scim_id, None)
            if person.human:
                del self.scim_listing[bisect.bisect_left(self.scim_listing, person.id)]
            self._left(person)
            self._later(lag, lambda: self._unlist(person))
            self._changed()
            return True

    def settle(self) -> None:
        """Let REST catch up with what is due by now."""
        if self._due:
            self._act_until(time.monotonic())

    def catch_up(self) -> None:
        """Let REST catch up at once, whatever lag was asked for."""
        self._act_until(math.inf)

    # inside

    def _left(self, person: Person) -> None:
        """What else ends with a seat."""

    def _latest_with(self, email: str) -> Person | None:
        """Who had that address last, gone or not; ids ascend with time."""
        found = (person for person in self.rows.values() if person.email.lower() == email.lower())
        return max(found, key=lambda person: person.id, default=None)

    def _new_scim_id(self, number: int) -> str:
        return f"{number * 2_654_435_761 % 2**32:08x}-{next(self._made):04x}-4000-a000-{number:012x}"

    def _index(self, person: Person) -> None:
        for address in (person.email, *person.alternate_emails):
            if address:
                self._by_email.setdefault(address.lower(), person.id)

    def _unindex(self, person: Person) -> None:
        for address in (person.email, *person.alternate_emails):
            if self._by_email.get(address.lower()) == person.id:
                del self._by_email[address.lower()]

    def _forget_rendered(self, person: Person) -> None:
        self._rendered.pop(person.id, None)

    def _list(self, person: Person) -> None:
        if person.active:
            person.listed = True
            if not self._is_listed(person.id):
                bisect.insort(self.listing, person.id)
            self._changed()

    def _unlist(self, person: Person) -> None:
        person.active = person.listed = False
        if self.rows[person.id] is person and self._is_listed(person.id):
            del self.listing[bisect.bisect_left(self.listing, person.id)]
            self._changed()

    def _is_listed(self, number: int) -> bool:
        index = bisect.bisect_left(self.listing, number)
        return index < len(self.listing) and self.listing[index] == number

    def _later(self, lag: float, act: Callable[[], None]) -> None:
        if lag <= 0:
            act()
        else:
            self._due.append((time.monotonic() + lag, act))

    def _act_until(self, now: float) -> None:
        with self.lock:
            due = [act for at, act in self._due if at <= now]
            self._due = [entry for entry in self._due if entry[0] > now]
            for act in due:
                act()

    def _changed(self) -> None:
        self.version += 1
