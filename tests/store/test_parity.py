"""The rooms above can't tell which engine runs: whatever is done to a record, both give the same answers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model.change import Change, ChangeKind
from bot.model.outbox import Topic
from bot.model.problem import Problem
from bot.model.request import Decision, Kind, Request, State, Step, Verdict
from bot.model.team import Team, TeamMember
from bot.model.user import Status, UserRecord
from bot.store.record import Record, open_record
from bot.store.tables import TABLES

if TYPE_CHECKING:
    from tests.store.postgres import PostgresServer

pytestmark = pytest.mark.postgresql

HOUR = timedelta(hours=1)
small = st.integers(1, 3)
ids = st.sampled_from(["r1", "r2", "r3"])
states = st.sets(st.sampled_from(sorted(State)))
words = st.sampled_from(["", "Zoë", "a%b_c", "jane@example.com", "JANE@EXAMPLE.COM", "ß", "\u0130", "o'x", "Ω"])
hours = st.integers(0, 60).map(lambda n: n * HOUR)


def moves() -> st.SearchStrategy[tuple[Any, ...]]:
    """What can be done: the name of a rule below and its arguments."""
    return st.one_of(
        st.tuples(st.just("put"), small, words, words, st.sampled_from(sorted(Status))),
        st.tuples(st.just("find people"), words),
        st.tuples(st.just("forget"), small),
        st.tuples(st.just("teams"), st.sets(st.tuples(small, small)), words),
        st.tuples(st.just("open"), ids, st.sampled_from(sorted(Kind)), small, words, hours),
        st.tuples(st.just("transition"), ids, states, st.sampled_from(sorted(State)), st.none() | small),
        st.tuples(st.just("update"), ids, words, st.booleans(), st.none() | hours),
        st.tuples(st.just("vote"), ids, words, st.sampled_from(sorted(Verdict))),
        st.tuples(st.just("void"), ids),
        st.tuples(st.just("claim"), ids, words, states, hours),
        st.tuples(st.just("step"), ids, small, words),
        st.tuples(st.just("due"), hours),
        st.tuples(st.just("find"), states, st.none() | small),
        st.tuples(st.just("audit"), words, st.none() | ids, st.none() | small),
        st.tuples(st.just("owe"), words, hours),
        st.tuples(st.just("send"), words, hours, small),
        st.tuples(st.just("lease"), words, hours),
        st.tuples(st.just("change"), small, words, hours),
    )


class Deeds:
    """Each rule does its move to one record and returns what came of it."""

    def __init__(self, record: Record, person: Callable[..., UserRecord], a_request: Callable[..., Request]) -> None:
        self.record, self.person, self.a_request = record, person, a_request
        self.noon = record.now()

    def do(self, name: str, *arguments: Any) -> object:
        try:
            return getattr(self, "do_" + name.replace(" ", "_"))(*arguments)
        except Problem as problem:
            return type(problem)

    def do_put(self, id: int, email: str, mention: str, status: Status) -> object:
        person = self.person(
            id, email=email, mention=mention, first_name=email, alternate_emails=(mention,), status=status
        )
        return self.record.users.put([person]), self.record.version()

    def do_find_people(self, word: str) -> object:
        users = self.record.users
        return users.by_email(word), users.by_mention(word), list(users.by_status()), users.counts()

    def do_forget(self, id: int) -> object:
        self.record.forget(id, self.noon)
        return self.record.users.get(id)

    def do_teams(self, members: set[tuple[int, int]], name: str) -> object:
        teams = [Team(id=id, name=name) for id in {team for team, _ in members}]
        self.record.teams.replace(teams, {TeamMember(*member) for member in members})
        return self.record.teams.all(), self.record.teams.members(), self.record.teams.of_user(1), self.record.version()

    def do_open(self, id: str, kind: Kind, target: int, word: str, after: timedelta) -> object:
        self.record.requests.insert(
            self.a_request(
                id,
                kind=kind,
                target_id=None if kind is Kind.PROVISION else target,
                target_email=word,
                reason=word,
                plan={"email": word, "role": "user", "assignee_id": 1},
                expires_at=self.noon + after + HOUR,
            )
        )
        return self.record.requests.get(id)

    def do_transition(self, id: str, states: set[State], to: State, version: int | None) -> object:
        return self.record.requests.transition(id, from_states=states, to=to, version=version)

    def do_update(self, id: str, word: str, touch: bool, after: timedelta | None) -> object:
        run_at = None if after is None else self.noon + after
        return self.record.requests.update(id, touch=touch, reason=word, run_at=run_at, reminded=1 if word else 0)

    def do_vote(self, id: str, actor: str, verdict: Verdict) -> object:
        vote = Decision(request_id=id, actor=actor, verdict=verdict, decided_at=self.noon)
        return self.record.requests.decide(vote), self.record.requests.decisions(id)

    def do_void(self, id: str) -> object:
        return self.record.requests.void_decisions(id)

    def do_claim(self, id: str, owner: str, states: set[State], after: timedelta) -> object:
        now = self.noon + after
        claimed = self.record.requests.claim(id, owner=owner, now=now, until=now + HOUR, from_states=states)
        return claimed, self.record.requests.heartbeat(id, owner=owner, until=now + 2 * HOUR)

    def do_step(self, id: str, position: int, word: str) -> object:
        self.record.requests.step_started(
            Step(request_id=id, position=position, name=word, started_at=self.noon, result={"x": word})
        )
        self.record.requests.step_progress(id, position, 1, 2)
        return self.record.requests.steps(id)

    def do_due(self, after: timedelta) -> object:
        return self.record.requests.due(self.noon + after), self.record.requests.cards_out_of_date()

    def do_find(self, states: set[State], target: int | None) -> object:
        found = self.record.requests.find(states=states or None, target_id=target)
        return found, self.record.requests.count(states=states), self.record.requests.started_since(self.noon)

    def do_audit(self, word: str, request: str | None, user: int | None) -> object:
        line = self.record.audit.append(word, request_id=request, user_id=user, details={"x": word} if word else None)
        found = self.record.audit.entries(user_id=user, limit=3)
        # Hashes differ, because each record salts the details of its own lines.
        return line.seq, line.at, [replace(entry, hash="", previous_hash="") for entry in found]

    def do_owe(self, key: str, after: timedelta) -> object:
        return self.record.outbox.add(key, Topic.DM, {"x": key}, not_before=self.noon + after)

    def do_send(self, owner: str, after: timedelta, limit: int) -> object:
        claimed = self.record.outbox.claim(owner, self.noon + after, HOUR, limit=limit)
        for item in claimed[:1]:
            self.record.outbox.sent(item.id)
        for item in claimed[1:2]:
            self.record.outbox.retry(item.id, self.noon + 2 * after, owner)
        return [replace(item, id=0) for item in claimed], self.record.outbox.waiting()

    def do_lease(self, owner: str, after: timedelta) -> object:
        now = self.noon + after
        taken = self.record.leases.take("lead", owner, now, now + HOUR)
        return taken, self.record.leases.holder("lead")

    def do_change(self, user: int, word: str, after: timedelta) -> object:
        self.record.changes.add([Change(user_id=user, kind=ChangeKind.JOINED, after=word, seen_at=self.noon + after)])
        found = [*self.record.changes.of_user(user), *self.record.changes.since(self.noon + after, limit=2)]
        return [replace(change, id=0) for change in found], self.record.changes.monthly()


@pytest.fixture
def both(
    postgresql_server: "PostgresServer", tmp_path: Path, clock: Callable[[], Any], request: pytest.FixtureRequest
) -> Iterator[tuple[Record, Record]]:
    url = postgresql_server.new_schema()
    if request.param == "pooler":
        url = request.getfixturevalue("pooler").through(url)
    pair = open_record(tmp_path / "a.db", clock=clock), open_record(url, clock=clock)
    yield pair
    for record in pair:
        record.close()


@pytest.mark.parametrize("both", ["server", "pooler"], indirect=True)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(todo=st.lists(moves(), max_size=15))
def test_both_engines_give_the_same_answers(
    both: tuple[Record, Record],
    person: Callable[..., UserRecord],
    a_request: Callable[..., Request],
    todo: list[tuple[Any, ...]],
) -> None:
    for record in both:
        with record.transaction():
            record._engine.empty([table for table in TABLES if table != "record_version"])  # a version never goes back
            record._engine.run("INSERT INTO audit_head (id, seq, hash, at) VALUES (1, 0, '', '')")
    one, other = (Deeds(record, person, a_request) for record in both)
    versions = [record.version() for record in both]
    for move in todo:
        answers = []
        for deeds, version in zip((one, other), versions, strict=True):
            answer = deeds.do(*move)
            if isinstance(answer, tuple) and move[0] in ("put", "teams"):
                answer = (*answer[:-1], answer[-1] - version)
            answers.append(answer)
        assert answers[0] == answers[1], move
    assert all(record.audit.verify().whole for record in both)
