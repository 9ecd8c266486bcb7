"""Fields that several forms have: a reason, who takes the conversations, a time; and people and teams to choose from.

Blocks are named like the arguments at fault (`Outcome.field`), so that a sentence finds its field.
"""

from datetime import datetime

from slack_sdk.models.blocks import (
    DateTimePickerElement,
    ExternalDataSelectElement,
    InputBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
)

from bot.model.team import Team
from bot.model.user import User
from bot.policy.requests.opening import LONGEST_REASON
from bot.slack.views.kit import option
from bot.slack.views.people.person import option_words
from bot.slack.views.words import REASON_HINT

REASON_BLOCK, ASSIGNEE_BLOCK, WHEN_BLOCK = "reason", "assignee_id", "run_at"
ASSIGNEE = "offboard.assignee"
LABELS = {REASON_BLOCK: "Reason", ASSIGNEE_BLOCK: "Hand conversations to", WHEN_BLOCK: "When"}


def reason_input(text: str = "", *, hint: str = REASON_HINT, optional: bool = False, focus: bool = False) -> InputBlock:
    return InputBlock(
        block_id=REASON_BLOCK,
        label=LABELS[REASON_BLOCK],
        hint=hint,
        optional=optional or None,
        element=PlainTextInputElement(
            action_id="reason",
            multiline=True,
            max_length=LONGEST_REASON,
            initial_value=text[:LONGEST_REASON] or None,
            focus_on_load=focus or None,
        ),
    )


def assignee_input(chosen: User | None, *, told_at_once: bool = False, proposed: str = "") -> InputBlock:
    """`told_at_once`: Slack says so as soon as somebody is chosen.

    `proposed` names the proposal that the field holds: Slack keeps what an open form holds as long as its ids stay the
    same, so that another proposal needs another one.
    """
    return InputBlock(
        block_id=ASSIGNEE_BLOCK,
        label=LABELS[ASSIGNEE_BLOCK],
        hint="Leave empty to leave open conversations unassigned.",
        optional=True,
        dispatch_action=told_at_once or None,
        element=people_menu(
            f"{ASSIGNEE}:{proposed}" if proposed else ASSIGNEE, "Who takes the open conversations", chosen
        ),
    )


def when_input(chosen: datetime | None) -> InputBlock:
    return InputBlock(
        block_id=WHEN_BLOCK,
        label=LABELS[WHEN_BLOCK],
        hint="Leave empty to have it done as soon as it's approved.",
        optional=True,
        element=DateTimePickerElement(
            action_id="run_at", initial_date_time=int(chosen.timestamp()) if chosen else None
        ),
    )


def people_menu(action_id: str, placeholder: str, chosen: User | None) -> ExternalDataSelectElement:
    return ExternalDataSelectElement(
        action_id=action_id,
        placeholder=PlainTextObject(text=placeholder),
        min_query_length=0,
        initial_option=person_option(chosen) if chosen else None,
    )


def person_option(user: User) -> Option:
    """A person in a typeahead."""
    if user.type == "team":
        return option(user.name, str(user.id), "Team")
    words, description = option_words(user)
    return option(words, str(user.id), description)


def team_option(team: Team) -> Option:
    """A team in a typeahead: it is assigned to like a person."""
    return option(team.name, str(team.id), "Team")
