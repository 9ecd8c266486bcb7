"""A runaway identity provider: above the removal guard its removals are one batch that waits, and fill no channel."""

from dataclasses import replace
from typing import Any

import pytest

from bot.model.batch import Batch, BatchOutcome, DecideMany, LeaveOut
from bot.model.outbox import Topic
from bot.model.request import Kind, State, Verdict
from bot.model.user import Status
from bot.policy.requests.batch import failures_first, tally, unseen
from tests.services.gate.conftest import Provider

ANA = "UANA"


@pytest.fixture
def quiet(idle: Any) -> Provider:
    """Nothing is carried out, and more than five removals at once are too many."""
    return Provider(idle, guard=0.01)


def push(quiet: Any, ids: list[str]) -> None:
    for id in ids:
        assert quiet.unassign(id).json()["active"] is False, "the identity provider is answered all the same"
    quiet.round()
    quiet.round()


def the_batch(quiet: Any) -> Batch:
    found = quiet.bot.record.batches.latest()
    assert len(found) == 1
    batch: Batch = found[0]
    return batch


def states(quiet: Any) -> dict[State, int]:
    return dict(quiet.bot.record.batches.states(the_batch(quiet).id))


def decide(quiet: Any, verdict: Verdict = Verdict.APPROVE, reason: str = "") -> BatchOutcome:
    action = DecideMany(batch_id=the_batch(quiet).id, actor=ANA, verdict=verdict, reason=reason)
    outcome: BatchOutcome = quiet.bot.approvals.many(action)
    return outcome


def test_more_removals_than_the_guard_allows_are_one_batch_that_waits(
    quiet: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.wishes.asking.AT_ONCE", 4)
    ids = quiet.leavers(9)
    push(quiet, ids[:7])
    assert states(quiet) == {State.PENDING: 7}
    push(quiet, ids[7:])
    assert states(quiet) == {State.PENDING: 9}, "later ones join; the limit of open requests doesn't bind"
    record = quiet.bot.record
    assert {request.batch_id for request in quiet.requests()} == {the_batch(quiet).id}
    assert all(wish.request_id for wish in record.wishes.open_ones())
    assert not [item for topic in Topic for item in quiet.bot.owed(topic)], "the card is all there is to see"
    assert decide(quiet).sentence.startswith("Approved for 9 people. 8 start now: at most 10 removals an hour.")
    assert record.audit.verify().whole


def test_what_waits_by_itself_becomes_part_of_the_batch(quiet: Any) -> None:
    ids = quiet.leavers(7)
    push(quiet, ids[:5])
    assert len(quiet.open()) == 5
    assert not quiet.bot.record.batches.latest(), "a few are asked for one by one"
    single = quiet.open()[0]
    push(quiet, ids[5:])
    assert states(quiet) == {State.PENDING: 7}
    joined = quiet.bot.record.requests.get(single.id)
    assert joined.batch_id == the_batch(quiet).id
    assert joined.version > single.version, "its own card is drawn anew"


def test_whom_two_providers_want_gone_at_once_is_asked_for_once_and_nobody_is_alarmed(quiet: Any) -> None:
    for id in quiet.leavers(7):
        for by in ("okta", "entra"):
            assert quiet.unassign(id, by=by).json()["active"] is False
    quiet.round()
    quiet.round()
    assert states(quiet) == {State.PENDING: 7}
    assert not quiet.told()
    wishes = quiet.bot.record.wishes.open_ones()
    assert (len(wishes), {one.problem for one in wishes}) == (14, {""})
    assert {one.request_id for one in wishes} == {one.id for one in quiet.open()}


def test_a_wish_that_is_taken_back_takes_that_person_out_of_the_batch(quiet: Any) -> None:
    ids = quiet.leavers(7)
    push(quiet, ids)
    for id in ids[:3]:
        quiet.patch(f"/Users/{id}", {"op": "replace", "path": "active", "value": "True"})
    quiet.round()
    assert states(quiet) == {State.PENDING: 4, State.CANCELLED: 3}
    for id in ids[3:]:
        quiet.patch(f"/Users/{id}", {"op": "replace", "path": "active", "value": "True"})
    quiet.round()
    assert states(quiet) == {State.CANCELLED: 7}
    assert not quiet.bot.record.wishes.open_ones()
    assert not quiet.bot.owed(Topic.DM), "nobody in Slack is called okta"
    assert not quiet.told()


def test_who_was_left_out_is_not_asked_for_again_by_a_repeat_within_the_hour(quiet: Any, house: Any) -> None:
    ids = quiet.leavers(7)
    push(quiet, ids)
    out = next(one for one in quiet.open() if str(one.target_id) == ids[0])
    leave_out = LeaveOut(batch_id=the_batch(quiet).id, actor=ANA, request_ids=(out.id,))
    assert quiet.bot.approvals.many(leave_out).accepted
    quiet.round()
    for title in ("Lead", "Head"):
        quiet.patch(f"/Users/{ids[0]}", {"op": "replace", "value": {"title": title, "active": False}})
        quiet.round()
    assert len(the_batch(quiet).members) == 7, "nobody joins by a mere repeat"
    for _ in range(2):
        house.clock.move(minutes=6)
        quiet.round()
    [told] = [one for one in quiet.told() if "was denied or cancelled less than an hour ago" in one]
    assert "removed" in told
    house.clock.move(hours=1, minutes=1)
    quiet.round()
    assert int(ids[0]) in {one.target_id for one in quiet.open()}


def test_a_person_whose_request_was_replaced_counts_once(quiet: Any) -> None:
    ids = quiet.leavers(7)
    push(quiet, ids)
    quiet.patch(f"/Users/{ids[0]}", {"op": "replace", "path": "active", "value": True})
    quiet.round()
    push(quiet, ids[:1])
    batch = the_batch(quiet)
    requests = quiet.bot.record.requests.of_batch(batch.id)
    assert len(requests) == len(batch.members) == 8
    found = tally(requests)
    assert (found.most, dict(found.states)) == (7, {State.PENDING: 7})
    assert not unseen(replace(batch, shown=found.short())), "the card has shown everybody"
    assert [one.state for one in failures_first(batch, requests)] == [State.PENDING] * 7


def test_a_denial_is_told_once_for_all_and_so_is_what_cannot_be_asked_for_again(quiet: Any) -> None:
    ids = quiet.leavers(7)
    push(quiet, ids)
    assert decide(quiet, Verdict.DENY, "the wrong group").accepted
    quiet.round()
    [told] = quiet.told()
    assert told.startswith("Okta still wants people off Help Scout")
    assert "were denied" in told
    assert quiet.send("GET", f"/Users/{ids[0]}").json()["active"] is True
    push(quiet, ids)
    [_, again] = quiet.told()
    assert again.startswith("7 people whom Okta wants removed can't be asked for now.")
    assert states(quiet) == {State.DENIED: 7}


def test_nobody_is_approved_who_joined_after_the_card_was_drawn(quiet: Any) -> None:
    ids = quiet.leavers(9)
    push(quiet, ids[:7])
    shown = {"version": 1, "channel": "C1", "message_ts": "1.0"}
    quiet.bot.record.batches.card_shown(the_batch(quiet).id, shown="7/7/0/0/0/0/0", **shown)
    push(quiet, ids[7:])
    refused = decide(quiet)
    assert not refused.accepted
    assert "joined this batch" in refused.sentence
    assert states(quiet) == {State.PENDING: 9}
    quiet.bot.record.batches.card_shown(the_batch(quiet).id, shown="9/9/0/0/0/0/0", **shown)
    assert decide(quiet).accepted


def come(quiet: Any, numbers: range, **more: object) -> list[str]:
    """New people at an address that needs approval; the ids of their resources."""
    found = []
    for number in numbers:
        body = {"userName": f"new{number}@elsewhere.example", "name": {"givenName": "New", "familyName": str(number)}}
        answer = quiet.send("POST", "/Users", body | more)
        assert answer.status_code == 201, answer.text
        found.append(str(answer.json()["id"]))
    return found


def test_new_people_who_cannot_be_asked_for_fill_no_channel(idle: Any) -> None:
    each = Provider(idle, guard=1.0)
    idle.workspace.approving = frozenset()
    come(each, range(12))
    each.round()
    told = each.told()
    assert len(told) == 6, told
    assert told[-1].startswith("Okta wants more that can't be asked for now.")


def test_new_people_who_cannot_be_asked_for_together_are_told_of_once(quiet: Any) -> None:
    quiet.bot.workspace.approving = frozenset()
    come(quiet, range(12))
    quiet.round()
    [told] = quiet.told()
    assert told.startswith("12 people whom Okta wants in Help Scout can't be asked for now.")


def test_more_new_people_than_the_guard_allows_are_one_batch_of_their_own(quiet: Any) -> None:
    ids = come(quiet, range(4))
    quiet.round()
    assert not quiet.bot.record.batches.latest(), "a few are asked for one by one"
    ids += come(quiet, range(4, 8))
    come(quiet, range(8, 9), roles=[{"value": "admin"}])
    quiet.round()
    assert the_batch(quiet).kind is Kind.PROVISION
    assert states(quiet) == {State.PENDING: 9}
    giving = the_batch(quiet)
    push(quiet, quiet.leavers(6))
    leaving, again = quiet.bot.record.batches.latest()
    assert (leaving.kind, again.id) == (Kind.OFFBOARD, giving.id)
    assert {one.kind for one in quiet.bot.record.requests.of_batch(leaving.id)} == {Kind.OFFBOARD}
    quiet.send("DELETE", f"/Users/{ids[0]}")
    come(quiet, range(9, 10))
    quiet.round()
    assert dict(quiet.bot.record.batches.states(giving.id)) == {State.PENDING: 9, State.CANCELLED: 1}
    action = DecideMany(batch_id=giving.id, actor=ANA, verdict=Verdict.APPROVE)
    outcome = quiet.bot.approvals.many(action)
    assert outcome.sentence == "Approved for 9 people. Starting now. 1 person needs another approval."
    assert quiet.bot.record.batches.states(giving.id)[State.APPROVED] == 8
    assert quiet.bot.record.batches.states(leaving.id) == {State.PENDING: 6}


def test_who_comes_back_is_in_the_batch_of_who_is_new(quiet: Any, house: Any) -> None:
    record, id = quiet.bot.record, quiet.leavers(1)[0]
    quiet.send("PUT", f"/Users/{id}", quiet.send("GET", f"/Users/{id}").json())
    record.users.mark_gone(int(id), Status.REMOVED, record.now(), None)
    house.sim.remove_person(int(id))
    quiet.patch(f"/Users/{id}", {"op": "replace", "path": "active", "value": True})
    come(quiet, range(6))
    quiet.round()
    kinds = [one.kind for one in record.requests.of_batch(the_batch(quiet).id)]
    assert sorted(kinds) == [*[Kind.PROVISION] * 6, Kind.RESTORE]


def test_many_changes_of_addresses_are_one_batch_and_plain_ones_are_none(quiet: Any) -> None:
    ids = quiet.leavers(7)
    for number, id in enumerate(ids):
        changed = {"userName": f"changed{number}@acme.example", "title": f"Number {number}"}
        assert quiet.patch(f"/Users/{id}", {"op": "replace", "value": changed}).status_code == 200
    quiet.round()
    assert not quiet.bot.record.batches.latest()
    for request in quiet.open():
        record = quiet.bot.record
        record.requests.transition(request.id, from_states=frozenset({State.APPROVED}), to=State.DONE)
        row = record.users.get(request.target_id)
        title = str(request.plan["changes"]["job_title"]["after"])
        record.users.put([replace(row, user=replace(row.user, job_title=title))])
    quiet.round()
    assert (the_batch(quiet).kind, states(quiet)) == (Kind.CHANGE, {State.PENDING: 7})


def test_a_batch_of_new_people_whose_maker_died_before_noting_it_is_found_again(
    quiet: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        pass

    def die(action: Any) -> None:
        many(action)
        raise Died

    many = quiet.bot.approvals.many
    come(quiet, range(7))
    with monkeypatch.context() as dying:
        dying.setattr(quiet.bot.approvals, "many", die)
        with pytest.raises(Died):
            quiet.round()
    quiet.round()
    assert states(quiet) == {State.PENDING: 7}
    assert all(wish.request_id and not wish.problem for wish in quiet.bot.record.wishes.open_ones())


def test_who_is_to_leave_waits_for_no_long_list_of_small_changes(quiet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.services.wishes.pursuit.MOMENT", -1.0)
    leaver, *others = quiet.leavers(4)
    for id in others:
        quiet.patch(f"/Users/{id}", {"op": "replace", "value": {"title": "Pilot"}})
    apply = quiet.bot.approvals.apply

    def unassigned_meanwhile(action: Any) -> Any:
        monkeypatch.setattr(quiet.bot.approvals, "apply", apply)
        quiet.unassign(leaver)
        quiet.pursuit.wake()
        return apply(action)

    monkeypatch.setattr(quiet.bot.approvals, "apply", unassigned_meanwhile)
    quiet.round()
    kinds = [one.kind for one in sorted(quiet.requests(), key=lambda one: one.opened_at)]
    assert kinds == [Kind.CHANGE, Kind.OFFBOARD], "the others have their turn at the next look"


def test_conversations_go_to_no_manager_who_is_to_leave_too(quiet: Any) -> None:
    ids = quiet.leavers(7)
    extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"
    for id, boss in ((ids[0], ids[1]), (ids[2], quiet.leavers(8)[7])):
        quiet.patch(f"/Users/{id}", {"op": "add", "path": extension, "value": boss})
    push(quiet, ids)
    plans = {str(request.target_id): request.plan for request in quiet.requests()}
    assert plans[ids[0]]["assignee_id"] is None
    assert str(plans[ids[2]]["assignee_id"]) == quiet.leavers(8)[7]
