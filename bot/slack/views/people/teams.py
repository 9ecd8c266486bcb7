"""Teams: the list, one with its members, the form that asks why one is to be deleted."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.model.team import Team
from bot.model.user import User, UserRecord
from bot.slack.views.forms.inputs import reason_input
from bot.slack.views.kit import Message, actions, button, context, modal, say, section
from bot.slack.views.people.choosing import choices
from bot.slack.views.people.person import SHOW as SHOW_PERSON
from bot.slack.views.text import code, counted, cut, safe, told

PAGE = 10
SHOW, MORE, MEMBERS, DELETE = "team.show", "team.page", "team.members", "team.delete"
CALLBACK = "team.delete_form"

Turns = Sequence[tuple[str, str, str]]  # words, action, cursor


def team_list(teams: Sequence[tuple[Team, int]], total: int, *, turns: Turns = (), note: str = "") -> Message:
    """(team, number of members), by name."""
    heading = f"*{counted(total, 'team')}*"
    rows: list[Block] = [
        section(
            f"*{safe(team.name, 150)}* · {counted(members, 'member')}",
            accessory=button("Show", f"{SHOW}:{position}", str(team.id), label=f"Show {team.name}"),
        )
        for position, (team, members) in enumerate(teams)
    ]
    return Message(heading, (section(heading), *rows, *_tail(turns, note)))


def team_card(
    team: Team, rows: Sequence[UserRecord], total: int, *, turns: Turns = (), note: str = "", may_delete: bool = True
) -> Message:
    """A team with a page of its members."""
    heading = f"*{safe(team.name, 150)}* · {counted(total, 'member')}"
    hint = context(f"Help Scout id {team.id} · {code(f'/hs-team add WHO {cut(team.name, 80)}')} puts somebody in.")
    delete = (
        [button("Delete…", DELETE, str(team.id), style="danger", label=f"Delete {team.name}")] if may_delete else []
    )
    tail = [actions(*(button(*turn) for turn in turns), *delete)] if turns or delete else []
    return Message(heading, (*choices(rows, heading=heading), hint, *([context(note)] if note else []), *tail))


def changed(sentence: str, who: User, team: Team) -> Message:
    """Somebody was put into a team, or taken out: what is so now, and both to look at."""
    look = actions(
        button("Show the team", f"{SHOW}:changed", str(team.id), label=f"Show the team {team.name}"),
        button("Show the person", f"{SHOW_PERSON}:changed", str(who.id), label=f"Show the person {who.name}"),
    )
    return say(told(sentence), look)


def delete_form(team: Team, members: int, why: str = "", *, private_metadata: str) -> View:
    """Asks why: deleting a team needs a second person."""
    said = f"This will delete *{safe(team.name, 150)}* ({counted(members, 'member')}). Everyone keeps their seat."
    blocks = [
        section(said),
        reason_input(why, focus=True),
    ]
    return modal(
        "Delete a team",
        blocks,
        callback_id=CALLBACK,
        submit="Ask for approval",
        close="Cancel",
        private_metadata=private_metadata,
    )


def _tail(turns: Turns, note: str) -> list[Block]:
    return [
        *([context(note)] if note else []),
        *([actions(*(button(*turn) for turn in turns))] if turns else []),
    ]
