"""`/hs-audit reconcile` and `orphans`: what is found, what one does about it, and what Slack tells by itself."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.demo.slack import Message
from bot.model.batch import OpenMany
from bot.model.colleague import Colleague, Employment, Listing
from bot.policy.people.finding import Kind
from bot.services.orphans import Orphans
from bot.services.reconciling.readings import Readings
from bot.services.reconciling.reconciliation import Reconciliation
from tests.slack.conftest import JANE, Room


class Okta:
    """Everybody with a seat as they are there, but for what a test changes."""

    name, title = "okta", "Okta"

    def __init__(self, room: Room) -> None:
        rows = [row for row in room.record.users.by_status() if row.user.is_person]
        self.people = {
            row.user.email: Colleague(id=str(row.id), email=row.user.email, name=row.user.name) for row in rows
        }
        self.group = ""

    def read(self) -> Listing:
        return Listing(source="okta", title="Okta", people=tuple(self.people.values()), group=self.group)

    def gone(self, email: str) -> None:
        one = self.people[email]
        said = "suspended since 2026-11-02"
        self.people[email] = Colleague(
            id=one.id, email=email, name=one.name, state=Employment.SUSPENDED, said=said, manager="rita@acme.example"
        )


@pytest.fixture
def okta(cold: Room) -> Okta:
    assert not cold.sync.run("start").problem
    source = Okta(cold)
    readings = Readings(cold.record, [source], share=0.1, interval=timedelta(hours=1), live=frozenset({"okta"}))
    service = Reconciliation(cold.record, readings, wake=cold._wake)
    cold.settings["orphans"] = Orphans(cold.record, cold.workspace, reconciliation=service)
    return source


@pytest.fixture
def desk(cold: Room, okta: Okta) -> Room:
    return cold.warm().connect()


def shown(room: Room, line: str, words: str, by: str = "rita") -> Message:
    answer = room.slack.command(by, line)
    room.until(lambda: words in answer.shown)
    return answer.message


def clicked(room: Room, page: Message, name: str, words: str, by: str = "rita") -> Message:
    """What a button of a page puts in the page's place."""
    room.slack.click(by, page, name)
    room.until(lambda: any(words in message.shown for message in room.told(by)))
    return next(message for message in reversed(room.told(by)) if words in message.shown)


def test_an_orphan_is_offboarded_with_the_reason_and_the_manager_filled_in(desk: Room, okta: Okta) -> None:
    okta.gone(JANE)
    page = shown(desk, "/hs-audit reconcile", "Seats of people who are gone: 1")
    assert "suspended in Okta since 2026-11-02" in page.shown
    answer = desk.slack.click("ana", page, "Offboard")
    desk.until(lambda: answer.view is not None)
    assert answer.view is not None
    assert "Suspended in Okta since 2026-11-02." in answer.view.shown
    assert "Rita" in answer.view.shown


def test_the_manager_is_on_the_card_and_proposed_by_the_offboarding_form(desk: Room, okta: Okta) -> None:
    one = okta.people[JANE]
    okta.people[JANE] = Colleague(id=one.id, email=JANE, name=one.name, manager="rita@acme.example")
    shown(desk, "/hs-audit reconcile", "Help Scout agrees with Okta")
    assert "rita@acme.example" in shown(desk, f"/hs-user lookup {JANE}", "Manager").shown
    answer = desk.slack.command("rita", f"/hs-offboard {JANE}")
    desk.until(lambda: answer.view is not None)
    assert answer.view is not None
    assert "Rita" in answer.view.shown


def test_who_is_being_offboarded_is_not_offered_again(desk: Room, okta: Okta) -> None:
    okta.gone(JANE)
    desk.open()
    page = shown(desk, "/hs-audit reconcile kind:orphan", "A request about them is open")
    assert "\nOffboard\n" not in page.shown


def test_who_is_missing_is_given_a_seat_with_the_form_filled_in(desk: Room, okta: Okta) -> None:
    okta.group = "Help Scout"
    okta.people["new@acme.example"] = Colleague(id="n", email="new@acme.example", name="Nina New")
    page = shown(desk, "/hs-audit reconcile kind:missing", "People without the seat they should have: 1")
    answer = desk.slack.click("rita", page, "Give a seat")
    desk.until(lambda: answer.view is not None)
    assert answer.view is not None
    assert "new@acme.example" in answer.view.shown
    assert "Nina" in answer.view.shown


def test_what_differs_is_changed_with_the_form_filled_in(desk: Room, okta: Okta) -> None:
    one = okta.people[JANE]
    okta.people[JANE] = replace(one, role="owner")
    page = shown(desk, "/hs-audit reconcile", "hs-bot can't make anyone the owner")
    assert "\nChange\n" not in page.shown
    okta.people[JANE] = Colleague(id=one.id, email=JANE, name="Zelda Quux")
    page = shown(desk, "/hs-audit reconcile", "Seats that differ from the source: 1")
    answer = desk.slack.click("rita", page, "Change")
    desk.until(lambda: answer.view is not None)
    assert answer.view is not None
    assert "Zelda" in answer.view.shown


def test_a_finding_is_left_as_it_is_with_a_reason_and_taken_back(desk: Room, okta: Okta) -> None:
    okta.gone(JANE)
    page = shown(desk, "/hs-audit orphans", "suspended in Okta since")
    answer = desk.slack.click("ana", page, "Leave as it is")
    desk.until(lambda: answer.view is not None)
    view = answer.view
    assert view is not None
    desk.slack.submit(view, {"Why": "parental leave"})
    desk.until(lambda: any("is left as it is" in message.shown for message in desk.told("ana")))
    page = shown(desk, "/hs-audit orphans", "No orphans")
    desk.slack.click("rita", page, "Show them")
    desk.until(lambda: any("parental leave" in message.shown for message in desk.told("rita")))
    kept = next(message for message in desk.told("rita") if "parental leave" in message.shown)
    desk.slack.click("rita", kept, "Take back")
    desk.until(lambda: not desk.record.left_as_is.all())
    assert shown(desk, "/hs-audit orphans", "suspended in Okta since")


MAX, BO = "max@acme.example", "bo@acme.example"
GONE_FROM_IT = "isn't on the list anymore"


def test_nobody_sees_counts_or_settles_a_finding_about_themselves(desk: Room, okta: Okta) -> None:
    for one in (BO, JANE, MAX):
        okta.gone(one)
        okta.people[one] = replace(okta.people[one], groups=frozenset({"Support"}))
    everybody = shown(desk, "/hs-audit reconcile", "people who are gone: 3")
    assert everybody.shown.index("Jane") < everybody.shown.index("Max")
    before = shown(desk, "/hs-audit reconcile", "people who are gone: 2", by="max")
    said = before.shown
    assert "Max" not in said
    many = desk.slack.click("max", before, "Offboard all…")
    desk.until(lambda: many.view is not None)
    assert many.view is not None
    proposed = many.view.shown
    assert (JANE in proposed, MAX in proposed) == (True, False)
    for number, button in enumerate(("reconcile.offboard:2", "reconcile.leave:2"), 1):
        desk.slack.click("max", everybody, button)
        desk.until(lambda: sum(GONE_FROM_IT in one.shown for one in desk.told("max")) == number)  # noqa: B023
    form = desk.slack.click("rita", everybody, "reconcile.leave:2")
    desk.until(lambda: form.view is not None)
    assert form.view is not None
    assert "Max" in form.view.shown
    ask = OpenMany(actor=desk.id("ana"), targets=(desk.person(MAX).id, desk.person(JANE).id), reason="both leave")
    assert desk.approvals.many(ask).accepted
    again = shown(desk, "/hs-audit reconcile", "are gone: 2", by="max")
    assert again.shown == said, "and learns of no request, nor who else is in it"
    after = desk.slack.click("max", again, "Offboard all…")
    desk.until(lambda: after.view is not None)
    assert after.view is not None
    assert after.view.shown == proposed
    desk.slack.submit(form.view, {"Why": "on leave"})
    desk.until(lambda: desk.record.left_as_is.all())
    assert shown(desk, "/hs-audit reconcile", "are gone: 2", by="max").shown == said
    left = clicked(desk, shown(desk, "/hs-audit reconcile", "are gone: 2"), "Show them", "on leave")
    desk.slack.click("max", left, "Take back")
    desk.until(lambda: any("isn't left as it is" in one.shown for one in desk.told("max")))
    assert desk.record.left_as_is.all()
    assert "Support*: 3 seats, 2 gone" in clicked(desk, before, "Seats by group", "in Help Scout*", by="max").shown


def test_to_whom_slack_shows_no_address_of_nobody_is_listed(desk: Room, okta: Okta) -> None:
    okta.gone(JANE)
    desk.slack.people["max"].email = ""
    desk.ticks = 100.0
    page = shown(desk, "/hs-audit reconcile", "Slack doesn't show hs-bot your e-mail address", by="max")
    assert "Jane" not in page.shown


def test_who_has_no_seat_does_not_see_that_they_should_have_one(desk: Room, okta: Okta) -> None:
    okta.group = "Help Scout"
    okta.people["dora"] = Colleague(id="d", email=desk.slack.people["dora"].email.replace("@", "+work@"), name="Dora")
    assert "Dora" in shown(desk, "/hs-audit reconcile", "the seat they should have: 1").shown
    shown(desk, "/hs-audit reconcile", "Nothing to do", by="dora")


def test_what_was_left_as_it_is_is_listed_again_with_who_left_it_and_why(desk: Room, okta: Okta) -> None:
    okta.gone(JANE)
    form = desk.slack.click("rita", shown(desk, "/hs-audit reconcile", "suspended in Okta since"), "Leave as it is")
    desk.until(lambda: form.view is not None)
    assert form.view is not None
    assert "unless a source newly says that they are gone" in form.view.shown
    desk.slack.submit(form.view, {"Why": "parental leave"})
    desk.until(lambda: desk.record.left_as_is.all())
    okta.people[JANE] = replace(okta.people[JANE], state=Employment.LEFT, said="deprovisioned")
    page = shown(desk, "/hs-audit orphans", "deprovisioned in Okta")
    assert "left this as it is on" in page.shown
    assert "when the sources said okta: suspended since 2026-11-02. Reason: parental leave" in page.shown
    assert "left as it is." not in page.shown, "it is counted among those no more"


def test_kinds_and_sources_are_chosen_and_what_is_none_is_said(desk: Room, okta: Okta) -> None:
    shown(desk, "/hs-audit reconcile", "Help Scout agrees with Okta")
    shown(desk, "/hs-audit reconcile kind:gone", "It is orphan, missing, different, unknown")
    shown(desk, "/hs-audit reconcile source:workday", "compares with okta")
    shown(desk, "/hs-audit reconcile everything", "Write kind: or source: before it")
    del okta.people[JANE]
    okta.gone("rita@acme.example")
    page = shown(desk, "/hs-audit reconcile kind:orphan source:okta", "not listed anymore")
    assert "unknown" not in page.shown


def test_a_source_that_is_held_back_waits_for_an_approver(desk: Room, okta: Okta) -> None:
    shown(desk, "/hs-audit reconcile", "Nothing to do")
    everybody = dict(okta.people)
    okta.people = dict(list(everybody.items())[:10])
    page = shown(desk, "/hs-audit reconcile", "suddenly gone from it")
    assert "Use this list" in page.shown
    desk.slack.click("max", page, "Use this list")
    desk.until(lambda: any("Only an approver" in message.shown for message in desk.told("max")))
    desk.slack.click("ana", page, "Use this list")
    desk.until(lambda: any("Confirmed: Okta" in message.shown for message in desk.told("ana")))
    gone = everybody.keys() - okta.people.keys() - {"rita@acme.example"}  # who looks does not see herself
    assert shown(desk, "/hs-audit reconcile", f"people who are gone: {len(gone)}")


def test_slack_itself_is_measured_when_help_scout_was_read_and_waits_when_it_makes_many_orphans(cold: Room) -> None:
    """As of a bot that was installed in the wrong workspace."""
    cold.settings["orphans"] = Orphans(cold.record, cold.workspace, guard=0.1)
    cold.connect()
    assert "Offboard" not in shown(cold, "/hs-audit orphans", "Slack was not compared. Run a sync first.").shown
    assert cold.record.sources.read_at() == {}
    cold.warm()
    for line in ("/hs-audit orphans", "/hs-audit reconcile"):
        page = shown(cold, line, "By Slack, read for the first time,")
        assert "Offboard" not in page.shown
    home = cold.slack.open_home("ana")
    cold.slack.wait_until(lambda: "not compared: the list says why" in home.shown)
    cold.slack.click("ana", page, "Use this list")
    cold.until(lambda: any("Confirmed: Slack" in message.shown for message in cold.told("ana")))
    assert "Offboard" in shown(cold, "/hs-audit orphans", "no active Slack account").shown


def test_seats_that_look_dormant_are_a_hint_and_a_list_and_open_nothing(desk: Room, okta: Okta) -> None:
    dormancy = desk.deps.dormancy
    assert dormancy is not None
    now = desk.record.now()
    away, still, fresh = (desk.person(one).id for one in (JANE, "max@acme.example", "rita@acme.example"))
    desk.record.statuses.keep(
        {
            away: ("away", now - timedelta(days=95)),
            still: ("active", now - timedelta(days=91)),
            fresh: ("away", now - timedelta(days=89)),
        }
    )
    okta.gone(JANE)
    page = shown(desk, "/hs-audit reconcile", "2 seats look dormant: away, or no change of status, for 90 days.")
    assert "Looks dormant: away since" in page.shown
    listed = clicked(desk, page, "Dormant seats", "someone on leave looks the same").shown
    assert "2 seats look dormant" in listed
    assert listed.index("Jane") < listed.index("Max"), "the longest first"
    assert "no change of status since" in listed
    assert "log" not in listed.lower(), "it is no login"
    card = shown(desk, "/hs-user lookup max@acme.example", "Looks dormant")
    assert "no change of status since" in card.shown
    assert not desk.record.requests.count()
    desk.open()
    page = shown(desk, "/hs-audit reconcile", "2 seats look dormant")
    desk.slack.click("rita", page, "Dormant seats")
    both = ("someone on leave looks the same", "A request about them is open")
    desk.until(lambda: any(all(words in one.shown for words in both) for one in desk.told("rita")))


def test_seats_are_counted_by_group_with_what_they_cost(desk: Room, okta: Okta) -> None:
    jane, max_ = okta.people[JANE], okta.people["max@acme.example"]
    okta.people[JANE] = replace(jane, groups=frozenset({"Support", "Sales"}))
    okta.people["max@acme.example"] = replace(max_, groups=frozenset({"Support"}))
    seats = sum(row.user.is_person for row in desk.record.users.by_status())
    said = clicked(desk, shown(desk, "/hs-audit reconcile", "Nothing to do"), "Seats by group", "in Help Scout*").shown
    assert "Support*: 2 seats" in said
    assert "Sales*: 1 seat" in said
    assert f"in no group_: {seats - 2} seats" in said
    assert "Your plan has no price a seat" in said
    object.__setattr__(desk.deps, "seat_cost", (Decimal("27.50"), "EUR"))
    page = shown(desk, "/hs-audit reconcile", "Nothing to do")
    assert "no price" not in clicked(desk, page, "Seats by group", "2 seats, 55 EUR a month").shown


def test_without_groups_in_the_sources_teams_stand_in_and_no_price_is_said(desk: Room, okta: Okta) -> None:
    okta.gone(JANE)
    page = shown(desk, "/hs-audit reconcile", "Your plan has no price a seat, so no amount is shown.")
    said = clicked(desk, page, "Seats by group", "Help Scout's teams, as no source tells any").shown
    assert any(f"*{team.name}*" in said for team in desk.record.teams.all())
    assert "1 gone" in said


def test_a_deactivated_slack_account_is_in_the_channel_at_once(room: Room) -> None:
    seat = next(row for row in room.record.users.by_status() if row.user.email == "max@acme.example")
    assert seat.id not in {one.id for one in room.deps.orphans.find()}
    with room.posting():
        room.slack.deactivate("max")
        room.slack.deactivate("max")
        room.until(lambda: any("still has a Help Scout seat" in one.shown for one in posted(room)))
    (said,) = [one for one in posted(room) if "still has a Help Scout seat" in one.shown]
    assert "deactivated in Slack now" in said.shown
    assert "Offboard" in said.shown
    assert seat.id in {one.id for one in room.deps.orphans.find()}


def test_a_deactivation_is_told_while_a_large_workspace_is_still_being_read(room: Room) -> None:
    room.ticks = 100_000.0  # no list is known
    room.slack.faults.rate_limit("users.list", retry_after=600, times=None)
    room.workspace._reading.acquire()
    try:
        with room.posting():
            room.slack.deactivate("max")
            room.until(lambda: any("still has a Help Scout seat" in one.shown for one in posted(room)), 10.0)
    finally:
        room.workspace._reading.release()
    (said,) = posted(room)
    assert "deactivated in Slack now" in said.shown
    assert not room.slack.calls("users.list")


def test_a_change_that_takes_nobodys_account_away_is_told_to_nobody(room: Room) -> None:
    room.deps.orphans.find()
    room.slack.changed("max")
    room.slack.deactivate("leo")  # without a seat
    room.until(lambda: not room.worker.unfinished)
    assert room.record.outbox.waiting() == 0


def test_what_another_workspace_tells_is_nothing(room: Room) -> None:
    room.deps.orphans.find()
    before = len(room.slack.people)
    event = '"event": {"type": "user_change", "user": {"id": "U0MAX00001"}}'
    room.deliver(f'{{"type": "event_callback", "team_id": "T0OTHER", {event}}}', kind="application/json")
    room.until(lambda: not room.worker.unfinished)
    assert (room.record.outbox.waiting(), len(room.slack.people)) == (0, before)


def posted(room: Room) -> list[Message]:
    return [message for message in room.slack.channel("access").messages if message.from_bot]


def test_the_kinds_are_the_contracts() -> None:
    assert [kind.value for kind in Kind] == ["orphan", "missing", "different", "unknown"]
