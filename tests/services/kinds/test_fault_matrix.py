"""Every write × every fault × every server: what is told is so, and what went wrong can be ended by trying again.

0 told as done that is not, 0 told as failed that is. Where a server can't do something at all, that is told too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.model.request import Kind
from bot.services.requests.terms import Terms
from bot.store.record import open_record
from tests.services.kinds.lab import Between, Fault, Lab, Send, Told, attempt
from tests.services.other_servers import SCIMMY_AT, django_forgets, django_scim2, scim2_server, scimmy

if TYPE_CHECKING:
    from bot.helpscout.client import HelpScout

# Servers


SIMULATOR, REFERENCE, DJANGO, CHANGED = "simulator", "scim2-server", "django-scim2", "django-scim2, changed"
SCIMMY = "scimmy"
SERVERS: dict[str, Callable[[], Callable[[], HelpScout]]] = {
    REFERENCE: scim2_server,
    DJANGO: lambda: django_scim2(slim=False),
    CHANGED: lambda: django_scim2(slim=True),
} | ({SCIMMY: scimmy} if SCIMMY_AT in os.environ else {})

# Writes


@dataclass(frozen=True)
class Write:
    """`work` does it, or goes on with it; `done` reads whether it is so; `once`: not more than one of it is there."""

    work: Callable[[], Told]
    done: Callable[[], bool]
    once: Callable[[], bool] = lambda: True


def create(lab: Lab) -> Write:
    email = lab.name()
    work = lab.request(Kind.PROVISION, email=email, first_name="Nora", last_name="N", role="user")
    return Write(work, lambda: lab.active(email), lambda: lab.count(email) <= 1)


def wake(lab: Lab) -> Write:
    email = lab.person(active=False).user.email
    work = lab.request(Kind.PROVISION, email=email, first_name="Pia", last_name="P", role="user")
    return Write(work, lambda: lab.active(email), lambda: lab.count(email) == 1)


def change(*fields: str) -> Callable[[Lab], Write]:
    def of(lab: Lab) -> Write:
        row = lab.person()
        every = {"first_name": "Janet", "email": lab.name(), "role": "admin"}
        wanted = {name: every[name] for name in fields}
        work = lab.request(Kind.CHANGE, target_id=row.id, **wanted)  # type: ignore[arg-type]

        def done() -> bool:
            user = lab.truth.rest.user(row.id)
            return all(getattr(user, name) == value for name, value in wanted.items())

        return Write(work, done)

    return of


def leave(how: Any) -> Callable[[Lab], Write]:
    def of(lab: Lab) -> Write:
        row = lab.person()
        work = lab.request(Kind.OFFBOARD, Terms(deprovision=how), target_id=row.id)
        return Write(work, lambda: not lab.active(row.user.email))

    return of


def member(inside: bool) -> Callable[[Lab], Write]:
    def of(lab: Lab) -> Write:
        group, team = lab.team()
        row = lab.person(inside=None if inside else group)
        (id,) = [one.id for one in lab.scim.users() if one.user_name == row.user.email]
        teams = lab.teams()
        act = teams.add if inside else teams.remove
        return Write(
            attempt(lambda: act(row, team, actor="URITA")),
            lambda: (id in lab.scim.group(group.id).members) is inside,
        )

    return of


def new_team(lab: Lab) -> Write:
    name = lab.name("Team ", "")

    def there() -> int:
        return sum(one.display_name == name for one in lab.scim.groups())

    return Write(attempt(lambda: lab.teams().create(name, actor="URITA")), lambda: there() > 0, lambda: there() <= 1)


def no_team(lab: Lab) -> Write:
    group, team = lab.team()
    work = lab.request(Kind.DELETE_TEAM, target_id=team.id)
    return Write(work, lambda: all(one.id != group.id for one in lab.scim.groups()))


def hand_over(lab: Lab) -> Write:
    assert lab.sim is not None
    giver, taker = lab.person(), lab.person()
    conversation = next(one for one in lab.sim.conversations if one.status == "active")
    lab.sim.assign(conversation, giver.id)
    lab.between.only = "/conversations/"
    work = lab.request(Kind.OFFBOARD, target_id=giver.id, assignee_id=taker.id)
    return Write(work, lambda: conversation.assignee_id == taker.id)


WRITES: dict[str, Callable[[Lab], Write]] = {
    "create": create,
    "wake": wake,
    "name": change("first_name"),
    "e-mail": change("email"),
    "role": change("role"),
    "name and role": change("first_name", "role"),
    "delete": leave("delete"),
    "deactivate": leave("deactivate"),
    "add": member(True),
    "take out": member(False),
    "new team": new_team,
    "team deleted": no_team,
    "hand over": hand_over,
}
LEFT_OUT = {("wake", SIMULATOR), *(("hand over", one) for one in SERVERS)}
"""Who has left is forgotten there, as Help Scout forgets them; the others have no conversations."""
CANT, IN_PART = {("role", DJANGO), ("role", CHANGED)}, {("name and role", DJANGO), ("name and role", CHANGED)}
"""django-scim2 knows no roles."""

# Faults


def lost(kind: type[httpx.TransportError], *, effect: bool, times: int = 99) -> Fault:
    def fault(request: httpx.Request, send: Send, number: int) -> httpx.Response:
        if number > times:
            return send()
        if effect:
            send()
        raise kind("fault", request=request)

    return fault


def answered(answer: Callable[[httpx.Request], httpx.Response], *, effect: bool) -> Fault:
    def fault(request: httpx.Request, send: Send, number: int) -> httpx.Response:
        if effect:
            send()
        return answer(request)

    return fault


def refused_on_repeat(request: httpx.Request, send: Send, number: int) -> httpx.Response:
    if number > 1:
        return httpx.Response(400, json={"detail": "No valid fields to update"})
    send()
    raise httpx.ReadError("fault", request=request)


class Broken(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield b'{"id": "1'
        raise httpx.RemoteProtocolError("cut")


def success(request: httpx.Request) -> int:
    return 201 if request.method == "POST" else 200


def echo(request: httpx.Request) -> httpx.Response:
    """As if it had been done."""
    said = json.loads(request.content) if request.content else {}
    return httpx.Response(success(request), json={"id": "77", "active": True, **said})


FAULTS: dict[str, Fault] = {
    "none": lambda request, send, number: send(),
    "cut off before": lost(httpx.ReadError, effect=False, times=1),
    "answer lost": lost(httpx.ReadError, effect=True),
    "answer cut": answered(lambda one: httpx.Response(success(one), stream=Broken()), effect=True),
    "silence": lost(httpx.ReadTimeout, effect=False),
    "refused on repeat": refused_on_repeat,
    "204 without effect": answered(lambda _: httpx.Response(204), effect=False),
    "no body": answered(lambda one: httpx.Response(success(one)), effect=True),
}
FURTHER: dict[str, Fault] = {
    "another body": answered(echo, effect=True),
    "not sent": lost(httpx.ConnectError, effect=False),
    "silence, and done": lost(httpx.ReadTimeout, effect=True),
    "400": answered(lambda _: httpx.Response(400, json={"detail": "No."}), effect=False),
    "400 though done": answered(lambda _: httpx.Response(400), effect=True),
    "404": answered(lambda _: httpx.Response(404), effect=False),
    "409": answered(lambda _: httpx.Response(409), effect=False),
    "409 though done": answered(lambda _: httpx.Response(409), effect=True),
    "500": answered(lambda _: httpx.Response(500), effect=False),
    "500 though done": answered(lambda _: httpx.Response(500), effect=True),
    "echo without effect": answered(echo, effect=False),
    "{}": answered(lambda one: httpx.Response(success(one), json={}), effect=True),
    "a text": answered(lambda one: httpx.Response(success(one), text="OK"), effect=True),
}
"""Differ in how the answer is read, whoever sends it: one write of each form, against one server."""
WHOLE = {(REFERENCE, "create"), (REFERENCE, "delete"), (REFERENCE, "add"), (SIMULATOR, "hand over")}


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Lab]]:

    from tests.services.conftest import SEALS, FakeWorkspace, client_of, procedures_of

    with ExitStack() as stack:
        sim = stack.enter_context(SimulatedHelpScout(people=8, teams=1)) if request.param == SIMULATOR else None
        client: Callable[[], HelpScout] = partial(client_of, sim) if sim else SERVERS[request.param]()
        truth, faulty = client(), client()
        between = Between(faulty._client._transport)
        faulty._client._transport = between
        record = open_record(tmp_path_factory.mktemp("matrix") / "record.db", seals=SEALS)
        stack.callback(record.close)
        stack.callback(truth.close)
        stack.callback(faulty.close)
        lab = Lab(record, truth, faulty, between, procedures_of, FakeWorkspace(), sim)
        if request.param == CHANGED:
            lab.forget = django_forgets
        lab.person()  # stays: an account is never empty
        lab.names.clear()
        yield request.param, lab


CELLS = [(server, write) for server in (*SERVERS, SIMULATOR) for write in WRITES if (write, server) not in LEFT_OUT]


@pytest.mark.parametrize(("server", "write"), CELLS, indirect=["server"])
def test_what_is_told_is_so(server: tuple[str, Lab], write: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.services.team_journal.PAUSES", (0.0, 0.0))
    name, lab = server
    faults = FAULTS | (FURTHER if (name, write) in WHOLE else {})
    wrong = [f"{called}: {said}" for called, fault in faults.items() if (said := tried(lab, name, write, fault))]
    assert not wrong, "\n".join(wrong)


def tried(lab: Lab, server: str, write: str, fault: Fault) -> str:
    """What is wrong with what was told, "" when nothing is."""
    can, whole = (write, server) not in CANT, (write, server) not in IN_PART
    work = WRITES[write](lab)
    lab.between.writes, lab.between.fault = 0, fault
    try:
        told = work.work()
        so = work.done()
        if said := judged(told, so, whole):
            return said
        lab.between.fault = None
        if told.done or told.sentence.startswith("stale"):
            return "" if work.once() else f"twice: {told.sentence}"
        again = work.work()
        if not work.once():
            return f"twice: {told.sentence} — {again.sentence}"
        if said := judged(again, work.done(), whole):
            return f"tried again: {said}"
        ended = again.done is can or "cancel this request" in again.sentence
        return "" if ended else f"can't be ended: {told.sentence} — {again.sentence}"
    finally:
        lab.clean()


def judged(told: Told, so: bool, whole: bool) -> str:
    if "inside hs-bot" in told.sentence:
        return told.sentence
    if told.done and not so and (whole or "did not take over" not in told.sentence):
        return f"not so, and told: {told.sentence}"
    if not told.done and so and told.sure:
        return f"so, and told: {told.sentence}"
    return ""
