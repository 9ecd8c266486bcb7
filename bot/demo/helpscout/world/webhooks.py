"""Webhooks as Help Scout sends them: a signed POST for each `convo.assigned` and `user.status.changed`.

Source: Help Scout API v2, "Webhooks"; after ten discarded events in a row, or one answered 410, a webhook is off.
"""

import base64
import hashlib
import hmac
import json
import queue
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.demo.helpscout.http.replies import Json

EVENT, STATUS_CHANGED = "convo.assigned", "user.status.changed"
DISCARDED = 10


@dataclass(slots=True, kw_only=True)
class Hook:
    """As `GET /webhooks` lists one; `state` is `enabled` or `disabled`."""

    id: int
    url: str
    state: str = "enabled"
    events: tuple[str, ...] = (EVENT, STATUS_CHANGED)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST and how it was answered; `status` 0 with `problem`: nobody answered. `about`: the id in its body."""

    at: datetime
    event: str
    about: int
    status: int
    problem: str = ""


def signature(body: bytes, secret: str) -> str:
    """`X-HelpScout-Signature`: base64 of HMAC-SHA1 over the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha1).digest()).decode()


class Webhooks:
    """Sends nothing until `target` is called; deliveries go out one after the other, from a thread of their own."""

    def __init__(self) -> None:
        self.url = ""
        self.deliveries: list[Delivery] = []
        self.state = "enabled"
        self._secret = ""
        self._failed = 0
        self._queue: queue.Queue[tuple[str, Json] | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    def target(self, url: str, secret: str) -> None:
        """Register a webhook: where it goes and the secret it is signed with."""
        self.url, self._secret = url, secret
        self.state, self._failed = "enabled", 0

    def registered(self) -> list[Hook]:
        """What `GET /webhooks` lists."""
        return [Hook(id=61_001, url=self.url, state=self.state)] if self.url else []

    def assigned(self, conversation: Json) -> None:
        """Tell that a conversation has got another assignee (also when it has none now)."""
        self._tell(EVENT, conversation)

    def status_changed(self, user: Json) -> None:
        """Tell that somebody's status is another one."""
        self._tell(STATUS_CHANGED, user)

    def _tell(self, event: str, body: Json) -> None:
        if not self.url or self.state != "enabled":
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._deliver, name="helpscout-webhooks", daemon=True)
            self._thread.start()
        self._queue.put((event, body))

    def settle(self) -> None:
        """Wait until everything told so far was delivered or given up."""
        self._queue.join()

    def stop(self) -> None:
        self.url = ""
        if self._thread is not None:
            self._queue.put(None)

    def _deliver(self) -> None:
        while (told := self._queue.get()) is not None:
            if self.url and self.state == "enabled":
                self.deliveries.append(self._post(*told))
                self._count(self.deliveries[-1].status)
            self._queue.task_done()
        self._queue.task_done()

    def _count(self, status: int) -> None:
        self._failed = 0 if 200 <= status < 300 else self._failed + 1
        if status == 410 or self._failed >= DISCARDED:
            self.state = "disabled"

    def _post(self, event: str, told: Json) -> Delivery:
        body = json.dumps(told, ensure_ascii=False).encode()
        request = urllib.request.Request(
            self.url,
            data=body,
            headers={
                "Content-Type": "application/json",
                "User-Agent": "HelpScout-Webhook",
                "X-HelpScout-Event": event,
                "X-HelpScout-Signature": signature(body, self._secret),
            },
        )
        status, problem = 0, ""
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError as error:
            problem = str(error)
        return Delivery(datetime.now(UTC), event, int(told["id"]), status, problem)
