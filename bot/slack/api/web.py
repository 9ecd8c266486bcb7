"""Calls of Slack's Web API: what can go wrong with one, each as a type with a sentence a person can act on.

SlackFault
├── SlackRefused    Slack understood and said no: `code` is its word for it
│   └── SlackUnauthorized   … to the token itself, or for want of a scope
├── SlackBusy       429: `wait` seconds, then again
└── SlackAway       no answer, or none of Slack's: `maybe_done` says whether the call may have had its effect

slack_sdk repeats calls by itself when a connection breaks, which would post a message twice. So there are two kinds of
client: `reading` repeats (what only reads may be repeated), `writing` never does.
"""

import errno
import socket
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)
from slack_sdk.http_retry.builtin_interval_calculators import BackoffRetryIntervalCalculator
from slack_sdk.web import SlackResponse

from bot.model.problem import Problem
from bot.slack.api.refusals import AGAIN, too_late

TIMEOUT = 10  # seconds for one call
LONGEST_WAIT = 20.0  # seconds of Retry-After that a reading call sits out

UNAUTHORIZED = frozenset(
    {
        "not_authed",
        "invalid_auth",
        "account_inactive",
        "token_expired",
        "token_revoked",
        "no_permission",
        "missing_scope",
        "not_allowed_token_type",
        "team_access_not_granted",
        "ekm_access_denied",
        "org_login_required",
    }
)


class SlackFault(Problem):
    """A call of the Web API that did not do what it should."""


class SlackRefused(SlackFault):
    """`ok: false`; nothing was done. `details` is the answer."""

    def __init__(self, method: str, code: str, details: dict[str, Any] | None = None) -> None:
        self.code = code
        self.details = details or {}
        late = too_late(code, (self.details.get("response_metadata") or {}).get("messages"))
        super().__init__(TOO_LATE if late else _SENTENCES.get(code, f"Slack refused {method}: {code}."))


class SlackUnauthorized(SlackRefused):
    """The token is not accepted, or may not do this."""

    def __init__(self, method: str, code: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(method, code, details)
        if code == "missing_scope":
            needed = str(self.details.get("needed", "one more"))
            self.sentence = (
                f"The Slack app lacks the scope {needed}: add it (manifest.yml has all) and install it again."
            )
            self.args = (self.sentence,)


class SlackBusy(SlackFault):
    """Slack asks to wait; nothing was done."""

    def __init__(self, method: str, wait: float) -> None:
        super().__init__(f"Slack asks hs-bot to wait {wait:.0f} seconds: try again then.")
        self.method = method
        self.wait = wait


class SlackAway(SlackFault):
    """Slack can't be reached, or answers with a fault of its own."""

    def __init__(self, method: str, why: str, *, maybe_done: bool) -> None:
        super().__init__(f"Slack does not answer ({why}): try again in a moment.")
        self.method = method
        self.maybe_done = maybe_done


TOO_LATE = "That took too long for Slack, so the form wasn't opened. Please try again."
_NOT_ALLOWED = "The channel's settings don't let hs-bot post there: allow it, or give hs-bot another channel."
_SENTENCES = {
    "not_authed": "Slack got no token: give hs-bot its bot token.",
    "invalid_auth": "Slack refused the token: copy the bot token again from OAuth & Permissions.",
    "token_revoked": "The token was revoked: install the app to the workspace again and copy the bot token.",
    "token_expired": "The token has expired: install the app to the workspace again and copy the bot token.",
    "account_inactive": "The app was removed from the workspace: install it again and copy the bot token.",
    "channel_not_found": "The channel does not exist, or it is private and hs-bot is not in it: invite it there.",
    "not_in_channel": "hs-bot is not in the channel: type /invite @hs-bot there.",
    "is_archived": "The channel is archived: give hs-bot another one.",
    "is_inactive": "The channel is archived or frozen: give hs-bot another one.",
    "restricted_action": _NOT_ALLOWED,
    "restricted_action_read_only_channel": _NOT_ALLOWED,
    "restricted_action_thread_only_channel": _NOT_ALLOWED,
    "restricted_action_non_threadable_channel": _NOT_ALLOWED,
    "message_limit_exceeded": "The workspace has reached the number of messages that its Slack plan allows.",
    "external_channel_migrating": "Slack is moving the channel between workspaces: it can be used again afterwards.",
    "ekm_access_denied": "The workspace's administrators have suspended posting (Enterprise Key Management).",
    "messages_tab_disabled": "Direct messages to the app are off: turn on the Messages Tab under App Home.",
    "plan_upgrade_required": "User groups need a paid Slack plan: name people one by one instead.",
}


def reading(token: str, base_url: str, *, timeout: int = TIMEOUT) -> WebClient:
    """A client for calls that change nothing: sits out rate limits, repeats on faults and broken connections."""
    calm = BackoffRetryIntervalCalculator(backoff_factor=0.2)
    handlers = [
        _PatientWithLimits(max_retry_count=2),
        ServerErrorRetryHandler(max_retry_count=2, interval_calculator=calm),
        ConnectionErrorRetryHandler(max_retry_count=2, interval_calculator=calm),
    ]
    return WebClient(token=token, base_url=base_url, timeout=timeout, retry_handlers=handlers)


def writing(token: str, base_url: str, *, timeout: int = TIMEOUT) -> WebClient:
    """A client for calls that must not happen twice: repeats nothing."""
    return WebClient(token=token, base_url=base_url, timeout=timeout, retry_handlers=[])


class _PatientWithLimits(RateLimitErrorRetryHandler):
    """Sits out a `Retry-After` when it is short; who must wait longer is told so."""

    def _can_retry(self, *, state: Any, request: Any, response: Any = None, error: Exception | None = None) -> bool:
        if not super()._can_retry(state=state, request=request, response=response, error=error):
            return False
        return seconds({name: (values or [""])[0] for name, values in response.headers.items()}) <= LONGEST_WAIT


def call(method: str, ask: Callable[[], SlackResponse]) -> SlackResponse:
    """The answer of `ask`, a call of the Web API's `method`. Raises a `SlackFault`."""
    try:
        return ask()
    except SlackApiError as error:
        raise _fault(method, error) from None
    except (SlackClientError, HTTPException, OSError, ValueError) as error:
        raise no_answer(method, error) from None


def _fault(method: str, error: SlackApiError) -> SlackFault:
    response = error.response
    status = int(getattr(response, "status_code", 200) or 200)
    data = response.data if isinstance(getattr(response, "data", None), dict) else {}
    code = str(data.get("error", ""))
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return SlackBusy(method, seconds(dict(response.headers or {})))
    if status >= 500 or not code or " " in code:  # slack_sdk puts a sentence there when the body was no JSON
        return SlackAway(method, f"HTTP {status}" if status != 200 else "not the answer of an API", maybe_done=True)
    if code in AGAIN and code != "hash_conflict":
        return SlackAway(method, code, maybe_done=True)
    kind = SlackUnauthorized if code in UNAUTHORIZED else SlackRefused
    return kind(method, code, data)


def no_answer(method: str, error: Exception) -> SlackAway:
    """A connection that failed; whether the call had its effect is only certain when it was never made."""
    cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, Exception) else error
    never_left = isinstance(cause, socket.gaierror | ConnectionRefusedError) or (
        isinstance(cause, OSError) and cause.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ECONNREFUSED)
    )
    return SlackAway(method, type(cause).__name__, maybe_done=not never_left)


def seconds(headers: dict[str, Any]) -> float:
    """Retry-After in seconds; Slack always sends a whole number, and a second is the least it means."""
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    told = told[0] if isinstance(told, list) and told else told
    try:
        return max(1.0, float(str(told)))
    except ValueError:
        return 1.0
