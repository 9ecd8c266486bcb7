"""Webhooks as Help Scout sends them: a signed POST for each `convo.assigned`. Source: Help Scout, "Webhooks"."""

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

EVENT = "convo.assigned"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST and how it was answered; `status` 0 with `problem` when nobody answered."""

    at: datetime
    event: str
    conversation_id: int
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
        self._secret = ""
        self._queue: queue.Queue[Json | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    def target(self, url: str, secret: str) -> None:
        """Register a webhook: where it goes and the secret it is signed with."""
        self.url, self._secret = url, secret

    def assigned(self, conversation: Json) -> None:
        """Tell that a conversation has got another assignee (also when it has none now)."""
        if not self.url:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._deliver, name="helpscout-webhooks", daemon=True)
            self._thread.start()
        self._queue.put(conversation)

    def settle(self) -> None:
        """Wait until everything told so far was delivered or given up."""
        self._queue.join()

    def stop(self) -> None:
        self.url = ""
        if self._thread is not None:
            self._queue.put(None)

    def _deliver(self) -> None:
        while (conversation := self._queue.get()) is not None:
            if self.url:
                self.deliveries.append(self._post(conversation))
            self._queue.task_done()
        self._queue.task_done()

    def _post(self, conversation: Json) -> Delivery:
        body = json.dumps(conversation, ensure_ascii=False).encode()
        request = urllib.request.Request(
            self.url,
            data=body,
            headers={
                "Content-Type": "application/json",
                "User-Agent": "HelpScout-Webhook",
                "X-HelpScout-Event": EVENT,
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
        return Delivery(datetime.now(UTC), EVENT, int(conversation["id"]), status, problem)
