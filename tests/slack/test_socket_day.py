"""Twenty-four hours of Socket Mode in some ten seconds: refreshes, storms, limits, dead and half-open connections.

Meanwhile somebody types one command after the other.
"""

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from bot.demo.slack import SimulatedSlack
from bot.demo.slack.socket_mode import SocketMode as Sockets
from bot.slack.api.web import writing
from bot.slack.transport.socket import SocketMode
from tests.slack.conftest import JANE, Room

PING = 0.1


@pytest.fixture
def slack(stack: ExitStack) -> SimulatedSlack:
    return stack.enter_context(SimulatedSlack(socket_mode=True))


@dataclass
class Typist:
    """Types commands until told to stop, and keeps how each ended. `deaf`: Slack believes in a dead connection now."""

    room: Room
    sockets: Sockets
    deaf: bool = False
    over: threading.Event = field(default_factory=threading.Event)
    milliseconds: list[float] = field(default_factory=list)
    unreachable: int = 0
    lost: list[str] = field(default_factory=list)

    def type(self) -> None:
        while not self.over.wait(0.01):
            if not self.sockets.connections:
                self.unreachable += 1  # Slack has nowhere to bring it
                continue
            exempt = self.deaf
            answer = self.room.slack.command("max", f"/hs-user {JANE}")
            if not answer.failure:
                self.milliseconds.append(answer.milliseconds)
            elif not (exempt or self.deaf or answer.failure == "connection_failed"):
                self.lost.append(answer.failure)


def test_a_day_of_socket_mode(room: Room) -> None:
    sockets = room.slack.socket
    assert sockets is not None
    faults = room.slack.faults
    mode = SocketMode(
        room.app,
        app_token=room.slack.app_token,
        client=writing("", room.slack.url),
        ping=PING,
        quiet=1.0,
        retry=0.05,
        steady=0.2,
    )
    before = set(threading.enumerate())
    mode.start()
    room.until(lambda: mode.connected)
    typist = Typist(room, sockets)
    typing = threading.Thread(target=typist.type)
    typing.start()

    def settle() -> None:
        room.until(lambda: mode.connected and sockets.connections)
        time.sleep(0.25)  # a connection that lasts

    for hour in range(24):
        if hour % 6 == 1:
            for connection in list(sockets.connections):
                connection.close(1011)
        elif hour % 6 == 2:
            sockets.drop()
        elif hour % 6 == 3:
            sockets.after_hello = ("too_many_websockets", "close", "warning", "link_disabled")[hour // 6]
            sockets.ask_to_refresh()
            time.sleep(0.5)
            sockets.after_hello = ""
        elif hour % 6 == 4:
            faults.rate_limit("apps.connections.open", retry_after=1)
            sockets.ask_to_refresh()
        elif hour % 6 == 5:
            typist.deaf = True
            sockets.deafen()
            deaf = list(sockets.connections)
            room.until(lambda deaf=deaf: mode.connected and any(one not in deaf for one in list(sockets.connections)))  # type: ignore[misc]
            for connection in deaf:  # Slack sees it too, in the end
                connection.close_socket()
            room.until(lambda deaf=deaf: not set(deaf) & set(sockets.connections))  # type: ignore[misc]
            typist.deaf = False
        else:
            faults.slow(0.3, "apps.connections.open")
            sockets.ask_to_refresh()
        settle()
    typist.over.set()
    typing.join(10)
    mode.stop()

    assert not typist.lost
    assert len(typist.milliseconds) > 100
    assert max(typist.milliseconds) < 3000
    opened = [call.at.timestamp() for call in room.slack.calls("apps.connections.open")]
    assert len(opened) > 24
    assert max(sum(at <= other < at + 10 for other in opened) for at in opened) <= 20
    room.until(lambda: not {t for t in threading.enumerate() if t.name.startswith("socket-mode")} - before)
