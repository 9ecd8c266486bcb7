"""Two sets of look-ups as people type them, each with who was meant: how many are answered right."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.demo.helpscout import SimulatedHelpScout
from bot.model.user import Status, User, UserRecord
from bot.policy.typed.fold import fold
from bot.policy.typed.who import parse_who
from bot.services.directory import Directory
from bot.store.record import Record

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
JANE = 101168


@dataclass
class Rates:
    """Counts over a set of look-ups; `faults` says which went wrong."""

    one: int = 0
    cards: int = 0
    meant: int = 0
    first: int = 0
    listed: int = 0
    junk: int = 0
    doubled: int = 0
    teams: int = 0
    none: int = 0
    faults: list[str] = field(default_factory=list)

    def take(self, directory: Directory, line: str) -> None:
        typed, meant, comes = line.split("\t")
        found = directory.find(parse_who(typed))
        rows = [*found.exact, *found.gone] or list(found.near)
        right = [is_meant(row, meant) for row in rows]
        said = f"{typed!r}: meant {meant}, {comes}; came {[row.user.name for row in rows][:6]}"
        self.listed += len(rows)
        self.junk += right.count(False)
        self.doubled += len(rows) - len({row.id for row in rows})
        self.teams += sum(not row.user.is_person for row in rows)
        wrong = not all(right)
        if comes == "none":
            self.none += not rows
            wrong |= bool(rows)
        else:
            self.meant += 1
            self.first += right[:1] == [True]
            wrong |= right[:1] != [True]
        if comes == "card":
            self.one += 1
            self.cards += right == [True]
            wrong |= right != [True]
        if wrong or (comes == "list" and len(rows) < 2):
            self.faults.append(said)

    def hold(self) -> None:
        said = "\n".join(self.faults)
        assert self.first >= 0.97 * self.meant, said
        assert self.cards >= 0.90 * self.one, said
        assert self.junk <= 0.05 * self.listed, said
        assert (self.doubled, self.teams) == (0, 0), said

    def __str__(self) -> str:
        return (
            f"first {self.first}/{self.meant}, cards {self.cards}/{self.one}, junk {self.junk}/{self.listed}, "
            f"doubled {self.doubled}, teams {self.teams}"
        )


def is_meant(row: UserRecord, meant: str) -> bool:
    known = f"{fold(row.user.name)} {fold(row.user.job_title)}"
    return any(fold(one) in known for one in meant.split(" | "))


def lines(name: str) -> Iterator[str]:
    return (line for line in (HERE / name).read_text().splitlines() if line and not line.startswith("# "))


def put(record: Record, people: Iterable[UserRecord]) -> Directory:
    record.users.put(people)
    directory = Directory(record)
    directory.refresh()
    return directory


def simulated(account: SimulatedHelpScout) -> Iterator[UserRecord]:
    for one in account.people:
        user = User(
            id=one.id,
            first_name=one.first_name,
            last_name=one.last_name,
            email=one.email,
            role=one.role,
            type=one.type,
            job_title=one.job_title,
            alternate_emails=one.alternate_emails,
            mention=one.mention,
            initials=one.initials,
        )
        yield UserRecord(user=user, first_seen=NOW, last_seen=NOW)


def written() -> Iterator[UserRecord]:
    for id, line in enumerate(lines("people.tsv"), start=1):
        first, last, local, mention, title, status, other, *_ = (*line.split("\t"), "", "", "")
        user = User(
            id=id,
            first_name=first,
            last_name=last,
            email=f"{local}@corp.example",
            mention=mention,
            job_title=title,
            type="user",
            alternate_emails=(f"{other}@corp.example",) if other else (),
        )
        yield UserRecord(user=user, status=Status(status or "active"), first_seen=NOW, last_seen=NOW)
    for id, name in enumerate(("Sarah Support Team", "John Team", "Kessler Group"), start=900):
        yield UserRecord(user=User(id=id, first_name=name, type="team"), first_seen=NOW, last_seen=NOW)
    yield UserRecord(
        user=User(id=950, first_name="Felix", last_name="Bot", type="virtual"), first_seen=NOW, last_seen=NOW
    )


def rates(directory: Directory, some: Sequence[str]) -> Rates:
    counted = Rates()
    for line in some:
        counted.take(directory, line)
    print(counted, *counted.faults, sep="\n")
    return counted


def test_look_ups_in_the_simulated_account_lead_to_who_is_meant(record: Record) -> None:
    with SimulatedHelpScout(people=300) as account:
        directory = put(record, simulated(account))
    before, _, after = "\n".join((HERE / "known.tsv").read_text().splitlines()).partition("# after")
    rates(directory, [line for line in before.splitlines() if not line.startswith("# ")]).hold()
    record.users.mark_gone(JANE, Status.OFFBOARDED, NOW, "R1")
    rates(directory, after.splitlines()[1:]).hold()


def test_look_ups_in_another_population_lead_to_who_is_meant(record: Record) -> None:
    rates(put(record, written()), list(lines("typed.tsv"))).hold()
