"""An identity provider pushes to a bot that runs; a second person decides in Slack."""

import httpx
import pytest

from tests.journeys.conftest import JANE, World

TOKEN = "okta-token-of-the-journey"


def at(port: int) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{port}/scim/v2", headers={"Authorization": f"Bearer {TOKEN}"})


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_push_outlives_kill_9_and_is_decided_in_slack(world: World) -> None:
    world.settings["HS_BOT_GATE_TOKENS"] = f"okta:{TOKEN}"
    port = world.start()
    with at(port) as okta:
        found = okta.get("/Users", params={"filter": f'userName eq "{JANE}"'}).json()["Resources"][0]
        max = okta.get("/Users", params={"filter": 'userName eq "max@acme.example"'}).json()["Resources"][0]
        body = {"Operations": [{"op": "replace", "value": {"active": False}}]}
        assert okta.patch(f"/Users/{found['id']}", json=body).json()["active"] is False
    world.kill()  # the very moment it was answered
    port = world.start()
    world.until(lambda: any("Okta asks to offboard" in card.shown for card in world.cards()))
    [card] = [card for card in world.cards() if "Okta asks to offboard" in card.shown]
    assert "Hand conversations to" in card.shown
    assert {"Approve", "Deny"} <= world.buttons(card)
    assert world.deletes() == 0
    world.slack.click("ana", card, "Approve")
    world.until(lambda: world.deletes() == 1)
    world.until(lambda: world.state() == "done")
    with at(port) as okta:
        assert okta.get(f"/Users/{found['id']}").json()["active"] is False
        assert okta.get(f"/Users/{max['id']}").json()["active"] is True
        assert httpx.get(f"http://127.0.0.1:{port}/scim/v2/Users").status_code == 401
        large = okta.post("/Users", content=b" " * (10 * 1024 * 1024 + 10))
        assert large.status_code == 413
    checked = world.run("gate", "check", "--url", f"http://127.0.0.1:{port}")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "okta: it answers" in checked.stdout
    assert TOKEN not in checked.stdout
    assert TOKEN not in world.log
