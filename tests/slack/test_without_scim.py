"""No token, a dead one, a plan without SCIM, and no administrator's credential: people do it, each command says so."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape

import pytest

from bot.demo.helpscout import Fault, SimulatedHelpScout
from bot.demo.slack import View
from bot.helpscout.client import HelpScout, Waits
from bot.model.sync import SyncState
from tests.slack.conftest import JANE, Room


@dataclass(frozen=True)
class Lack:
    """What is wrong with SCIM, and what must be said of it."""

    words: tuple[str, ...]
    fault: Fault | None = None


LACKS = {
    "no token": Lack(("no SCIM token",)),
    "a dead token": Lack(("SCIM refused the token", "Admin > Authentication"), Fault.UNAUTHORIZED),
    "a plan without": Lack(("needs the Pro plan and SSO", "Admin > Authentication"), Fault.FORBIDDEN),
}
GONE = "max@acme.example"


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests break it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


@pytest.fixture(params=LACKS)
def lack(request: pytest.FixtureRequest) -> Lack:
    return LACKS[request.param]


@pytest.fixture
def bare(cold: Room, lack: Lack) -> Room:
    """Everybody was read while all was well, and Max has left since; then SCIM went away."""
    sim = cold.helpscout
    if lack.fault is None:
        cold.client = cold.stack.enter_context(
            HelpScout(
                api_url=sim.api_url,
                app_id=sim.app_id,
                app_secret=sim.app_secret,
                per_minute=100_000,
                waits=Waits.none(),
            )
        )
    room = cold.warm().connect()
    sim.remove_person(GONE)
    room.sync.run("test")
    room.directory.refresh()
    if lack.fault is not None:
        sim.faults.add(fault=lack.fault, match="/scim/*", times=None)
    return room


def command(line: str, values: dict[str, str] | None = None) -> Callable[[Room], str]:
    """Types the line; where a form opens, fills it in and sends it. Everything that was shown to the caller."""

    def ask(room: Room) -> str:
        answer = room.slack.command("rita", line)
        room.until(lambda: answer.view is not None or answer.shown)
        return sent(room, answer.view, values) if answer.view is not None else answer.shown

    return ask


def change(room: Room) -> str:
    card = room.slack.command("rita", f"/hs-user {JANE}").wait("Change…")
    before = len(room.told("rita"))
    answer = room.slack.click("rita", card, "Change…")
    room.until(lambda: answer.view is not None or len(room.told("rita")) > before)
    return sent(room, answer.view, {"Job title": "Lead"}) if answer.view is not None else room.told("rita")[-1].shown


def sent(room: Room, view: View, values: dict[str, str] | None) -> str:
    room.slack.submit(view, values or {})
    room.until(lambda: view.errors or room.record.requests.count())
    return " ".join(view.errors.values())


SEAT = {"E-mail": "nora@acme.example", "First name": "Nora", "Last name": "N"}
WHY = {"Reason": "because"}
TEAM = "VIP Customers"


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(command(f"/hs-offboard {JANE}", WHY), id="offboard"),
        pytest.param(command("/hs-provision", SEAT), id="provision"),
        pytest.param(command(f"/hs-provision {GONE}", WHY), id="restore"),
        pytest.param(change, id="change"),
        pytest.param(command(f"/hs-team delete {TEAM}", WHY), id="team delete"),
    ],
)
def test_each_request_is_opened_for_a_person_to_carry_out_and_says_why(
    ask: Callable[[Room], str], bare: Room, lack: Lack
) -> None:
    said = unescape(ask(bare))
    bare.until(lambda: bare.record.requests.count())
    (request,) = bare.record.requests.find()
    assert request.plan["way"] == "hand", said
    facts = dict(bare.approvals.words(request).facts)
    assert facts["Done"] == "by hand, in Help Scout"
    assert all(words in facts["Why so"] for words in lack.words)


@pytest.mark.parametrize(
    "line",
    [f"/hs-team add rita@acme.example {TEAM}", f"/hs-team remove {JANE} {TEAM}", "/hs-team create Night Shift"],
)
def test_changes_of_teams_say_what_to_do_in_help_scout(line: str, bare: Room) -> None:
    said = unescape(command(line)(bare))
    assert "in Help Scout under Manage > Teams" in said
    assert not bare.record.requests.count()


def test_the_status_says_how_help_scout_is_written(bare: Room) -> None:
    shown = unescape(bare.slack.command("rita", "/hs-status").wait("by hand").shown)
    assert "SCIM" in shown


def test_reading_goes_on(bare: Room) -> None:
    assert "Senior Support Engineer" in bare.slack.command("max", f"/hs-user {JANE}").wait("Senior").shown
    assert TEAM in bare.slack.command("max", "/hs-team list").wait(TEAM).shown
    assert bare.sync.run("test").state is SyncState.DONE
