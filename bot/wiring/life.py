"""How a bot begins, runs, and ends."""

import errno
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from bot import __version__
from bot.config import ConfigurationError, Settings
from bot.model.problem import Problem
from bot.services.running.ending import backstop, stop_together
from bot.services.side_by_side import begun
from bot.wiring.endpoints import Endpoints
from bot.wiring.help_scout import plain

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from bot.slack.transport.link_state import LinkState
    from bot.slack.transport.server import HttpServer
    from bot.slack.transport.socket import SocketMode


STOP_SECONDS = 8.5
"""SIGTERM: the current step ends within this; after little more, and before ten seconds, the process."""


class Bot(Endpoints):
    """Everything of one bot: `run` until it is told to stop. A context manager: its end closes what was opened."""

    def __init__(self, settings: Settings, *, whole: bool = True, reads: bool = False) -> None:
        super().__init__(settings, whole=whole, reads=reads)
        self._stop = threading.Event()

    def run(self, mode: Literal["socket", "http"]) -> None:
        """Run until SIGTERM or SIGINT, then finish what is under way and hand back leases.

        Look-ups are answered while the record's pages are still being checked; nothing is carried out, synced or posted
        before they are found whole. Raises `Corrupt` when they are not.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        from bot.slack.transport.promptness import keep_prompt

        whole = begun(self.record.check)
        self._check_slack()
        transports = [self._http_server()] if mode == "http" else self._socket_mode()
        self.workspace.on_reading(self.pairing.noticed)
        self.directory.start()
        for transport in transports:
            transport.start()
        while not whole.done() and not self._stop.wait(0.01):
            pass
        if not whole.done():
            for transport in transports:
                transport.stop()
            return
        whole.result()
        begun(self._read_credential)
        self._greet()
        for part in (self.runner, self.delivery, self.scheduler):
            part.start()
        if self.settings.gate:
            self.pursuit.start()
            begun(lambda: self.gate)
        keep_prompt()
        self._log.info("running", mode=mode, record=self.record.engine, version=__version__)
        # The system may hand the signal to any thread; Python acts on it when this one next runs.
        while not self._stop.wait(0.2):
            pass
        self._log.info("stopping")
        backstop(STOP_SECONDS + 0.6)
        self._end(transports, time.monotonic() + STOP_SECONDS)
        self._log.info("stopped")

    def _greet(self) -> None:
        try:
            self.first_message.owe()
        except Problem as problem:
            self._log.warning("the first message could not be noted", problem=problem.sentence)

    def _end(self, transports: "Sequence[HttpServer | SocketMode]", ends: float) -> None:
        """Take nothing new, finish what is under way, hand back the leases; last, what Slack is still owed of it."""
        for transport in transports:
            transport.stop(2.0)
        parts = {
            "scheduler": self.scheduler.stop,
            "runner": self.runner.stop,
            **({"gate": self.pursuit.stop} if self.settings.gate else {}),
            "worker": self.worker.stop,
            "filler": self.filler.stop,
        }
        late = stop_together(parts, ends - 1.0 - time.monotonic())
        late += stop_together({"delivery": self.delivery.stop}, ends - time.monotonic())
        if late:
            self._log.warning("not everything ended in time", parts=late)

    def stop(self) -> None:
        """End `run`, from another thread."""
        self._stop.set()

    def _check_slack(self) -> None:
        """A token that Slack refuses ends the start; a Slack that can't be reached does not."""
        from bot.slack.api.web import SlackFault, SlackUnauthorized, call

        try:
            call("auth.test", self.deps.client.auth_test)
        except SlackUnauthorized as refused:
            raise ConfigurationError([f"SLACK_BOT_TOKEN is refused by Slack. {refused.sentence}"]) from None
        except SlackFault as fault:
            self._log.warning("Slack is away at the start; trying on", problem=fault.sentence)

    def _read_credential(self) -> None:
        """Whose credential it is; what Help Scout doesn't say now, the first sync asks again."""
        from bot.services.credential import Credential

        try:
            Credential(self.record).read(self.helpscout.rest)
        except Problem as problem:
            self._log.warning("whose credential it is can't be read", problem=problem.sentence)
        self.wake()

    def _http_server(self) -> "HttpServer":
        from bot.slack.transport.http import Site
        from bot.slack.transport.server import HttpServer

        mounted, below = self._mounted()
        site = Site(
            self.app,
            signing_secret=(plain(self.settings.slack_signing_secret) or "") if self._link is None else "",
            metrics_token=plain(self.settings.metrics_token) or "",
            health=self._health,
            metrics=self.metrics.page,
            webhook_secret=plain(self.settings.webhook_secret) or "",
            webhook=self._webhook,
            noted=self.metrics.ack,
            mounted=mounted,
        )
        try:
            return HttpServer(site, host=self.settings.host, port=self.settings.port, below=below)
        except OSError as taken:
            raise ConfigurationError([self._no_place(taken)]) from None

    def _mounted(self) -> "tuple[dict[str, WSGIApplication], dict[str, int]]":
        """The gate, when it is on: by its path, with the largest body there.

        SCIM's models take half a second to import: that waits until everything runs, or for the first push.
        """
        if not self.settings.gate:
            return {}, {}
        if find_spec("scim2_models") is None:
            raise ConfigurationError(
                ["HS_BOT_GATE_TOKENS needs scim2-models: install it with pip install 'hs-bot[gate]'."]
            )
        from bot.gate import PREFIX
        from bot.gate.reading import LARGEST

        return {PREFIX: lambda environ, start_response: self.gate(environ, start_response)}, {PREFIX: LARGEST}

    def _no_place(self, taken: OSError) -> str:
        """Why HTTP mode can't begin, by the variable that is at fault."""
        host, port = self.settings.host, self.settings.port
        if taken.errno in (errno.EADDRINUSE, errno.EACCES):
            return f"PORT {port} can't be listened on ({taken.strerror}): choose a free one."
        return f"HS_BOT_HOST {host} is not an address of this machine: use 0.0.0.0 for all of them, or 127.0.0.1."

    def _socket_mode(self) -> "list[HttpServer | SocketMode]":
        """With PORT set, `/healthz` and `/metrics` are served besides; Slack's own requests are refused there."""
        from bot.slack.transport.socket import SocketMode

        app_token = plain(self.settings.slack_app_token) or ""
        transport = SocketMode(
            self.app, app_token=app_token, client=self.deps.client, noted=self.metrics.ack, told=self._keep_link
        )
        if refusal := transport.refusal():
            cure = "It must be an app-level token with connections:write, and Socket Mode must be on."
            raise ConfigurationError([f"SLACK_APP_TOKEN is refused by Slack. {refusal} {cure}"])
        self._link = transport
        return [transport, *([self._http_server()] if "port" in self.settings.model_fields_set else [])]

    def _keep_link(self, state: "LinkState") -> None:
        """For doctor, which is another process."""
        from bot.slack.transport.link_state import keep

        try:
            keep(self.record, state)
        except Problem as problem:
            self._log.warning("how Slack is connected was not noted", problem=problem.sentence)

    def _health(self) -> tuple[bool, Mapping[str, Any]]:
        fitness = self.metrics.fitness()
        return fitness.well, asdict(fitness)

    def _webhook(self, event: str, body: Mapping[str, Any]) -> None:
        """Whatever Help Scout tells, to whoever knows what to do with it."""
        self.assignments.told(event, body)
        self.statuses.told(event, body)
