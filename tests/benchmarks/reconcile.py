"""10,000 people, three sources: how long reading takes beside the bound of its paging, and comparing in CPU seconds.

python -m tests.benchmarks.reconcile          some twenty seconds

The simulated Okta answers each page after a fixed latency. Its lists are read side by side (those who work here, those
who left, the members of three groups that give roles); pages of one list × latency is the least that the longest can
take. The CSV is read from a file, Slack's list is handed over in memory.
"""

import tempfile
import time
from pathlib import Path

from bot.demo.directories import Account, SimulatedDirectories
from bot.demo.directories.answers import OKTA_TOKEN
from bot.model.member import Member
from bot.model.user import User
from bot.policy.people.finding import Kind
from bot.policy.people.matching import Seat
from bot.policy.people.reconciliation import reconcile
from bot.sources.csv_file import Csv
from bot.sources.okta import Okta
from bot.sources.slack import Slack
from tests.benchmarks.table import Row, table

PEOPLE = 10_000
LATENCY = 0.3
PAGES = PEOPLE // 200
"""Of everybody who works here: the longest list."""
LEFT = 1_000
"""Besides them, deprovisioned."""
GROUPS = {"Agents": range(0, PEOPLE, 2), "Leads": range(0, PEOPLE, 10), "Contractors": range(0, PEOPLE, 5)}
ROWS = 100_000


def rows() -> list[Row]:
    """Everything measured, one row each."""
    with tempfile.TemporaryDirectory() as folder, SimulatedDirectories(latency=LATENCY) as world:
        world.okta.accounts = [_account(n) for n in range(PEOPLE)]
        world.okta.accounts += [_account(n, state="left") for n in range(PEOPLE, PEOPLE + LEFT)]
        world.okta.groups = {name: [f"00u{n}" for n in inside] for name, inside in GROUPS.items()}
        file = Path(folder) / "people.csv"
        _write(file, PEOPLE)
        okta = Okta(f"{world.url}/okta", OKTA_TOKEN, also=tuple(GROUPS))
        begun = time.perf_counter()
        listing = okta.read()
        taken, bound = time.perf_counter() - begun, PAGES * LATENCY
        okta.close()
        listings = [listing, Csv(str(file)).read(), Slack(_members).read()]
        seats = [_seat(n) for n in range(PEOPLE)]
        began = time.process_time()
        found = reconcile(seats, listings).findings
        cpu = time.process_time() - began
        wrong = [one for one in found if one.kind in (Kind.ORPHAN, Kind.UNKNOWN)]
        _write(file, ROWS)
        began = time.process_time()
        assert len(Csv(str(file)).read().people) == ROWS
        read = time.process_time() - began
    return [
        Row(
            "read 10,000 people, 1,000 leavers, 3 groups from Okta",
            taken,
            bound,
            taken / bound,
            1.2,
            "s",
            taken <= 1.2 * bound,
        ),
        Row("compare 10,000 people × 3 sources (CPU)", cpu, "", None, 2.0, "s", cpu <= 2.0),
        Row("false orphans among them", float(len(wrong)), "", None, 0.0, "people", not wrong),
        Row("read a CSV of 100,000 rows (CPU)", read, "", None, 5.0, "s", read <= 5.0),
    ]


def _email(n: int) -> str:
    return f"person{n}@{('acme.example', 'müller.example', 'contractor.example')[n % 3]}"


def _account(n: int, state: str = "active") -> Account:
    email = _email(n).replace("@", "+okta@") if n % 7 == 0 else _email(n)
    return Account(id=f"00u{n}", email=email, name=f"P No{n}", state=state)


def _write(file: Path, count: int) -> None:
    lines = (f"{_email(n).upper() if n % 5 == 0 else _email(n)},P No{n},active,boss@acme.example" for n in range(count))
    file.write_text("email,name,status,manager\n" + "\n".join(lines) + "\n", "utf-8")


def _members() -> list[Member]:
    return [
        Member(id=f"U{n}", name=f"p{n}", email=f"alias{n}@acme.example" if n % 3 == 0 else _email(n))
        for n in range(PEOPLE)
    ]


def _seat(n: int) -> Seat:
    alias = (f"alias{n}@acme.example",)
    return Seat(user=User(id=n + 1, email=_email(n), first_name="P", last_name=f"No{n}", alternate_emails=alias))


if __name__ == "__main__":
    print(table(rows()))
