"""PostgreSQL goes away and comes back: nothing is half done, nothing is in doubt for long, nobody restarts the bot."""

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from bot.model.user import UserRecord
from bot.store.errors import Away, Locked, NoPlace, StoreError, Unsettled
from bot.store.postgresql import listener as postgresql_listener
from bot.store.postgresql import pool as postgresql_pool
from bot.store.postgresql import sessions as postgresql_sessions
from bot.store.postgresql import silence as postgresql_silence
from bot.store.postgresql import target as postgresql_target
from bot.store.record import Record, open_record

if TYPE_CHECKING:
    from tests.store.pgbouncer import PgBouncer
    from tests.store.postgres import PostgresServer
    from tests.store.proxy import Proxy

pytestmark = pytest.mark.postgresql
Person = Callable[..., UserRecord]


@pytest.fixture
def url(postgresql_server: "PostgresServer") -> str:
    return postgresql_server.new_schema()


@pytest.fixture(params=["server", "pooler"])
def behind(request: pytest.FixtureRequest, postgresql_server: "PostgresServer") -> "PostgresServer | PgBouncer":
    """What is behind the line: the server itself, or a pooler in transaction mode in front of it."""
    there: PostgresServer | PgBouncer = (
        request.getfixturevalue("pooler") if request.param == "pooler" else postgresql_server
    )
    return there


@pytest.fixture
def proxy(behind: "PostgresServer | PgBouncer", proxy_to: "Callable[[int], Proxy]") -> "Proxy":
    return proxy_to(behind.port)


@pytest.fixture
def proxied(url: str, proxy: "Proxy", postgresql_server: "PostgresServer") -> Iterator[Record]:
    record = open_record(url.replace(f":{postgresql_server.port}/", f":{proxy.port}/"))
    yield record
    record.close()


def eventually(look: Callable[[], Any], *, within: float = 30.0) -> Any:
    """Ask until there is an answer; `Away` is none."""
    ends = time.monotonic() + within
    while True:
        try:
            if answer := look():
                return answer
        except Away:
            if time.monotonic() > ends:
                raise
        assert time.monotonic() < ends, "it did not come to pass"
        time.sleep(0.02)


def test_away_is_one_sentence_without_a_password(url: str) -> None:
    with pytest.raises(Away) as refused:
        open_record("postgresql://bot:s3cret@127.0.0.1:1/records")
    assert "postgresql://bot@127.0.0.1:1/records can't be reached" in refused.value.sentence
    assert "s3cret" not in repr(refused.value) + str(refused.value.__cause__)
    with pytest.raises(Away, match="does not exist"):
        open_record(url.replace("/postgres?", "/nowhere?"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:hush@host:port:5/x?nonsense=1",
        "postgresql://bot:hu@sh@127.0.0.1:1/x",
        "postgresql://bot:hu/sh@127.0.0.1:1/x",
        "postgresql://bot:hu%sh@127.0.0.1:1/x",
        "postgresql://bot:hush@127.0.0.1:1/x?hush",
    ],
)
def test_a_url_that_is_none_is_said_without_repeating_it(url: str) -> None:
    """A password that was not percent-encoded makes half of itself a host or a port."""
    with pytest.raises(NoPlace, match="percent-encoded") as refused:
        open_record(url)
    told = "".join(traceback.format_exception(refused.value)) if refused.value.__cause__ else refused.value.sentence
    assert "hu" not in told
    assert "sh@" not in told


def test_tls_options_of_the_url_are_honoured(url: str) -> None:
    with pytest.raises(Away, match="SSL"):
        open_record(f"{url}&sslmode=require")
    open_record(f"{url}&sslmode=disable").close()


def test_herokus_spelling_of_the_url_is_taken(url: str) -> None:
    record = open_record(url.replace("postgresql://", "postgres://"))
    record.notes.set("k", "v")
    assert record.notes.get("k") == "v"
    assert record.place.startswith("postgresql://bot@127.0.0.1:")
    record.close()


def test_operations_say_away_and_go_on_when_it_is_back(proxied: Record, proxy: "Proxy", person: Person) -> None:
    proxied.users.put([person(7)])
    proxy.cut()
    for operation in (
        lambda: proxied.users.get(7),
        lambda: proxied.notes.set("k", "v"),
        lambda: proxied.audit.append("e"),
        proxied.now,
    ):
        with pytest.raises(Away, match="can't be reached"):
            operation()
    health = proxied.health()
    assert (health.well, health.round_trip_ms) == (False, None)
    assert "can't be reached" in health.problem
    proxy.mend()
    assert eventually(lambda: proxied.users.get(7)) == person(7)
    eventually(lambda: proxied.audit.append("back"))
    assert [entry.event for entry in proxied.audit.iterate()] == ["back"]


def test_away_is_said_quickly_once_it_is_known(proxied: Record, proxy: "Proxy") -> None:
    """Slack gives three seconds to answer."""
    proxied.version()  # has the listener listening
    proxy.cut()
    ends = time.monotonic() + 10
    quickest = 10.0
    while quickest > 1 and time.monotonic() < ends:
        began = time.monotonic()
        with pytest.raises(Away):
            proxied.notes.get("k")
        quickest = time.monotonic() - began
    assert quickest <= 1


def test_a_server_that_takes_everything_and_answers_nothing_is_away(
    proxied: Record, proxy: "Proxy", person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A paused pooler, a machine that stands still: the connections stay open, so nothing below would end the wait."""
    for name in ("PATIENCE_SECONDS", "POOLED_PATIENCE_SECONDS"):
        monkeypatch.setattr(postgresql_target, name, 0.3)
    monkeypatch.setattr(postgresql_silence, "SURE_SECONDS", 0.1)
    monkeypatch.setattr(postgresql_listener, "POLL_SECONDS", 0.1)
    proxied.users.put([person(7)])
    before = proxied.version()  # has the listener listening
    eventually(lambda: proxied.audit.append("an event") is None or proxied.wait_for_change(0.3))
    proxy.hold()
    began = time.monotonic()
    with pytest.raises(Away, match="can't be reached"):
        proxied.notes.get("k")
    assert time.monotonic() - began < 3
    assert proxied.version() == before
    with pytest.raises(Away):
        proxied.notes.set("k", "v")
    proxy.mend()
    assert eventually(lambda: proxied.users.get(7)) == person(7)


@pytest.mark.parametrize("watching", [True, False])
def test_who_only_waits_to_be_connected_learns_of_the_silence_too(
    url: str, monkeypatch: pytest.MonkeyPatch, watching: bool
) -> None:
    """Where the listener is the first that can't connect, the others still wait on connections that stand."""
    monkeypatch.setattr(postgresql_silence, "SURE_SECONDS", 0)
    silence = postgresql_silence.Silence()
    target = postgresql_target.Target(url, silence)
    since = time.monotonic()

    def unheard(_: object) -> None:
        raise psycopg.errors.ConnectionTimeout("connection timeout expired")

    monkeypatch.setattr(target, "opened", unheard)
    with pytest.raises(psycopg.errors.ConnectionTimeout):
        target.connect(watching=watching)
    assert silence.known(since) is watching


def test_that_no_notice_comes_is_no_silence(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql_target, "PATIENCE_SECONDS", 0.05)
    with postgresql_target.Target(url).connect(watching=True) as conn:
        conn.execute("LISTEN nothing")
        assert list(conn.notifies(timeout=0.25)) == []
        assert conn.execute("SELECT 1").fetchone() == (1,)


def test_the_version_is_told_from_memory_while_it_is_away(proxied: Record, proxy: "Proxy", person: Person) -> None:
    proxied.users.put([person(7)])
    before = proxied.version()
    proxy.cut()
    assert proxied.version() == before
    proxy.mend()


def test_what_was_written_meanwhile_is_seen_when_it_is_back(
    proxied: Record, proxy: "Proxy", url: str, person: Person
) -> None:
    before = proxied.version()
    proxy.cut()
    other = open_record(url)
    other.users.put([person(7)])
    other.close()
    proxy.mend()
    eventually(lambda: proxied.version() > before)
    assert eventually(lambda: proxied.users.get(7)) == person(7)


def test_a_connection_cut_inside_a_transaction_leaves_nothing(proxied: Record, proxy: "Proxy") -> None:
    def write() -> None:
        with proxied.transaction():
            proxied.notes.set("a", "1")
            proxy.cut()
            proxied.notes.set("b", "1")

    with pytest.raises(Away):
        write()
    proxy.mend()
    eventually(lambda: proxied.leases.take("lead", "me", proxied.now(), proxied.now()))
    proxied.notes.set("c", "1")
    assert [proxied.notes.get(key) for key in "abc"] == [None, None, "1"]


def test_an_error_that_is_passed_over_does_not_hide_a_cut(proxied: Record, proxy: "Proxy") -> None:
    def write() -> None:
        with proxied.transaction():
            proxied.notes.set("a", "1")
            proxy.cut()
            with pytest.raises(Away):
                proxied.notes.set("b", "1")

    with pytest.raises(StoreError):
        write()
    proxy.mend()
    assert eventually(lambda: proxied.notes.get("a") is None)


def test_idle_connections_that_died_are_not_noticed_by_anybody(proxied: Record, url: str) -> None:
    proxied.notes.set("k", "v")
    for _ in range(3):
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'hs-bot' AND pid <> pg_backend_pid()"
            )
        assert proxied.notes.get("k") == "v"
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'hs-bot' AND pid <> pg_backend_pid()"
            )
        proxied.notes.set("k", "v")


# A commit without an answer


def test_a_commit_that_never_arrived_is_settled_as_not_written(proxied: Record, proxy: "Proxy") -> None:
    def write() -> None:
        with proxied.transaction():
            proxied.notes.set("k", "v")
            proxied.audit.append("e")
            proxy.at_commit = proxy.lose_commit

    with pytest.raises(Away) as refused:
        write()
    assert not isinstance(refused.value, Unsettled)
    assert proxied.notes.get("k") is None
    # The server's half of the dead transaction is ended too: it would have held the head of the audit log.
    proxied.audit.append("after")
    assert [entry.event for entry in proxied.audit.iterate()] == ["after"]


def test_a_commit_whose_answer_was_lost_is_settled_as_written(proxied: Record, proxy: "Proxy", person: Person) -> None:
    before = proxied.version()
    with proxied.transaction():
        proxied.users.put([person(7)])
        proxied.audit.append("e")
        proxy.at_commit = proxy.lose_answer
    assert proxy.at_commit is None
    assert proxied.users.get(7) == person(7)
    assert proxied.version() > before
    assert proxied.audit.verify().entries == 1


@pytest.mark.parametrize("written", [True, False])
def test_single_operations_are_settled_as_well(proxied: Record, proxy: "Proxy", written: bool) -> None:
    proxy.at_commit = proxy.lose_answer if written else proxy.lose_commit
    if written:
        assert proxied.audit.append("e").seq == 1
    else:
        with pytest.raises(Away):
            proxied.audit.append("e")
    assert proxied.audit.verify().entries == int(written)


@pytest.mark.parametrize("written", [True, False])
def test_while_the_server_stays_away_it_is_left_open_and_settled_later(
    proxied: Record, proxy: "Proxy", monkeypatch: pytest.MonkeyPatch, written: bool
) -> None:
    monkeypatch.setattr(postgresql_sessions, "SETTLE_SECONDS", 0.2)

    def lose_everything(client: Any, server: Any, data: bytes) -> None:
        (proxy.lose_answer if written else proxy.lose_commit)(client, server, data)
        proxy.cut()

    def write() -> None:
        with proxied.transaction():
            proxied.notes.set("k", "v")
            proxy.at_commit = lose_everything

    with pytest.raises(Unsettled, match="Look before doing it again") as doubt:
        write()
    with pytest.raises(Away):
        proxied.settle(doubt.value.ticket)
    proxy.mend()
    assert eventually(lambda: [proxied.settle(doubt.value.ticket)]) == [written]
    assert (eventually(lambda: [proxied.notes.get("k")]) == ["v"]) is written
    assert proxied.settle(doubt.value.ticket) is written


def test_a_ticket_that_the_server_never_gave_is_an_error(proxied: Record) -> None:
    with pytest.raises(StoreError, match="does not know"):
        proxied.settle("99999999999")


# The server itself


@pytest.mark.parametrize("how", ["restart", "crash"])
def test_a_server_that_is_started_again_is_used_again(
    postgresql_server: "PostgresServer", url: str, person: Person, how: str
) -> None:
    record = open_record(url)
    record.version()
    record.users.put([person(7)])
    failures: list[str] = []
    written: list[int] = []
    stopping = threading.Event()

    def keep_writing() -> None:
        n = 0
        while not stopping.is_set():
            n += 1
            try:
                with record.transaction():
                    record.notes.set(f"{n}/a", "x")
                    record.audit.append("e", details={"n": n})
                    record.notes.set(f"{n}/b", "x")
                written.append(n)
            except Away as problem:
                failures.append(problem.sentence)
            stopping.wait(0.005)

    thread = threading.Thread(target=keep_writing)
    thread.start()
    eventually(lambda: len(written) > 3)
    if how == "restart":
        postgresql_server.stop()
    else:
        postgresql_server.crash()
    time.sleep(0.2)
    postgresql_server.start()
    before = len(written)
    eventually(lambda: len(written) > before + 3, within=20)
    stopping.set()
    thread.join()
    keys = {key for (key,) in record._engine.rows("SELECT key FROM notes")}
    assert keys == {f"{n}/{half}" for n in written for half in "ab"}
    report = record.audit.verify()
    assert (report.whole, report.entries) == (True, len(written))
    assert record.users.get(7) == person(7)
    record.close()


def test_transactions_that_take_the_same_rows_in_another_order_never_stop_each_other(
    url: str, a_request: Callable[..., Any]
) -> None:
    record = open_record(url)
    for n in (1, 2):
        record.requests.insert(a_request(f"r{n}", target_id=n))
    problems: list[StoreError] = []
    both = threading.Barrier(2)

    def take(first: str, second: str) -> None:
        both.wait(10)
        try:
            for _ in range(20):
                with record.transaction():
                    record.requests.update(first)
                    record.requests.update(second)
        except StoreError as problem:
            problems.append(problem)

    threads = [threading.Thread(target=take, args=order) for order in (("r1", "r2"), ("r2", "r1"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert [request.version for request in record.requests.find()] == [41, 41]
    record.close()


def test_who_waits_too_long_for_somebody_else_is_told_so(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(postgresql_target.KEEPING, "lock_timeout", "200ms")
    record, other = open_record(url), open_record(url)
    problems: list[StoreError] = []

    def write() -> None:
        try:
            with other.transaction():
                other.notes.set("k", "v")
        except StoreError as problem:
            problems.append(problem)

    with record.transaction():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert [type(problem).__name__ for problem in problems] == ["Locked"]
    assert record.notes.get("k") is None
    record.close()
    other.close()


def test_who_waits_too_long_for_a_connection_is_told_that_all_are_busy(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_pool, "TURN_SECONDS", 0.2)
    record = open_record(url)
    inside, over = threading.Barrier(postgresql_pool.MAX_CONNECTIONS + 1), threading.Event()

    def hold() -> None:
        with record._engine.joined():
            inside.wait(20)
            over.wait(20)

    threads = [threading.Thread(target=hold) for _ in range(postgresql_pool.MAX_CONNECTIONS)]
    for thread in threads:
        thread.start()
    inside.wait(20)
    with pytest.raises(Locked, match=r"connections.*busy"):
        record.notes.get("k")
    over.set()
    for thread in threads:
        thread.join()
    record.notes.set("k", "v")
    assert record.notes.get("k") == "v"
    record.close()


def test_more_threads_than_connections_wait_their_turn(url: str) -> None:
    record = open_record(url)
    done: list[int] = []

    def write(n: int) -> None:
        for _ in range(3):
            record.notes.set(str(n), "v")
        done.append(n)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(30))
    record.close()
