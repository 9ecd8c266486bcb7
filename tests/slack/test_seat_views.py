"""The forms about seats and the App Home, with the longest and nastiest data that is legal: within Slack's limits, and
nobody's words do anything.
"""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from slack_sdk.models.views import View

from bot.demo.slack.block_kit import check_view
from bot.model.change import Change, ChangeKind
from bot.model.member import Member
from bot.model.request import Kind, Request, State, Step
from bot.model.team import Team
from bot.model.user import Status, User, UserRecord
from bot.services.reports.history import Entry
from bot.services.requests.kinds import CardWords
from bot.slack.views.forms import change as change_form
from bot.slack.views.forms import provision as provision_form
from bot.slack.views.forms import restore as restore_form
from bot.slack.views.home.home import home, turned_away
from bot.slack.views.home.page import HomePage, ShownRequest
from bot.slack.views.kit import as_json
from bot.slack.views.role_check import as_wanted, still_ignored

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NASTY = "<!channel> <@U0RITA0001> *bold* _it_ ~no~ `x` :tada: & <https://evil.example|x>"
NAMES = ["x" * 3000, "👩‍🚀" * 800, "&<>*_~`:" * 400, NASTY * 40, "‏مريم " * 500, " ", ""]
STATES = list(State)


def user(name: str) -> User:
    return User(
        id=2**53,
        first_name=name,
        last_name=name,
        email=f"{name[:64]}@acme.example",
        role=name[:60] or "user",
        timezone="America/Argentina/ComodRivadavia",
        job_title=name,
        phone=name[:50],
    )


def row(name: str) -> UserRecord:
    return UserRecord(
        user=user(name), status=Status.REMOVED, first_seen=NOW, last_seen=NOW, removed_at=NOW, request_id="x"
    )


def shown(name: str, state: State) -> ShownRequest:
    request = Request(
        id="abcdefghjkmn",
        kind=Kind.OFFBOARD,
        state=state,
        opened_at=NOW,
        requester="U0RITA0001",
        requester_name=name,
        target_name=name,
        reason=name[:1000],
        run_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        outcome=name,
    )
    words = CardWords(title=name, verb=name, consequence=name, facts=tuple((f"Fact {n}", name) for n in range(12)))
    step = Step(request_id=request.id, position=1, name=name[:200], started_at=NOW, done=3, total=7)
    return ShownRequest(request=request, words=words, steps=(step,))


def page(name: str) -> HomePage:
    entry = Entry(
        Change(user_id=1, kind=ChangeKind.CHANGED, field=name, before=name, after=name, seen_at=NOW), row(name)
    )
    some = [shown(name, state) for state in (*STATES, *STATES)]
    return HomePage(
        seats=100_000,
        history=[(NOW - timedelta(days=day), day * 37 % 101) for day in range(400, 0, -1)],
        changes=[entry] * 20,
        may_ask=True,
        approver=True,
        decide=some,
        decide_more=1000,
        stuck=some,
        held=(2**53, 100_000),
        mine=some,
        running=some,
        orphans=100_000,
        cost=(Decimal("55.50"), "USD"),
        note=name,
    )


def views(name: str) -> list[View]:
    teams = [Team(id=number, name=name) for number in range(100)]
    member = Member(id="U0DORA0001", name=name, email="dora@acme.example")
    filled = provision_form.Filled(
        email=name,
        first_name=name,
        last_name=name,
        role="admin",
        teams=tuple(teams),
        reason=name,
        named_by=member.id,
        trouble="no",
    )
    known = provision_form.Checked(email=name, gone=row(name), member=member, approvals=2)
    guest = replace(known, member=replace(member, is_guest=True), gone=None)
    taken = provision_form.Checked(email=name, active=row(name))
    wanted = change_form.Wanted(values={"first_name": name, "role": "admin"}, reason=name, trouble="no")
    return [
        home(page(name)),
        home(HomePage(seats=0)),
        turned_away(name),
        *(provision_form.form(filled, checked, private_metadata="x" * 3000) for checked in (known, guest, taken)),
        restore_form.form(
            row(name), teams, conversations=500, approvals=2, reason=name, back=True, private_metadata="x" * 3000
        ),
        change_form.form(user(name), "2 approvals by others", wanted, private_metadata="x" * 3000),
        change_form.form(user(name), "2 approvals by others", private_metadata="x" * 3000),
    ]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:12]))
def test_every_view_keeps_to_slacks_limits(name: str) -> None:
    for view in views(name):
        view.to_dict()  # slack_sdk's own checks
        drawn = as_json(view)
        assert check_view(drawn, kinds=("modal", "home"))[1] == []
        assert len(json.dumps(drawn)) < 250_000


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:12]))
def test_no_action_id_is_there_twice(name: str) -> None:
    for view in views(name):
        drawn = as_json(view)["blocks"]
        placed = [element for block in drawn for element in block.get("elements", ())]
        placed += [block[part] for block in drawn for part in ("accessory", "element") if part in block]
        ids = [element["action_id"] for element in placed if "action_id" in element]
        assert len(ids) == len(set(ids))


def test_nobodys_words_ping_link_or_format() -> None:
    said = [as_wanted(NASTY, NASTY), still_ignored(NASTY, NASTY, NASTY, "abc")]
    for drawn in (*(as_json(view) for view in views(NASTY)), *(message.as_json() for message in said)):
        for text in _markup(drawn):
            for found in re.findall(r"<[^<>]*>", text):
                assert found.startswith("<!date^") or (found == "<@U0RITA0001>" and "asked by" in text), text
            assert "*bold*" not in text
            assert ":tada:" not in text


def _markup(piece: object) -> list[str]:
    if isinstance(piece, list):
        return [text for one in piece for text in _markup(one)]
    if not isinstance(piece, dict):
        return []
    own = [piece["text"]] if piece.get("type") == "mrkdwn" else []
    return [*own, *(text for one in piece.values() for text in _markup(one))]
