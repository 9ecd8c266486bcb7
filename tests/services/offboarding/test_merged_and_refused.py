"""Conversations that were merged, that the taker can't be given, or that are answered without effect."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.model.offboarding.conversation import MoveState
from bot.model.request import State
from tests.services.bent import Bent

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services.conftest import Bot, House

JANE, MAX, RITA = "jane@acme.example", "max@acme.example", "rita@acme.example"


class Handing:
    """Jane's 15 conversations are to go to Max; `bent` answers in Help Scout's place."""

    def __init__(self, house: House, bot: Bot) -> None:
        self.house, self.bot = house, bot
        self.bent = Bent(bot.helpscout)
        self.theirs = house.sim.conversations_of(JANE)
        self.request = bot.asked(house.id("jane"), assignee=house.id("max"))

    def ended(self, *states: State) -> Any:
        if self.bot.row(self.request).state is State.PENDING:
            assert self.bot.approve(self.request).accepted
        return self.bot.until(self.request, *states)

    def moves(self) -> dict[int, tuple[MoveState, str]]:
        return {m.conversation_id: (m.state, m.note) for m in self.bot.record.moves.of_request(self.request.id)}

    def merge(self, gone: int, into: int | str) -> None:
        """From the hand-over on, the one is answered 301 (404 to a write) and is in no list."""
        location = into if isinstance(into, str) else f"https://elsewhere.example/v2/conversations/{into}"
        begun: list[None] = []
        self.bot.at = _then(self.bot.at, "reassign: begun", lambda: begun.append(None))

        def bend(request: httpx.Request, send: Callable[[], httpx.Response]) -> httpx.Response | None:
            if begun and request.url.path.endswith(f"/conversations/{gone}"):
                return httpx.Response(301 if request.method == "GET" else 404, headers={"location": location})
            if begun and request.url.path.endswith("/conversations"):
                return without(send(), gone)
            return None

        self.bent.bends.append(bend)


def without(response: httpx.Response, id: int) -> httpx.Response:
    document = response.json()
    rows = document.get("_embedded", {}).get("conversations", [])
    kept = [row for row in rows if row["id"] != id]
    if len(kept) != len(rows):
        document["_embedded"]["conversations"] = kept
        document["page"]["totalElements"] -= 1
        document["page"]["totalPages"] = -(-document["page"]["totalElements"] // document["page"]["size"])
    return httpx.Response(200, json=document)


@pytest.fixture
def handing(house: House) -> Handing:
    return Handing(house, house.bot())


def start(handing: Handing) -> Handing:
    handing.bot.runner.start()
    return handing


@pytest.mark.parametrize("owner", [JANE, None], ids=["the leaver's", "nobody's"])
def test_a_merged_conversation_is_followed_to_its_new_place(handing: Handing, owner: str | None) -> None:
    gone = handing.theirs[0]
    [survivor] = handing.house.sim.account.add_conversations(handing.house.id("rita"), 1)
    handing.merge(gone.id, survivor.id)
    handing.bot.at = _then(handing.bot.at, "reassign: begun", lambda: handing.house.sim.assign(survivor, owner))
    row = start(handing).ended(State.DONE, State.ATTENTION)
    assert row.state is State.DONE, row.outcome
    assert survivor.assignee_id == handing.house.id("max")
    assert {state for state, _ in handing.moves().values()} <= {MoveState.MOVED, MoveState.SKIPPED}


@pytest.mark.parametrize(
    "case", ["a colleague's", "the taker's", "closed", "planned", "deleted", "nowhere", "a circle"]
)
def test_a_merged_conversation_that_is_settled_at_its_new_place_is_left_alone(handing: Handing, case: str) -> None:
    house, gone = handing.house, handing.theirs[0]
    [survivor] = house.sim.account.add_conversations(house.id("max" if case == "the taker's" else "rita"), 1)
    owner = survivor.assignee_id
    into: int | str = survivor.id
    if case == "closed":
        house.sim.account.set_status(survivor, "closed")
    elif case == "planned":
        into = handing.theirs[1].id
    elif case == "deleted":
        house.sim.account.remove_conversation(survivor)
    elif case == "nowhere":
        into = "https://secure.helpscout.net/inbox/"
    elif case == "a circle":
        into = gone.id
    handing.merge(gone.id, into)
    row = start(handing).ended(State.DONE, State.ATTENTION)
    state, note = handing.moves()[gone.id]
    if case in ("nowhere", "a circle"):
        said = "so it stays unassigned" if case == "nowhere" else "could not be handed over"
        assert said in row.outcome
    else:
        assert (row.state, state) == (State.DONE, MoveState.SKIPPED), row.outcome
        assert "merged into" in note or case == "deleted"
        assert survivor.assignee_id == owner, "nobody took it away from who has it"
    others = [state for id, (state, _) in handing.moves().items() if id != gone.id]
    assert others == [MoveState.MOVED] * 14


@pytest.mark.parametrize("status", [400, 403, 409, 412, 422])
def test_what_the_taker_may_not_have_is_named_and_stops_nothing_else(handing: Handing, status: int) -> None:
    refused = handing.theirs[3]
    said = {"message": "User does not have access to the inbox"}
    handing.bent.bends.append(_for(refused.id, lambda: httpx.Response(status, json=said)))
    row = start(handing).ended(State.DONE, State.ATTENTION)
    assert row.state is State.DONE
    assert f"#{refused.number} couldn't be given to Max" in row.outcome
    assert "does not have access to the inbox" in row.outcome
    assert "role of who owns the app" not in row.outcome
    assert handing.moves()[refused.id][0] is MoveState.SKIPPED
    assert [state for state, _ in handing.moves().values()].count(MoveState.MOVED) == 14


def test_where_most_is_refused_a_person_hears_of_it_before_the_seat_goes(handing: Handing) -> None:
    handing.bent.bends.append(
        lambda request, send: httpx.Response(403, json={"message": "No."}) if request.method == "PATCH" else None
    )
    row = start(handing).ended(State.DONE, State.ATTENTION)
    assert row.state is State.ATTENTION
    assert "could not be handed over to Max" in row.outcome
    assert handing.house.sent() == 0
    handing.bot.retry(handing.request)
    row = handing.ended(State.DONE)
    assert "so they stay unassigned" in row.outcome, "heard, and refused again"


def test_one_that_fails_for_now_is_tried_again_by_a_person_when_the_others_are_done(handing: Handing) -> None:
    failing = handing.theirs[3]
    bend = _for(failing.id, lambda: httpx.Response(500))
    handing.bent.bends.append(bend)
    row = start(handing).ended(State.DONE, State.ATTENTION)
    assert row.state is State.ATTENTION
    assert f"#{failing.number}" in row.outcome
    assert handing.moves()[failing.id][0] is MoveState.TODO
    assert [state for state, _ in handing.moves().values()].count(MoveState.MOVED) == 14, "written down as they came"
    handing.bent.bends.remove(bend)
    handing.bot.retry(handing.request)
    handing.ended(State.DONE)


@pytest.mark.parametrize("times", [1, 2, 1_000])
def test_what_is_answered_without_effect_was_not_done(handing: Handing, times: int) -> None:
    """204, and the conversation is still the leaver's."""
    ignored, left = handing.theirs[3], [None] * times
    handing.bent.bends.append(_for(ignored.id, lambda: httpx.Response(204) if left and not left.pop() else None))
    row = start(handing).ended(State.DONE, State.ATTENTION)
    if times < 3:
        assert row.state is State.DONE
        assert ignored.assignee_id == handing.house.id("max")
    else:
        assert row.state is State.ATTENTION
        assert f"#{ignored.number}" in row.outcome
        assert handing.moves()[ignored.id][0] is MoveState.TODO


def test_what_was_moved_when_help_scout_went_away_is_written_down(handing: Handing) -> None:
    handing.bent.bends.append(_for(handing.theirs[-1].id, _raise))
    row = start(handing).ended(State.DONE, State.ATTENTION, State.FAILED)
    assert row.state is not State.DONE
    maxs = {one.id for one in handing.house.sim.conversations_of(MAX)}
    moved = {id for id, (state, _) in handing.moves().items() if state is MoveState.MOVED}
    assert moved == maxs & handing.moves().keys()


def _raise() -> httpx.Response:
    raise httpx.ConnectError("away")


def _for(id: int, answer: Callable[[], httpx.Response | None]) -> Any:
    """`answer` to each assigning of this conversation."""

    def bend(request: httpx.Request, send: Callable[[], httpx.Response]) -> httpx.Response | None:
        mine = request.method == "PATCH" and request.url.path.endswith(f"/conversations/{id}")
        assert not mine or json.loads(request.content)["path"] == "/assignTo"
        return answer() if mine else None

    return bend


def _then(at: Callable[[str], None], moment: str, act: Callable[[], object]) -> Callable[[str], None]:
    def passed(point: str) -> None:
        if point == moment:
            act()
        at(point)

    return passed
