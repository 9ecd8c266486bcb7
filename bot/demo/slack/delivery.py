"""Bringing payloads to the bot over HTTP: signed, at most three seconds, events repeated when they were not taken."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

import httpx

Json = dict[str, Any]
Kind = Literal["slash_commands", "interactive", "events_api"]

PATIENCE_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True)
class Payload:
    """What is brought. `kind` is Socket Mode's word for it."""

    kind: Kind
    data: Json

    def body(self) -> tuple[str, bytes]:
        """Content type and body over HTTP."""
        if self.kind == "events_api":
            return "application/json", json.dumps(self.data).encode()
        form = self.data if self.kind == "slash_commands" else {"payload": json.dumps(self.data)}
        return "application/x-www-form-urlencoded", urlencode(form).encode()


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the bot said. `status` None: nothing came; `failure` is Slack's word for what went wrong, "" when fine."""

    status: int | None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    milliseconds: float = 0.0
    failure: str = ""

    def json(self) -> Json:
        """The body as an object; {} when it is empty or something else."""
        try:
            answer = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return answer if isinstance(answer, dict) else {}


def signed(secret: str, body: bytes, *, at: int) -> dict[str, str]:
    """The two headers of docs.slack.dev, "Verifying requests from Slack"; `at` is Unix seconds."""
    base = b"v0:%d:%s" % (at, body)
    return {
        "X-Slack-Request-Timestamp": str(at),
        "X-Slack-Signature": "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest(),
    }


Bot = Callable[[bytes, Mapping[str, str]], tuple[int, Mapping[str, str], bytes]]
"""A bot in the same process, instead of a URL: (body, headers) -> (status, headers, body)."""


class HttpDelivery:
    """Speaks to one bot, by URL (…/slack/events) or in process. `secret` and `age` can be forged by tests."""

    def __init__(self, bot: str | Bot, secret: str, *, patience: float = PATIENCE_SECONDS) -> None:
        self.secret = secret
        self.patience = patience
        self.age = 0  # seconds by which the timestamp lies in the past
        self._bot = bot
        self._client = httpx.Client(timeout=patience, trust_env=False, verify=False)  # loopback: no TLS
        if isinstance(bot, str) and urlsplit(bot).path in ("", "/"):
            self._bot = bot.rstrip("/") + "/slack/events"

    def bring(self, payload: Payload, *, retry: int = 0, reason: str = "") -> Reply:
        """One attempt; `retry` and `reason` become Slack's headers of a repeated event."""
        kind, body = payload.body()
        headers = {
            "Content-Type": kind,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "Accept": "application/json,*/*",
            **signed(self.secret, body, at=int(time.time()) - self.age),
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason}
        started = time.perf_counter()
        try:
            status, answer_headers, answer = self._exchange(body, headers)
        except httpx.TimeoutException:
            return Reply(status=None, failure="operation_timeout", milliseconds=_since(started))
        except httpx.HTTPError:
            return Reply(status=None, failure="connection_failed", milliseconds=_since(started))
        took = _since(started)
        late = took > self.patience * 1000
        failure = "operation_timeout" if late else "" if status == 200 else "http_error"
        return Reply(status=status, body=answer, headers=answer_headers, milliseconds=took, failure=failure)

    def _exchange(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        if not isinstance(self._bot, str):
            return self._bot(body, headers)
        answer = self._client.post(self._bot, content=body, headers=dict(headers))
        return answer.status_code, answer.headers, answer.content

    def close(self) -> None:
        self._client.close()


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
