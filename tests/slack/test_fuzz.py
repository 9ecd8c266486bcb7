"""Thousands of cases of what people type, of what a payload may hold, and of what people are called: no fault, and no
word of anybody's at work. Others at each run, and TESTS_FUZZ times as many where that is set.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.demo.helpscout.simulated import SimulatedHelpScout
from bot.model.user import Status, User, UserRecord
from bot.slack.inbound import routes
from bot.slack.transport.request import NotSlacks
from bot.slack.views.forms.offboard import Filled, form
from bot.slack.views.people import person
from bot.slack.views.people.choosing import nobody, several
from tests.slack.conftest import Room

TIMES = int(os.environ.get("TESTS_FUZZ", "1"))
OFTEN = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
NASTY = st.text(
    alphabet=st.one_of(
        st.sampled_from("&<>*_~`:|@#!^\"'“”,;()[]{}\\/ \t\n\u00a0\u200b\u200d\u202e\ufeff\x00"),
        st.characters(codec="utf-8"),
    ),
    max_size=60,
)
PIECES = st.sampled_from(
    [
        *("jane", "@jane", "101100", "99999999999999999999", "Jane D'Arcy", "a", ""),
        *("<mailto:jane@acme.example|jane@acme.example>", "<@U0RITA0001|rita>", "<@U0NOBODY>", "<!channel>", "<#C1|x>"),
        *("to:", "to:ana", "at:", "at:tomorrow 9:00", "reason:", "role:admin", "team:", "status:active", "7d", "30d"),
        *("&lt;b&gt;", "&amp;", '"', "*bold*"),
    ]
)
TYPED = st.lists(st.one_of(PIECES, NASTY), max_size=5).map(" ".join)
QUIET = {"sync", "export", "evidence", "verify", "orphans", "chart"}
"""Sub-commands that walk over an account or send files: their words are tried where they are tested."""
SUBS = sorted({sub.name for command in routes.COMMANDS for sub in command.subs} - QUIET | {"help", "lokup", ""})

OURS = re.compile(r"<(!date\^\d+\^[^|<>]+\|[^<>]*|@[UW][A-Z0-9]+|https?://[^<>| ]+\|[a-z ]+)>")


def harmless(markup: str) -> None:
    rest = OURS.sub("", markup)
    assert "<" not in rest, rest
    assert not re.search(r"&(?!(amp|lt|gt);)", rest), rest


def mrkdwn_of(piece: Any) -> Iterator[str]:
    if isinstance(piece, dict):
        if piece.get("type") == "mrkdwn":
            yield piece["text"]
        for value in piece.values():
            yield from mrkdwn_of(value)
    elif isinstance(piece, list):
        for value in piece:
            yield from mrkdwn_of(value)


def harmless_body(body: dict[str, Any]) -> None:
    assert "Something went wrong inside hs-bot" not in json.dumps(body), body
    if isinstance(body.get("text"), str):
        harmless(body["text"])
    for markup in mrkdwn_of(body):
        harmless(markup)


def _read(argument: Any) -> Any:
    """An argument of a call; forms carry JSON as text, and words that only begin like it."""
    try:
        return json.loads(argument) if isinstance(argument, str) and argument[:1] in ("[", "{") else argument
    except ValueError:
        return argument


@pytest.fixture(scope="module")
def account() -> Iterator[SimulatedHelpScout]:
    """Their own: what is typed makes teams."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


@pytest.fixture
def quiet(room: Room) -> Iterator[Room]:
    """Without Help Scout behind it. At the end nothing may have failed, and nothing harmful been sent."""
    object.__setattr__(room.deps, "helpscout", None)
    with structlog.testing.capture_logs() as logs:
        yield room
        room.until(lambda: not room.worker.unfinished, 60)
    failed = [line for line in logs if line["log_level"] in ("error", "critical")]
    assert not failed, failed[:3]
    for call in room.slack.log:
        harmless_body({name: _read(value) for name, value in call.arguments.items()})
        assert call.error not in ("invalid_blocks", "invalid_arguments", "no_text"), call


@settings(OFTEN, max_examples=1200 * TIMES)
@given(
    command=st.sampled_from([command.name for command in routes.COMMANDS]),
    sub=st.sampled_from(SUBS),
    typed=TYPED,
    who=st.sampled_from(["rita", "ana", "max", "gus", "nobody"]),
)
def test_whatever_is_typed_is_answered_without_a_fault(
    quiet: Room, command: str, sub: str, typed: str, who: str
) -> None:
    user = quiet.id(who) if who != "nobody" else "U0NOBODY00"
    fields = {
        "command": command,
        "text": f"{sub} {typed}".strip(" "),
        "user_id": user,
        "team_id": "T0ACME0001",
        "channel_id": quiet.deps.channel,
    }
    answer = quiet.deliver(urlencode(fields, errors="surrogatepass"))
    assert answer.status == 200
    if answer.body:
        harmless_body(json.loads(answer.body))


WORDS = st.one_of(
    NASTY,
    st.sampled_from(
        ["U0RITA0001", "101100", "9" * 30, "-1", "1", "{}", '{"request_id": 7}', "eyJ9", "T0ACME0001", "101100:0"]
    ),
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), WORDS),
    lambda inside: st.one_of(st.lists(inside, max_size=3), st.dictionaries(WORDS, inside, max_size=3)),
    max_leaves=6,
)


def mostly(expected: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What the handler expects, seldom something of any other shape."""
    return st.integers(0, 7).flatmap(lambda chance: expected if chance else ANYTHING)


def with_id(name: str, known: Iterable[str]) -> st.SearchStrategy[dict[str, Any]]:
    """An action_id or a callback_id that has a handler, at times with something behind it."""
    ids = st.sampled_from(sorted(known))
    return st.fixed_dictionaries({name: mostly(st.one_of(ids, st.tuples(ids, WORDS).map(":".join)))})


def joined(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda found: {name: value for one in found for name, value in one.items()})


OPTION = st.fixed_dictionaries({"value": WORDS})
ELEMENT = st.fixed_dictionaries(
    {},
    optional={
        "value": mostly(WORDS),
        "selected_option": mostly(OPTION),
        "selected_options": mostly(st.lists(OPTION, max_size=3)),
        "selected_date_time": mostly(st.integers(0, 2**40)),
    },
)
FIELD_NAMES = st.one_of(
    st.sampled_from(["target_id", "reason", "assignee_id", "run_at", "email", "first_name", "role", "team_ids"]), WORDS
)
VALUES = st.dictionaries(FIELD_NAMES, mostly(st.fixed_dictionaries({"x": mostly(ELEMENT)})), max_size=5)
VIEW = st.fixed_dictionaries(
    {"type": st.sampled_from(["modal", "home"])},
    optional={
        "id": mostly(WORDS),
        "private_metadata": mostly(WORDS),
        "state": mostly(st.fixed_dictionaries({"values": mostly(VALUES)})),
        "hash": mostly(WORDS),
        "blocks": ANYTHING,
    },
)
ACTION = joined(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["button", "external_select", "overflow"])},
        optional={"value": mostly(WORDS), "selected_option": mostly(OPTION), "block_id": mostly(WORDS)},
    ),
    with_id("action_id", [*routes.BUTTONS, *routes.DECISIONS, "offboard.person", "provision.email"]),
)
AROUND = st.fixed_dictionaries(
    {
        "user": mostly(
            st.fixed_dictionaries({"id": st.sampled_from(["U0RITA0001", "U0ANA00001", "U0GUS00001", "U0NOBODY", "x"])})
        )
    },
    optional={
        "team": mostly(st.fixed_dictionaries({"id": mostly(st.just("T0ACME0001"))})),
        "container": ANYTHING,
        "channel": mostly(st.fixed_dictionaries({"id": WORDS})),
        "message": mostly(st.fixed_dictionaries({"user": WORDS, "ts": WORDS, "text": WORDS})),
        "trigger_id": mostly(WORDS),
        "response_url": mostly(WORDS),
    },
)


def kind(name: str, *parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return joined(AROUND, *parts, st.just({"type": name}))


def seen(view: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"view": mostly(view)})


PAYLOADS = st.one_of(
    kind("block_actions", st.fixed_dictionaries({"actions": mostly(st.lists(ACTION, min_size=1, max_size=2))})),
    kind("block_actions", st.fixed_dictionaries({"actions": st.lists(ACTION, min_size=1, max_size=1)}), seen(VIEW)),
    kind("view_submission", seen(joined(VIEW, with_id("callback_id", routes.FORMS)))),
    kind("view_closed", seen(joined(VIEW, with_id("callback_id", routes.FORMS)))),
    kind("block_suggestion", with_id("action_id", routes.TYPEAHEADS), st.fixed_dictionaries({"value": mostly(WORDS)})),
    kind("shortcut", with_id("callback_id", routes.SHORTCUTS)),
    kind("message_action", with_id("callback_id", routes.SHORTCUTS)),
    st.dictionaries(st.sampled_from(["type", "actions", "view", "user", "event", "callback_id"]), ANYTHING),
)


@settings(OFTEN, max_examples=1200 * TIMES)
@given(payload=PAYLOADS)
def test_whatever_a_payload_holds_is_taken_without_a_fault(quiet: Room, payload: dict[str, Any]) -> None:
    try:
        answer = quiet.deliver(urlencode({"payload": json.dumps(payload)}))
    except NotSlacks:
        return  # over HTTP that is a 400, see test_http.py
    assert answer.status in (200, 400, 404)
    if answer.body and answer.body.startswith("{"):
        harmless_body(json.loads(answer.body))


@settings(OFTEN, max_examples=600 * TIMES)
@given(first=NASTY, last=NASTY, email=NASTY, role=NASTY, title=NASTY, status=st.sampled_from(Status), asked=NASTY)
def test_whatever_people_are_called_is_only_shown(
    quiet: Room, first: str, last: str, email: str, role: str, title: str, status: Status, asked: str
) -> None:
    user = User(
        id=7, first_name=first, last_name=last, email=email, role=role, job_title=title, mention=first,
        photo_url=f"https://{last}", timezone=role, created_at=title, alternate_emails=(email, last), initials=last,
    )  # fmt: skip
    now = quiet.record.now()
    row = UserRecord(user=user, status=status, first_seen=now, last_seen=now, removed_at=now)
    messages = (
        person.person_card(row, []),
        person.tombstone(row, []),
        several(asked, [row], 2, [row]),
        nobody(asked, [row], [row]),
    )
    for message in messages:
        harmless_body(message.as_json())
        assert [block.to_dict() for block in message.blocks]
    assert form(Filled(person=user, reason=asked, assignee=user)).to_dict()
