"""Many at once in Slack: a form that names each wrong line, one card, one thread, and few calls."""

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import Message, SimulatedSlack, View
from bot.model.batch import Batch, DecideMany, OpenMany
from bot.model.outbox import Topic
from bot.model.request import State, Verdict
from bot.services.requests.telling import Aside
from bot.slack.outbound.deciders import deciders_of_many
from bot.slack.outbound.delivery import Delivery
from tests.slack.conftest import JANE, Room

REASON = "The team moves on"


@pytest.fixture
def delivery(room: Room) -> Delivery:
    return Delivery(room.deps, gap=0.0)


@pytest.fixture
def own(slack: SimulatedSlack, tmp_path: Path, stack: ExitStack) -> Room:
    """With an account that nobody else reads: people are removed from it."""
    account = stack.enter_context(SimulatedHelpScout(people=60))
    return Room(account, slack, tmp_path, stack, terms={"max_per_hour": 1000}).warm().connect()


def plain_people(room: Room, count: int) -> list[int]:
    rows = room.directory.listing(limit=200).rows
    mine = {f"{handle}@acme.example" for handle in ("rita", "ana", "bo", "max", "gus", "jane")}
    found = [row.id for row in rows if row.user.role == "user" and row.user.is_person and row.user.email not in mine]
    return found[:count]


def opened(room: Room, count: int = 3, **more: object) -> Batch:
    fields = {"actor": room.id("rita"), "reason": REASON, "targets": tuple(plain_people(room, count)), **more}
    outcome = room.approvals.many(OpenMany(**fields))  # type: ignore[arg-type]
    assert outcome.batch is not None, (outcome.sentence, outcome.wrong)
    return outcome.batch


def posted(room: Room, delivery: Delivery, batch: Batch) -> Message:
    """The card as it stands in the channel now."""
    room.until(lambda: delivery.round() >= 1.0)
    kept = room.record.batches.get(batch.id)
    assert kept is not None
    return next(message for message in room.slack.channel("access").messages if message.ts == kept.message_ts)


def private(room: Room, who: str, words: str) -> str:
    room.slack.wait_until(lambda: any(words in message.shown for message in room.told(who)))
    return room.told(who)[-1].shown


def form(room: Room) -> View:
    return room.slack.command("rita", "/hs-offboard many").wait_for_view()


def fill(room: Room, view: View, people: str) -> None:
    room.slack.submit(view, {"People": people, "Reason": REASON})


def test_the_form_has_the_labels_of_the_contract(room: Room) -> None:
    labels = [block["label"]["text"] for block in form(room).blocks if block["type"] == "input"]
    assert labels == ["People", "Or a file", "Reason", "Hand conversations to", "When"]


def test_each_wrong_line_is_named_before_anything_is_opened_and_the_rest_goes_on(room: Room) -> None:
    view = form(room)
    fill(room, view, f"{JANE}\nnobody@acme.example\n\nmax@acme.example\na\n{JANE}")
    again = room.slack.view("rita")
    assert again is not None
    room.slack.wait_until(lambda: "can't be used" in again.shown)
    shown = again.shown
    assert "3 lines can't be used" in shown
    assert "Line 2" in shown
    assert "Nobody in Help Scout matches" in shown
    assert "people match" in shown
    assert "is on line 1 already" in shown
    assert room.record.requests.count() == 0
    values = next(iter(again.state.as_json()["people"].values()))
    assert values["value"].splitlines() == [JANE, "max@acme.example"]
    room.slack.submit(again)
    told = private(room, "rita", "Request sent for 2 people")
    assert "/hs-offboard status b" in told
    assert {one.target_email for one in room.record.requests.find()} == {JANE, "max@acme.example"}


def test_a_line_that_fits_nobody_and_a_person_who_cannot_go_are_named_in_one_round(room: Room) -> None:
    room.open(JANE)
    view = form(room)
    fill(room, view, f"{JANE}\nmax@acme.example, ana@acme.example; bo@acme.example\nnobody@acme.example")
    room.slack.wait_until(lambda: "can't be used" in (room.slack.view("rita") or view).shown)
    shown = (room.slack.view("rita") or view).shown
    for words in ("3 lines", "already has an open request", "names 3 people", "Nobody in Help Scout matches"):
        assert words in shown


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("email,team\nmax@acme.example,A\n".encode("utf-16"), ""),
        (b"nobody@acme.example\nmax@acme.example", "Nobody in Help Scout matches"),
        (b"\xff\x00\x89PNG", "is not text in UTF-8"),
        (b"x" * (1 << 20 | 1), "larger than 1 MB"),
        (b"", "Name at least one person"),
    ],
    ids=["wide", "wrong line", "no text", "large", "empty"],
)
def test_a_file_is_read_as_what_is_typed_and_whatever_is_wrong_with_it_is_said(
    room: Room, content: bytes, words: str
) -> None:
    view = form(room)
    file = room.slack.new_file(room.slack.people["rita"], "leavers.csv", content)
    room.slack.submit(view, {"Or a file": [file.as_json()], "Reason": REASON})
    if not words:
        assert "Request sent for 1 person" in private(room, "rita", "Request sent")
        return
    room.slack.wait_until(lambda: words in (room.slack.view("rita") or view).shown)
    assert room.record.requests.count() == 0


def test_a_list_is_taken_from_one_place(room: Room) -> None:
    view = form(room)
    file = room.slack.new_file(room.slack.people["rita"], "leavers.csv", b"max@acme.example")
    room.slack.submit(view, {"People": JANE, "Or a file": [file.as_json()], "Reason": REASON})
    assert "not both" in (room.slack.view("rita") or view).errors["file"]


def test_who_cannot_be_offboarded_is_named_after_help_scout_was_asked(room: Room) -> None:
    room.open(JANE)
    view = form(room)
    fill(room, view, f"max@acme.example\n{JANE}")
    room.slack.wait_until(lambda: "already has an open request" in (room.slack.view("rita") or view).shown)
    assert room.record.requests.count() == 1


def test_more_than_a_hundred_are_sent_back(room: Room) -> None:
    view = form(room)
    answer = room.slack.submit(view, {"People": "\n".join(str(n) for n in range(101)), "Reason": REASON})
    assert answer.payload is not None
    assert "100 people is the most at once" in room.slack.view("rita").errors["people"]  # type: ignore[union-attr]


def test_one_card_tells_who_and_one_click_decides(own: Room) -> None:
    room, delivery = own, Delivery(own.deps, gap=0.0)
    batch = opened(room, 3)
    card = posted(room, delivery, batch)
    assert "Offboard 3 people" in card.shown
    assert REASON in card.shown
    assert "3 people wait for approval" in card.shown
    assert "Can approve" in card.shown
    assert len(room.slack.channel("access").messages) == 1
    room.slack.click("ana", card, "Approve")
    assert private(room, "ana", "Approved for 3 people").startswith("Approved")
    room.work_off()
    shown = posted(room, delivery, batch).shown
    assert "3 of 3 done" in shown
    assert "Approve" not in shown.replace("Approvals", "")


def test_people_are_struck_out_in_a_form_that_offers_who_has_not_begun(room: Room, delivery: Delivery) -> None:
    batch = opened(room, 3)
    room.slack.click("ana", posted(room, delivery, batch), "Leave out…")
    room.slack.wait_until(lambda: room.slack.view("ana") is not None)
    view = room.slack.view("ana")
    assert view is not None
    first = room.record.requests.of_batch(batch.id)[0]
    room.slack.submit(view, {"Leave out": [first.id]})
    private(room, "ana", "Left out 1 person")
    assert room.row(first).state is State.CANCELLED
    assert "left out" in posted(room, delivery, batch).shown


def test_a_denial_asks_for_its_reason(room: Room, delivery: Delivery) -> None:
    batch = opened(room, 2)
    room.slack.click("ana", posted(room, delivery, batch), "Deny")
    room.slack.wait_until(lambda: room.slack.view("ana") is not None)
    view = room.slack.view("ana")
    assert view is not None
    room.slack.submit(view, {"Reason": "Not these"})
    private(room, "ana", "Denied for 2 people: Not these")
    assert room.record.batches.states(batch.id) == {State.DENIED: 2}
    card = posted(room, delivery, batch).shown
    assert "0 of 2 done, 2 denied" in card
    assert f"Denied by @{room.id('ana')}: Not these" in card
    room.until(lambda: delivery.round() >= 1.0 and bool(room.slack.dms("rita")))
    assert "denied it: Not these" in room.slack.dms("rita")[-1].shown


def test_the_card_names_whoever_could_decide_any_of_them_and_calls_nobody_who_is_in_it(room: Room) -> None:
    room.terms["admin_quorum"] = 1
    batch = opened(room, targets=(*plain_people(room, 1), room.person("ana@acme.example").id))
    requests = room.record.requests.of_batch(batch.id)
    who = deciders_of_many(room.deps, requests)
    ana, names = room.id("ana"), " ".join(who.names)
    assert "Ana" in names
    assert ana not in who.ids
    assert ana not in who.mentions
    room.approvals.many(DecideMany(batch_id=batch.id, actor=ana, verdict=Verdict.APPROVE))
    left = deciders_of_many(room.deps, room.record.requests.of_batch(batch.id))
    assert "Ana" not in " ".join(left.names), "what is left is about her"


def test_the_assignee_hears_from_whom_and_only_what_is_new(own: Room) -> None:
    room, delivery = own, Delivery(own.deps, gap=0.0)
    taker, *targets = plain_people(room, 3)
    batch = opened(room, targets=tuple(targets), assignee_id=taker)
    first, second = room.record.requests.of_batch(batch.id)
    row = room.directory.get(taker)
    assert row is not None
    payload = {"batch_id": batch.id, "event": Aside.HANDED.value, "user_id": taker, "count": 3}
    item = room.record.outbox
    item.add("handed", Topic.DM, {**payload, "of": {first.id: 1, second.id: 2}})
    object.__setattr__(room.deps.workspace, "member_by_email", lambda email: room.deps.workspace.member(room.id("bo")))
    room.until(lambda: delivery.round() >= 1.0 and bool(room.slack.dms("bo")))
    said = room.slack.dms("bo")[-1].shown
    assert f"from {second.target_name} (2), {first.target_name} (1)" in said


def test_status_and_evidence_take_the_id_of_a_batch(room: Room, delivery: Delivery) -> None:
    batch = opened(room, 2)
    posted(room, delivery, batch)
    listed = room.slack.command("ana", "/hs-offboard list")
    room.slack.wait_until(lambda: "1 open request" in listed.shown)
    assert "Offboard 2 people" in listed.shown
    answer = room.slack.command("ana", f"/hs-offboard status {batch.id}")
    room.slack.wait_until(lambda: "Offboard 2 people" in answer.shown)
    room.slack.command("ana", f"/hs-audit evidence {batch.id}")
    room.slack.wait_until(lambda: len(room.slack.calls("files.completeUploadExternal")) == 3)


def test_approvers_decide_from_their_home(room: Room, delivery: Delivery) -> None:
    batch = opened(room, 2)
    home = room.slack.open_home("ana")
    assert "Offboard 2 people" in home.shown
    room.slack.click("ana", home, "Approve")
    room.until(lambda: room.record.batches.states(batch.id) == {State.APPROVED: 2})


def test_slack_is_called_some_twenty_times_however_many_they_are(own: Room) -> None:
    room = own
    batch = opened(room, 24)
    with room.posting():
        room.until(lambda: bool((room.record.batches.get(batch.id) or batch).message_ts))
        room.approvals.many(DecideMany(batch_id=batch.id, actor=room.id("ana"), verdict=Verdict.APPROVE))
        room.work_off()
        room.until(lambda: (room.record.batches.get(batch.id) or batch).shown.startswith("end/"))
        room.until(lambda: not room.record.outbox.waiting())
    assert room.record.batches.states(batch.id) == {State.DONE: 24}
    sent = Counter(
        call.method for call in room.slack.log if call.method.startswith(("chat.", "files.", "conversations.open"))
    )
    assert sum(sent.values()) <= 30, sent
    assert sent["chat.update"] >= 3
