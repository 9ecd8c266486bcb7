"""What becomes of a list of people when an answer goes wrong: ours beside the public clients.

    python -m tests.benchmarks.sync_faults          some four minutes

Ours must be complete or an honest refusal, never wrong. An outcome is judged by the ids that came: "complete" is
everybody who is there afterwards, each once; somebody removed or added in the middle may be among them or not.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.demo.helpscout import Fault, SimulatedHelpScout
from bot.helpscout.client import HelpScout
from bot.model.sync import SyncState
from bot.model.user import Status
from bot.services.syncing.sync import Sync
from bot.store.record import open_record
from tests.benchmarks.public_clients.environments import PUBLIC_CLIENTS
from tests.benchmarks.sync import listed
from tests.benchmarks.table import Row, table

PEOPLE = 500  # ten pages of 50
TIMEOUT = 1.5
"""Seconds after which ours gives up on a silent answer and asks again."""
PAGE = "GET /users?page=5"

COMPLETE, REFUSED, WRONG = "complete", "refused, with the reason", "wrong, unnoticed"


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    fault: Fault
    match: str = PAGE
    more: dict[str, Any] = field(default_factory=dict)
    patience: float = 10.0  # seconds after which a public client is taken to hang


CASES = (
    Case("429 with Retry-After", Fault.RATE_LIMITED, patience=75.0),
    Case("429 without Retry-After", Fault.RATE_LIMITED_BARE, patience=75.0),
    Case("500 on one page", Fault.ERROR_500),
    Case("HTML 502 on one page", Fault.HTML_502),
    Case("503 at the token", Fault.UNAVAILABLE_503, "POST /oauth2/token"),
    Case("token dead in the middle", Fault.TOKEN_DEAD),
    Case("connection dropped", Fault.DROPPED_BEFORE),
    Case("body cut", Fault.CUT_BODY),
    Case("half a JSON under 200", Fault.HALF_JSON),
    Case("no answer at all", Fault.SILENT_BEFORE),
    Case("an HTML page under 200", Fault.HTML_200),
    Case("an empty list under 200, once", Fault.EMPTY_LIST),
    Case("an empty list under 200, from then on", Fault.EMPTY_LIST, more={"times": None}),
    Case("an empty page, totals as usual", Fault.EMPTY_PAGE),
    Case("somebody removed while walking", Fault.PERSON_REMOVED),
    Case("somebody added while walking", Fault.PERSON_ADDED),
)


def rows() -> list[Row]:
    """One line a fault; `ok` unless ours is wrong."""
    return [_row(case) for case in CASES]


def _row(case: Case) -> Row:
    mine = ours(case)
    theirs = "; ".join(f"{client.name}: {public(case, client.name)}" for client in PUBLIC_CLIENTS)
    return Row(f"fault: {case.name}", mine, theirs, limit="never wrong", ok=mine != WRONG)


def simulated() -> SimulatedHelpScout:
    return SimulatedHelpScout(people=PEOPLE, reading="pages", conversations=False)


def ours(case: Case) -> str:
    """A sync into an empty record."""
    with (
        SimulatedHelpScout(people=PEOPLE, reading="pages", conversations=False) as sim,
        tempfile.TemporaryDirectory() as at,
    ):
        record = open_record(Path(at) / "record.db")
        planned = sim.faults.add(fault=case.fault, match=case.match, **case.more)
        with HelpScout(
            api_url=sim.api_url, app_id=sim.app_id, app_secret=sim.app_secret, per_minute=1_000_000, timeout=TIMEOUT
        ) as helpscout:
            run = Sync(record, helpscout, guard=0.10).run("command")
        ids = [row.id for row in record.users.by_status(Status.ACTIVE)]
        record.close()
        if run.state is SyncState.FAILED:
            return REFUSED if not ids else WRONG
        return _verdict(ids, sim, planned.people)


def public(case: Case, name: str) -> str:
    """A listing by a public client."""
    with simulated() as sim:
        planned = sim.faults.add(fault=case.fault, match=case.match, **case.more)
        listing = listed(name, sim, give_up_after=case.patience)
        if listing is None:
            return "not installed"
        if listing.hung:
            return f"no end within {case.patience:.0f} s"
        if listing.error:
            return f"error ({listing.error.partition(':')[0]})"
        return _verdict([id for id in listing.ids if id is not None], sim, planned.people)


def _verdict(ids: list[int], sim: SimulatedHelpScout, touched: list[int]) -> str:
    right = set(sim.account.listing) - set(touched) == set(ids) - set(touched)
    return COMPLETE if right and len(ids) == len(set(ids)) else WRONG


if __name__ == "__main__":
    print(table(rows()))
