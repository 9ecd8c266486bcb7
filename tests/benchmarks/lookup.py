"""A signed `/hs-user lookup EMAIL` through Bolt in process, beside a stock Bolt echo command in both listener modes.

The three kinds of app are asked in turn, request by request, so that the machine's mood hits all alike.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from slack_bolt import Ack, App, BoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier

from bot.demo.helpscout import SimulatedHelpScout
from bot.demo.slack import SimulatedSlack
from bot.model.sync import SyncState
from bot.model.user import Status
from tests.benchmarks.crowd import crowd
from tests.benchmarks.table import Row
from tests.slack.conftest import Room

FEW, MANY = 500, 100_000
ASKED, STOCK_ASKED = 2_000, 100
SECRET = "a-signing-secret"


def rows() -> list[Row]:
    """p50 of the answer with few and many people, and the floors."""
    with SimulatedHelpScout(people=20) as account, ExitStack() as stack:
        few, many = (asker(account, stack, count) for count in (FEW, MANY))
        quick, stock = (_echo(process_before_response=mode) for mode in (True, False))
        times: dict[str, list[float]] = {"few": [], "many": [], "quick": [], "stock": []}
        for number in range(ASKED):
            for name, ask in (("few", few), ("many", many), ("quick", quick)):
                times[name].append(ask())
            if number < STOCK_ASKED:
                times["stock"].append(stock())
    p50 = {name: statistics.median(taken) * 1e3 for name, taken in times.items()}
    ratio = p50["many"] / p50["few"]
    return [
        Row(
            f"signed look-up, {FEW} people, p50; floor: stock Bolt echo, process_before_response",
            round(p50["few"], 3),
            round(p50["quick"], 3),
            p50["few"] / p50["quick"],
            "0.5 ms",
            "ms",
            ok=p50["few"] <= 0.5,
        ),
        Row(
            "the same; floor: stock Bolt echo as it comes",
            round(p50["few"], 3),
            round(p50["stock"], 3),
            p50["few"] / p50["stock"],
            "",
            "ms",
        ),
        Row(
            f"signed look-up, {MANY:,} people, p50; floor: {FEW} people",
            round(p50["many"], 3),
            round(p50["few"], 3),
            ratio,
            1.1,
            "ms",
            ok=ratio <= 1.1,
        ),
    ]


def asker(account: SimulatedHelpScout, stack: ExitStack, count: int, database: str = "") -> Callable[[], float]:
    """Asks for one of `count` people, another each time; seconds until the answer. The record: a file, or a URL."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    slack = stack.enter_context(SimulatedSlack(signing_secret=SECRET))
    room = Room(account, slack, folder, stack, database=database)
    people = list(crowd(count))
    room.record.users.put(people)
    synced = room.record.syncs.start("start", room.record.now())
    room.record.syncs.finish(replace(synced, state=SyncState.DONE, finished_at=room.record.now(), people=count))
    room.directory.start()
    room.until(lambda: room.directory.ready, 120)
    asking = room.id("max")
    channel = slack.channel("access").id
    room.workspace.member(asking)
    room.workspace.shared(channel)
    # What an API knows is filled in afterwards, by the worker; here only the immediate answer is measured.
    deps = room.deps
    object.__setattr__(deps, "helpscout", None)
    draw = random.Random(3)
    addresses = [row.user.email for row in draw.sample(people, min(count, 500)) if row.status is Status.ACTIVE]

    def ask() -> float:
        text = f"lookup {draw.choice(addresses)}"
        seconds, body = _dispatch(room.app, "/hs-user", text, user=asking, channel=channel)
        assert "blocks" in body, body
        return seconds

    return ask


def _echo(*, process_before_response: bool) -> Callable[[], float]:
    """The least that a Bolt app can do with a command."""
    app = App(
        signing_secret=SECRET,
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T0ACME0001", bot_token="xoxb-none"),
        process_before_response=process_before_response,
    )

    def echo(ack: Ack) -> None:
        ack("echo")

    app.command("/echo")(echo)
    return lambda: _dispatch(app, "/echo", "hello", user="U0MAX00001", channel="C0ACCESS01")[0]


def _dispatch(app: App, command: str, text: str, *, user: str, channel: str) -> tuple[float, str]:
    body = urlencode(
        {
            "command": command,
            "text": text,
            "user_id": user,
            "team_id": "T0ACME0001",
            "channel_id": channel,
            "trigger_id": "1.2.3",
            "response_url": "",
        }
    )
    stamp = str(int(time.time()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=stamp, body=body) or ""
    headers: dict[str, str | Sequence[str]] = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": signature,
    }
    begun = time.perf_counter()
    answer = app.dispatch(BoltRequest(body=body, headers=headers))
    taken = time.perf_counter() - begun
    assert answer.status == 200, answer.status
    return taken, answer.body or ""
