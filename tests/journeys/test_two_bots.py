"""Two bots on one PostgreSQL: each answers Slack, one leads, a request runs once, and a death is made good."""

import json
import threading
import time

import pytest

from tests.journeys.conftest import HTTP, JANE, World

pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]


def health(port: int) -> dict[str, object]:
    told: dict[str, object] = json.loads(HTTP.get(f"http://127.0.0.1:{port}/healthz").content)
    return told


def test_one_leads_each_answers_and_a_request_runs_once(world: World) -> None:
    first, second = world.start(), world.start()
    assert health(first)["engine"] == "postgresql"
    assert health(first)["leader"] == health(second)["leader"] != None  # noqa: E711
    card = world.ask_to_offboard("rita", JANE)
    clicks = []
    for port in (first, second):
        for who in ("ana", "bo"):
            world.connect(port)
            clicks.append(threading.Thread(target=world.slack.click, args=(who, card, "Approve")))
            clicks[-1].start()
    for click in clicks:
        click.join()
    world.until(lambda: world.state() == "done", 30)
    assert world.deletes() == 1
    assert world.helpscout.log.count("DELETE /scim/Users/*") == 1
    assert len(world.cards()) == 1


def test_when_the_one_that_works_is_killed_the_other_finishes_and_tells_nothing_twice(world: World) -> None:
    held = world.helpscout.faults.hold("DELETE /scim/Users/*", phase="after")
    world.start()
    card = world.ask_to_offboard("rita", JANE)
    world.slack.click("ana", card, "Approve")
    assert held.reached.wait(20)
    first = world.processes[0]
    world.start()
    first.kill()
    first.wait(10)
    held.release(drop=True)
    world.until(lambda: world.state() == "done", 45)
    assert world.deletes() == 1
    world.until(lambda: not world.buttons(card) & {"Approve", "Deny", "Cancel"})
    assert len(world.cards()) == 1
    world.until(lambda: any("was removed" in told for told in world.thread(card)), 30)
    thread = world.thread(card)
    assert len(thread) == len(set(thread)), thread


def test_a_change_that_one_bot_writes_is_in_the_other_ones_answers_within_two_seconds(world: World) -> None:
    first, second = world.start(), world.start()
    record = world.record()
    for title in ("Harbour Master", "Lighthouse Keeper", "Pilot"):
        assert title not in world.slack.command("max", f"/hs-user lookup {JANE}").shown  # everybody is in memory
        world.helpscout.change_person(JANE, job_title=title)
        world.connect(first)
        world.slack.command("max", "/hs-user sync")
        world.until(lambda title=title: record.users.by_email(JANE)[0].user.job_title == title)  # type: ignore[misc]
        committed = time.monotonic()
        world.connect(second)
        while title not in world.slack.command("max", f"/hs-user lookup {JANE}").shown:
            assert time.monotonic() - committed < 2
    record.close()
