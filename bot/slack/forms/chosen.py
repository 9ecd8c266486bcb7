"""What was chosen in a form: a person, who takes the conversations, a time. Ids are looked up again."""

from datetime import UTC, datetime, timedelta

from bot.model.user import Status, User
from bot.services.assignee import as_user
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call, read_id
from bot.slack.views.forms.inputs import ASSIGNEE_BLOCK, WHEN_BLOCK

JUST_NOW = timedelta(minutes=5)
"""A time chosen so little ago means now: people fill in forms for a while."""
NOBODY = 0
"""No person's id: for a choice that is none of ours, so that it is refused and not taken for an empty field."""


def chosen_person(deps: Deps, id: str) -> User | None:
    number = read_id(id)
    row = deps.directory.get(number) if number is not None else None
    return row.user if row is not None and row.status is Status.ACTIVE else None


def chosen_taker(deps: Deps, id: str) -> User | None:
    """Who takes the conversations: a person, or a team."""
    number = read_id(id)
    if number is None:
        return None
    team = next((as_user(one) for one in deps.directory.teams() if one.id == number), None)
    return team or chosen_person(deps, id)


def taker_id(call: Call) -> int | None:
    """Of who is to take the conversations; None for nobody."""
    chosen = call.chosen(ASSIGNEE_BLOCK)
    return (read_id(chosen) or NOBODY) if chosen else None


def chosen_time(call: Call, now: datetime) -> datetime | None:
    """The time in the field When; None when there is none, or one that has just passed: it was meant to be now."""
    seconds = call.number(WHEN_BLOCK, "selected_date_time")
    if seconds is None or not 0 < seconds < 9_999_999_999:
        return None
    moment = datetime.fromtimestamp(seconds, UTC)
    return None if moment <= now < moment + JUST_NOW else moment
