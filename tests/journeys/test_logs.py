"""The log of a whole journey: what happened to which request, and nothing about people."""

import json
import re
from contextlib import closing

import pytest

from tests.journeys.conftest import JANE, World


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_the_log_tells_what_became_of_a_request_by_its_id_and_names_nobody(world: World) -> None:
    """JSON, a line an object; every person of both worlds is looked for in it."""
    world.settings["HS_BOT_LOG"] = "json"
    world.start()
    for line in ("lookup nobody@nowhere.example", f"lookup {JANE}", "search Brückner", "export csv", "history bo"):
        world.slack.command("max", f"/hs-user {line}")
    for line in (
        f'/hs-team add {JANE} "Tier 1"',
        "/hs-team add nobody@nowhere.example Billing",
        "/hs-provision bo@acme.example",
        "/hs-audit log bo",
        "/hs-audit orphans",
        "/hs-offboard olivia@acme.example",
    ):
        world.slack.command("rita", line)
    card = world.ask_to_offboard("rita", JANE, to="ana@acme.example", reason="Moves to Lisbon")
    world.slack.click("rita", card, "Approve")
    world.slack.click("gus", card, "Approve")
    with closing(world.record()) as record:
        (request,) = record.requests.find(limit=1)
    world.slack.click("ana", card, "Approve")
    world.until(lambda: world.state() == "done")
    world.helpscout.remove_person("max@acme.example")
    world.slack.command("max", "/hs-user sync")
    world.until(lambda: any("Brückner" in m.shown for m in world.cards()), 30)
    world.stop()
    lines = [json.loads(line) for line in world.log.splitlines()]
    steps = [line["step"] for line in lines if line.get("request") == request.id and "step" in line]
    assert steps == ["check", "record", "quiet", "reassign", "remove", "verify", "close"]
    refused = [line for line in lines if line["logger"] == "helpscout"]
    assert refused, "looking for somebody who is gone is answered with 404"
    assert [line for line in refused if line["api"] != "OAuth" and "request" not in line and "call" not in line] == []
    humans = [(p.name, p.email) for p in world.helpscout.people]
    humans += [(p.name, p.email) for p in world.slack.people if not p.is_bot]
    names = {word for name, email in humans for word in (*name.split(), email) if word}
    names |= {p.id for p in world.slack.people}
    names = {name for name in names if not name.isdigit()} | {"Lisbon", JANE, "nowhere.example", "Brückner", "D'Arcy"}
    assert len(names) > 100
    assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", world.log, re.IGNORECASE)] == []
