"""A person of Help Scout: the card with everything the record has, and the tombstone of somebody who left."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import Block, ImageElement, InteractiveElement

from bot.model.member import Member
from bot.model.request import Decision, Request, Verdict
from bot.model.team import Team
from bot.model.user import OWNER, Status, User, UserRecord
from bot.slack.views.kit import Message, actions, button, context, fields, header, section
from bot.slack.views.text import FURTHEST, at, counted, cut, day, from_iso, member, plain, read_time, safe

END = "seat_end.set"
OFFBOARD, HISTORY, SHOW, RESTORE = "offboard.open", "user.history", "user.show", "provision.restore"
CHANGE = "user.change"
"""Buttons. Their value is the person's REST id."""

_WEB = re.compile(r"https?://[^\s<>|\"'/]+(/[^\s<>|\"']*)?")

GONE = {Status.OFFBOARDED: "offboarded", Status.REMOVED: "removed outside hs-bot"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beyond:
    """What the record does not have and an API was asked for. `conversations` and `slack` are safe markup."""

    conversations: str = ""
    slack: str = ""
    photo: str = ""  # an address that Slack has been seen to accept


def person_card(
    row: UserRecord,
    teams: Sequence[Team],
    *,
    beyond: Beyond | None = None,
    note: str = "",
    until: str = "",
    manager: str = "",
    dormant: str = "",
) -> Message:
    """Everything about somebody who is there. `beyond` None: nothing is asked elsewhere. `note`: how old this is.

    `until` is the day on which their seat ends, in words; `manager` their address by a source, "" when none tells;
    `dormant` (safe markup) since when the seat looks unused.
    """
    user, extra = row.user, beyond or Beyond()
    main = [
        ("E-mail", safe(user.email)),
        ("Role", safe(user.role) or "not told"),
        *([("Until", safe(until))] if until else []),
        ("Job title", safe(user.job_title)),
        ("Teams", team_names(teams)),
        *([("Manager", safe(manager))] if manager else []),
        *([("Looks dormant", dormant)] if dormant else []),
        *([("Open conversations", extra.conversations)] if extra.conversations else []),
        *([("Slack", extra.slack)] if extra.slack else []),
        ("Phone", safe(user.phone)),
        ("Other e-mails", safe(", ".join(user.alternate_emails), 1000)),
        ("Time zone", safe(user.timezone)),
        ("Mention", safe(f"@{user.mention.lstrip('@')}" if user.mention else "")),
    ]
    small = [
        f"Help Scout id {user.id}",
        *([f"type {safe(user.type, 60)}"] if user.type else []),
        *([f"initials {safe(user.initials, 20)}"] if user.initials else []),
        *([f"created {from_iso(user.created_at)}"] if user.created_at else []),
        *([f"updated {from_iso(user.updated_at)}"] if user.updated_at else []),
        *([f"<{_address(user.photo_url)}|photo>"] if _address(user.photo_url) else []),
    ]
    seen = f"In Help Scout as of {at(row.last_seen)} · since {_since(row)}"
    return Message(
        f"{safe(user.name, 150)}: {safe(user.role, 40) or 'no role told'}, {safe(user.email, 300) or 'no e-mail'}",
        (
            header(user.name),
            *_with_photo(fields(main), extra.photo, user.name),
            context(seen, *([note] if note else [])),
            context(" · ".join(small)),
            actions(*person_buttons(row, ends=bool(until))),
        ),
    )


def _since(row: UserRecord) -> str:
    """Since when somebody has been there: as Help Scout tells, else as the record does."""
    created = read_time(row.user.created_at)
    return day(created if created is not None and 0 < created.timestamp() < FURTHEST else row.first_seen)


def tombstone(
    row: UserRecord,
    teams: Sequence[Team],
    request: Request | None = None,
    decisions: Sequence[Decision] = (),
    *,
    note: str = "",
) -> Message:
    """Somebody who left: when, how, who asked, who approved."""
    user = row.user
    when = at(row.removed_at) if row.removed_at else "at a time nobody saw"
    how = GONE.get(row.status, row.status.value)
    facts = [
        ("Left", when),
        (
            "How",
            "offboarded by a request" if row.status is Status.OFFBOARDED else f":warning: {how}, without a request",
        ),
        *(_request_facts(request, decisions) if request else []),
        ("E-mail", safe(user.email)),
        ("Role", safe(user.role) or "not told"),
        ("Job title", safe(user.job_title)),
        ("Teams", team_names(teams)),
        ("Other e-mails", safe(", ".join(user.alternate_emails), 1000)),
    ]
    reason = [section(f"*Reason*\n{safe(request.reason, 2500)}")] if request and request.reason else []
    outcome = [section(safe(request.outcome, 1500))] if request and request.outcome else []
    return Message(
        f"{safe(user.name, 150)} has left Help Scout: {how}, {when}.",
        (
            header(f"⚰ {user.name}"),
            section(f"*No longer in Help Scout*: {how}."),
            *fields(facts),
            *reason,
            *outcome,
            context(
                f"Help Scout id {user.id} · first seen {at(row.first_seen)} · last seen {at(row.last_seen)}",
                *([note] if note else []),
            ),
            actions(
                button("History", HISTORY, str(row.id), label=f"History of {user.name}"),
                button("Restore…", RESTORE, str(row.id), label=f"Restore {user.name}"),
            ),
        ),
    )


def person_buttons(row: UserRecord, *, ends: bool = False) -> list[InteractiveElement]:
    """What one would want to do next with somebody who is there."""
    name = row.user.name
    history = button("History", HISTORY, str(row.id), label=f"History of {name}")
    if row.user.role.strip().lower() == OWNER or row.user.type == "team":
        return [history]
    change = button("Change…", CHANGE, str(row.id), label=f"Change {name}")
    end = button("Change the end…" if ends else "Set an end…", END, str(row.id), label=f"Set an end for {name}'s seat")
    return [button("Offboard…", OFFBOARD, str(row.id), style="danger", label=f"Offboard {name}"), change, end, history]


def team_names(teams: Sequence[Team]) -> str:
    return safe(", ".join(team.name or str(team.id) for team in teams), 1000) or "none"


def one_line(row: UserRecord) -> str:
    """A person in a list: name, address, role, and whether they are gone."""
    user = row.user
    parts = [f"*{safe(user.name, 150)}*", safe(user.email, 320), safe(user.role, 40), safe(user.job_title, 150)]
    gone = f" · _{GONE[row.status]}_" if row.status in GONE else ""
    return " · ".join(part for part in parts if part) + gone


def option_words(user: User) -> tuple[str, str]:
    """Text and description of a person in a menu, in plain words: the name must be told apart by the address."""
    address = plain(user.email, 40) if user.email else str(user.id)
    name = cut(plain(user.name, 75), 75 - len(address) - 3) if user.email else plain(user.name, 60)
    return f"{name} · {address}", ", ".join(part for part in (user.role, user.job_title) if part.strip())


def slack_profile(found: Member | None) -> str:
    """The Slack account with the person's address, in words: a mention might notify them."""
    if found is None:
        return "no active account with this address"
    kind = "deactivated" if found.deleted else "guest" if found.is_guest else "stranger" if found.is_stranger else ""
    return safe(found.name or found.id, 100) + (f" ({kind})" if kind else "")


def open_conversations(count: int) -> str:
    return counted(count, "conversation") if count else "none"


def _request_facts(request: Request, decisions: Sequence[Decision]) -> list[tuple[str, str]]:
    approved = [vote for vote in decisions if vote.verdict is Verdict.APPROVE]
    return [
        ("Asked by", safe(request.requester_name, 100) or member(request.requester)),
        (
            "Approved by",
            ", ".join(safe(vote.actor_name, 80) or member(vote.actor) for vote in approved[:20]) or "nobody",
        ),
        ("Request", safe(request.id, 60)),
    ]


def _with_photo(parts: list[Block], photo: str, name: str) -> list[Block]:
    if parts and photo:
        first = parts[0]
        first.accessory = ImageElement(image_url=photo, alt_text=plain(f"Photo of {name}", 200))  # type: ignore[attr-defined]
    return parts


def _address(url: str) -> str:
    """A web address that can stand between angle brackets; "" for anything else."""
    fine = len(url) < 1500 and url.isprintable() and _WEB.fullmatch(url)
    return url.replace("&", "&amp;") if fine else ""
