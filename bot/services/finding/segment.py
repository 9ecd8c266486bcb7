"""A number of people, packed: unchangeable, searchable, some 500 bytes a person.

Positions run in the order in which people are shown: active people first, then by folded name, then by id.
"""

from array import array
from collections.abc import Iterable, Iterator

from bot.model.address import address_key
from bot.model.user import Status, User, UserRecord
from bot.policy.typed.fold import fold
from bot.services.finding.keys import Keys
from bot.services.finding.packing import STATUSES, pack, unpack
from bot.services.finding.words import Breathe, Words, WordsBuilder, sorted_gently, words_of

_EVERY = 128  # people between two breaths


def id_key(id: int) -> str:
    return f"i{id}"


def email_key(address: str) -> str:
    return f"e{address_key(address)}"


def mention_key(handle: str) -> str:
    return f"m{handle.strip().lstrip('@').lower()}"


def keys_of(user: User) -> set[str]:
    """Every key that leads to this person exactly."""
    keys = {id_key(user.id), *(f"e{address}" for address in user.keys)}
    if user.mention:
        keys.add(mention_key(user.mention))
    return keys


_LAST = chr(0x10FFFF)


def order_of(row: UserRecord) -> tuple[bool, str, int]:
    """Where people stand in a list: active ones first, by name without accents and case, then by id.

    Names that don't begin with a letter or digit come after the others.
    """
    name = fold(row.user.name)
    return row.status is not Status.ACTIVE, name if name[:1].isalnum() else f"{_LAST}{name}", row.id


class Segment:
    """People by position, 0 to `size` - 1; `active` of them, the first ones, are active. `nobodies`: teams and bots."""

    __slots__ = (
        "_blob",
        "_keys",
        "_slots",
        "_starts",
        "active",
        "fields",
        "nobodies",
        "role_codes",
        "roles",
        "size",
        "statuses",
    )

    def __init__(self, rows: Iterable[UserRecord], breathe: Breathe = lambda: None) -> None:
        self._blob = bytearray()
        self._starts = array("Q", [0])
        hashes, hash_starts = array("q"), array("I", [0])
        builders = (WordsBuilder(), WordsBuilder(), WordsBuilder())
        statuses, role_codes, roles = bytearray(), array("H"), dict[str, int]()
        order: list[str] = []
        nobodies: set[int] = set()
        for number, row in enumerate(rows):
            self._blob += pack(row)
            self._starts.append(len(self._blob))
            hashes.extend(hash(key) for key in keys_of(row.user))
            hash_starts.append(len(hashes))
            for builder, words in zip(builders, words_of(row.user), strict=True):
                builder.add(words)
            statuses.append(STATUSES.index(row.status))
            role_codes.append(roles.setdefault(row.user.role.strip().lower(), min(len(roles), 0xFFFF)))
            if not row.user.is_person:
                nobodies.add(number)
            gone, name, id = order_of(row)
            order.append(f"{int(gone)}{name}\0{id:020}\0{number}")
            if not number % _EVERY:
                breathe()
        self.size = len(order)
        self._slots = array("I", (int(key.rpartition("\0")[2]) for key in sorted_gently(order, breathe)))
        order.clear()
        self.statuses = bytes(statuses[slot] for slot in self._slots)
        self.active = self.statuses.count(STATUSES.index(Status.ACTIVE))
        self.role_codes = array("H", (role_codes[slot] for slot in self._slots))
        self.roles = tuple(roles)
        self.nobodies = frozenset(at for at, slot in enumerate(self._slots) if slot in nobodies)
        self._keys = Keys(len(hashes), self._placed(hashes, hash_starts, breathe))
        self.fields: tuple[Words, ...] = tuple(builder.finish(self._slots, breathe) for builder in builders)

    def _placed(self, hashes: "array[int]", starts: "array[int]", breathe: Breathe) -> Iterator[tuple[int, int]]:
        for position, slot in enumerate(self._slots):
            for at in range(starts[slot], starts[slot + 1]):
                yield hashes[at], position
            if not position % _EVERY:
                breathe()

    def row(self, position: int) -> UserRecord:
        """The person at this position, without raw JSON."""
        slot = self._slots[position]
        return unpack(self._blob[self._starts[slot] : self._starts[slot + 1]])

    def having(self, key: str) -> list[int]:
        """Positions of those to whom this key leads (`id_key`, `email_key`, `mention_key`), in order."""
        found = {at for at in self._keys.candidates(key) if key in keys_of(self.row(at).user)}
        return sorted(found)

    def rows(self) -> Iterator[tuple[int, UserRecord]]:
        """Everybody, with their positions."""
        for position in range(self.size):
            yield position, self.row(position)
