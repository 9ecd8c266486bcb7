"""Somebody long gone can be forgotten: nothing of them is left, and the log still proves what was done."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model.change import Change, ChangeKind
from bot.model.offboarding.conversation import Move, MoveState
from bot.model.outbox import Topic
from bot.model.request import Decision, Kind, Request, State, Step, StepState, Verdict
from bot.model.user import Status, UserRecord
from bot.store.errors import StillThere, Unknown
from bot.store.record import Record
from bot.store.tables import TABLES

Make = Callable[..., Request]
Person = Callable[..., UserRecord]

WORDS = (
    "Xanthippe",
    "Quirrenbach",
    "xq@example.com",
    "XQ@Example.com",
    "old-xq@example.com",
    "xq@home.example",
    "4711-0815",
)


@pytest.fixture
def life(record: Record, person: Person, a_request: Make) -> Record:
    """A person with a full history: came, changed their address, was offboarded, had been given conversations."""
    now = record.now()
    jane = person(
        7,
        first_name="Xanthippe",
        last_name="Quirrenbach",
        email="XQ@Example.com",
        alternate_emails=("xq@home.example",),
        phone="4711-0815",
        mention="xanthippe",
        raw={"id": 7, "firstName": "Xanthippe", "custom": "Quirrenbach"},
        status=Status.OFFBOARDED,
        removed_at=now,
        request_id="own",
        scim_id="s7",
    )
    name = jane.user.name
    record.users.put([jane, person(8), person(9, status=Status.REMOVED)])
    record.changes.add(
        [
            Change(user_id=7, kind=ChangeKind.JOINED, after=name),
            Change(
                user_id=7, kind=ChangeKind.CHANGED, field="email", before="Old-XQ@example.com", after="XQ@Example.com"
            ),
            Change(user_id=7, kind=ChangeKind.CHANGED, field="role", before="user", after="admin"),
            Change(user_id=7, kind=ChangeKind.TEAM_JOINED, after="Billing"),
            Change(user_id=7, kind=ChangeKind.OFFBOARDED, before=name, request_id="own"),
            Change(user_id=8, kind=ChangeKind.JOINED, after="Jane Doe 8"),
        ]
    )
    plan = {"email": "xq@example.com", "name": name, "role": "admin", "target_id": 7, "emails": ["xq@home.example"]}
    record.requests.insert(
        a_request(
            "own",
            state=State.DONE,
            target_name=name,
            target_email="xq@example.com",
            reason="Xanthippe leaves",
            outcome=f"{name} is gone.",
            plan=plan,
            requester_name="Ann Asker",
        )
    )
    record.requests.insert(
        a_request(
            "came",
            kind=Kind.PROVISION,
            state=State.DONE,
            target_id=None,
            target_email="old-xq@example.com",
            target_name=name,
            plan={"email": "old-xq@example.com"},
        )
    )
    record.requests.insert(
        a_request(
            "other",
            state=State.DONE,
            target_id=9,
            target_name="Jane Doe 9",
            reason="left",
            outcome=f"Conversations went to {name} (xq@example.com).",
            plan={"assignee_id": 7, "assignee_name": name, "email": "jane.9@example.com"},
        )
    )
    record.requests.insert(a_request("unrelated", state=State.DONE, target_id=8, reason="asked old-xq@example.com why"))
    vote = Decision(request_id="own", actor="U2", verdict=Verdict.APPROVE, reason="Bye Xanthippe", decided_at=now)
    record.requests.decide(vote)
    for request in ("own", "other"):
        record.requests.step_finished(
            Step(
                request_id=request,
                position=2,
                name="record",
                state=StepState.DONE,
                started_at=now,
                result={"saved": name, "count": 3},
                problem=f"{name}?",
            )
        )
        record.moves.plan([Move(request_id=request, conversation_id=1, from_user=7, to_user=8)])
        record.moves.mark(request, 1, MoveState.SKIPPED, f"given to {name}", now)
    record.outbox.add("own/thread", Topic.THREAD, {"request_id": "own", "sentence": f"{name} is gone."})
    record.outbox.add("warning", Topic.WARNING, {"sentence": "Ask xq@example.com."})
    record.notes.set("exempt", '["xq@home.example", "jane.8@example.com"]')
    record.audit.append("request.opened", actor="U1", request_id="own", user_id=7, details={"who": name})
    record.audit.append("request.opened", actor="U1", request_id="other", user_id=9, details={"assignee": name})
    record.audit.append("request.done", actor="hs-bot", request_id="other", user_id=9, details={"sent": 1})
    record.audit.append("user.lookup", actor="U1", details={"text": "XQ@example.com".lower()})
    record.audit.append("request.approved", actor="U2", request_id="own", user_id=7)
    record.audit.append("request.opened", actor="U1", request_id="unrelated", user_id=8, details={"why": "because"})
    return record


def everything(record: Record) -> str:
    return "\n".join(str(row) for table in TABLES for row in record._engine.rows(f"SELECT * FROM {table}"))


def test_nothing_of_the_person_is_left_anywhere(life: Record) -> None:
    before = everything(life)
    assert all(word in before for word in WORDS if word != "old-xq@example.com")
    life.forget(7, life.now())
    after = everything(life)
    assert [word for word in WORDS if word.casefold() in after.casefold()] == []


def test_the_log_still_verifies_and_says_what_was_erased(life: Record) -> None:
    life.forget(7, life.now())
    report = life.audit.verify()
    assert report.whole, report.problem
    lines = list(life.audit.iterate())
    assert [line.details for line in lines[:6]] == [
        {"erased": True},
        {"erased": True},
        {"sent": 1},
        {"erased": True},
        {},
        {"why": "because"},
    ]
    assert (lines[6].event, lines[6].user_id, lines[6].details) == ("record.erased", 7, {"erased": [[1, 2], [4, 4]]})
    assert [line.actor for line in life.audit.entries(request_id="own", newest_first=False)] == ["U1", "U2"]


def test_what_happened_and_who_decided_stays_known(life: Record) -> None:
    life.forget(7, life.now())
    gone = life.users.get(7)
    assert gone is not None
    assert (gone.status, gone.request_id, gone.user.role) == (Status.OFFBOARDED, "own", "user")
    assert gone.removed_at is not None
    assert (gone.user.name, gone.user.raw, gone.scim_id) == ("7", {}, None)
    kinds = [(change.kind, change.field, change.before, change.after) for change in life.changes.of_user(7)]
    assert sorted(kinds) == sorted(
        [
            (ChangeKind.JOINED, "", "", ""),
            (ChangeKind.CHANGED, "email", "", ""),
            (ChangeKind.CHANGED, "role", "user", "admin"),
            (ChangeKind.TEAM_JOINED, "", "", "Billing"),
            (ChangeKind.OFFBOARDED, "", "", ""),
            (ChangeKind.FORGOTTEN, "", "", ""),
        ]
    )
    own = life.requests.get("own")
    assert own is not None
    assert (own.state, own.requester_name, own.target_id) == (State.DONE, "Ann Asker", 7)
    assert own.plan == {"email": "", "name": "", "role": "admin", "target_id": 7, "emails": [""]}
    assert [vote.actor for vote in life.requests.decisions("own")] == ["U2"]


def test_others_keep_what_is_theirs(life: Record) -> None:
    eight, nine = life.users.get(8), life.users.get(9)
    life.forget(7, life.now())
    assert (life.users.get(8), life.users.get(9)) == (eight, nine)
    other = life.requests.get("other")
    assert other is not None
    assert (other.target_name, other.reason) == ("Jane Doe 9", "left")
    assert other.outcome == "Conversations went to (erased) ((erased))."
    assert other.plan == {"assignee_id": 7, "assignee_name": "(erased)", "email": "jane.9@example.com"}
    assert life.notes.get("exempt") == '["(erased)", "jane.8@example.com"]'
    assert [change.after for change in life.changes.of_user(8)] == ["Jane Doe 8"]


def test_nobody_finds_them_any_more_and_directories_notice(life: Record) -> None:
    version = life.version()
    life.forget(7, life.now())
    assert life.version() > version
    assert [row.id for row in life.users.changed_since(version)[1]] == [7]
    assert life.users.by_email("xq@example.com") == []
    assert life.users.by_mention("xanthippe") == []


def test_forgetting_twice_is_forgetting_once_more(life: Record) -> None:
    life.forget(7, life.now())
    life.audit.append("user.forgotten", actor="cli:root", user_id=7, details={"name": "Xanthippe Quirrenbach"})
    life.forget(7, life.now())
    assert "Xanthippe" not in everything(life)
    assert life.audit.verify().whole


def test_an_erasure_can_not_be_stretched_to_other_lines(life: Record) -> None:
    """Deleting more details needs a row in audit_erasures, and that row needs a chained line that names the seq."""
    life.forget(7, life.now())
    by = next(line.seq for line in life.audit.iterate() if line.event == "record.erased")
    life._engine.run("INSERT INTO audit_erasures (seq, erased_by) VALUES (3, :by)", {"by": by})
    life._engine.run("DELETE FROM audit_details WHERE seq = 3")
    assert life.audit.verify().broken_at == 3


def test_who_is_there_can_not_be_forgotten(record: Record, person: Person) -> None:
    record.users.put([person(7)])
    with pytest.raises(StillThere, match="active"):
        record.forget(7, record.now())
    with pytest.raises(Unknown):
        record.forget(8, record.now())
    assert record.users.get(7) == person(7)


def test_an_open_request_keeps_the_person_known(record: Record, person: Person, a_request: Make) -> None:
    record.users.put([person(7, status=Status.REMOVED)])
    record.requests.insert(a_request("r1", kind=Kind.RESTORE, target_email="jane.7@example.com"))
    with pytest.raises(StillThere, match="open"):
        record.forget(7, record.now())
    assert record.users.get(7) == person(7, status=Status.REMOVED)


def test_whoever_has_the_address_now_is_left_alone(record: Record, person: Person, a_request: Make) -> None:
    record.users.put([person(7, email="desk@example.com", status=Status.REMOVED), person(8, email="desk@example.com")])
    record.requests.insert(
        a_request("r8", kind=Kind.PROVISION, target_id=None, target_email="desk@example.com", state=State.DONE)
    )
    record.forget(7, record.now())
    assert [row.id for row in record.users.by_email("desk@example.com")] == [8]
    kept = record.requests.get("r8")
    assert kept is not None
    assert kept.target_email == "desk@example.com"


def test_a_message_that_still_waits_is_not_sent_any_more(life: Record) -> None:
    life.forget(7, life.now())
    waiting = life.outbox.claim("me", life.now() + timedelta(days=1), timedelta(minutes=1))
    assert [(item.key, item.payload) for item in waiting] == [("warning", {"sentence": "Ask (erased)."})]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_nothing_of_them_is_left_in_the_bytes_of_the_file(life: Record, target: str) -> None:
    life.forget(7, life.now())
    for path in Path(target).parent.glob("record-1.db*"):
        content = path.read_bytes().lower()
        assert [word for word in WORDS if word.lower().encode() in content] == [], path
