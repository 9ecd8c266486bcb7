"""What an identity provider pushes becomes what the engine does: a second person decides."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from bot.model.action import Assign
from bot.model.request import Kind, State
from bot.services.credential import Credential
from tests.services.conftest import fill

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BILLING = 85_002


def test_an_unassignment_is_answered_at_once_and_waits_for_a_second_person(okta: Any, house: Any) -> None:
    jane = okta.find("jane@acme.example")
    answer = okta.unassign(jane["id"])
    assert (answer.status_code, answer.json()["active"]) == (200, False)
    okta.round()
    [request] = okta.open()
    assert (request.kind, request.state, request.requester) == (Kind.OFFBOARD, State.PENDING, "okta")
    assert house.deletes(int(jane["id"])) == 0
    okta.bot.approve(request)
    okta.bot.until(request, State.DONE)
    okta.round()
    assert house.deletes(int(jane["id"])) == 1
    after = okta.send("GET", f"/Users/{jane['id']}")
    assert (after.status_code, after.json()["active"]) == (200, False), "until it deletes them itself"


def test_forty_repeats_of_a_push_are_one_request(quiet: Any, house: Any) -> None:
    id = house.id("jane")
    for _ in range(40):
        assert quiet.unassign(id).status_code == 200
        quiet.round()
    assert len(quiet.requests()) == 1


def test_a_deleted_user_is_unknown_from_then_on_and_has_one_request(quiet: Any, house: Any) -> None:
    id = house.id("jane")
    assert quiet.send("DELETE", f"/Users/{id}").status_code == 204
    quiet.round()
    assert quiet.send("GET", f"/Users/{id}").status_code == 404
    assert quiet.send("DELETE", f"/Users/{id}").status_code == 404
    answer = quiet.send("GET", "/Users", params={"filter": 'userName eq "jane@acme.example"'}).json()
    assert answer["totalResults"] == 0
    listed = quiet.send("GET", "/Users", params={"count": "1000"}).json()
    assert str(id) not in {one["id"] for one in listed["Resources"]}
    assert [request.kind for request in quiet.open()] == [Kind.OFFBOARD]
    quiet.bot.deny(quiet.open()[0])
    quiet.round()
    assert quiet.send("GET", f"/Users/{id}").status_code == 404


def test_a_wish_that_is_taken_back_cancels_what_is_pending(quiet: Any, house: Any) -> None:
    id = house.id("jane")
    quiet.unassign(id)
    quiet.round()
    assert quiet.patch(f"/Users/{id}", {"op": "replace", "path": "active", "value": True}).json()["active"] is True
    quiet.round()
    assert [request.state for request in quiet.requests()] == [State.CANCELLED]
    assert not quiet.told(), "nobody decided otherwise"


@pytest.mark.parametrize("how", ["unassigned", "deleted"])
def test_who_is_assigned_again_before_anybody_decided_keeps_the_seat(quiet: Any, house: Any, how: str) -> None:
    id = house.id("jane")
    quiet.unassign(id) if how == "unassigned" else quiet.send("DELETE", f"/Users/{id}")
    quiet.round()
    answer = quiet.send("POST", "/Users", {"userName": "jane@acme.example", "name": {"givenName": "Jane"}})
    assert answer.status_code == 201
    assert answer.json()["active"] is True
    quiet.round()
    quiet.round()
    states = [request.state for request in quiet.requests() if request.kind is Kind.OFFBOARD]
    assert states == [State.CANCELLED]
    assert (answer.json()["id"] == str(id)) is (how == "unassigned"), "a deleted id never comes back"


def test_who_is_assigned_again_afterwards_is_restored_with_approval(okta: Any, house: Any) -> None:
    id = house.id("jane")
    okta.unassign(id)
    okta.round()
    [request] = okta.open()
    okta.bot.approve(request)
    okta.bot.until(request, State.DONE)
    okta.round()
    okta.patch(f"/Users/{id}", {"op": "replace", "path": "active", "value": True})
    okta.round()
    [restore] = okta.open()
    assert (restore.kind, restore.state) == (Kind.RESTORE, State.PENDING)
    okta.bot.approve(restore)
    okta.bot.until(restore, State.DONE)
    okta.round()
    back = okta.find("jane@acme.example")
    assert (back["id"], back["active"]) == (str(id), True), "the same resource, whatever Help Scout's id is now"
    assert not okta.open()


def test_a_denied_wish_falls_back_and_the_channel_is_told(quiet: Any, house: Any) -> None:
    id = house.id("jane")
    quiet.unassign(id)
    quiet.round()
    quiet.bot.deny(quiet.open()[0])
    quiet.round()
    assert quiet.send("GET", f"/Users/{id}").json()["active"] is True
    [told] = quiet.told()
    assert "Okta still wants Jane" in told
    assert "was denied" in told
    quiet.round()
    assert len(quiet.requests()) == 1
    assert len(quiet.told()) == 1


@pytest.mark.parametrize("push", ["unassign", "delete", "rename"])
def test_nobody_may_want_this_of_the_owner_or_of_protected_people(
    quiet: Any, house: Any, okta_of: Any, push: str
) -> None:
    guarded = type(quiet)(quiet.bot, protected=frozenset({"max@acme.example"}))
    for name in ("olivia", "max"):
        id = house.id(name)
        match push:
            case "unassign":
                answer = guarded.unassign(id)
            case "delete":
                answer = guarded.send("DELETE", f"/Users/{id}")
            case _:
                answer = guarded.patch(f"/Users/{id}", {"op": "replace", "path": "userName", "value": "x@acme.example"})
        assert answer.status_code == 403, name
        assert guarded.send("GET", f"/Users/{id}").json()["active"] is True
    guarded.round()
    assert not guarded.requests()


def test_the_user_of_the_bots_own_credential_is_out_of_bounds(quiet: Any, house: Any) -> None:
    id = house.id("jane")
    Credential(quiet.bot.record).keep(quiet.bot.record.users.get(id).user)
    answer = quiet.unassign(id)
    assert answer.status_code == 403
    assert "a user of its own" in answer.json()["detail"]


def test_a_new_person_gets_a_seat_and_keeps_the_id_they_were_given(okta: Any, house: Any) -> None:
    body = {"userName": "new.person@acme.example", "name": {"givenName": "New", "familyName": "Person"}}
    made = okta.send("POST", "/Users", body | {"externalId": "00u1", "active": True})
    assert made.status_code == 201
    assert made.headers["Location"].endswith(f"/Users/{made.json()['id']}")
    okta.round()
    [request] = okta.requests()
    assert request.kind is Kind.PROVISION
    okta.bot.until(request, State.DONE)
    okta.round()
    found = okta.find("new.person@acme.example")
    assert (found["id"], found["externalId"], found["active"]) == (made.json()["id"], "00u1", True)
    assert okta.send("POST", "/Users", body).status_code == 409
    assert okta.unassign(found["id"]).status_code == 200
    okta.round()
    assert [one.kind for one in okta.open()] == [Kind.OFFBOARD]


def test_an_address_that_is_somebody_elses_second_one_is_refused_at_once(quiet: Any, house: Any) -> None:
    row = quiet.bot.record.users.get(house.id("jane"))
    also = replace(row.user, alternate_emails=("jane.second@acme.example",))
    quiet.bot.record.users.put([replace(row, user=also)])
    max, body = f"/Users/{house.id('max')}", {"userName": "Jane.Second@acme.example"}
    for answer in (
        quiet.send("POST", "/Users", body),
        quiet.patch(max, {"op": "replace", "value": body}),
        quiet.send("PUT", max, body),
    ):
        assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
        assert answer.json()["detail"] == (
            f"Jane.Second@acme.example already belongs to {row.user.name}, who is active in Help Scout."
        )
    assert not quiet.bot.record.wishes.people(), "nothing is kept"
    assert quiet.patch(f"/Users/{house.id('jane')}", {"op": "replace", "value": body}).status_code == 200, "it is hers"


def test_plain_attributes_change_at_once_and_address_and_role_with_approval(okta: Any, house: Any) -> None:
    id = house.id("jane")
    answer = okta.patch(
        f"/Users/{id}",
        {"op": "replace", "path": "title", "value": "Head of Tea"},
        {"op": "replace", "path": "userName", "value": "jane.new@acme.example"},
        {"op": "replace", "path": "roles", "value": [{"value": "admin"}]},
    )
    assert (answer.status_code, answer.json()["userName"]) == (200, "jane.new@acme.example")
    okta.round()
    [first] = okta.requests()
    assert set(first.plan["changes"]) == {"job_title"}
    okta.bot.until(first, State.DONE)
    okta.round()
    [second] = okta.open()
    assert second.state is State.PENDING
    assert set(second.plan["changes"]) == {"email", "role"}, "both in one"
    assert second.quorum == 2


def test_another_address_while_the_first_is_pending_is_a_new_request(quiet: Any, house: Any) -> None:
    id = house.id("jane")
    for address in ("jane.one@acme.example", "jane.two@acme.example"):
        quiet.patch(f"/Users/{id}", {"op": "replace", "path": "userName", "value": address})
        quiet.round()
    [request] = quiet.open()
    assert request.plan["changes"]["email"]["after"] == "jane.two@acme.example"
    assert sorted(one.state for one in quiet.requests()) == [State.CANCELLED, State.PENDING]


def test_the_manager_is_proposed_as_assignee(quiet: Any, house: Any) -> None:
    jane, max = house.id("jane"), house.id("max")
    quiet.patch(f"/Users/{jane}", {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": str(max)})
    quiet.unassign(jane)
    quiet.round()
    [request] = quiet.open()
    assert request.plan["assignee_id"] == max


@pytest.mark.parametrize("why", ["light", "leaving"])
def test_a_manager_who_can_not_take_conversations_holds_up_nothing(why: str, quiet: Any, house: Any) -> None:
    jane, max = house.id("jane"), house.id("max")
    if why == "light":
        house.sim.change_person("max@acme.example", role="light user")
        fill(quiet.bot.record, quiet.bot.helpscout)
    else:
        quiet.bot.asked(max, assignee=None)
    quiet.patch(f"/Users/{jane}", {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": str(max)})
    quiet.unassign(jane)
    quiet.round()
    [request] = [one for one in quiet.open() if one.target_id == jane]
    assert request.plan["assignee_id"] is None


def test_who_is_chosen_on_the_card_is_looked_up_and_leaves_whom_it_is_about_as_it_was(quiet: Any, house: Any) -> None:
    jane, max = house.id("jane"), house.id("max")
    house.sim.account.duty.inboxes[BILLING].people = {jane, house.id("olivia")}
    house.sim.behaviour.reading = "pages"
    for conversation in house.sim.conversations_of("jane@acme.example")[:10]:
        conversation.mailbox_id = BILLING
    quiet.unassign(jane)
    quiet.round()
    [request] = quiet.open()
    assert request.plan["slack_ids"] == ["UJANE"]
    assert quiet.bot.approvals.apply(Assign(request_id=request.id, actor="UANA", assignee_id=max)).accepted
    row = quiet.bot.row(request)
    assert row.plan["slack_ids"] == ["UJANE"]
    assert (row.plan["assignee_id"], row.plan["closed_inboxes"]) == (max, {"Billing": 10})
    team = house.sim.teams[0].id
    assert quiet.bot.approvals.apply(Assign(request_id=request.id, actor="UANA", assignee_id=team)).accepted
    row = quiet.bot.row(request)
    assert (row.plan["assignee_type"], row.plan["closed_inboxes"]) == ("team", {})


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("light", "is a light user"),
        ("leaving", "about to be offboarded too"),
        ("agent", "AI agent"),
        ("renamed", "has just changed"),
    ],
)
def test_who_can_not_take_conversations_can_not_be_chosen_on_the_card(
    why: str, said: str, quiet: Any, house: Any
) -> None:
    quiet.unassign(house.id("jane"))
    quiet.round()
    [request] = quiet.open()
    chosen = house.id("max")
    if why == "light":  # since the last sync
        house.sim.change_person("max@acme.example", role="light user")
    elif why == "leaving":
        quiet.bot.asked(chosen, assignee=None)
    elif why == "agent":
        chosen = next(one.id for one in house.sim.account.rows.values() if one.type == "virtual")
    else:
        house.sim.change_person("jane@acme.example", email="new.jane@acme.example")
    outcome = quiet.bot.approvals.apply(Assign(request_id=request.id, actor="UANA", assignee_id=chosen))
    assert not outcome.accepted
    assert said in outcome.sentence
    assert quiet.bot.row(request).digest == request.digest


def test_what_another_token_wants_is_nobody_elses_to_see(quiet: Any, house: Any) -> None:
    made = quiet.send("POST", "/Users", {"userName": "only.okta@acme.example"}).json()
    assert quiet.send("GET", f"/Users/{made['id']}", by="entra").status_code == 404
    assert quiet.unassign(made["id"], by="entra").status_code == 404
    assert quiet.send("DELETE", f"/Users/{made['id']}", by="entra").status_code == 404
    quiet.unassign(house.id("jane"))
    assert quiet.find("jane@acme.example", by="entra")["active"] is True
    quiet.round()
    assert quiet.unassign(house.id("jane"), by="entra").status_code == 200
    quiet.round()
    assert [one.kind for one in quiet.open() if one.target_id == house.id("jane")] == [Kind.OFFBOARD]


def test_a_token_that_was_taken_away_carries_nothing_out(okta: Any, house: Any) -> None:
    okta.unassign(house.id("jane"))
    okta.round()
    [request] = okta.open()
    del okta.bot.workspace.people["okta"]
    okta.bot.approve(request)
    ended = okta.bot.until(request, State.STALE)
    assert "its token was removed" in ended.outcome
    assert "HS_BOT" not in ended.outcome, "whoever reads it may not set variables"
    assert house.deletes(house.id("jane")) == 0


def test_who_asks_is_nobodys_colleague_but_may_not_decide(quiet: Any, house: Any) -> None:
    quiet.unassign(house.id("jane"))
    quiet.round()
    [request] = quiet.open()
    assert not quiet.bot.approve(request, actor="okta").accepted
    assert not quiet.bot.approve(request, actor="entra").accepted
    assert not quiet.bot.cancel(request, actor="entra").accepted
    assert quiet.bot.row(request).state is State.PENDING


def test_pushes_side_by_side_lose_nothing(quiet: Any, house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.gate.site.TRIES", 1)  # within one process each has its turn
    id, team = house.id("jane"), next(one for one in quiet.bot.record.teams.all())
    people = quiet.leavers(12)

    def push(number: int) -> set[int]:
        member = {"op": "Add", "path": "members", "value": [{"value": people[number]}]}
        return {
            quiet.patch(f"/Users/{id}", {"op": "add", "value": {f"urn:acme:{number}": number}}).status_code,
            quiet.patch(f"/Groups/{team.id}", member).status_code,
        }

    with ThreadPoolExecutor(12) as pool:
        assert set.union(*pool.map(push, range(12))) == {200, 204}
    said = quiet.send("GET", f"/Users/{id}").json()
    assert [said.get(f"urn:acme:{number}") for number in range(12)] == list(range(12))
    members = {one["value"] for one in quiet.send("GET", f"/Groups/{team.id}").json()["members"]}
    assert set(people) <= members


def test_ten_clients_at_once_make_one_resource_and_one_request(quiet: Any, house: Any) -> None:
    id = house.id("jane")
    body = {"userName": "ten.times@acme.example", "name": {"givenName": "Ten", "familyName": "Times"}}
    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda _: quiet.send("POST", "/Users", body).status_code, range(10)))
        gone = list(pool.map(lambda _: quiet.unassign(id).status_code, range(10)))
    assert sorted(made) == [201, *[409] * 9]
    assert set(gone) == {200}, "nobody sent an ETag"
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: quiet.round(), range(2)))
    quiet.round()
    assert sorted(request.kind for request in quiet.requests()) == [Kind.OFFBOARD, Kind.PROVISION]
