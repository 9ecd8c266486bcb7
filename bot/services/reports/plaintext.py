"""People as plain text, for the command line: the same facts as the card in Slack."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.model.team import Team
from bot.model.user import Status, UserRecord
from bot.policy.typed.line import one_line
from bot.policy.typed.who import parse_who
from bot.services.directory import Directory

FEW = 10


@dataclass(frozen=True, slots=True)
class PlainLookup:
    """`hits`: how many people fit, those who are gone included; near misses don't count."""

    text: str
    hits: int


def look_up(directory: Directory, who: str) -> PlainLookup:
    """One match: everything about them. Several: a list. None: near misses."""
    found = directory.find(parse_who(who))
    fitting = (*found.exact, *found.gone)
    if len(fitting) == 1:
        body = card(fitting[0], directory.teams_of(fitting[0].id))
    elif fitting:
        body = f"{max(found.total, len(found.exact)) + len(found.gone)} people match:\n{_list(fitting)}"
    elif len(found.near) == 1:
        body = f"Closest match for {_quoted(who)}:\n{card(found.near[0], directory.teams_of(found.near[0].id))}"
    elif found.near:
        body = f"Nobody in the record is {_quoted(who)}. Did you mean:\n{_list(found.near)}"
    else:
        body = f"Nobody in the record is {_quoted(who)}, and nobody's name is like it."
    note = found.note or directory.note()
    return PlainLookup(f"{body}\n\n{note}" if note else body, len(fitting))


def card(row: UserRecord, teams: Iterable[Team]) -> str:
    """Every field of a person that is not empty, a line each."""
    user = row.user
    facts = (
        ("e-mail", user.email),
        ("also", ", ".join(user.alternate_emails)),
        ("role", user.role),
        ("type", user.type),
        ("job title", user.job_title),
        ("phone", user.phone),
        ("time zone", user.timezone),
        ("mention", user.mention),
        ("teams", ", ".join(sorted(team.name for team in teams))),
        ("id", str(user.id)),
        ("SCIM id", row.scim_id or ""),
        ("created", user.created_at),
        ("updated", user.updated_at),
        ("first seen", f"{row.first_seen:%Y-%m-%d %H:%M} UTC"),
        ("last seen", f"{row.last_seen:%Y-%m-%d %H:%M} UTC"),
        ("gone since", f"{row.removed_at:%Y-%m-%d %H:%M} UTC" if row.removed_at else ""),
        ("by request", row.request_id or ""),
    )
    head = f"{one_line(user.name)} ({row.status.value})"
    return "\n".join([head, *(f"  {label:<11} {one_line(value)}" for label, value in facts if value)])


def _list(rows: Iterable[UserRecord]) -> str:
    some = list(rows)
    lines = [f"  {one_line(f'{row.user.name} <{row.user.email}>')} {_gone(row)}id {row.id}" for row in some[:FEW]]
    if len(some) > FEW:
        lines.append(f"  … and {len(some) - FEW} more")
    return "\n".join(lines)


def _quoted(who: str) -> str:
    return f"“{one_line(who)[:100]}”"


def _gone(row: UserRecord) -> str:
    return "" if row.status is Status.ACTIVE else f"({row.status.value}) "
