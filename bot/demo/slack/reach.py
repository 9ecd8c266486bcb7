"""Bringing what people do to the bot: over a socket when one is open, else over HTTP; events again and again."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.demo.slack import payloads
from bot.demo.slack.answers import Answer
from bot.demo.slack.delivery import HttpDelivery, Payload, Reply
from bot.demo.slack.installation import Installation
from bot.demo.slack.people import Person
from bot.demo.slack.socket_mode import SocketMode
from bot.demo.slack.things import Json, Toast
from bot.demo.slack.workspace import Workspace

NOBODY_HOME = Reply(status=None, failure="connection_failed")


class Reach:
    """How the workspace reaches the bot. `event_retries`: how often an event that was not taken comes again."""

    workspace: Workspace
    installation: Installation
    delivery: HttpDelivery | None
    socket: SocketMode | None
    base_url: str
    escape: bool
    event_retries: int

    def event(self, inner: Json) -> Answer:
        """Delivers an event, and again up to `event_retries` times while the bot does not take it."""
        payload = Payload(kind="events_api", data=payloads.event(inner, event_id=self.workspace.new_id("Ev")))
        reply = self._bring(payload)
        for attempt in range(1, self.event_retries + 1):
            if not reply.failure:
                break
            reply = self._bring(payload, retry=attempt, reason=_retry_reason(reply))
        return Answer(self.workspace, reply=reply, payload=payload)

    def redeliver(self, answer: Answer, *, retry: int | None = None) -> Reply:
        """The same payload once more, byte for byte but for signature and time.

        `retry` is the number in Slack's header of a repetition; None: as Slack does, which numbers events only.
        """
        if answer.payload is None:
            raise ValueError("nothing was sent, so nothing can be sent again")
        number = int(answer.payload.kind == "events_api") if retry is None else retry
        return self._bring(answer.payload, retry=number, reason="http_timeout" if number else "")

    @contextmanager
    def forging(self, *, secret: str | None = None, age: int = 0) -> Iterator[None]:
        """Deliveries within are signed with another secret, or `age` seconds ago."""
        if self.delivery is None:
            raise ValueError("no bot is connected over HTTP")
        true_secret, self.delivery.age = self.delivery.secret, age
        self.delivery.secret = true_secret if secret is None else secret
        try:
            yield
        finally:
            self.delivery.secret, self.delivery.age = true_secret, 0

    def _bring(self, payload: Payload, *, retry: int = 0, reason: str = "", toast: Person | None = None) -> Reply:
        if self.socket is not None and self.socket.connections:
            reply = self.socket.bring(payload, retry=retry, reason=reason)
        elif self.delivery is not None:
            reply = self.delivery.bring(payload, retry=retry, reason=reason)
        else:
            reply = NOBODY_HOME
        if reply.failure and toast is not None:
            self._toast(toast, f"hs-bot did not answer ({dispatch_error(reply)}).")
        return reply

    def _toast(self, person: Person, text: str) -> None:
        with self.workspace.changing():
            self.workspace.toasts.append(Toast(user=person.id, text=text))


def dispatch_error(reply: Reply) -> str:
    """Slack's word for a command or click that the bot did not take."""
    return "operation_timeout" if reply.failure == "operation_timeout" else "dispatch_failed"


def _retry_reason(reply: Reply) -> str:
    return {"operation_timeout": "http_timeout", "connection_failed": "connection_failed"}.get(
        reply.failure, "http_error"
    )
