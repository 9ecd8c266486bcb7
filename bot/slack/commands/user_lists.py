"""`/hs-user search` and `list`: people a page at a time."""

from collections.abc import Callable, Sequence

from bot.model.user import ADMIN, OWNER, USER, Status, UserRecord
from bot.policy.requests.seat_end import spelled
from bot.policy.typed.arguments import parse_list_filters
from bot.policy.typed.clean import plain
from bot.policy.typed.who import BadArgument, nearest
from bot.slack.commands.command import SubCommand
from bot.slack.handling import cursor
from bot.slack.handling.answer import Answer, Later, Reply
from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import about_reader
from bot.slack.handling.payload import Call
from bot.slack.views.kit import Message
from bot.slack.views.people import lists
from bot.slack.views.text import safe

MOST_TEXT = 200
ROLES = (OWNER, ADMIN, USER)


def search(call: Call, deps: Deps, text: str) -> Reply:
    """`search TEXT`: names, e-mails, job titles; typos forgiven."""
    wanted = plain(text)[:MOST_TEXT]
    if not wanted:
        raise BadArgument("Search for what? Give part of a name, e-mail address or job title.")
    return _soon(deps, lambda: _found(deps, wanted, 0))


def listing(call: Call, deps: Deps, text: str) -> Reply:
    """`list [role:…] [team:…] [status:…]`."""
    filters = parse_list_filters(text)
    status = filters.status or Status.ACTIVE
    values = {"r": filters.role, "t": filters.team, "s": status.value}
    return _soon(deps, lambda: _listed(call, deps, values, 0))


def turn_search(call: Call, deps: Deps) -> Reply:
    """The buttons Back and More of a search."""
    values = cursor.read("search", call.value)
    return Answer(_found(deps, cursor.text(values, "q")[:MOST_TEXT], cursor.number(values, "o")), replaces=True)


def turn_list(call: Call, deps: Deps) -> Reply:
    """The buttons Back and More of a list."""
    values = cursor.read("list", call.value)
    kept = {name: cursor.text(values, name) for name in "rts"}
    if kept["s"] not in set(Status):
        raise cursor.BadCursor
    return Answer(_listed(call, deps, kept, cursor.number(values, "o")), replaces=True)


def _found(deps: Deps, wanted: str, offset: int) -> Message:
    page = deps.directory.search(wanted, limit=lists.PAGE, offset=offset)
    heading = f"*Search: {safe(wanted, 150)}*"
    if page.near:
        heading += " (typing errors forgiven)"
    turns = _turns(lists.SEARCH, "search", {"q": wanted}, page.offset, page.total)
    return lists.people_page(page.rows, page.total, page.offset, heading=heading, turns=turns, note=_note(deps))


def _listed(call: Call, deps: Deps, values: dict[str, str], offset: int) -> Message:
    status, team = Status(values["s"]), None
    heading = f"*{lists.status_words(status)}*"
    if values["t"]:
        found = deps.directory.find_team(values["t"])
        if len(found.exact) != 1:
            meant = f" Did you mean {', '.join(t.name for t in found.near[:3])}?" if found.near else ""
            raise BadArgument(f"There is no team “{values['t'][:80]}”.{meant}")
        [team] = found.exact
        heading += f" · team {safe(team.name, 100)}"
    if values["r"]:
        heading += f" · role {safe(values['r'], 40)}"
    page = deps.directory.listing(role=values["r"], team=team, status=status, limit=lists.PAGE, offset=offset)
    if not page.total and values["r"] and values["r"] not in ROLES:  # Help Scout may have roles that we do not know
        raise BadArgument(
            f"Nobody has the role “{values['r'][:40]}”. Roles are {', '.join(ROLES)}.{_meant(values['r'])}"
        )
    turns = _turns(lists.LIST, "list", values, page.offset, page.total)
    ends = _ends(call, deps, page.rows)
    return lists.people_page(
        page.rows, page.total, page.offset, heading=heading, turns=turns, note=_note(deps), ends=ends
    )


def _ends(call: Call, deps: Deps, rows: Sequence[UserRecord]) -> Sequence[str]:
    """Whose seats of these end, and when; not the reader's own."""
    found = [(row, deps.record.seat_ends.get(row.id)) for row in rows]
    if not any(end for _, end in found):
        return []
    own = about_reader(deps, deps.workspace.member(call.user))
    return [f"{row.user.name} on {spelled(end.day)}" for row, end in found if end is not None and not own(row.id)]


def _turns(action: str, name: str, values: dict[str, str], offset: int, total: int) -> Sequence[tuple[str, str, str]]:
    turns = []
    if offset > 0:
        turns.append(("Back", f"{action}:back", cursor.write(name, {**values, "o": max(0, offset - lists.PAGE)})))
    if offset + lists.PAGE < total:
        turns.append(("More", f"{action}:more", cursor.write(name, {**values, "o": offset + lists.PAGE})))
    return turns


def _meant(role: str) -> str:
    meant = nearest(role, ROLES)
    return f" Did you mean {meant}?" if meant else ""


def _note(deps: Deps) -> str:
    return safe(deps.directory.note(), 500)


def _soon(deps: Deps, work: Callable[[], Message]) -> Reply:
    """At once from memory; while everybody is still being read, afterwards."""
    return work() if deps.directory.ready else Later(work)


def _finds(call: Call, deps: Deps, text: str) -> bool:
    return deps.directory.ready and deps.directory.search(text[:MOST_TEXT], limit=1).total > 0


def _lists(call: Call, deps: Deps, text: str) -> bool:
    try:
        team = parse_list_filters(text).team
    except BadArgument:
        return False
    return not team or len(deps.directory.find_team(team).exact) == 1


SEARCH = SubCommand("search", "search TEXT", "names, e-mails, job titles; typos forgiven", search, _finds)
LIST = SubCommand(
    "list", "list [role:…] [team:…] [status:active|offboarded|removed]", "people, a page at a time", listing, _lists
)
