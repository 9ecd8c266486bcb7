"""Writes that may be repeated are settled by reading, whatever they were answered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.helpscout.errors import Forbidden, HelpScoutError, LostAnswer, NotFound, Rejected, ServerFault, Unauthorized
from bot.model.problem import Problem
from bot.model.team import Team
from bot.services.steps.settling import NotSettled, had_no_effect, settle
from bot.services.teams import Teams
from tests.services.bent import Bent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.services.conftest import Bot, House

LOST = LostAnswer("Lost.", api="SCIM")
BAD = Rejected("Refused.", api="SCIM", status=400)
BROKEN = ServerFault("Broken.", api="SCIM", status=500, unsettled=True)


@dataclass
class Asked:
    """A wish and its journal in one: each call ends as told (None: 2xx) and has its effect or not."""

    calls: list[tuple[HelpScoutError | None, bool]]
    forms: int = 1
    read_later: bool = False
    about: str = "It"
    so: bool = False
    log: list[str] = field(default_factory=list)

    @property
    def ways(self) -> list[Callable[[], object]]:
        return [lambda n=n: self._call(n) for n in range(self.forms)]  # type: ignore[misc]

    def _call(self, form: int) -> None:
        self.log.append(f"call {form}")
        problem, effect = self.calls.pop(0)
        self.so = self.so or effect
        if problem is not None:
            raise problem

    def shown(self) -> bool:
        self.log.append("read")
        return self.so

    again: str = "try again"
    sent: bool = False
    first: bool = True  # whose doing it was is all the same
    pauses: list[float] = field(default_factory=list)

    def ready(self) -> None:
        self.log.append("ready")

    def whose(self, refusal: HelpScoutError) -> str:
        return "" if self.first or not isinstance(refusal, NotFound) else "Whose was it?"

    def sending(self) -> None:
        self.log.append("intent")
        self._before, self.sent = self.sent, True

    def answered(self, problem: HelpScoutError | None) -> None:
        if had_no_effect(problem):
            self.sent = self._before

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def looks(self) -> Iterator[object]:
        yield from range(2)


@pytest.mark.parametrize(
    ("calls", "forms", "how"),
    [
        ([(None, True)], 1, "answered"),
        ([(LOST, True)], 1, "by reading: Lost."),
        ([(BROKEN, True)], 1, "by reading: Broken."),
        ([(BAD, True)], 1, "by reading: Refused."),
        ([(LOST, False), (BAD, True)], 1, "by reading: Refused."),
        ([(BROKEN, False), (BROKEN, False), (None, True)], 1, "answered"),
        ([(None, False), (None, True)], 2, "answered"),
        ([(BAD, False), (None, False), (None, True)], 3, "answered"),
    ],
)
def test_what_reading_shows_is_done_whatever_was_answered(calls: Any, forms: int, how: str) -> None:
    wish = Asked(list(calls), forms)
    assert settle(wish, wish) == how
    assert not wish.calls
    for at, what in enumerate(wish.log):
        if what.startswith("call"):
            assert wish.log[at - 2 : at + 2] == ["ready", "intent", what, "read"], "intent before, a reading after"


@pytest.mark.parametrize(
    ("calls", "forms", "kind"),
    [
        ([(None, False)], 1, NotSettled),
        ([(None, False)] * 3, 3, NotSettled),
        ([(BAD, False)], 1, Rejected),
        ([(BAD, False), (None, False)], 2, Rejected),
        ([(LOST, False)] * 3, 1, NotSettled),
        ([(Unauthorized("No.", api="SCIM"), False)], 3, Unauthorized),
        ([(Forbidden("No.", api="SCIM"), False)], 1, Forbidden),
    ],
)
def test_what_reading_does_not_show_is_not_done(calls: Any, forms: int, kind: type[Exception]) -> None:
    wish = Asked(list(calls), forms)
    with pytest.raises(kind):
        settle(wish, wish)
    assert not wish.calls, "no more calls than were worth it"


GONE = NotFound("Not there.", api="SCIM", status=404)


def test_what_is_so_already_counts_only_when_the_journal_has_an_earlier_call() -> None:
    with pytest.raises(NotSettled, match="Whose was it"):
        settle(*[Asked([(GONE, True)], first=False)] * 2)
    assert settle(*[Asked([(LOST, False), (GONE, True)], first=False)] * 2) == "by reading: Not there."
    with pytest.raises(NotSettled, match="Whose was it"):
        settle(*[Asked([(LOST, False), (GONE, False)], first=False)] * 2)
    assert settle(*[Asked([], first=False, sent=True, so=True)] * 2).startswith("by reading"), "without a call"


def test_what_must_not_be_sent_any_more_is_done_when_an_earlier_call_has_worked_by_then() -> None:
    class Late(Asked):
        def ready(self) -> None:
            if self.sent:
                self.so = effect
                raise Problem("Not now.")

    effect = True
    assert "meanwhile" in settle(*[Late([(LOST, False)])] * 2)
    effect = False
    with pytest.raises(Problem, match="Not now"):
        settle(*[Late([(LOST, False)])] * 2)


def test_a_server_that_says_when_to_come_back_is_waited_for() -> None:
    busy = ServerFault("Busy.", api="SCIM", status=503, unsettled=True)
    busy.retry_after = 7.0
    wish = Asked([(busy, False), (None, True)])
    assert (settle(wish, wish), wish.pauses) == ("answered", [7.0])


# Teams


@dataclass
class Desk:
    house: House
    bot: Bot
    bent: Bent
    teams: Teams
    team: Team
    member: int
    stranger: int

    def ask(self, inside: bool) -> str:
        who = self.bot.record.users.get(self.stranger if inside else self.member)
        assert who is not None
        act = self.teams.add if inside else self.teams.remove
        try:
            return act(who, self.team, actor="URITA").sentence
        except Problem as problem:
            return f"refused: {problem.sentence}"

    def really(self, inside: bool) -> bool:
        sim = next(team for team in self.house.sim.teams if team.id == self.team.id)
        return (self.stranger if inside else self.member) in sim.members

    def recorded(self, inside: bool) -> bool:
        who = self.stranger if inside else self.member
        return any(one.user_id == who and one.team_id == self.team.id for one in self.bot.record.teams.members())


@pytest.fixture
def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr("bot.services.team_journal.PAUSES", (0.0, 0.0))
    bot = house.bot()
    bent = Bent(bot.helpscout)
    people = [person.id for person in house.sim.people if person.role == "user" and person.email and not person.absent]
    sim = next(team for team in house.sim.teams if set(team.members) & set(people))
    team = next(one for one in bot.record.teams.all() if one.id == sim.id)
    member = next(id for id in people if id in sim.members)
    stranger = next(id for id in people if id not in sim.members)
    return Desk(house, bot, bent, Teams(bot.record, bot.helpscout, house.workspace), team, member, stranger)


ANSWERS: dict[str, tuple[Callable[[], httpx.Response], bool]] = {
    "204": (lambda: httpx.Response(204), True),
    "200 without a body": (lambda: httpx.Response(200), True),
    "200 with {}": (lambda: httpx.Response(200, json={}), True),
    "200 with a text": (lambda: httpx.Response(200, text="OK"), True),
    "200 with a list": (lambda: httpx.Response(200, json=[]), True),
    "400 though done": (lambda: httpx.Response(400, json={"detail": "No valid fields to update"}), True),
    "500 though done": (lambda: httpx.Response(500), True),
    "204 without effect": (lambda: httpx.Response(204), False),
    "200 {} without effect": (lambda: httpx.Response(200, json={}), False),
    "400": (lambda: httpx.Response(400), False),
    "403": (lambda: httpx.Response(403), False),
    "500": (lambda: httpx.Response(500), False),
}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("inside", [True, False], ids=["add", "remove"])
def test_a_membership_is_told_as_it_is(desk: Desk, name: str, inside: bool) -> None:
    answer, effect = ANSWERS[name]

    def bend(request: httpx.Request, send: Callable[[], httpx.Response]) -> httpx.Response | None:
        if request.method not in ("PATCH", "PUT"):
            return None
        if effect:
            send()
        return answer()

    desk.bent.bends.append(bend)
    said = desk.ask(inside)
    done = desk.really(inside) is inside
    assert done is effect
    assert said.startswith("refused: ") is not done, said
    assert desk.recorded(inside) is (inside if done else not inside)


FORMS = {"the filter path": "members[", "Entra's form": '"value"', "PUT": "PUT"}
WITHOUT_PATCH = (405, 501)  # such a server takes no form of a PATCH at all


@pytest.mark.parametrize(
    ("taken", "refusal"),
    [
        pytest.param(taken, refusal, id=f"{name}-{refusal}")
        for refusal in (400, 204, *WITHOUT_PATCH)
        for name, taken in FORMS.items()
        if refusal not in WITHOUT_PATCH or name != "Entra's form"
    ],
)
def test_somebody_is_taken_out_in_the_form_that_a_server_takes(desk: Desk, taken: str, refusal: int) -> None:
    """204: the other forms are accepted, and ignored."""

    def bend(request: httpx.Request, send: Callable[[], httpx.Response]) -> httpx.Response | None:
        if request.method == "PUT" and taken == "PUT":
            team = next(one for one in desk.house.sim.teams if one.id == desk.team.id)
            ids = {person.scim_id: person.id for person in desk.house.sim.people}
            desk.house.sim.account.set_members(team, [ids[m["value"]] for m in json.loads(request.content)["members"]])
            return httpx.Response(204)
        if request.method == "PUT":
            return httpx.Response(refusal)
        if request.method != "PATCH":
            return None
        [operation] = json.loads(request.content)["Operations"]
        form = "members[" if "[" in operation["path"] else '"value"'
        return None if form == taken else httpx.Response(refusal)

    desk.bent.bends.append(bend)
    assert "no longer in" in desk.ask(False)
    assert not desk.really(False)
    others = next(team for team in desk.house.sim.teams if team.id == desk.team.id).members
    kept = {one.user_id for one in desk.bot.record.teams.members() if one.team_id == desk.team.id}
    assert set(others) == kept, "nobody else was taken out"


def test_the_intent_is_in_the_log_before_the_call_and_the_result_after(desk: Desk) -> None:
    desk.ask(True)
    events = [entry.event for entry in desk.bot.record.audit.entries(newest_first=False)]
    assert events[-2:] == ["team.add.sending", "team.member_added"]


@pytest.mark.parametrize("what", ["add", "remove", "create"])
def test_what_can_not_be_written_down_is_not_done(desk: Desk, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object, **__: object) -> None:
        raise Problem("The record is locked.")

    monkeypatch.setattr(desk.bot.record.audit, "append", locked)
    before = {team.name: dict(team.members) for team in desk.house.sim.teams}
    if what == "create":
        with pytest.raises(Problem, match="locked"):
            desk.teams.create("Night shift", actor="URITA")
    else:
        assert "locked" in desk.ask(what == "add")
    assert {team.name: dict(team.members) for team in desk.house.sim.teams} == before
    assert not [sent for sent in desk.bent.sent if "/scim/" in sent]


@pytest.mark.parametrize("answer", [None, httpx.Response(200, json={}), httpx.Response(500), httpx.Response(409)])
def test_a_new_team_whose_answer_says_nothing_is_found_by_reading(desk: Desk, answer: httpx.Response | None) -> None:
    def bend(request: httpx.Request, send: Callable[[], httpx.Response]) -> httpx.Response | None:
        if request.method != "POST" or "/Groups" not in request.url.path:
            return None
        send()
        if answer is None:
            raise httpx.ReadError("cut")
        return answer

    desk.bent.bends.append(bend)
    assert "was made" in desk.teams.create("Night  shift", actor="URITA").sentence
    assert [team.name for team in desk.house.sim.teams].count("Night shift") == 1


def test_a_new_team_that_is_answered_and_never_shows_is_not_told_as_made(desk: Desk) -> None:
    def bend(request: httpx.Request, send: Callable[[], httpx.Response]) -> httpx.Response | None:
        made = {"id": "g-1", "displayName": "Night shift"}
        return httpx.Response(201, json=made) if request.method == "POST" and "/Groups" in request.url.path else None

    desk.bent.bends.append(bend)
    with pytest.raises(NotSettled, match="Night shift"):
        desk.teams.create("Night shift", actor="URITA")
