"""kill -9 while a batch is worked at, a second bot beside the first, a crash within a click: each goes exactly once."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from bot.model.batch import Batch
from bot.model.request import State
from bot.store.operations.audit.log import Audit
from tests.services.batches.test_batches import approve, batch_of, leavers, opened, rows, states, told

if TYPE_CHECKING:
    from tests.services.conftest import Bot, House, Processes

POINTS = [
    "check: before",
    "remove: begun",
    "remove: about to send",
    "remove: answered",
    "close: acted",
    "close: finished",
]


def ended(house: House, bot: Bot, batch: Batch) -> None:
    """Everybody is gone, once, and that was told once."""
    assert states(bot, batch) == {State.DONE: len(batch.members)}
    for one in rows(bot, batch):
        assert one.target_id is not None
        assert house.deletes(one.target_id) == 1
    assert told(bot).count("results") == 1
    assert bot.record.audit.verify().whole


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_the_second_person_the_rest_goes_on(point: str, house: House, processes: Processes) -> None:
    bot = house.bot()
    batch = batch_of(bot, leavers(house, 4))
    approve(bot, batch)
    *others, last = batch.members
    job = {"do": "run", "request": last, "others": others, "kill_at": point, "after": 2}
    (killed,) = processes.run(house, job)
    assert killed["signal"] == signal.SIGKILL, killed
    house.clock.move(seconds=30)  # the dead one's leases run out
    bot.runner.work_off()
    ended(house, bot, batch)


def test_two_bots_share_a_batch_and_nobody_goes_twice(house: House, processes: Processes) -> None:
    bot = house.bot(max_per_hour=100)
    batch = batch_of(bot, leavers(house, 12))
    approve(bot, batch)
    jobs: list[dict[str, Any]] = [
        {"do": "run", "request": batch.members[number], "terms": {"max_per_hour": 100}} for number in (10, 11)
    ]
    for done in processes.run(house, *jobs):
        assert done["code"] == 0, done
    house.clock.move(seconds=30)  # a step that outlasted the stop of its process has its lease till then
    bot.runner.work_off()
    ended(house, bot, batch)


@pytest.mark.parametrize("event", ["batch.opened", "batch.approved"])
def test_a_click_that_dies_halfway_was_none(event: str, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    bot, write = house.bot(), Audit.append

    class Died(BaseException):
        pass

    def append(self: Audit, name: str, **more: Any) -> Any:
        if name == event and armed:
            raise Died
        return write(self, name, **more)

    armed = [True]
    monkeypatch.setattr(Audit, "append", append)
    people = leavers(house, 3)
    if event == "batch.opened":
        with pytest.raises(Died):
            opened(bot, people)
        assert bot.record.requests.count() == 0
        assert bot.record.batches.latest() == []
    armed.clear()
    batch = batch_of(bot, people)
    if event == "batch.approved":
        armed.append(True)
        with pytest.raises(Died):
            approve(bot, batch)
        assert states(bot, batch) == {State.PENDING: 3}
        assert told(bot) == []
        armed.clear()
    approve(bot, batch)
    bot.runner.work_off()
    ended(house, bot, batch)
