"""The outbox: owed once, claimed by one, never lost; leases and notes, the other small tables."""

import threading
from datetime import timedelta

import pytest

from bot.model.outbox import OutboxItem, Topic
from bot.store.errors import Unknown
from bot.store.record import Record

MINUTE = timedelta(minutes=1)


def test_a_key_is_owed_once_for_ever(record: Record) -> None:
    assert record.outbox.add("k", Topic.WARNING, {"sentence": "Zoë"})
    assert not record.outbox.add("k", Topic.DM, {})
    (item,) = record.outbox.claim("me", record.now(), MINUTE)
    assert item == OutboxItem(
        id=item.id,
        key="k",
        topic=Topic.WARNING,
        payload={"sentence": "Zoë"},
        created_at=record.now(),
        not_before=record.now(),
        attempts=1,
    )
    record.outbox.sent(item.id)
    assert not record.outbox.add("k", Topic.WARNING, {})
    assert record.outbox.waiting() == 0


def test_what_is_claimed_nobody_else_gets_until_the_lease_runs_out(record: Record) -> None:
    record.outbox.add("k", Topic.NOTICE, {"sync_id": 1})
    now = record.now()
    assert len(record.outbox.claim("me", now, MINUTE)) == 1
    assert record.outbox.claim("other", now + MINUTE - timedelta(seconds=1), MINUTE) == []
    (again,) = record.outbox.claim("other", now + MINUTE, MINUTE)
    assert (again.maybe_sent, again.attempts) == (True, 2)


def test_items_come_oldest_first_up_to_the_limit_and_not_before_their_time(record: Record) -> None:
    now = record.now()
    record.outbox.add("later", Topic.DM, {}, not_before=now + MINUTE)
    for n in range(5):
        record.outbox.add(f"k{n}", Topic.DM, {"n": n})
    assert [item.key for item in record.outbox.claim("me", now, MINUTE, limit=3)] == ["k0", "k1", "k2"]
    assert [item.key for item in record.outbox.claim("me", now, MINUTE)] == ["k3", "k4"]
    assert [item.key for item in record.outbox.claim("me", now + MINUTE / 2, MINUTE)] == []
    assert record.outbox.waiting() == 6


def test_what_surely_was_not_sent_is_tried_again_without_doubt(record: Record) -> None:
    record.outbox.add("k", Topic.DM, {"a": 1})
    now = record.now()
    (item,) = record.outbox.claim("me", now, MINUTE)
    record.outbox.retry(item.id, now + 5 * MINUTE, "429")
    assert record.outbox.claim("me", now + 4 * MINUTE, MINUTE) == []
    (again,) = record.outbox.claim("me", now + 5 * MINUTE, MINUTE)
    assert (again.maybe_sent, again.attempts, again.payload) == (False, 2, {"a": 1})


def test_a_doubt_stays_until_it_is_sent(record: Record) -> None:
    record.outbox.add("k", Topic.DM, {})
    now = record.now()
    record.outbox.claim("dies", now, MINUTE)
    (item,) = record.outbox.claim("me", now + MINUTE, MINUTE)
    record.outbox.retry(item.id, now + MINUTE, "Slack is down")
    assert record.outbox.claim("me", now + MINUTE, MINUTE)[0].maybe_sent


def test_what_is_dropped_is_never_claimed_again(record: Record) -> None:
    record.outbox.add("k", Topic.DM, {})
    (item,) = record.outbox.claim("me", record.now(), MINUTE)
    record.outbox.dropped(item.id, "no such channel")
    assert record.outbox.claim("me", record.now() + MINUTE, MINUTE) == []
    assert record.outbox.waiting() == 0


def test_nothing_is_owed_by_a_transaction_that_failed(record: Record) -> None:
    def owe_and_fail() -> None:
        with record.transaction():
            record.outbox.add("k", Topic.DM, {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        owe_and_fail()
    assert record.outbox.waiting() == 0


def test_an_unknown_item_is_an_error(record: Record) -> None:
    with pytest.raises(Unknown):
        record.outbox.sent(99)


@pytest.mark.parametrize("topic", Topic)
def test_every_topic_can_be_owed(record: Record, topic: Topic) -> None:
    record.outbox.add("k", topic, {})
    assert [item.topic for item in record.outbox.claim("me", record.now(), MINUTE)] == [topic]


def test_senders_at_once_share_the_items_and_send_none_twice(record: Record) -> None:
    for n in range(40):
        record.outbox.add(f"k{n}", Topic.DM, {})
    taken: list[str] = []
    ready = threading.Barrier(4)

    def send(owner: str) -> None:
        ready.wait()
        while items := record.outbox.claim(owner, record.now(), MINUTE, limit=3):
            taken.extend(item.key for item in items)
            for item in items:
                record.outbox.sent(item.id)

    threads = [threading.Thread(target=send, args=(f"sender {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(f"k{n}" for n in range(40))


# Leases


def test_a_lease_is_one_owners_until_it_runs_out_or_is_given_back(record: Record) -> None:
    now = record.now()
    assert record.leases.holder("lead") is None
    assert record.leases.take("lead", "a", now, now + MINUTE)
    assert not record.leases.take("lead", "b", now + MINUTE / 2, now + 2 * MINUTE)
    assert record.leases.take("lead", "a", now + MINUTE / 2, now + 2 * MINUTE)
    assert record.leases.holder("lead") == "a"
    assert not record.leases.release("lead", "b")
    assert record.leases.take("lead", "b", now + 2 * MINUTE, now + 3 * MINUTE)
    assert record.leases.holder("lead") == "b"
    assert record.leases.release("lead", "b")
    assert record.leases.holder("lead") is None
    assert record.leases.take("other", "a", now, now + MINUTE)


def test_a_lease_taken_by_a_clock_that_was_ahead_is_cut_and_runs_out_unless_it_is_renewed(record: Record) -> None:
    now = record.now()
    for name in ("lives", "died"):
        assert record.leases.take(name, "a", now + 180 * MINUTE, now + 181 * MINUTE)
    for name in ("lives", "died"):
        assert not record.leases.take(name, "b", now, now + MINUTE)  # a may be alive: it has a minute to say so
        assert not record.leases.take(name, "c", now + MINUTE / 2, now + 3 * MINUTE / 2)
    assert record.leases.take("lives", "a", now + MINUTE / 2, now + 3 * MINUTE / 2)
    assert not record.leases.take("lives", "b", now + MINUTE, now + 2 * MINUTE)
    assert record.leases.take("died", "b", now + MINUTE, now + 2 * MINUTE)


def test_a_lease_that_ran_out_has_no_holder(record: Record, clock: object) -> None:
    now = record.now()
    record.leases.take("lead", "a", now, now + MINUTE)
    clock.forward(minutes=1)  # type: ignore[attr-defined]
    assert record.leases.holder("lead") is None


def test_of_many_who_take_a_lease_one_gets_it(record: Record) -> None:
    now = record.now()
    ready = threading.Barrier(6)
    got: list[str] = []

    def take(name: str) -> None:
        ready.wait()
        if record.leases.take("lead", name, now, now + MINUTE):
            got.append(name)

    threads = [threading.Thread(target=take, args=(f"bot {n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [record.leases.holder("lead")]


# Notes


def test_notes_are_kept_replaced_and_deleted(record: Record) -> None:
    assert record.notes.get("k") is None
    record.notes.set("k", '{"a": "Zoë"}')
    record.notes.set("k", "two")
    record.notes.set("other", "")
    assert (record.notes.get("k"), record.notes.get("other")) == ("two", "")
    assert record.notes.delete("k")
    assert not record.notes.delete("k")
    assert record.notes.get("k") is None


@pytest.mark.parametrize("payload", ["nojson", "", "[]", "null", "7"])
def test_what_can_not_be_read_is_given_up_and_holds_up_nothing(
    record: Record, payload: str, capsys: pytest.CaptureFixture[str]
) -> None:
    record.outbox.add("bad", Topic.THREAD, {"request_id": "r"})
    record.outbox.add("good", Topic.WARNING, {"sentence": "s"})
    record._engine.run("UPDATE outbox SET payload = :payload WHERE key = 'bad'", {"payload": payload})
    assert [item.key for item in record.outbox.claim("me", record.now(), MINUTE)] == ["good"]
    assert record.outbox.waiting_keys() == ["good"]
    assert record.outbox.unreadable_since(record.now() - MINUTE) == ["bad"]
    assert record.outbox.unreadable_since(record.now() + MINUTE) == []
    said = capsys.readouterr()
    assert (said.out + said.err).count("can't be read") == 1
    assert "Traceback" not in said.out + said.err
