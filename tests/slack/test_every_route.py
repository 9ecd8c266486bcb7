"""One gate stands before every route: whoever hs-bot does not work for reaches no handler, whichever way they come.

Every route is named here. One that is registered and not named fails a test, and so does one that is named and gone.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.demo.slack import TEAM_ID
from bot.slack.handling.answer import Closed
from bot.slack.inbound import routes
from bot.slack.inbound.app import build_app
from tests.slack.conftest import Room

COMMANDS = {
    "/hs-user": {"lookup", "search", "list", "history", "changes", "export", "sync"},
    "/hs-offboard": {"", "many", "list", "status", "cancel"},
    "/hs-provision": {""},
    "/hs-team": {"list", "show", "add", "remove", "create", "delete"},
    "/hs-audit": {"log", "orphans", "reconcile", "evidence", "verify"},
    "/hs-status": {"", "chart"},
}
BUTTONS = {
    *("user.show", "user.history", "user.change", "offboard.open", "provision.restore"),
    *("history.page", "changes.page", "search.page", "list.page", "requests.page", "reconcile.page"),
    *("team.show", "team.page", "team.members", "team.delete"),
    *("audit.log", "role.check"),
    *("reconcile.offboard", "reconcile.seat", "reconcile.change", "reconcile.leave", "reconcile.left"),
    "reconcile.take_back",
    "seats.by_group",
    "seats.dormant",
    *("request.status", "request.again", "batch.status", "offboard.all", "seat_end.set", "seat_end.extend"),
    *("home.details", "home.offboard", "home.seat", "home.picture", "home.orphans", "home.search"),
    *("provision.email", "provision.role", "offboard.person", "offboard.assignee"),
}
DECISIONS = {
    "request.approve",
    "request.deny",
    "request.cancel",
    "request.retry",
    "request.check",
    "request.move",
    "request.remind",
    "request.assign",
    "guard.confirm",
    "reconcile.accept",
    "seat_end.keep",
    *(f"batch.{what}" for what in ("approve", "deny", "leave_out", "cancel", "retry", "remind", "assign")),
}
FORMS = {"reconcile.leave_form", "team.delete_form", "offboard", "provision", "restore", "change", "deny", "move"} | {
    "offboard_many",
    "batch_deny",
    "leave_out",
    "seat_end",
}
TYPEAHEADS = {"offboard.person", "offboard.assignee", "provision.teams", "change.timezone"} | {
    "request.assign",
    "batch.assign",
}
SHORTCUTS = {"offboard", "offboard_author"}
EVENTS = {"app_home_opened", "message"}
SIGNALS = {"user_change"}
"""Events about somebody, by which nobody asks for anything: they have no caller, and no gate of callers."""
BY_NAME = 4
"""One listener each for clicks, forms, typeaheads and shortcuts, which calls the route of that name or none."""
ACKNOWLEDGED = 2
"""Listeners that do nothing but answer 200: forms that are closed, events of other kinds."""


def test_every_route_that_is_registered_is_named_here(cold: Room) -> None:
    assert {one.name: {sub.name for sub in one.subs} for one in routes.COMMANDS} == COMMANDS
    assert set(routes.BUTTONS) == BUTTONS
    assert set(routes.DECISIONS) == DECISIONS
    assert set(routes.FORMS) == FORMS
    assert set(routes.TYPEAHEADS) == TYPEAHEADS
    assert set(routes.SHORTCUTS) == SHORTCUTS
    assert set(routes.EVENTS) == EVENTS
    assert set(routes.SIGNALS) == SIGNALS
    named = sum(map(len, (COMMANDS, EVENTS, SIGNALS)))
    assert len(cold.app._listeners) == named + BY_NAME + ACKNOWLEDGED, "and nothing is registered beside them"


@dataclass(frozen=True)
class Entry:
    """One way in: `name` is what the audit log calls it."""

    kind: str
    name: str
    body: dict[str, Any]
    text: str = ""


def entries() -> Iterator[Entry]:
    for command, subs in COMMANDS.items():
        for sub in sorted(subs):
            yield Entry("command", command, {}, f"{sub} jane@acme.example".strip())
    for action in sorted(BUTTONS | DECISIONS):
        yield Entry("block_actions", action, {"actions": [{"type": "button", "action_id": action, "value": "101100"}]})
    for callback in sorted(FORMS):
        blocks = [{"type": "input", "block_id": "reason"}] if callback != "move" else []
        view = {"type": "modal", "callback_id": callback, "blocks": blocks}
        yield Entry("view_submission", callback, {"view": view})
    for action in sorted(TYPEAHEADS):
        yield Entry("block_suggestion", action, {"action_id": action, "value": "ja"})
    for callback, kind in (("offboard", "shortcut"), ("offboard_author", "message_action")):
        yield Entry(kind, callback, {"callback_id": callback})
    yield Entry("event", "app_home_opened", {"type": "app_home_opened", "tab": "home"})
    yield Entry("event", "message", {"type": "message", "channel_type": "im"})


@dataclass
class Walk:
    """A bot all of whose handlers only note that they were reached."""

    room: Room
    reached: list[str] = field(default_factory=list)

    def spy(self, name: str, result: Any = None) -> Callable[..., Any]:
        def handler(*_: Any) -> Any:
            self.reached.append(name)
            return result

        handler.name = name  # type: ignore[attr-defined]
        return handler

    def come(self, entry: Entry, user: str, origin: dict[str, str]) -> Any:
        """Somebody comes this way; what Slack gets for it at once."""
        team, enterprise = origin.get("team", TEAM_ID), origin.get("enterprise", "")
        if entry.kind == "command":
            where = {"team_id": team, "enterprise_id": enterprise, "channel_id": "D0000"}
            body = urlencode({"command": entry.name, "text": entry.text, "user_id": user, **where})
            answer = self.room.deliver(body)
        elif entry.kind == "event":
            envelope = {"type": "event_callback", "team_id": team, "enterprise_id": enterprise or None}
            body = json.dumps({**envelope, "event": {**entry.body, "user": user}})
            answer = self.room.deliver(body, kind="application/json")
        else:
            who = {"id": user, "team_id": origin.get("own", team)}
            around = {"team": {"id": team}, "enterprise": {"id": enterprise} if enterprise else None}
            payload = {"type": entry.kind, "user": who, **around, **entry.body}
            answer = self.room.deliver(urlencode({"payload": json.dumps(payload)}))
        assert answer.status == 200, entry
        return json.loads(answer.body or "null")

    def settle(self) -> None:
        self.room.until(lambda: not self.room.worker.unfinished)

    def refusals(self) -> list[tuple[str, str, str]]:
        """Who, what and why, of every line of the audit log."""
        found = [line for line in self.room.record.audit.entries(limit=1000) if line.event.endswith(".refused")]
        return [(line.actor, str(line.details["action"]), str(line.details["code"])) for line in found]


@pytest.fixture
def walk(cold: Room, monkeypatch: pytest.MonkeyPatch) -> Walk:
    found = Walk(cold)
    monkeypatch.setattr(routes, "COMMANDS", tuple(found.spy(command) for command in COMMANDS))
    monkeypatch.setattr(routes, "BUTTONS", {name: found.spy(name) for name in BUTTONS})
    monkeypatch.setattr(routes, "DECISIONS", {name: found.spy(name) for name in DECISIONS})
    monkeypatch.setattr(routes, "FORMS", {name: found.spy(name, Closed()) for name in FORMS})
    monkeypatch.setattr(routes, "TYPEAHEADS", {name: found.spy(name, []) for name in TYPEAHEADS})
    monkeypatch.setattr(routes, "SHORTCUTS", {name: found.spy(name) for name in SHORTCUTS})
    monkeypatch.setattr(routes, "EVENTS", {name: (found.spy(name), found.spy(f"-{name}")) for name in EVENTS})
    found.room.__dict__["app"] = build_app(cold.deps, signing_secret=cold.slack.signing_secret)
    return found


def test_a_full_member_reaches_every_one(walk: Walk) -> None:
    for entry in entries():
        walk.come(entry, walk.room.id("rita"), {})
    walk.settle()
    assert sorted(walk.reached) == sorted(entry.name for entry in entries())
    assert not walk.refusals()


ELSEWHERE: list[tuple[str, dict[str, str], str]] = [
    ("gus", {}, "guest"),
    ("gwen", {}, "guest"),
    ("sid", {}, "stranger"),
    ("otherbot", {}, "bot"),
    ("slackbot", {}, "bot"),
    ("leo", {}, "deactivated"),
    ("U0NOBODY00", {}, "unknown"),
    ("", {}, "unknown"),
    ("rita", {"team": "T0ELSEWHERE"}, "other workspace"),
    ("rita", {"enterprise": "E0ELSEWHERE"}, "other workspace"),
]


@pytest.mark.parametrize(("who", "origin", "code"), ELSEWHERE, ids=lambda value: str(value))
def test_nobody_else_reaches_any(walk: Walk, who: str, origin: dict[str, str], code: str) -> None:
    user = walk.room.id(who) if who and walk.room.slack.people.get(who) else who
    for known_before in (False, True):  # Slack must be asked, then it is known
        for entry in entries():
            said = walk.come(entry, user, origin)
            if entry.kind == "block_suggestion":
                assert said == {"options": []}
            elif entry.kind == "view_submission":
                assert said["response_action"] in ("errors", "update"), entry
            elif entry.kind == "command" and known_before and who:
                assert said["response_type"] == "ephemeral"
        walk.settle()
        assert {name for name in walk.reached if not name.startswith("-")} == set(), "nothing was done"
        walk.room.until(lambda: {what for _, what, _ in walk.refusals()} == {f"{e.kind} {e.name}" for e in entries()})
    assert {(actor, why) for actor, _, why in walk.refusals()} == {(user, code)}


def test_what_comes_with_every_key_is_recorded_once_a_minute(walk: Walk) -> None:
    entry = next(entry for entry in entries() if entry.kind == "block_suggestion")
    for _ in range(20):
        walk.come(entry, walk.room.id("gus"), {})
    walk.settle()
    assert len(walk.refusals()) == 1


def test_a_guests_click_is_answered_in_private(walk: Walk) -> None:
    for entry in entries():
        if entry.kind in ("block_actions", "shortcut", "message_action"):
            walk.come(entry, walk.room.id("gus"), {})
    walk.settle()
    told = walk.room.slack.dms("gus")
    assert len(told) == len(BUTTONS | DECISIONS) + len(SHORTCUTS)
    assert all("Guests can't use hs-bot" in message.shown for message in told)


def test_while_slack_is_away_nothing_is_done_and_it_is_said(walk: Walk) -> None:
    walk.room.slack.faults.error("fatal_error", "users.info", times=None)
    for entry in entries():
        said = walk.come(entry, walk.room.id("rita"), {})
        if entry.kind == "view_submission" and entry.body["view"]["blocks"]:
            assert "who is who" in said["errors"]["reason"], "and what was typed stays in the form"
    walk.settle()
    assert walk.reached == []
    assert {why for _, _, why in walk.refusals()} == {"slack away"}


def test_a_form_asks_slack_anew_who_sends_it(walk: Walk) -> None:
    walk.room.workspace.member(walk.room.id("rita"))
    walk.room.slack.people["rita"].is_restricted = True
    form = next(entry for entry in entries() if entry.kind == "view_submission")
    walk.come(form, walk.room.id("rita"), {})
    assert walk.reached == []


@pytest.mark.parametrize("kind", ["view_closed", "block_actions", "event"])
def test_what_asks_for_nothing_is_acknowledged_to_anybody(walk: Walk, kind: str) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "view_closed": {"view": {"type": "modal", "callback_id": "offboard"}},
        "block_actions": {"actions": [{"type": "button", "action_id": "a.link"}]},
        "event": {"type": "team_join"},
    }
    for who in ("rita", "gus"):
        walk.come(Entry(kind, "", bodies[kind]), walk.room.id(who), {})
    walk.settle()
    assert walk.reached == []


@pytest.mark.parametrize("odd", [7, ["T0ACME0001"], {"id": "T0ACME0001"}, True])
def test_an_origin_that_is_no_id_is_nobodys(walk: Walk, odd: Any) -> None:
    payload = {"type": "shortcut", "callback_id": "offboard", "user": {"id": walk.room.id("rita")}, "team": {"id": odd}}
    walk.room.deliver(urlencode({"payload": json.dumps(payload)}))
    walk.settle()
    assert (walk.reached, [why for _, _, why in walk.refusals()]) == ([], ["other workspace"])


def test_no_form_of_somebody_else_gets_the_answer_to_a_members(room: Room) -> None:
    """A form that is not filled in, with the trigger of one that a member sent: the gate stands before its fields."""
    for callback in sorted(FORMS):
        view = {"type": "modal", "callback_id": callback, "blocks": [{"type": "input", "block_id": "reason"}]}
        walk, entry = Walk(room), Entry("view_submission", callback, {"view": view, "trigger_id": f"1.{callback}"})
        walk.come(entry, room.id("rita"), {})
        for who, origin, code in ELSEWHERE:
            user = room.id(who) if who in room.slack.people else who
            said = walk.come(entry, user, origin)
            assert [*said["errors"]] == ["reason"], (callback, who)
            assert "hs-bot" in said["errors"]["reason"] or "Bots and workflows" in said["errors"]["reason"], code
            assert "Choose" not in said["errors"]["reason"]
