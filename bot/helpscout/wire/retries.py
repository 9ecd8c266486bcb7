"""Which failures are worth another attempt: stamina keeps the schedule (backoff, jitter), what is safe is said here."""

from dataclasses import dataclass

import httpx

from bot.helpscout.errors import MAPPED, NOT_SENT, Api, HelpScoutError, RateLimited, ServerFault, Unbelievable
from bot.helpscout.waits import Waits

WAITS_FOR_LIMIT = 6
"""429s in a row that one request sits out before it gives up."""


@dataclass(slots=True)
class WorthAnother:
    """Whether, and after how many seconds, a failed request is sent again; one instance counts for one request."""

    api: Api
    repeatable: bool
    waits: Waits
    limited: int = 0
    silent: int = 0
    doubted: int = 0
    failed: int = 0

    def __call__(self, exc: Exception) -> bool | float:
        if not isinstance(exc, HelpScoutError) or exc.api != self.api:  # a token's failure had its own attempts
            return False
        if isinstance(exc, RateLimited):
            self.limited += 1
            return 0.0 if exc.retry_after is not None and self.limited <= WAITS_FOR_LIMIT else False  # the budget waits
        cause = exc.__cause__
        self.failed += 1
        if self.failed >= self.waits.attempts:
            return False
        if isinstance(cause, NOT_SENT):
            return not isinstance(cause, httpx.UnsupportedProtocol | httpx.InvalidURL)
        if not self.repeatable:
            return False
        if isinstance(cause, httpx.TimeoutException):
            self.silent += 1
            return self.silent < 2  # asked twice, not four times: a person may be waiting
        if isinstance(exc, Unbelievable):
            self.doubted += 1
            return self.doubted < 2
        if isinstance(exc, ServerFault):
            return True if exc.retry_after is None else min(exc.retry_after, self.waits.maximum)
        return exc.status is None and cause is not None and not self._closed(cause)

    @staticmethod
    def _closed(cause: BaseException) -> bool:
        return isinstance(cause, RuntimeError | UnicodeError) and not isinstance(cause, MAPPED)
