"""`/hs-team list | show | add | remove | create | delete`: Help Scout teams, over SCIM Groups."""

from collections.abc import Callable, Sequence

from bot.model.action import Open
from bot.model.request import Kind
from bot.model.team import Team
from bot.model.user import UserRecord
from bot.policy.typed.clean import plain
from bot.policy.typed.names import as_typed
from bot.policy.typed.readings import readings
from bot.policy.typed.who import BadArgument, Who
from bot.services.teams import Changed
from bot.slack.commands.command import Command, SubCommand, anything, somebody
from bot.slack.forms.metadata import metadata, read_metadata
from bot.slack.forms.offboard import asked_for
from bot.slack.handling import cursor
from bot.slack.handling.answer import Answer, Closed, FieldErrors, Later, Opens, Reply, Submitted
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call
from bot.slack.outbound.card_of import card_of
from bot.slack.views.forms.inputs import REASON_BLOCK
from bot.slack.views.kit import Message
from bot.slack.views.people import teams as views
from bot.slack.views.text import safe
from bot.slack.views.words import sentence


def listing(call: Call, deps: Deps, typed: str) -> Reply:
    """Every team with the number of its members."""
    return _list(deps, 0)


def turn_list(call: Call, deps: Deps) -> Reply:
    """The buttons Back and More of the list."""
    return Answer(_list(deps, cursor.number(cursor.read("teams", call.value), "o")), replaces=True)


def show(call: Call, deps: Deps, typed: str) -> Reply:
    """`show TEAM`."""
    team = _team(deps, plain(typed))
    return _card(deps, team, 0) if deps.directory.ready else Later(lambda: _card(deps, team, 0))


def chosen(call: Call, deps: Deps) -> Reply:
    """The button Show: its value is the team's id."""
    return Answer(_card(deps, _by_id(deps, call.value), 0), replaces=True)


def turn_members(call: Call, deps: Deps) -> Reply:
    """The buttons Back and More of a team's members."""
    values = cursor.read("team", call.value)
    team = _by_id(deps, str(cursor.number(values, "t")))
    return Answer(_card(deps, team, cursor.number(values, "o")), replaces=True)


def add(call: Call, deps: Deps, typed: str) -> Reply:
    """`add WHO TEAM`."""
    return Later(lambda: _change(deps, typed, lambda who, team: deps.teams.add(who, team, actor=call.user)))


def remove(call: Call, deps: Deps, typed: str) -> Reply:
    """`remove WHO TEAM`."""
    return Later(lambda: _change(deps, typed, lambda who, team: deps.teams.remove(who, team, actor=call.user)))


def create(call: Call, deps: Deps, typed: str) -> Reply:
    """`create NAME`."""
    name = as_typed(typed)
    if not name:
        raise BadArgument("Give the new team a name.")
    return Later(lambda: sentence(deps.teams.create(name, actor=call.user).sentence))


def delete(call: Call, deps: Deps, typed: str) -> Reply:
    """`delete TEAM`: asks why, then a second person."""
    return _ask_why(call, deps, _team(deps, plain(typed)))


def delete_chosen(call: Call, deps: Deps) -> Reply:
    """The button Delete…: its value is the team's id."""
    return _ask_why(call, deps, _by_id(deps, call.value))


def deletion_submitted(call: Call, deps: Deps) -> Submitted:
    """Asked for, or sent back with a sentence under the reason."""
    action = Open(
        kind=Kind.DELETE_TEAM,
        actor=call.user,
        reason=plain(call.typed(REASON_BLOCK)),
        arguments={"target_id": read_metadata(call).target_id or None},
    )
    outcome = deps.approvals.apply(action)
    if outcome.accepted and outcome.request is not None:
        return Closed(asked_for(outcome.sentence, outcome.request))
    other = card_of(deps, outcome.request, buttons=False) if outcome.request is not None else None
    return FieldErrors({REASON_BLOCK: outcome.sentence}, message=other)


def _ask_why(call: Call, deps: Deps, team: Team) -> Reply:
    if why := deps.approvals.why_not(Kind.DELETE_TEAM):  # before anything is filled in
        return sentence(why)
    members = deps.directory.listing(team=team, limit=1).total if deps.directory.ready else 0
    return Opens(views.delete_form(team, members, private_metadata=metadata(call, target_id=team.id)))


def _change(deps: Deps, typed: str, do: Callable[[UserRecord, Team], Changed]) -> Message:
    """`WHO TEAM`, where both may have several words: the longest name that somebody has is the person."""
    reading = deps.directory.settle(readings(typed))
    if not reading.rest.strip():
        raise BadArgument("Give a person and a team: `jane@acme.example Support`.")
    who, team = _person(deps, reading.who), _team(deps, reading.rest)
    changed = do(who, team)
    deps.directory.refresh()
    return views.changed(changed.sentence, who.user, team)


def _person(deps: Deps, who: Who) -> UserRecord:
    found = deps.directory.find(who)
    if len(found.exact) == 1 and found.total <= 1 and found.named:
        return found.exact[0]
    if found.total > 1:
        raise BadArgument(f"Several people match “{who}”. Give an e-mail address or a Help Scout id.")
    gone = " They have left Help Scout." if found.gone else ""
    raise BadArgument(f"Nobody with a seat matches “{who}”.{gone}")


def _team(deps: Deps, wanted: str) -> Team:
    """`wanted` as a person reads it: a name, an @mention or an id."""
    if not wanted:
        raise BadArgument("Which team? Give its name, @mention or Help Scout id.")
    found = deps.directory.find_team(wanted)
    if len(found.exact) == 1:
        return found.exact[0]
    if found.exact:
        ids = ", ".join(str(team.id) for team in found.exact[:10])
        raise BadArgument(f"Several teams are called “{wanted[:80]}” (ids {ids}). Give the id.")
    meant = f" Did you mean {', '.join(team.name for team in found.near[:3])}?" if found.near else ""
    raise BadArgument(f"There is no team “{wanted[:80]}”.{meant}")


def _by_id(deps: Deps, value: str) -> Team:
    found = next((team for team in deps.directory.teams() if str(team.id) == value), None)
    if found is None:
        raise BadArgument("That team is no longer in Help Scout. `/hs-team list` shows the teams there are.")
    return found


def _list(deps: Deps, offset: int) -> Message:
    teams = deps.directory.teams()
    page = [(team, deps.directory.listing(team=team, limit=1).total) for team in teams[offset : offset + views.PAGE]]
    turns = _turns(views.MORE, "teams", {}, offset, len(teams))
    return views.team_list(page, len(teams), turns=turns, note=safe(deps.directory.note(), 500))


def _card(deps: Deps, team: Team, offset: int) -> Message:
    page = deps.directory.listing(team=team, limit=views.PAGE, offset=offset)
    return views.team_card(
        team,
        page.rows,
        page.total,
        turns=_turns(views.MEMBERS, "team", {"t": team.id}, offset, page.total),
        note=safe(deps.directory.note(), 500),
        may_delete=not deps.approvals.why_not(Kind.DELETE_TEAM),
    )


def _turns(
    action: str, name: str, values: dict[str, str | int], offset: int, total: int
) -> Sequence[tuple[str, str, str]]:
    turns = []
    if offset > 0:
        turns.append(("Back", f"{action}:back", cursor.write(name, {**values, "o": max(0, offset - views.PAGE)})))
    if offset + views.PAGE < total:
        turns.append(("More", f"{action}:more", cursor.write(name, {**values, "o": offset + views.PAGE})))
    return turns


def _is_team(call: Call, deps: Deps, text: str) -> bool:
    return len(deps.directory.find_team(text).exact) == 1


def _is_somebody_and_a_team(call: Call, deps: Deps, text: str) -> bool:
    try:
        reading = deps.directory.settle(readings(text)) if deps.directory.ready else None
    except BadArgument:
        return False
    return reading is not None and somebody(call, deps, str(reading.who)) and _is_team(call, deps, reading.rest)


COMMAND = Command(
    "/hs-team",
    (
        SubCommand("list", "list", "every team and how many are in it", listing),
        SubCommand("show", "show TEAM", "who is in a team", show, _is_team),
        SubCommand("add", "add WHO TEAM", "puts someone into a team", add, _is_somebody_and_a_team),
        SubCommand("remove", "remove WHO TEAM", "takes someone out; their seat stays", remove, _is_somebody_and_a_team),
        SubCommand("create", "create NAME", "makes an empty team", create, anything),
        SubCommand("delete", "delete TEAM", "asks for approval to delete a team", delete, _is_team),
    ),
)
