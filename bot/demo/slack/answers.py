"""What came of something a person did: the bot's reply, and the messages and the modal that followed."""

from collections.abc import Callable, Iterator

from bot.demo.slack.delivery import Payload, Reply
from bot.demo.slack.response_urls import ResponseUrl
from bot.demo.slack.things import Message, View
from bot.demo.slack.triggers import Trigger
from bot.demo.slack.workspace import Workspace

PATIENCE = 20.0
"""Seconds that a test waits for what should have come: long, for what comes late on a busy machine is not missing."""


class NothingCame(AssertionError):
    """What was waited for did not come in time; the sentence says what was there instead."""


class Answer:
    """Iterating gives the messages that answered: live, so that what comes later through the response_url is in it.

    `reply` is None when Slack kept the thing from being sent (a required field was empty, a confirm was declined).
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        reply: Reply | None,
        payload: Payload | None = None,
        trigger: Trigger | None = None,
        url: ResponseUrl | None = None,
    ) -> None:
        self.workspace = workspace
        self.reply = reply
        self.payload = payload
        self._trigger = trigger
        self._url = url

    @property
    def status(self) -> int | None:
        return self.reply.status if self.reply else None

    @property
    def failure(self) -> str:
        """ "" when the bot answered in time with 200; else "operation_timeout", "connection_failed" or "http_error"."""
        return self.reply.failure if self.reply else ""

    @property
    def milliseconds(self) -> float:
        return self.reply.milliseconds if self.reply else 0.0

    @property
    def messages(self) -> list[Message]:
        return [m for m in (self._url.answers if self._url else ()) if not m.deleted]

    def __iter__(self) -> Iterator[Message]:
        return iter(self.messages)

    def __len__(self) -> int:
        return len(self.messages)

    def __getitem__(self, position: int) -> Message:
        return self.messages[position]

    def __bool__(self) -> bool:
        return True

    @property
    def message(self) -> Message:
        """The newest answer; NothingCame without one."""
        if not self.messages:
            raise NothingCame(f"no answer yet (reply: {self.reply})")
        return self.messages[-1]

    @property
    def shown(self) -> str:
        """The text of all answers, as a person reads it."""
        return "\n".join(m.shown for m in self.messages)

    @property
    def view(self) -> View | None:
        """The modal that was opened or pushed with this trigger, if it is still open."""
        view_id = self._trigger.view_id if self._trigger else ""
        return self.workspace.find_view(view_id) if view_id else None

    def wait(self, expected: "str | Callable[[Message], bool]" = "", timeout: float = PATIENCE) -> Message:
        """The newest answer that shows these words (or fulfils the condition), waiting for it; else NothingCame."""

        def fits(message: Message) -> bool:
            return expected in message.shown if isinstance(expected, str) else expected(message)

        def found() -> list[Message]:
            return [m for m in self.messages if fits(m)]

        if self.workspace.wait_until(lambda: bool(found()), timeout):
            return found()[-1]
        raise NothingCame(f"no answer with {expected!r} within {timeout} s; there is: {self.shown!r} ({self.reply})")

    def wait_for_view(self, timeout: float = PATIENCE) -> View:
        """The modal that this opened, waiting for it; else NothingCame."""
        self.workspace.wait_until(lambda: self.view is not None, timeout)
        if self.view is None:
            raise NothingCame(f"no modal within {timeout} s; answers: {self.shown!r} ({self.reply})")
        return self.view
