"""Private answers: through the response URL of what somebody did, else as a small modal, else as a direct message.

An answer that Slack asks to wait with is sent after the wait; one that it can't show is sent as plain text.
"""

import json
import re
import threading
from contextlib import suppress
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import structlog
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from bot.slack.api.web import TIMEOUT, SlackAway, SlackBusy, SlackFault, SlackRefused, call, no_answer, seconds
from bot.slack.handling.modals import replaced, shown_anew
from bot.slack.handling.payload import Call, mapping, text
from bot.slack.views.kit import Message, without_pictures
from bot.slack.views.words import note

TRIGGER_GOOD = 2.5  # seconds; Slack lets one open a form within three
ORDER = 0.2  # seconds within which an immediate answer has left, where the transport can't tell
GRACE = 0.05  # seconds for it to arrive, once it has left
PAUSES = (0.0, 0.5, 2.0, 5.0)  # seconds before each attempt
SPENT = frozenset({"used_url", "expired_url", "invalid_url", "message_not_found", "channel_not_found"})
"""Slack's words for a response URL that answers no more."""
HOOKS = re.compile(r"hooks\.slack(-gov)?\.com")


class Private:
    """`client` must not repeat calls by itself. Methods may take seconds: they are for the worker."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._own_host = urlsplit(client.base_url).netloc
        self._log = structlog.get_logger("slack.private")

    def answer(self, to: Call, message: Message, *, replaces: bool = False) -> None:
        """Say it to who did `to`, wherever that is possible. Never raises for what Slack does: it is logged.

        `replaces` takes the place of what was answered before, or of the private message that was clicked.
        """
        try:
            self._answer(to, message, replaces=replaces and (to.ephemeral or to.in_modal or to.kind == "command"))
        except SlackFault as fault:
            self._log.warning("a private answer could not be given", kind=to.kind, name=to.name, problem=fault.sentence)

    def tell(self, member: str, message: Message) -> None:
        """A direct message. Raises a `SlackFault`."""
        body = message.as_json()
        call("chat.postMessage", lambda: self._client.chat_postMessage(channel=member, unfurl_links=False, **body))

    def _answer(self, to: Call, message: Message, *, replaces: bool) -> None:
        if is_of_slack(to.response_url, self._own_host):
            let_pass(to)
            try:
                self._respond(to.response_url, message, replaces=replaces)
                return
            except SlackRefused as refused:  # used up or too old
                self._log.info("a response URL was refused", code=refused.code)
        elif replaces and to.in_modal:
            if self._in_the_modal(to, message):
                return
        elif to.trigger and to.age < TRIGGER_GOOD and (to.in_modal or to.view.get("type") != "modal"):
            try:
                shown_anew(self._client, to, note(message))
                return
            except SlackRefused as refused:
                self._log.info("a note could not be opened", code=refused.code)
        if to.user:
            self.tell(to.user, message)

    def _in_the_modal(self, to: Call, message: Message) -> bool:
        """In place of what the modal showed; False when it is closed, or Slack shows it in no way."""
        title = text(mapping(to.view.get("title")).get("text"))
        for part in (message, without_pictures(message), Message(message.text)):
            try:
                replaced(self._client, text(to.view.get("id")), note(part, title or "hs-bot"))
            except SlackRefused as refused:
                self._log.info("a modal could not be changed", code=refused.code)
                if refused.code == "not_found":
                    return False
            else:
                return True
        return False

    def _respond(self, url: str, message: Message, *, replaces: bool) -> None:
        body: dict[str, Any] = {"response_type": "ephemeral", "replace_original": replaces, "unfurl_links": False}
        for part in (message, without_pictures(message), Message(message.text)):
            code = self._sent(url, body | part.as_json(), repeatable=replaces)
            if not code:
                return
            if code in SPENT:
                break
            self._log.warning("Slack would not show an answer; less of it is sent", code=code[:300])
        raise SlackRefused("response_url", code)

    def _sent(self, url: str, body: dict[str, Any], *, repeatable: bool) -> str:
        """Slack's word for why it refused, "" when it did not. Tries again while Slack asks to wait or is at fault."""
        fault: SlackFault | None = None
        for pause in PAUSES:
            if pause:
                threading.Event().wait(max(pause, fault.wait if isinstance(fault, SlackBusy) else 0.0))
            try:
                return _send(url, body)
            except SlackBusy as busy:
                fault = busy
            except SlackAway as away:
                fault = away
                if away.maybe_done and not repeatable:
                    break
        assert fault is not None
        raise fault


def _send(url: str, body: dict[str, Any]) -> str:
    try:
        answer = WebhookClient(url, timeout=TIMEOUT, retry_handlers=[]).send_dict(body)
    except (OSError, HTTPException, ValueError) as error:
        raise no_answer("response_url", error) from None
    if answer.status_code == 429:
        raise SlackBusy("response_url", seconds(dict(answer.headers or {})))
    if answer.status_code >= 500 and not answer.body.startswith(("{", "invalid", "no_")):
        raise SlackAway("response_url", f"HTTP {answer.status_code}", maybe_done=False)
    return _refusal(answer.status_code, answer.body)


def _refusal(status: int, body: str) -> str:
    """Slack says what is wrong as a word, or as JSON; sometimes with status 200."""
    said: Any = None
    if body.startswith("{"):
        with suppress(ValueError):
            said = json.loads(body)
    if isinstance(said, dict) and said.get("ok") is False:
        return str(said.get("error") or "refused")
    return "" if status == 200 else body[:100].strip() or f"HTTP {status}"


def let_pass(to: Call) -> None:
    """Wait until Slack has the immediate answer, where another one is to take its place."""
    if to.left is not None:
        to.left.wait(ORDER * 5)
    if to.kind in ("command", "view_submission"):
        threading.Event().wait(ORDER if to.left is None else GRACE)


def is_of_slack(url: str, own_host: str) -> bool:
    """Whether a response URL is one of Slack's (or of the Web API's host, as configured): never post elsewhere."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.hostname:
        return False
    if parts.scheme == "https" and HOOKS.fullmatch(parts.hostname):
        return True
    return parts.scheme in ("http", "https") and parts.netloc == own_host
