"""What a handler gives back: something to show, a form to open, work that takes longer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from slack_sdk.models.views import View

from bot.slack.views.kit import Message


@dataclass(frozen=True, slots=True)
class Answer:
    """A private message. `then` does what takes time (an API), and what it returns replaces the message.

    `promises`: the message says only that this is being done, so that what goes wrong in `then` takes its place too.
    To a button of a private message: `replaces` says whether the answer takes the place of that message.
    """

    message: Message | None = None
    then: Callable[[], Message | None] | None = None
    replaces: bool = False
    promises: bool = False


@dataclass(frozen=True, slots=True)
class Opens:
    """A form to be opened while Slack's trigger is good. `then`, given the view as Slack has it, fills it in."""

    view: View
    then: Callable[[Mapping[str, Any]], None] | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """Work that asks somebody else (Slack, Help Scout) before anything can be said."""

    work: "Callable[[], Reply]"


Reply: TypeAlias = Message | Answer | Opens | Later | None
"""Of a command, a button or a shortcut. None: there is nothing to say."""


@dataclass(frozen=True, slots=True)
class FieldErrors:
    """A form goes back to the person: block_id → sentence. `again` is the form with what they filled in.

    It is shown when the answer comes too late for Slack to put the sentences under their fields. `message` is told
    privately besides.
    """

    errors: Mapping[str, str]
    again: View | None = None
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """The form is done; `message` is told privately."""

    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Shows:
    """The form turns into another view."""

    view: View


Submitted: TypeAlias = FieldErrors | Closed | Shows
"""Of a form's submission."""
