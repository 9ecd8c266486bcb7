"""`hs-bot demo`: a simulated Help Scout, a simulated Slack with its page, and the real bot between them."""

import contextlib
import secrets
import signal
import socket
import threading
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from bot.demo.bot_process import ChildBot, free_port
from bot.demo.contractor import hire
from bot.demo.directories import SimulatedDirectories
from bot.demo.directories.answers import OKTA_TOKEN
from bot.demo.directories.pushing import Provider
from bot.demo.duty import put_on_duty
from bot.demo.folder import demo_folder
from bot.demo.helpscout import DEMO_OWNER, DEMO_TARGET, SimulatedHelpScout
from bot.demo.members import OWNER_ID, furnish, members
from bot.demo.page.manifest import read_manifest
from bot.demo.page.serving import PageServer, listen
from bot.demo.page.stage import Stage
from bot.demo.slack import APPROVERS_GROUP, SimulatedSlack
from bot.demo.workplace import GROUP, fill_okta, hr_list

RATE_LIMIT = 800  # requests a minute, as Help Scout's Pro plan has it, where SCIM is
LATENCY_SECONDS = 0.02


class Demo:
    """Everything but the page; a context manager. `stage` is what the page shows.

    Files are in a temporary folder of its own, gone at the end.
    """

    def __init__(self, *, people: int = 300) -> None:
        self._people = people
        self.gate_token = secrets.token_urlsafe(24)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:  # what has been started is stopped when the rest can't be
            self._enter(stack)
            self._stack = stack.pop_all()
        return self

    def _enter(self, stack: ExitStack) -> None:
        manifest = read_manifest()
        self.folder = stack.enter_context(demo_folder())
        self.helpscout = SimulatedHelpScout(people=self._people, limit=RATE_LIMIT, latency=LATENCY_SECONDS)
        # The owner's app, on an API of today: whatever is broken, there is another way to write.
        self.helpscout.behaviour.credential, self.helpscout.behaviour.new_calls = DEMO_OWNER.email, True
        stack.enter_context(self.helpscout)
        put_on_duty(self.helpscout)
        self.slack = SimulatedSlack(people=members(self.helpscout), scopes=manifest.scopes, escape=manifest.escape)
        stack.enter_context(self.slack)
        furnish(self.slack)
        self.directories = stack.enter_context(SimulatedDirectories(latency=LATENCY_SECONDS))
        fill_okta(self.directories.okta, self.helpscout)
        people = self.folder / "people.csv"
        people.write_text(hr_list(self.helpscout), encoding="utf-8")
        record = self.folder / "hs-bot.db"
        self.contractor = hire(self.helpscout, self.slack, record)
        self.bot = ChildBot(self._settings(record), folder=self.folder)
        stack.callback(self.bot.stop)
        gate = httpx.Client(
            base_url=f"http://127.0.0.1:{self.bot.port}/scim/v2",
            headers={"Authorization": f"Bearer {self.gate_token}"},
            timeout=10.0,
            trust_env=False,
        )
        provider = Provider(self.directories.okta, stack.enter_context(gate), group=GROUP)
        self.slack.connect(f"http://127.0.0.1:{self.bot.port}/slack/events")
        self.stage = Stage(
            slack=self.slack,
            manifest=manifest,
            helpscout=self.helpscout,
            record=record,
            bot=self.bot,
            provider=provider,
            leaver=DEMO_TARGET.email,
        )

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _settings(self, record: Path) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "SLACK_API_URL": self.slack.url,
            "HELPSCOUT_API_URL": self.helpscout.api_url,
            "HELPSCOUT_SCIM_URL": self.helpscout.scim_url,
            "HELPSCOUT_APP_ID": self.helpscout.app_id,
            "HELPSCOUT_APP_SECRET": self.helpscout.app_secret,
            "HELPSCOUT_SCIM_TOKEN": self.helpscout.scim_token,
            "HS_BOT_CHANNEL": self.slack.channel("access").id,
            "HS_BOT_APPROVERS": f"{APPROVERS_GROUP},{OWNER_ID}",
            "HS_BOT_DATABASE": str(record),
            "HS_BOT_SYNC_INTERVAL": "30s",
            "HS_BOT_APPROVAL_TTL": "2h",
            "HS_BOT_EXECUTION_TTL": "1h",
            "HS_BOT_RATE_LIMIT": str(RATE_LIMIT),
            "HS_BOT_SEAT_COST": "55 USD",
            "HS_BOT_TELL_MANAGER": "on",
            "HS_BOT_MAX_PER_HOUR": "60",  # so that the list of who is gone can be worked down while one looks
            "HS_BOT_SOURCES": "slack,okta,csv",
            "HS_BOT_SOURCES_INTERVAL": "30s",
            "HS_BOT_CSV": str(record.with_name("people.csv")),
            "OKTA_URL": f"{self.directories.url}/okta",
            "OKTA_TOKEN": OKTA_TOKEN,
            "OKTA_GROUP": GROUP,
            "HS_BOT_GATE_TOKENS": f"okta:{self.gate_token}",
            "HS_BOT_HOST": "127.0.0.1",
            "PORT": str(free_port()),
        }


def start(port: int = 8080, open_browser: bool = True, *, people: int = 300) -> None:
    """Runs the demo until Ctrl-C. `port` is the page's (0: a free one); PortTaken when somebody else has it.

    SIGTERM and SIGHUP (the terminal was closed) end it as Ctrl-C does: nothing stays behind.
    """
    listener = listen(port)
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _end)
        if hasattr(signal, "SIGHUP"):  # the page's server knows SIGTERM, and ends in good order
            signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
        _run(listener, open_browser, people)
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):  # there may be no terminal left to tell
            print("The demo has ended.", flush=True)


_ENDS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def _end(*_: object) -> None:
    """Once: what is being cleared up must not be interrupted by another signal."""
    for other in _ENDS:
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


def _run(listener: socket.socket, open_browser: bool, people: int) -> None:
    with Demo(people=people) as demo:
        starting = threading.Thread(target=demo.bot.start, name="bot-start", daemon=True)
        starting.start()  # while the page is being built
        server = PageServer(demo.stage, listener)

        def ready() -> None:
            starting.join()
            if demo.bot.state != "running":
                last = demo.bot.output[-1:] or ["it said nothing"]
                print(f"The bot did not start ({last[0]}); the page shows what it logged under Faults.", flush=True)
            print(f"hs-bot demo: {server.url}  (Ctrl-C stops everything)", flush=True)
            print(f"As two people side by side: {server.url}?as=ana in another window", flush=True)
            if open_browser:
                webbrowser.open(server.url)

        server.serve(ready)
