"""A change of a team, noted before each call; and how many people one person may take out of teams in an hour."""

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.helpscout.errors import HelpScoutError
from bot.model.problem import Problem
from bot.store.record import Record

HOUR = timedelta(hours=1)
PAUSES = (0.0, 0.2, 0.5, 1.0)
"""Seconds before each look at whether a change shows: somebody is waiting for the answer."""


class NotDone(Problem):
    """The team was left as it was; the sentence says why."""


class HourFull(NotDone):
    """So many were taken out of teams within the hour that nobody else is before `at`."""

    def __init__(self, sentence: str, most: int, at: datetime) -> None:
        super().__init__(sentence)
        self.most, self.at = most, at


class TeamJournal:
    """The intent goes to the audit log before each call: with the record locked, nothing is changed unaudited."""

    again = "try again"

    def __init__(
        self,
        record: Record,
        what: str,
        actor: str,
        user_id: int | None,
        details: Mapping[str, object],
        most: int | None = None,
        ids: frozenset[str] = frozenset(),
    ) -> None:
        """`most` people an hour by the person who has these `ids`."""
        self._record, self._what, self._actor, self._most = record, what, actor, most
        self._ids = ids | {actor}
        self._user_id, self._details = user_id, details
        self.sent = False

    def sending(self) -> None:
        event = f"{self._what}.sending"
        with self._record.transaction():
            # The line first: appending is serialized on both engines, so that two at once can't both be the last one.
            self._record.audit.append(event, actor=self._actor, user_id=self._user_id, details=self._details)
            if self._most is not None:
                lately = self._record.audit.last_of_people_since(event, self._ids, self._record.now() - HOUR)
                if len(lately) > self._most:
                    raise HourFull(
                        f"You've taken {self._most} people out of teams within the last hour, and that is the most. "
                        "Try again later, or ask a colleague.",
                        self._most,
                        lately[-self._most - 1] + HOUR,
                    )
        self.sent = True

    def answered(self, problem: HelpScoutError | None) -> None:
        """What came of it is written down when it is settled."""

    def looks(self) -> Iterator[object]:
        for pause in PAUSES:
            time.sleep(pause)
            yield pause

    def pause(self, seconds: float) -> None:
        time.sleep(min(seconds, PAUSES[-1]))
