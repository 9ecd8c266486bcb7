"""What is owed reaches people: every topic of the outbox, every event of every kind of request."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import Person
from bot.model.action import Open
from bot.model.change import Change, ChangeKind
from bot.model.colleague import Manager
from bot.model.outbox import Topic
from bot.model.request import Kind, Request, State
from bot.model.user import Status
from bot.policy.typed.schedule import parse_weekly
from bot.services.orphans import Orphans
from bot.services.requests.telling import FOR_REQUESTER, Aside, Event, tell, tell_soon
from bot.services.requests.transitions import utc
from bot.slack.outbound.contents import WORDINGS
from bot.slack.outbound.delivery import Delivery
from tests.slack.conftest import Room


@pytest.fixture
def account() -> Iterator[SimulatedHelpScout]:
    """An account of one's own: these tests change it."""
    with SimulatedHelpScout(people=60) as simulated:
        yield simulated


@pytest.fixture
def delivery(room: Room) -> Delivery:
    return Delivery(room.deps, gap=0.0)


def bring(room: Room, delivery: Delivery) -> None:
    """Rounds until nothing is owed."""

    def settled() -> bool:
        delivery.round()
        return not room.record.requests.cards_out_of_date() and not room.record.outbox.waiting()

    room.until(settled)


def channel(room: Room) -> list[str]:
    """What stands in the channel, cards and replies."""
    place = room.slack.channel("access")
    ours = [message for message in place.messages if message.from_bot]
    return [message.shown for message in ours] + [reply.shown for one in ours for reply in place.thread(one.ts)]


# Topics


def notice(room: Room) -> str:
    change = Change(user_id=room.person().id, kind=ChangeKind.JOINED, seen_at=room.record.now(), sync_id=99)
    room.record.changes.add([change])
    room.record.outbox.add("n", Topic.NOTICE, {"sync_id": 99})
    return "D'Arcy"


def digest(room: Room) -> str:
    orphans = Orphans(room.record, room.workspace, weekly=parse_weekly("monday 09:00"))
    assert not orphans.tick()
    assert orphans.tick(room.record.now() + timedelta(days=8))
    return "no active Slack account"


def guard(room: Room) -> str:
    room.record.outbox.add("g", Topic.GUARD, {"sync_id": 1, "missing": [room.person().id]})
    return "missing from Help Scout"


def warning(room: Room) -> str:
    room.record.outbox.add("w", Topic.WARNING, {"sentence": "mind this"})
    return "mind this"


def thread(room: Room) -> str:
    tell(room.record, room.open(), Event.REMINDED, "half the time is over")
    return "half the time is over"


def direct(room: Room) -> str:
    tell(room.record, room.open(), Event.EXPIRED, "nobody decided")
    return "nobody decided"


OWED: dict[Topic, Callable[[Room], str]] = {
    Topic.NOTICE: notice,
    Topic.ORPHANS: digest,
    Topic.GUARD: guard,
    Topic.WARNING: warning,
    Topic.THREAD: thread,
    Topic.DM: direct,
}


def test_every_topic_has_words_and_stands_here() -> None:
    assert set(WORDINGS) == set(OWED) == set(Topic)


@pytest.mark.parametrize("topic", Topic)
def test_every_topic_reaches_people(room: Room, delivery: Delivery, topic: Topic) -> None:
    words = OWED[topic](room)
    bring(room, delivery)
    seen = [message.shown for message in room.slack.dms("rita")] if topic is Topic.DM else channel(room)
    assert any(words in one for one in seen)


def test_the_digest_waits_until_a_large_workspace_is_read(room: Room, delivery: Delivery) -> None:
    room.slack.faults.slow(0.3, "users.list", times=1)
    object.__setattr__(room.deps, "seat_cost", (Decimal("27.50"), "EUR"))
    words = digest(room)
    warning(room)
    room.until(lambda: (delivery.round(), any("mind this" in one for one in channel(room)))[1])
    assert not any(words in one for one in channel(room)), "it holds up nothing else"
    bring(room, delivery)
    (said,) = (one for one in channel(room) if words in one)
    assert "• cost a month by group: " in said
    assert " EUR (" in said


# Events


def opened(room: Room, kind: Kind) -> Request:
    """A real request of this kind."""
    if kind is Kind.RESTORE:
        room.helpscout.remove_person(room.person().id)
        room.record.users.mark_gone(room.person().id, Status.OFFBOARDED, room.record.now(), None)
        room.directory.refresh()
    arguments: dict[Kind, dict[str, object]] = {
        Kind.OFFBOARD: {"target_id": room.person().id},
        Kind.RESTORE: {"target_id": room.person().id},
        Kind.CHANGE: {"target_id": room.person().id, "role": "admin"},
        Kind.PROVISION: {"email": "nia@acme.example", "first_name": "Nia", "last_name": "Novak", "role": "admin"},
        Kind.DELETE_TEAM: {"target_id": room.record.teams.all()[0].id},
    }
    ask = Open(kind=kind, actor=room.id("rita"), reason="because", arguments=arguments[kind])
    outcome = room.approvals.apply(ask)
    assert outcome.request is not None, outcome.sentence
    return outcome.request


@pytest.mark.parametrize("kind", Kind)
def test_every_event_of_every_kind_reaches_the_thread_and_its_requester(
    room: Room, delivery: Delivery, kind: Kind
) -> None:
    request = opened(room, kind)
    bring(room, delivery)
    (card,) = [m for m in room.slack.channel("access").messages if m.from_bot and not m.thread_ts]
    for event in Event:
        row = room.record.requests.update(request.id)
        tell(room.record, row, event, f"said of {event}", actor=room.id("ana"))
    bring(room, delivery)
    lines = [reply.shown for reply in room.slack.channel("access").thread(card.ts)]
    assert all(any(f"said of {event}" in line for line in lines) for event in Event)
    told = [message.shown for message in room.slack.dms("rita")]
    assert {event for event in Event if any(f"said of {event}" in one for one in told)} >= FOR_REQUESTER
    assert len([one for one in told if "said of" in one]) == len(FOR_REQUESTER)


def aside(room: Room, event: Aside) -> tuple[str, str]:
    """Owed as the services owe it; who is told, and what."""
    request = opened(room, Kind.OFFBOARD)
    payload: dict[str, object] = {"request_id": request.id, "event": event.value}
    match event:
        case Aside.ASKED:
            room.record.outbox.add("aside", Topic.DM, {**payload, "member": room.id("ana")})
            return "ana", "waits for your decision"
        case Aside.SOON:
            soon = room.record.now() + timedelta(minutes=30)
            row = room.record.requests.transition(
                request.id, from_states=frozenset({State.PENDING}), to=State.APPROVED, run_at=soon
            )
            assert row is not None
            tell_soon(room.record, row, utc(row.run_at))
            return "rita", "You can cancel it until it starts"
        case Aside.HANDED:
            taker = room.person("max@acme.example").id
            room.record.outbox.add("aside", Topic.DM, {**payload, "user_id": taker, "count": 1})
            return "max", "1 open conversation from *Jane D'Arcy* is now assigned to you"
        case Aside.MANAGER:
            room.record.managers.keep({room.person().id: Manager("max@acme.example", "okta")}, [])
            room.record.outbox.add("aside", Topic.DM, payload)
            return "max", "*Jane D'Arcy* no longer has a Help Scout seat"


@pytest.mark.parametrize("event", Aside)
def test_what_one_member_is_told_reaches_them_and_nobody_else(room: Room, delivery: Delivery, event: Aside) -> None:
    who, words = aside(room, event)
    bring(room, delivery)
    told = {handle for handle in ("rita", "ana", "bo", "max") if any(words in m.shown for m in room.slack.dms(handle))}
    assert told == {who}
    assert not [line for line in channel(room) if words in line]


# A workspace that is read in several goes


def crowd(room: Room, people: int) -> None:
    for number in range(people):
        address = f"p{number}@acme.example"
        room.slack.people.add(Person(id=f"U1{number:08d}", handle=f"p{number}", name=f"P {number}", email=address))


def pages(room: Room) -> list[str]:
    return [str(call.arguments.get("cursor", "")) for call in room.slack.calls("users.list") if call.ok]


def test_a_limited_users_list_goes_on_at_the_page_that_was_reached(room: Room) -> None:
    crowd(room, 900)
    told = list[tuple[int, float]]()
    room.slack.installation.per_minute = {"users.list": 2}
    walk = room.workspace._walk

    def pause(seconds: float) -> None:
        room.slack.installation.recent.clear()

    walk._pause = pause
    members = room.workspace.members(lambda read, wait: told.append((read, wait)))
    assert len(members) > 900
    assert len(set(pages(room))) == len(pages(room)), "no page is read twice"
    assert [read for read, _ in told] == [400, 800]
    assert all(50 < wait <= 60 for _, wait in told)


def test_after_a_failure_the_next_reading_goes_on_where_the_last_one_ended(room: Room) -> None:
    crowd(room, 900)
    asked = 0
    real = room.workspace._client.users_list

    def fails_once(**arguments: object) -> object:
        nonlocal asked
        asked += 1
        if asked == 4:
            room.slack.faults.error("access_denied", "users.list")
        return real(**arguments)  # type: ignore[arg-type]

    room.workspace._client.users_list = fails_once  # type: ignore[method-assign,assignment]
    room.ticks = 1000.0
    with pytest.raises(Exception, match="access_denied"):
        room.workspace.members()
    assert len(room.workspace.members()) > 900
    assert len(set(pages(room))) == len(pages(room)) == 5


def test_a_cursor_that_slack_has_forgotten_begins_anew(room: Room) -> None:
    crowd(room, 500)
    room.ticks = 1000.0
    room.workspace._walk._cursor = "forgotten"
    room.workspace._walk._touched = room.workspace._walk._timer()
    room.workspace._walk._found = [{"id": "U0GONE"}]
    members = room.workspace.members()
    assert len(members) > 500
    assert "U0GONE" not in {member.id for member in members}


def test_the_orphans_command_tells_how_far_the_reading_is(room: Room) -> None:
    crowd(room, 500)
    going = room.workspace._walk
    seen = list[str]()

    def pause(seconds: float) -> None:
        answer = room.told("ana")
        room.until(lambda: any("400 people so far" in message.shown for message in room.told("ana")))
        seen.extend(message.shown for message in answer)

    going._pause = pause
    asked = 0
    real = room.workspace._client.users_list

    def limited(**arguments: object) -> object:
        nonlocal asked
        asked += 1
        if asked == 3:
            room.slack.faults.rate_limit("users.list", retry_after=30)
        return real(**arguments)  # type: ignore[arg-type]

    room.workspace._client.users_list = limited  # type: ignore[method-assign,assignment]
    answer = room.slack.command("ana", "/hs-audit orphans")
    answer.wait("no active Slack account")
    assert len(answer.messages) == 1, "the same message all along"
    assert seen


def test_who_asks_while_somebody_else_reads_hears_that_it_takes_longer(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.api.workspace.JOINS", 0.05)
    room.workspace._reading.acquire()
    try:
        answer = room.slack.command("ana", "/hs-audit orphans")
        answer.wait("try again in a minute")
    finally:
        room.workspace._reading.release()
