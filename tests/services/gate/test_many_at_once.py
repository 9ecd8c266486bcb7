"""A runaway identity provider: its removals wait for one answer, and fill no channel."""

from typing import Any

from bot.model.outbox import Topic
from bot.model.request import Kind
from bot.services.wishes.holding import Holding


def test_more_removals_than_the_guard_allows_wait_for_an_approver(quiet: Any, house: Any) -> None:
    ids = quiet.leavers(20)
    for id in ids:
        assert quiet.unassign(id).json()["active"] is False, "the identity provider is answered all the same"
    quiet.round()
    quiet.round()
    assert not quiet.requests()
    [asked] = [item for item in quiet.bot.owed(Topic.GUARD) if item.payload.get("gate")]
    assert asked.payload["count"] == 20
    later = quiet.leavers(22)[20:]
    for id in later:
        quiet.unassign(id)
    quiet.round()
    assert not quiet.requests(), "later ones join"
    record, workspace = quiet.bot.record, quiet.bot.workspace
    holding: Holding = quiet.holding
    member = workspace.member("URITA")
    refused = holding.release(asked.payload["id"], "URITA", member=member, approvers=workspace.approvers())
    assert not refused.accepted
    ana = workspace.member("UANA")
    done = holding.release(asked.payload["id"], "UANA", member=ana, approvers=workspace.approvers())
    assert done.accepted, done.sentence
    quiet.round()
    found = quiet.open()
    assert {request.kind for request in found} == {Kind.OFFBOARD}
    assert len(found) == 22, "the limit of open requests doesn't bind an identity provider"
    assert [
        entry.event for entry in record.audit.entries(newest_first=False) if entry.event.startswith("gate.rel")
    ] == [
        "gate.release_refused",
        "gate.released",
    ]


def test_a_few_removals_are_asked_for_one_by_one(quiet: Any) -> None:
    for id in quiet.leavers(5):
        quiet.unassign(id)
    quiet.round()
    assert len(quiet.open()) == 5


def test_what_is_taken_back_while_it_is_held_is_never_asked_for(quiet: Any) -> None:
    ids = quiet.leavers(20)
    for id in ids:
        quiet.unassign(id)
    quiet.round()
    for id in ids:
        quiet.patch(f"/Users/{id}", {"op": "replace", "path": "active", "value": "True"})
    quiet.round()
    assert not quiet.requests()
    assert not quiet.bot.record.wishes.open_ones()
