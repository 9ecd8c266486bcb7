"""Of several bots on one record, which one leads: it syncs, runs schedules and posts notices.

A lease row that its holder renews every few seconds; when the holder dies, the lease runs out and the next bot that
asks takes over. Judged by the record's clock, so that two machines with different clocks agree.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from bot.model.problem import Problem
from bot.store.record import Record

LEASE = "leader"


def process_name() -> str:
    """A name for this process, unlike any other's, that a person can place: `host:pid:random`."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


class Leadership:
    """`beat()` asks for the lease or renews it; `leading` is true only while it surely holds.

    `monotonic` (seconds) judges our own hold between two beats: when the database can't be asked, we stop leading at
    the moment the lease runs out, counted from before it was asked for.
    """

    def __init__(
        self,
        record: Record,
        *,
        owner: str,
        lease: timedelta = timedelta(seconds=20),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.owner = owner
        self.lease = lease
        self._record = record
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._held_until = float("-inf")
        self._resigned = False

    @property
    def leading(self) -> bool:
        return self._monotonic() < self._held_until

    def beat(self) -> bool:
        """Take or renew the lease. True when this call began a new term (we did not lead before it)."""
        with self._lock:
            if self._resigned:
                return False
            led = self.leading
            asked = self._monotonic()
            now = self._record.now()
            if not self._record.leases.take(LEASE, self.owner, now, now + self.lease):
                self._held_until = float("-inf")
                return False
            self._held_until = asked + self.lease.total_seconds()
            return not led

    def resign(self) -> None:
        """Give the lease back for good, so that another bot need not wait for it to run out."""
        with self._lock:
            self._resigned = True
            held, self._held_until = self.leading, float("-inf")
            if held:
                self._record.leases.release(LEASE, self.owner)

    def leader(self) -> str | None:
        """The name of the process that leads now, or None."""
        try:
            return self._record.leases.holder(LEASE)
        except Problem:
            return None
