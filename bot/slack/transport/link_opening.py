"""A link to Slack, opened and greeted; or why there is none."""

from collections.abc import Callable

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse
from websocket import WebSocketBadStatusException, WebSocketException

from bot.slack.api.web import SlackBusy, SlackFault, SlackRefused, call, seconds
from bot.slack.transport.link import Link

HOPELESS = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "not_allowed_token_type", "socket_mode_not_enabled"}
)
"""Slack's words for a token with which there will never be a connection."""
GREETING = 10.0  # seconds within which Slack must say hello on a new one


class LinkRefused(Exception):
    """No link. `sentence` says why; `wait` is how many seconds Slack asks to wait, 0.0 where it asks for none."""

    def __init__(self, sentence: str, wait: float = 0.0) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.wait = wait


class LinkOpening:
    """`greeting`: seconds within which Slack must say hello."""

    def __init__(self, client: WebClient, app_token: str, greeting: float) -> None:
        self._client = client
        self._token = app_token
        self._greeting = greeting

    def refusal(self) -> str:
        """Why there will never be a connection with this token; "" when Slack takes it, or can't be asked now."""
        try:
            call("apps.connections.open", self._ask)
        except SlackRefused as refused:
            return refused.sentence if refused.code in HOPELESS else ""
        except SlackFault:
            return ""
        return ""

    def open(self, make: Callable[[str], Link]) -> Link:
        """`make` makes a link to an address, and starts it. Raises `LinkRefused`."""
        try:
            return self._greeted(make)
        except SlackFault as fault:
            told = fault.wait if isinstance(fault, SlackBusy) else 0.0
            hopeless = isinstance(fault, SlackRefused) and fault.code in HOPELESS
            cure = "Check SLACK_APP_TOKEN and that Socket Mode is on." if hopeless else "It is tried again."
            raise LinkRefused(f"Slack gives no Socket Mode connection. {fault.sentence} {cure}", told) from fault
        except WebSocketBadStatusException as refused:
            told, status = seconds(dict(refused.resp_headers or {})), refused.status_code
            sentence = f"Slack refuses the Socket Mode connection (HTTP {status}): it is tried again."
            raise LinkRefused(sentence, told) from refused
        except (WebSocketException, OSError, ValueError) as error:
            sentence = f"Slack can't be reached for Socket Mode ({type(error).__name__}): it is tried again."
            raise LinkRefused(sentence) from error

    def _greeted(self, make: Callable[[str], Link]) -> Link:
        """Slack has said hello. Raises what Slack and the network do instead."""
        url = call("apps.connections.open", self._ask).get("url")
        if not isinstance(url, str) or not url.startswith(("wss://", "ws://")):
            raise WebSocketException("Slack's answer names no address")
        link = make(url)
        if not link.greeted(self._greeting):
            link.cut()
            raise WebSocketException("Slack did not say hello")
        return link

    def _ask(self) -> SlackResponse:
        return self._client.apps_connections_open(app_token=self._token)
