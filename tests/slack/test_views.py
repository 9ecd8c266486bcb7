"""Every view with the longest legal data, within every limit of Block Kit, and with no word of anybody's at work."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.models.views import View

from bot.demo.slack.block_kit import check_message, check_options, check_view
from bot.model.change import Change, ChangeKind
from bot.model.request import Decision, Kind, Request, State, Step, StepState, Verdict
from bot.model.sync import SyncRun, SyncState
from bot.model.team import Team
from bot.model.user import Status, User, UserRecord
from bot.services.reports.history import Entry
from bot.services.requests.kinds import CardWords
from bot.services.syncing.notices import Notice
from bot.slack.handling.payload import Call
from bot.slack.views import status, words
from bot.slack.views.forms import deny as deny_form
from bot.slack.views.forms import move as move_form
from bot.slack.views.forms import offboard as offboard_form
from bot.slack.views.forms.inputs import person_option
from bot.slack.views.kit import Message, as_json, without_pictures
from bot.slack.views.people import choosing as people
from bot.slack.views.people import person
from bot.slack.views.requests import finished_card, request_card
from bot.slack.views.requests import messages as told

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

LONG = {
    "plain": "x" * 5000,
    "escaped": "&" * 5000,
    "angles": "<!channel>" * 600,
    "marks": "*_~`" * 1500,
    "emoji": "😀" * 3000,
    "shortcodes": ":fire:" * 900,
    "words": "word " * 1200,
    "lines": "line\n" * 1200,
    "empty": "",
    "spaces": "\u00a0\u200b ",
}


def user(text: str, id: int = 2**53) -> User:
    return User(
        id=id,
        first_name=text,
        last_name=text,
        email=text,
        role=text or "user",
        timezone=text,
        type=text,
        created_at=text,
        updated_at="2026-01-01T00:00:00Z",
        photo_url="https://example.com/" + "a" * 1400,
        job_title=text,
        phone=text,
        alternate_emails=(text,) * 50,
        mention=text,
        initials=text,
    )


def record(text: str, state: Status = Status.ACTIVE, id: int = 2**53) -> UserRecord:
    return UserRecord(user=user(text, id), status=state, first_seen=NOW, last_seen=NOW, removed_at=NOW, scim_id=text)


def request(text: str, state: State = State.PENDING) -> Request:
    return Request(
        id="h" * 12,
        kind=Kind.OFFBOARD,
        state=state,
        opened_at=NOW,
        requester="U0RITA0001",
        requester_name=text,
        target_id=1,
        target_name=text,
        target_email=text,
        reason=text,
        plan={"emails": [text]},
        quorum=99,
        run_at=NOW,
        expires_at=NOW + timedelta(days=1),
        start_by=NOW,
        approved_at=NOW,
        finished_at=NOW,
        outcome=text,
    )


def card_words(text: str) -> CardWords:
    return CardWords(title=text, verb=text, consequence=text, facts=tuple((f"Fact {n}", text) for n in range(30)))


def votes(text: str) -> list[Decision]:
    return [
        Decision(request_id="h", actor=f"U0{n:08}", actor_name=text, verdict=verdict, reason=text, decided_at=NOW)
        for n in range(30)
        for verdict in Verdict
    ]


def steps(text: str) -> list[Step]:
    return [
        Step(request_id="h", position=n, name=text, state=state, started_at=NOW, attempts=9, done=n, total=10**9)
        for n in range(30)
        for state in StepState
    ]


def entries(text: str, kind: ChangeKind, count: int) -> tuple[Entry, ...]:
    changes = [Change(user_id=n, kind=kind, field=text, before=text, after=text, seen_at=NOW) for n in range(count)]
    return tuple(Entry(change, record(text)) for change in changes)


def team(text: str) -> list[Team]:
    return [Team(id=n, name=text) for n in range(100)]


def vitals(text: str) -> status.Vitals:
    run = SyncRun(id=1, trigger=text, started_at=NOW, state=SyncState.FAILED, people=10**9, problem=text)
    return status.Vitals(
        version=text,
        engine=text,
        round_trip=12_345.6,
        leader="h" * 63 + ":4194304:abcdef",
        latest=run,
        latest_ended=run,
        latest_good=run,
        next_sync=NOW,
        people=dict.fromkeys(Status, 10**9),
        requests=dict.fromkeys(State, 10**9),
        budget=(10**9, 10**9),
        owed=10**9,
        checks=[status.Check(text, well, text) for well in (True, False, None)] * 4,
        trouble=[text] * 20,
    )


def messages(text: str) -> Iterator[Message]:
    """Every message that this room can show, with this text wherever text can stand."""
    beyond = person.Beyond(conversations="15 conversations", slack="…", photo="https://example.com/" + "a" * 2900)
    rows = [record(text, id=n) for n in range(300)]
    gone = [record(text, Status.REMOVED, n) for n in range(300)]
    yield person.person_card(record(text), team(text), beyond=beyond, note=words.sentence(text).text)
    yield person.person_card(record(text), team(text), note="")
    for left in (Status.OFFBOARDED, Status.REMOVED):
        yield person.tombstone(record(text, left), team(text), request(text, State.DONE), votes(text))
        yield person.tombstone(record(text, left), [])
    yield people.several(text, rows, 100_000, gone)
    yield people.nobody(text, rows, gone, hint="Did you mean `x`?")
    yield people.nobody(text, (), ())
    for state in State:
        yield request_card.card(request(text, state), card_words(text), votes(text), steps(text))
        yield request_card.card(request(text, state), card_words(text), buttons=False)
        yield finished_card.finished_card(request(text, state), card_words(text), votes(text))
    names, calls, link = [text] * 200, "<!subteam^S0APPROVER> " * 20, "https://acme.slack.com/archives/C0/p1"
    pending = request(text, State.PENDING)
    yield request_card.card(pending, card_words(text), can_approve=names, calls=calls.strip(), link=link)
    yield told.thread_line("reminded", text, "U0RITA0001", named=text, head=text, calls=calls.strip())
    yield told.to_approver(text, pending, link)
    yield told.to_assignee(pending, 10**9, link)
    for event in ("approved", "denied", "something new", text):
        yield told.thread_line(event, text, "U0RITA0001")
        yield told.to_requester(text, text, event, text, text)
    yield told.warning(text)
    for count in (1, 400):
        yield told.notice(
            Notice(
                1,
                joined=entries(text, ChangeKind.JOINED, count),
                returned=entries(text, ChangeKind.RETURNED, count),
                removed=entries(text, ChangeKind.REMOVED, count),
                changed=entries(text, ChangeKind.CHANGED, count),
            )
        )
    yield told.notice(Notice(1))
    missing = [(n, text) for n in range(5000)]
    yield told.guard(1, missing)
    yield told.guard(1, missing, settled="Confirmed.")
    yield status.status(vitals(text))
    yield words.sentence(text)
    yield words.usage(text, "/hs-user", ["lookup WHO"] * 20, meant=text)
    yield words.help_of("/hs-user", [("lookup WHO", "one person")] * 20)


def views(text: str) -> Iterator[View]:
    """Every form and note."""
    someone = user(text)
    filled = offboard_form.Filled(
        person=someone, reason=text, assignee=someone, run_at=NOW, trouble=text and "Trouble."
    )
    preview = offboard_form.Preview(
        row=record(text),
        teams=team(text),
        approvals=99,
        removed=True,
        conversations=10**9,
        assignee=someone,
        refusal=text,
    )
    yield offboard_form.form(filled, preview, private_metadata="m" * 3000)
    yield offboard_form.form(offboard_form.Filled())
    yield deny_form.form(text, private_metadata="m" * 3000)
    yield move_form.form(text, NOW, 2, private_metadata="m" * 3000)
    yield move_form.form(text, None, 0, private_metadata="")
    yield words.note(words.sentence(text), text)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def check_limits(blocks: Sequence[dict[str, Any]], most: int) -> None:
    """The limits of slack.md, counted in UTF-16 units, which is the strictest way to count."""
    assert len(blocks) <= most
    ids = [element["action_id"] for block in blocks for element in _elements(block) if "action_id" in element]
    assert len(ids) == len(set(ids)), "action ids are unique in a view"
    for block in blocks:
        match block["type"]:
            case "header":
                assert 1 <= units(block["text"]["text"]) <= 150
            case "section":
                assert 1 <= units(block.get("text", {"text": "-"})["text"]) <= 3000
                assert len(block.get("fields", [])) <= 10
                assert all(1 <= units(field["text"]) <= 2000 for field in block.get("fields", []))
            case "context":
                assert 1 <= len(block["elements"]) <= 10
                assert all(1 <= units(element["text"]) <= 3000 for element in block["elements"])
            case "actions":
                assert 1 <= len(block["elements"]) <= 25
        for element in _elements(block):
            if element["type"] == "button":
                assert 1 <= units(element["text"]["text"]) <= 75
                assert units(element.get("value", "")) <= 2000
                assert units(element.get("accessibility_label", "")) <= 75
                if confirm := element.get("confirm"):
                    for name, longest in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
                        assert 1 <= units(confirm[name]["text"]) <= longest
            for option in [element[k] for k in ("initial_option",) if k in element]:
                assert 1 <= units(option["text"]["text"]) <= 75
                assert units(option["value"]) <= 150
                assert units(option.get("description", {"text": ""})["text"]) <= 75


def _elements(block: dict[str, Any]) -> list[dict[str, Any]]:
    inside = [block[name] for name in ("accessory", "element") if name in block]
    return [*inside, *(e for e in block.get("elements", ()) if "action_id" in e)]


@pytest.mark.parametrize("kind", LONG)
def test_every_message_keeps_every_limit_with_the_longest_legal_data(kind: str) -> None:
    for message in messages(LONG[kind]):
        body = message.as_json()
        check_limits(body["blocks"], 50)
        _, wrong = check_message(body["blocks"])
        assert not wrong
        assert 1 <= units(body["text"]) <= 4000


@pytest.mark.parametrize("kind", LONG)
def test_every_form_keeps_every_limit_with_the_longest_legal_data(kind: str) -> None:
    for view in views(LONG[kind]):
        body = as_json(view)
        check_limits(body["blocks"], 100)
        _, wrong = check_view(body)
        assert not wrong
        for name in ("title", "submit", "close"):
            assert name not in body or 1 <= units(body[name]["text"]) <= 24


@pytest.mark.parametrize("kind", LONG)
def test_slack_sdk_finds_no_fault_and_writes_the_same(kind: str) -> None:
    """`as_json` leaves out slack_sdk's checks for speed: here they are made."""
    for message in messages(LONG[kind]):
        assert as_json(message.blocks) == [block.to_dict() for block in message.blocks]
    for view in views(LONG[kind]):
        assert as_json(view) == view.to_dict()


@pytest.mark.parametrize("kind", LONG)
def test_options_of_a_typeahead_keep_their_limits(kind: str) -> None:
    options = as_json([person_option(user(LONG[kind], id=n)) for n in range(100)])
    _, wrong = check_options({"options": options})
    assert not wrong
    assert all(units(option["text"]["text"]) <= 75 for option in options)


def mrkdwn_of(piece: Any) -> Iterator[str]:
    """Every mrkdwn text within."""
    if isinstance(piece, dict):
        if piece.get("type") == "mrkdwn":
            assert piece.get("verbatim") is True, "Slack makes no links or mentions of what stands there"
            yield piece["text"]
        for value in piece.values():
            yield from mrkdwn_of(value)
    elif isinstance(piece, list):
        for value in piece:
            yield from mrkdwn_of(value)


OURS = re.compile(
    r"<(!date\^\d+\^[^|<>]+\|[^<>]*|@[UW][A-Z0-9]+|https://example\.com/a+\|photo"
    r"|!subteam\^S0APPROVER|https://acme\.slack\.com/archives/C0/p1\|Open the request"
    r"|https://secure\.helpscout\.net/(users|teams)/[a-z/]*\w*\|Open the page in Help Scout)>"
)


def assert_harmless(markup: str) -> None:
    """Nothing stands between angle brackets but what we put there; every entity is whole."""
    rest = OURS.sub("", markup)
    assert "<" not in rest, rest[:200]
    assert ">" not in re.sub(r"^>", "", rest, flags=re.MULTILINE), rest[:200]
    assert not re.search(r"&(?!(amp|lt|gt);)", rest)


@pytest.mark.parametrize("kind", LONG)
def test_nobodys_words_ping_link_or_format_in_any_view(kind: str) -> None:
    for message in messages(LONG[kind]):
        assert_harmless(message.text)
        for markup in mrkdwn_of(message.as_json()):
            assert_harmless(markup)
    for view in views(LONG[kind]):
        for markup in mrkdwn_of(as_json(view)):
            assert_harmless(markup)


def test_every_message_has_a_fallback_that_says_what_it_is_about() -> None:
    for message in messages("Jane Doe"):
        assert len(message.text) >= len("Jane Doe")


def test_each_state_has_its_look_and_its_buttons() -> None:
    buttons = {
        State.PENDING: ["Approve", "Deny", "Remind", "Cancel"],
        State.APPROVED: ["Cancel"],
        State.WAITING: ["Check now", "Cancel"],
        State.ATTENTION: ["Retry", "Give up"],
    }
    looks = set()
    for state in State:
        shown = request_card.card(
            replace(request("Jane", state), run_at=None), card_words("Offboard Jane"), votes("Ana"), steps("check")
        )
        pressed = [
            e["text"]["text"] for b in shown.as_json()["blocks"] if b["type"] == "actions" for e in b["elements"]
        ]
        assert pressed == buttons.get(state, [])
        looks.add(request_card.LOOKS[state])
    assert len(looks) == len(State)


def test_what_is_scheduled_can_be_moved_until_it_starts() -> None:
    for state in State:
        shown = request_card.card(replace(request("Jane", state), run_at=NOW), card_words("Offboard Jane"))
        movable = state in (State.PENDING, State.APPROVED)
        assert ("Move…" in json.dumps(shown.as_json(), ensure_ascii=False)) is movable


def test_a_decided_card_says_who_decided_and_who_asked() -> None:
    shown = request_card.card(request("Jane", State.DENIED), card_words("Offboard Jane"), votes("Ana")[:2])
    text = json.dumps(shown.as_json())
    assert "<@U000000000>" in text
    assert "<@U0RITA0001>" in text


def test_a_denial_says_its_reason_once() -> None:
    denied = replace(request("Jane", State.DENIED), outcome="Denied: she stays here.")
    vote = replace(votes("Ana")[0], verdict=Verdict.DENY, reason="she stays here.")
    text = json.dumps(request_card.card(denied, card_words("Offboard Jane"), [vote]).as_json())
    assert text.count("she stays here.") == 1
    assert "she stays here." in json.dumps(request_card.card(denied, card_words("Offboard Jane"), []).as_json())


def test_what_needs_no_approval_waits_for_none() -> None:
    alone = replace(request("Jane", State.DONE), quorum=0, run_at=None)
    shown = json.dumps(request_card.card(alone, card_words("Provision Jane")).as_json())
    assert "no approval is needed" in shown
    assert "as soon as approved" not in shown


def test_a_progress_bar_is_always_twenty_signs_wide() -> None:
    for done, total in ((0, 0), (0, 500), (260, 500), (500, 500), (900, 500), (-1, 5)):
        assert len(request_card.bar(done, total).split(" ")[0]) == request_card.BAR


def test_a_message_can_be_had_without_its_pictures() -> None:
    beyond = person.Beyond(photo="https://example.com/a.png")
    card = person.person_card(record("Jane"), [], beyond=beyond)
    assert "image" in json.dumps(card.as_json())
    plain = without_pictures(card)
    assert "image" not in json.dumps(plain.as_json())
    assert len(plain.blocks) == len(card.blocks)


def test_an_owner_or_a_team_has_no_button_that_offboards() -> None:
    for changed in ({"role": "owner"}, {"type": "team"}):
        row = replace(record("Jane"), user=replace(user("Jane"), **changed))  # type: ignore[arg-type]
        assert "Offboard" not in [e.text.text for e in person.person_buttons(row)]  # type: ignore[attr-defined]


def test_a_payloads_call_needs_no_field() -> None:
    assert Call().key == ""
    assert Call().typed("reason") == ""
