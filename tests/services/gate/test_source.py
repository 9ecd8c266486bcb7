"""What an identity provider pushed is a source of who works here, like any other."""

from typing import Any

from bot.model.colleague import Employment
from bot.services.wishes.colleagues import colleagues

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def test_who_was_pushed_is_a_colleague_with_what_was_said_last(quiet: Any) -> None:
    new = {
        "userName": "nia@acme.example",
        "displayName": "Nia Okafor",
        "emails": [{"value": "nia.okafor@acme.example", "type": "work"}],
        ENTERPRISE: {"manager": {"value": "ana@acme.example"}},
    }
    made = quiet.send("POST", "/Users", new).json()
    jane = quiet.find("jane@acme.example")
    quiet.unassign(jane["id"])
    found = {one.key: one for one in colleagues(quiet.bot.record)}
    nia = found["nia@acme.example"]
    assert (nia.name, nia.state, nia.manager) == ("Nia Okafor", Employment.ACTIVE, "ana@acme.example")
    assert "nia.okafor@acme.example" in nia.keys
    assert found["jane@acme.example"].state is Employment.LEFT
    quiet.send("DELETE", f"/Users/{made['id']}")
    [gone] = [one for one in colleagues(quiet.bot.record) if one.key == "nia@acme.example"]
    assert (gone.state, gone.said) == (Employment.LEFT, "deleted (okta)")
