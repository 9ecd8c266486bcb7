"""The first message in the channel is owed once for ever, by a record in which nothing ever happened."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model.outbox import Topic
from bot.services.first_message import PAYLOAD, FirstMessage
from bot.store.operations.outbox import Outbox
from bot.store.record import Record, open_record

CHANNEL = "C0ACCESS01"


def synced(record: Record) -> None:
    record.syncs.start("start", record.now())


def owed(record: Record) -> list[object]:
    return [item.payload for item in record.outbox.claim("me", record.now(), timedelta(minutes=1))]


def test_an_empty_record_owes_it_once_also_with_two_bots_and_after_a_sync(tmp_path: Path) -> None:
    with closing(open_record(tmp_path / "a.db")) as record, closing(open_record(tmp_path / "a.db")) as other:
        woken: list[None] = []
        bots = [FirstMessage(one, channel=CHANNEL, wake=lambda: woken.append(None)) for one in (record, other, record)]
        assert ([bot.owe() for bot in bots], len(woken)) == ([True, False, False], 1)
        synced(record)
        assert not FirstMessage(other, channel=CHANNEL).owe()
        [item] = record.outbox.claim("me", record.now(), timedelta(minutes=1))
        assert (item.topic, item.payload) == (Topic.NOTICE, PAYLOAD)
        record.outbox.sent(item.id)
        assert not FirstMessage(record, channel=CHANNEL).owe()


def test_a_record_that_was_in_use_before_owes_nothing(tmp_path: Path) -> None:
    with closing(open_record(tmp_path / "a.db")) as record:
        synced(record)
        assert not FirstMessage(record, channel=CHANNEL).owe()
        assert not record.outbox.waiting()


def test_it_waits_for_a_channel(tmp_path: Path) -> None:
    with closing(open_record(tmp_path / "a.db")) as record:
        assert not FirstMessage(record, channel="").owe()
        synced(record)
        assert FirstMessage(record, channel=CHANNEL).owe()
        assert not FirstMessage(record, channel=CHANNEL).owe()
        assert owed(record) == [PAYLOAD]


def test_a_crash_before_it_is_owed_leaves_it_to_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> bool:
        raise KeyboardInterrupt

    with closing(open_record(tmp_path / "a.db")) as record:
        with monkeypatch.context() as dying:
            dying.setattr(Outbox, "add", crash)
            with pytest.raises(KeyboardInterrupt):
                FirstMessage(record, channel=CHANNEL).owe()
        assert FirstMessage(record, channel=CHANNEL).owe()
