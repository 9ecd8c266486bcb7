"""The server of the record goes away under a running bot and comes back: one says so, and nothing is half done."""

import pytest

from bot.model.request import State
from tests.journeys.conftest import JANE, World
from tests.store.postgres import PostgresServer

pytestmark = [pytest.mark.postgresql, pytest.mark.parametrize("engine", ["postgresql"], indirect=True)]


def test_look_ups_come_from_memory_decisions_are_refused_and_all_goes_on_without_a_restart(
    world: World, server: PostgresServer
) -> None:
    world.start()
    card = world.ask_to_offboard("rita", JANE)
    world.slack.command("max", f"/hs-user lookup {JANE}")
    server.stop()
    try:
        world.until(lambda: "from memory" in world.slack.command("max", f"/hs-user lookup {JANE}").shown, 10)
        shown = world.slack.command("max", f"/hs-user lookup {JANE}").shown
        assert "D'Arcy" in shown
        assert "can't be reached" in shown
        assert "D'Arcy" in world.slack.command("max", "/hs-user search darcy").shown
        before = len(world.slack.ephemerals("ana"))
        world.slack.click("ana", card, "Approve")
        world.until(lambda: len(world.slack.ephemerals("ana")) > before, 20)
        assert "can't be reached" in world.slack.ephemerals("ana")[-1].shown
        form = world.slack.command("rita", "/hs-offboard bo@acme.example")
        world.until(lambda: form.view is not None or "can't be reached" in form.shown, 20)
        if form.view is not None:
            world.slack.submit(form.view, {"Reason": "leaves"})
            assert form.view.errors or any("can't be reached" in m.shown for m in world.slack.ephemerals("rita"))
        assert world.processes[-1].poll() is None
    finally:
        server.start()
    record = world.record()
    (request,) = record.requests.find(limit=5)
    assert request.state is State.PENDING
    assert record.requests.decisions(request.id) == []
    record.close()
    world.until(lambda: "from memory" not in world.slack.command("max", f"/hs-user lookup {JANE}").shown, 20)
    world.slack.click("ana", card, "Approve")
    world.until(lambda: world.state() == "done", 30)
    assert world.deletes() == 1
    assert "Traceback" not in world.log
