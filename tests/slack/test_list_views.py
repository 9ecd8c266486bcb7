"""Lists, teams, orphans and the audit log with the longest legal data; and that no view of the room is left out."""

import inspect
import pkgutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from types import FrameType
from typing import Any, get_type_hints

import pytest
from slack_sdk.models.views import View

import bot.slack.views
from bot.demo.slack.block_kit import check_message, check_view
from bot.model.audit import AuditEntry, ChainReport
from bot.model.batch import MOST, Batch, LeftOut
from bot.model.change import Change, ChangeKind
from bot.model.problem import Problem
from bot.model.request import State
from bot.model.user import Status
from bot.policy.people.by_group import GroupSeats
from bot.policy.people.dormant import Dormant
from bot.policy.people.finding import Finding, Kind
from bot.policy.requests.batch import tally
from bot.services.reconciling.population import Found, Row
from bot.slack.views import audit, details, reconcile, role_check, welcome, words
from bot.slack.views.forms import leave_out as leave_out_form
from bot.slack.views.forms import offboard_many
from bot.slack.views.forms import restore as restore_form
from bot.slack.views.forms import seat_end as seat_end_form
from bot.slack.views.kit import Message, as_json, say
from bot.slack.views.many import left_as_is
from bot.slack.views.many.batch_card import Denial, ShownBatch, batch_card
from bot.slack.views.many.population import summary
from bot.slack.views.many.seats import dormant_page, groups_line, groups_page, marks
from bot.slack.views.people import lists, teams
from bot.slack.views.requests import messages as told
from bot.slack.views.text import safe
from tests.slack import test_seat_views, test_views
from tests.slack.test_views import (
    LONG,
    NOW,
    assert_harmless,
    check_limits,
    mrkdwn_of,
    record,
    request,
    team,
    units,
    user,
)

TURNS = [("Newer", "a", "x" * 1900), ("Older", "b", "x" * 1900)]
ELSEWHERE = {("requests.messages", "moved"), ("kit", "modal"), ("kit", "say"), ("kit", "without_pictures")}
"""What views are made with."""


def entry(text: str, seq: int) -> AuditEntry:
    noted = {"why": text, "answers": {text[:50]: 3}, "calls": [{"path": text}], "rows": [text] * 9, text[:50]: 0.12345}
    return AuditEntry(
        seq=seq, at=NOW, event=text, actor=text, request_id=text, user_id=seq, details=noted, hash="a" * 64
    )


def messages(text: str) -> Iterator[Message]:
    rows = [record(text, id=n) for n in range(lists.PAGE)]
    changes = [
        Change(user_id=n, kind=kind, field=text, before=text, after=text, seen_at=NOW, sync_id=n % 2, request_id=text)
        for n, kind in enumerate(ChangeKind)
    ]
    yield lists.people_page(rows, 10**9, 10**6, heading=words.sentence(text).text[:300], turns=TURNS, note="old")
    yield lists.people_page([], 0, 0, heading="*Nobody*", turns=())
    for status in Status:
        yield lists.history_page(record(text, status), changes, turns=TURNS, note="old", began=1)
    yield lists.history_page(record(text), [], turns=())
    yield lists.changes_page([(c, text) for c in changes], 10**9, period=text, turns=TURNS, note="old", began=NOW)
    yield lists.changes_page([], 0, period=text, turns=())
    yield teams.team_list([(one, 10**9) for one in team(text)[: teams.PAGE]], 10**9, turns=TURNS, note="old")
    yield teams.team_card(team(text)[0], rows, 10**9, turns=TURNS, note="old")
    yield teams.changed(text, user(text), team(text)[0])
    found = findings(text)
    kinds = [(kind, 10**6, "x" * 1900) for kind in Kind]
    turns: dict[str, Any] = {"newer": "x" * 1900, "older": "x", "left_cursor": "x", "dormant_cursor": "x"}
    back = {one.key: left_as_is.left_before(text, NOW, text, {"okta": text, "csv": text}) for one in found}
    place = reconcile.Paging(offset=8, left=10**6, by_group=True, kinds=kinds, before=back, **turns)
    idle = [(record(text, id=n), Dormant(n % 2 == 0, NOW)) for n in range(17)]
    doubted = [reconcile.Doubted(source="okta", sentence=text, confirmable=True)] * 6
    for kind in Kind:
        said = reconcile.heading(found, kind, [text, text], (Decimal(10**9), "USD"))
        some = [one for one in found if one.kind is kind]
        yield reconcile.listed(
            some, place, heading=said, doubted=doubted, hints=[text] * 2, underway=frozenset({9}), dormant=marks(idle)
        )
    price = (Decimal(10**9), "USD")
    page: dict[str, Any] = {"after": timedelta(days=90), "newer": "x" * 1900, "older": "x", "underway": frozenset({9})}
    yield dormant_page(idle, offset=8, cost=price, **page)
    yield dormant_page((), offset=0, cost=None, **page)
    by_group = [GroupSeats(text, 10**6, 10**6, 10**6)] * 30
    for cost in (price, None):
        yield groups_page(by_group, seats=10**9, by="Okta tells them", cost=cost)
    leavers = [Row(email=text, last_day="2026-10-31", hours=10**6, verdict=one.value) for one in Found] * 12
    about: dict[str, Any] = {"begin": NOW.date(), "end": NOW.date(), "sla": timedelta(days=1), "sha256": "0" * 64}
    yield say(summary(leavers, leavers, **about))
    for names in ([text], [text] * 30):
        yield told.to_manager(names, "<@U0RITA0001>", "", text)
    yield reconcile.listed((), reconcile.Paging(), heading=reconcile.orphans_heading((), ["Slack"], None))
    yield reconcile.listed((), reconcile.Paging(), heading=reconcile.heading((), None, [], None))
    yield reconcile.signal(found[0])
    yield told.news(text)
    yield told.audit_head("12:" + "0" * 64)
    yield told.aside(text, "done", text, "")
    kept = [left_as_is.LeftRow(f"seat:{n}", text, text, text, "2027-01-01") for n in range(20)]
    yield left_as_is.left_page(kept, offset=8, newer="x" * 1900, older="x")
    yield left_as_is.left_page(())
    counts = [(kind, 10**6) for kind in Kind]
    yield reconcile.digest(
        found, counts, [text, text], cost=price, doubted=doubted, groups=groups_line(by_group, price)
    )
    yield audit.log_page(
        [entry(text, n) for n in range(20)], dict.fromkeys(range(20), text), about=text, newer="x" * 1900, older="x"
    )
    yield audit.log_page([], {}, about="")
    yield audit.chain(ChainReport(entries=10**9, problem=text))
    yield audit.chain(ChainReport(entries=1))
    yield told.in_batch(text, "b" * 13, "https://acme.slack.com/archives/C0/p1")
    yield welcome.first_message(welcome.Roles(approvers=[text] * 20, requesters=[text] * 20))
    for state in State:
        yield batch_card(crowd(text, state))
    yield role_check.as_wanted(text, text)
    yield role_check.still_ignored(text, text, text, "h" * 12)
    yield restore_form.still_here(user(text))
    yield words.trouble(Problem(f"{text[:1500]}: try `/hs-user help`."))


def crowd(text: str, state: State) -> ShownBatch:
    """A batch of as many as may be asked for together, all in one state."""
    left_out = (LeftOut(number=10**6, text=text, why=text),) * 50
    batch = Batch(
        id="b" * 13,
        opened_at=NOW,
        requester="U0MAX0001",
        requester_name=text,
        reason=text,
        assignee_name=text,
        run_at=NOW,
        left_out=left_out,
    )
    requests = [replace(request(text, state), id=f"{number:013}") for number in range(MOST)]
    return ShownBatch(
        batch=batch,
        tally=tally(requests),
        requests=requests,
        can_approve=[text] * 20,
        calls="<@U0RITA0001>",
        last_start=NOW,
        denied=[Denial(actor="U0ANA0001", name=text, reason=text)] * 5,
    )


def findings(text: str) -> list[Finding]:
    sources = {"slack": text, "okta": text, "csv": text}
    return [
        Finding(kind=kind, email=text, id=n, name=text, sources=sources, detail=text, user=user(text, n))
        for n in range(20)
        for kind in Kind
    ]


def views(text: str) -> Iterator[View]:
    yield teams.delete_form(team(text)[0], 10**9, private_metadata="m" * 3000)
    yield left_as_is.leave_form(findings(text)[0], "m" * 3000)
    yield leave_out_form.form(text, [request(text)] * 150, private_metadata="m" * 3000)
    for day in (NOW.date(), None):
        yield seat_end_form.form(text, day, private_metadata="m" * 3000)
    wrong = [LeftOut(number=10**6, text=text, why=text)] * 200
    many = offboard_many.Filled(
        people=text * 99, reason=text, assignee=user(text), run_at=NOW, wrong=wrong, trouble=safe(text, 300)
    )
    for filled in (many, offboard_many.Filled()):
        yield offboard_many.form(filled, private_metadata="m" * 3000)


@pytest.mark.parametrize("kind", LONG)
def test_lists_keep_every_limit_and_are_harmless_with_the_longest_legal_data(kind: str) -> None:
    for message in messages(LONG[kind]):
        body = message.as_json()
        check_limits(body["blocks"], 50)
        _, wrong = check_message(body["blocks"])
        assert not wrong
        assert 1 <= units(body["text"]) <= 4000
        for markup in [message.text, *mrkdwn_of(body)]:
            assert_harmless(markup)
        assert as_json(message.blocks) == [block.to_dict() for block in message.blocks]


@pytest.mark.parametrize("kind", LONG)
def test_their_forms_do_too(kind: str) -> None:
    for view in views(LONG[kind]):
        body = as_json(view)
        check_limits(body["blocks"], 100)
        _, wrong = check_view(body)
        assert not wrong
        for markup in mrkdwn_of(body):
            assert_harmless(markup)


def test_no_view_is_left_out() -> None:
    drawn: set[tuple[str, str]] = set()

    def called(frame: FrameType, event: str, _: object) -> None:
        module = str(frame.f_globals.get("__name__", ""))
        if event == "call" and module.startswith("bot.slack.views."):
            drawn.add((module.removeprefix("bot.slack.views."), frame.f_code.co_name))

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        for suite in (test_views.messages, test_views.views, test_seat_views.views, messages, views):
            assert list(suite("Jane"))
    finally:
        sys.setprofile(before)
    assert set(_all_views()) - drawn == ELSEWHERE - drawn


def _all_views() -> Iterator[tuple[str, str]]:
    """Every function of the room that gives a message or a view."""
    for found in pkgutil.walk_packages(bot.slack.views.__path__, "bot.slack.views."):
        module = import_module(found.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and get_type_hints(function).get("return") in (Message, View):
                yield found.name.removeprefix("bot.slack.views."), name


def test_details_are_told_in_words() -> None:
    noted = {
        "step": "remove",
        "answers": {"DELETE 204": 1, "GET 404": 2},
        "calls": [{"api": "SCIM", "milliseconds": 32.330787}],
        "digest": "f00926c4814245f759e895d14eda03f67c680d1a",
        "took_seconds": 1.50000001,
        "erased": True,
        "nothing": None,
    }
    assert details.in_words(noted) == (
        "step: remove; answers: DELETE 204, GET 404 ×2; digest: f00926c48142…; took seconds: 1.5; erased: yes"
    )


def test_what_a_screen_reader_says_of_a_button_has_the_words_on_it() -> None:
    """WCAG 2.2, 2.5.3: who speaks to the screen says what they see."""
    for suite in (test_views.messages, messages):
        for message in suite("Jane"):
            _assert_named(as_json(message.blocks))
    for forms in (test_views.views, test_seat_views.views, views):
        for view in forms("Jane"):
            _assert_named(as_json(view)["blocks"])


def _assert_named(blocks: list[dict[str, Any]]) -> None:
    for block in blocks:
        for element in [*block.get("elements", ()), *([block["accessory"]] if "accessory" in block else [])]:
            if "accessibility_label" in element:
                seen = element["text"]["text"].strip("…").casefold()
                assert seen in element["accessibility_label"].casefold(), element
