"""Socket Mode: the same bot over a WebSocket that breaks, falls silent, and is asked to move."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from bot.demo.slack import SimulatedSlack
from bot.demo.slack.socket_mode import SocketMode as SimulatedSockets
from bot.slack.api.web import writing
from bot.slack.transport.link_state import LinkState, keep, kept
from bot.slack.transport.socket import SocketMode
from tests.slack.conftest import JANE, Room


@pytest.fixture
def slack(stack: ExitStack) -> SimulatedSlack:
    return stack.enter_context(SimulatedSlack(socket_mode=True))


@pytest.fixture
def sockets(slack: SimulatedSlack) -> SimulatedSockets:
    assert slack.socket is not None
    return slack.socket


def socket_mode(room: Room, **options: Any) -> SocketMode:
    client = writing("", room.slack.url)
    return SocketMode(room.app, app_token=room.slack.app_token, client=client, **{"ping": 0.3, "retry": 0.05} | options)


@pytest.fixture
def link(room: Room, sockets: SimulatedSockets) -> Iterator[SocketMode]:
    mode = socket_mode(room)
    mode.start()
    assert sockets.wait_for_connection()
    room.until(lambda: mode.connected)
    yield mode
    mode.stop()


@contextmanager
def running(room: Room, **options: Any) -> Iterator[SocketMode]:
    mode = socket_mode(room, **options)
    mode.start()
    try:
        yield mode
    finally:
        mode.stop()


def opens(room: Room) -> list[float]:
    """When Slack was asked for a connection: seconds."""
    return [call.at.timestamp() for call in room.slack.calls("apps.connections.open")]


def works(room: Room) -> bool:
    return b"D'Arcy" in (room.slack.command("max", f"/hs-user {JANE}").reply or _NOTHING).body


def test_a_command_is_answered_in_the_acknowledgement_and_then_filled_in(room: Room, link: SocketMode) -> None:
    answer = room.slack.command("max", f"/hs-user {JANE}")
    assert "D'Arcy" in answer.message.shown
    answer.wait("15 conversations")
    assert len(answer.messages) == 1


def test_forms_typeaheads_and_clicks_work_as_over_http(room: Room, link: SocketMode) -> None:
    view = room.slack.command("rita", "/hs-offboard").wait_for_view()
    room.slack.submit(view, {"Person": JANE, "Reason": "left"})
    assert view.closed
    assert room.record.requests.count() == 1


def test_an_event_is_acknowledged(room: Room, link: SocketMode) -> None:
    assert room.slack.event({"type": "something_new", "user": room.id("max")}).status == 200


def test_an_uploaded_list_is_answered_as_over_http(room: Room, link: SocketMode) -> None:
    room.slack.upload("rita", "leavers.csv", b"email,last_day\njane@acme.example,2026-10-31\n")
    direct = room.slack.workspace.direct(room.id("rita"))
    room.until(lambda: any(one.from_bot and one.files for one in direct.messages))


def test_a_dropped_connection_is_replaced_at_once(room: Room, link: SocketMode, sockets: SimulatedSockets) -> None:
    before = list(sockets.connections)
    started = time.monotonic()
    for connection in before:
        connection.close(1011)
    room.until(lambda: sockets.connections and sockets.connections != before and works(room))
    assert time.monotonic() - started < 3


def test_when_slack_asks_for_a_new_connection_no_command_is_lost(
    room: Room, link: SocketMode, sockets: SimulatedSockets
) -> None:
    failures = list[str]()
    over = threading.Event()

    def use() -> None:
        while not over.is_set():
            answer = room.slack.command("max", "/hs-user help")
            if answer.failure:
                failures.append(answer.failure)

    user = threading.Thread(target=use)
    user.start()
    for _ in range(3):
        before = list(sockets.connections)
        sockets.ask_to_refresh()
        room.until(partial(moved_on, sockets, before))
    over.set()
    user.join(10)
    assert not failures
    room.until(lambda: len(sockets.connections) == 1)


def test_an_open_connection_that_delivers_nothing_is_replaced(room: Room, sockets: SimulatedSockets) -> None:
    with running(room, quiet=0.5):
        assert sockets.wait_for_connection()
        before = sockets.connections[0]
        room.until(lambda: sockets.connections and sockets.connections[-1] is not before)


def test_a_half_open_connection_is_replaced(room: Room, sockets: SimulatedSockets) -> None:
    with running(room, ping=0.1) as mode:
        room.until(lambda: mode.connected)
        before = list(sockets.connections)
        sockets.deafen()
        room.until(lambda: mode.connected and sockets.connections[-1] not in before)
        assert works(room)


# Slack misbehaves: no storm, and no end


@pytest.mark.parametrize("after_hello", ["close", "too_many_websockets", "warning", "link_disabled"])
def test_a_connection_that_ends_too_soon_is_followed_by_a_growing_pause(
    room: Room, sockets: SimulatedSockets, after_hello: str
) -> None:
    sockets.after_hello = after_hello
    with running(room, retry=0.1):
        room.until(lambda: len(opens(room)) == 4)
        gaps = [after - before for before, after in pairwise(opens(room))]
        assert all(gap > 0.09 * 2**times for times, gap in enumerate(gaps)), gaps
        sockets.after_hello = ""
        room.until(lambda: works(room))


def test_socket_mode_that_was_turned_off_is_said_so(room: Room, sockets: SimulatedSockets) -> None:
    with running(room) as mode:
        room.until(lambda: mode.connected)
        sockets.after_hello = "close"
        sockets.ask_to_refresh("link_disabled")
        for connection in list(sockets.connections):
            connection.close()
        room.until(lambda: "turned off" in mode.problem())


def test_retry_after_is_kept(room: Room, sockets: SimulatedSockets) -> None:
    room.slack.faults.rate_limit("apps.connections.open", retry_after=1)
    with running(room) as mode:
        room.until(lambda: mode.connected)
    first, second = opens(room)[:2]
    assert second - first >= 1.0


@pytest.mark.parametrize("odd", ["empty", "garbage", "server_error", "lose_answer", "refuse"])
def test_any_odd_answer_is_tried_again(room: Room, sockets: SimulatedSockets, odd: str) -> None:
    getattr(room.slack.faults, odd)("apps.connections.open", times=2)
    with running(room) as mode:
        room.until(lambda: mode.connected)
        assert works(room)


def test_a_fault_of_our_own_does_not_end_the_keeping(room: Room, sockets: SimulatedSockets) -> None:
    faults = iter((ZeroDivisionError(), KeyError("url")))

    def told(_: LinkState) -> None:
        if fault := next(faults, None):
            raise fault

    with running(room, told=told) as mode:
        room.until(lambda: mode.connected)
        for connection in list(sockets.connections):
            connection.close(1011)
        room.until(lambda: works(room))


def test_without_a_hello_the_next_connection_is_tried_and_the_old_one_stays(
    room: Room, sockets: SimulatedSockets
) -> None:
    with running(room) as mode:
        room.until(lambda: mode.connected)
        sockets.greets = False
        sockets.ask_to_refresh()
        room.until(lambda: sockets.opened >= 3)
        assert mode.connected
        sockets.greets = True
        room.until(lambda: len(sockets.connections) == 1)
        assert works(room)


def test_a_command_during_a_slow_refresh_is_acknowledged(
    room: Room, link: SocketMode, sockets: SimulatedSockets
) -> None:
    room.slack.faults.slow(2.0, "apps.connections.open")
    before = list(sockets.connections)
    sockets.ask_to_refresh()
    answer = room.slack.command("max", f"/hs-user {JANE}")
    assert "D'Arcy" in answer.message.shown
    assert answer.milliseconds < 1000
    assert sockets.connections == before, "the refresh is still under way"


def test_a_stop_leaves_no_thread_behind(room: Room, sockets: SimulatedSockets) -> None:
    ours = [thread for thread in threading.enumerate() if thread.name.startswith("socket-mode")]
    with running(room) as mode:
        room.until(lambda: mode.connected)
        sockets.ask_to_refresh()
        assert works(room)
        sockets.deafen()
    left = [thread.name for thread in threading.enumerate() if thread.name.startswith("socket-mode")]
    assert left == [thread.name for thread in ours]


def test_how_the_connection_stands_is_told_and_kept(room: Room, sockets: SimulatedSockets) -> None:
    assert kept(room.record) is None
    with running(room, told=lambda state: keep(room.record, state)) as mode:
        assert mode.state().problem
        room.until(lambda: mode.connected)
        room.until(lambda: (state := kept(room.record)) is not None and state.connected)
        assert 0 <= mode.state().seconds < 60
        room.slack.faults.refuse("apps.connections.open", times=None)
        for connection in list(sockets.connections):
            connection.close(1011)
        room.until(lambda: (state := kept(room.record)) is not None and not state.connected)
        assert "has ended" in (kept(room.record) or LinkState(True, 0)).problem
        assert not mode.state().connected


def test_a_start_does_not_fail_because_slack_is_away(room: Room, sockets: SimulatedSockets) -> None:
    room.slack.faults.refuse("apps.connections.open", times=6)
    mode = socket_mode(room)
    mode.start()
    try:
        room.until(lambda: "can't be reached" in mode.problem() or "does not answer" in mode.problem())
        room.until(lambda: mode.connected, 20)
        assert mode.problem() == ""
        assert works(room)
    finally:
        mode.stop()


def test_a_token_that_is_refused_says_what_to_do(room: Room) -> None:
    client = writing("", room.slack.url)
    mode = SocketMode(room.app, app_token="xapp-wrong", client=client, ping=0.3)
    mode.start()
    try:
        room.until(lambda: "SLACK_APP_TOKEN" in mode.problem())
        assert not mode.connected
    finally:
        mode.stop()


@pytest.mark.parametrize(("token", "refused"), [("xapp-wrong", True), ("", True), (None, False)])
def test_a_token_with_which_there_will_never_be_a_connection_is_told_from_a_good_one(
    room: Room, token: str | None, refused: bool
) -> None:
    app_token = room.slack.app_token if token is None else token
    mode = SocketMode(room.app, app_token=app_token, client=writing("", room.slack.url))
    assert bool(mode.refusal()) is refused


def test_a_slack_that_is_away_refuses_no_token(room: Room) -> None:
    room.slack.faults.error("internal_error", "apps.connections.open", times=None)
    assert not SocketMode(room.app, app_token="xapp-wrong", client=writing("", room.slack.url)).refusal()


def test_a_stop_finishes_what_is_at_work(room: Room, link: SocketMode) -> None:
    room.slack.faults.slow(0.5, "users.info", times=None)
    answers = list[int | None]()
    asking = threading.Thread(target=lambda: answers.append(room.slack.command("dora", "/hs-user help").status))
    asking.start()
    room.until(lambda: room.worker.unfinished)
    link.stop()
    asking.join(5)
    assert answers == [200]
    assert not link.connected


def moved_on(sockets: SimulatedSockets, before: Sequence[object]) -> bool:
    """Whether the newest connection is none of those."""
    return bool(sockets.connections) and sockets.connections[-1] not in before


class _Nothing:
    body = b""


_NOTHING = _Nothing()
