"""The simulated Slack in one object: start it, point a bot at it, let people act, look at what came of it."""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType

from bot.demo.slack.answers import PATIENCE, NothingCame
from bot.demo.slack.delivery import PATIENCE_SECONDS, Bot, HttpDelivery
from bot.demo.slack.faults import Faults
from bot.demo.slack.hands import Hands
from bot.demo.slack.installation import ApiCall, Installation
from bot.demo.slack.people import People, Person, colleagues, five_people, machines
from bot.demo.slack.server import SlackServer
from bot.demo.slack.socket_mode import SocketMode
from bot.demo.slack.things import Channel, Message, View
from bot.demo.slack.workspace import Workspace, acme


class SimulatedSlack(Hands):
    """A workspace with its Web API on loopback, and people who use a bot in it. A context manager.

        with SimulatedSlack(signing_secret="s3cret") as slack:
            start_bot(SLACK_API_URL=slack.url, SLACK_BOT_TOKEN=slack.bot_token, …)
            slack.connect("http://127.0.0.1:3000/slack/events")
            answer = slack.command("rita", "/hs-user lookup max@acme.example")
            assert "Max Member" in answer.shown

    Nobody is connected until `connect` (or a Socket Mode connection): then every act fails as it does in Slack.

    Args:
        bot_url: the bot's `…/slack/events`, or a function (body, headers) -> (status, headers, body).
        people: everybody in the workspace besides the bot and Slackbot; default: the five and some colleagues.
        scopes: what the bot token may; None: everything. Beyond it methods answer `missing_scope`.
        escape: `should_escape` of the manifest's commands.
        paid: user groups exist; else `plan_upgrade_required`.
        one_post_a_second: chat.postMessage beyond that in one channel answers 429.
        per_minute: method -> calls a minute, beyond which it answers 429.
        patience: seconds that the bot has for an answer.
        socket_mode: serve apps.connections.open too; while a connection is open, payloads go there.
    """

    def __init__(
        self,
        bot_url: "str | Bot | None" = None,
        signing_secret: str = "",
        *,
        people: Iterable[Person] | None = None,
        scopes: Iterable[str] | None = None,
        port: int = 0,
        escape: bool = True,
        paid: bool = True,
        one_post_a_second: bool = False,
        per_minute: Mapping[str, int] | None = None,
        socket_mode: bool = False,
        bot_token: str = "xoxb-demo-0000000000000-simulated",
        app_token: str = "xapp-1-A0HSBOT001-0000000000000-simulated",
        event_retries: int = 3,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        members = [*five_people(), *colleagues()] if people is None else list(people)
        self.workspace: Workspace = acme([*machines(), *members])
        self.installation = Installation(
            workspace=self.workspace,
            bot_token=bot_token,
            app_token=app_token,
            signing_secret=signing_secret or secrets.token_hex(16),
            scopes=None if scopes is None else frozenset(scopes),
            paid=paid,
            one_post_a_second=one_post_a_second,
            per_minute=dict(per_minute or {}),
        )
        self.socket = SocketMode(patience=patience) if socket_mode else None
        if self.socket is not None:
            self.installation.sockets = self.socket.new_url
        self.escape = escape
        self.event_retries = event_retries
        self._patience = patience
        self.delivery: HttpDelivery | None = None
        self._former: list[HttpDelivery] = []
        self._server = SlackServer(self.installation, port=port)
        self.base_url = self._server.base_url
        if bot_url is not None:
            self.connect(bot_url)

    # -- life -----------------------------------------------------------------------------------------------------

    def start(self) -> "SimulatedSlack":
        self._server.start()
        return self

    def stop(self) -> None:
        self._server.stop()
        if self.socket is not None:
            self.socket.stop()
        for delivery in (*self._former, *([self.delivery] if self.delivery else [])):
            delivery.close()

    def __enter__(self) -> "SimulatedSlack":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def connect(self, bot_url: "str | Bot") -> None:
        """From now on payloads go to this bot; what is on its way to the former one still gets there."""
        if self.delivery is not None:
            self._former.append(self.delivery)
        self.delivery = HttpDelivery(bot_url, self.installation.signing_secret, patience=self._patience)

    # -- what the bot needs ---------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """For SLACK_API_URL; ends with a slash."""
        return f"{self.base_url}/api/"

    @property
    def bot_token(self) -> str:
        return self.installation.bot_token

    @property
    def app_token(self) -> str:
        return self.installation.app_token

    @property
    def signing_secret(self) -> str:
        return self.installation.signing_secret

    # -- looking --------------------------------------------------------------------------------------------------

    @property
    def people(self) -> People:
        return self.workspace.people

    @property
    def faults(self) -> Faults:
        return self.installation.faults

    @property
    def log(self) -> list[ApiCall]:
        """The calls of the Web API and of response URLs, oldest first."""
        return list(self.installation.log)

    def calls(self, method: str) -> list[ApiCall]:
        """The calls of one method."""
        return [call for call in self.log if call.method == method]

    def channel(self, what: str) -> Channel:
        """By name or id; `.messages` is what everybody in it sees, `.thread(ts)` the replies under a message."""
        found = self.workspace.find_channel(what)
        if found is None:
            raise KeyError(f"no channel called {what!r} in the simulated workspace")
        return found

    def dms(self, user: str | Person) -> list[Message]:
        """The messages of the direct message between the bot and somebody, oldest first."""
        return self.workspace.direct(self.people[user].id).messages

    def ephemerals(self, user: str | Person) -> list[Message]:
        """What only this person sees, in every channel, oldest first."""
        reader = self.people[user].id
        found = [
            m
            for c in list(self.workspace.channels.values())
            for m in list(c.everything)
            if m.ephemeral_to == reader and not m.deleted
        ]
        return sorted(found, key=lambda m: float(m.ts))

    def home(self, user: str | Person) -> View | None:
        """The Home tab as last published for somebody."""
        return self.workspace.homes.get(self.people[user].id)

    @property
    def views(self) -> list[View]:
        """Every open modal."""
        return [view for stack in self.workspace.modals.values() for view in stack]

    def wait_until(self, condition: Callable[[], bool], timeout: float = PATIENCE) -> None:
        """Waits until something in the workspace makes `condition` true; else NothingCame."""
        started = time.monotonic()
        if not self.workspace.wait_until(condition, timeout):
            raise NothingCame(f"it did not become true within {time.monotonic() - started:.1f} s")

    def wait_for(self, messages: Callable[[], list[Message]], words: str, timeout: float = PATIENCE) -> Message:
        """The newest of these messages that shows the words: `slack.wait_for(lambda: slack.dms("rita"), "done")`."""

        def found() -> list[Message]:
            return [m for m in messages() if words in m.shown]

        if self.workspace.wait_until(lambda: bool(found()), timeout):
            return found()[-1]
        there = [m.shown for m in messages()]
        raise NothingCame(f"no message with {words!r} within {timeout} s; there is: {there}")
