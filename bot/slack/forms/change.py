"""The form behind "Change…" on a person's card. Only what is different from what the form showed is asked for."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from slack_sdk.models.blocks import Option

from bot.model.action import Open
from bot.model.request import Kind
from bot.model.user import ADMIN, Status, UserRecord
from bot.policy.requests.approval import quorum_for
from bot.policy.typed.clean import plain
from bot.policy.typed.fold import fold
from bot.services.kinds.user_change import NEEDS_APPROVAL
from bot.slack.forms.metadata import metadata, read_metadata
from bot.slack.forms.provision import confirmed
from bot.slack.forms.typed import address, one_line
from bot.slack.forms.updating import inputs_of
from bot.slack.handling.answer import Closed, FieldErrors, Later, Opens, Reply, Submitted
from bot.slack.handling.barred import barred
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call, mapping, text
from bot.slack.outbound.card_of import card_of
from bot.slack.views.forms.change import (
    AS_IT_IS,
    CHOSEN,
    EMAIL_BLOCK,
    FIRST_BLOCK,
    TYPED,
    Wanted,
    form,
    zone_option,
)
from bot.slack.views.forms.inputs import REASON_BLOCK
from bot.slack.views.text import counted, safe
from bot.slack.views.words import sentence

NO_REASON = "Changed from their card."
"""Of what nobody has to decide on."""
MOST_OPTIONS = 100
_AREA = re.compile(r"(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/")


def opened(call: Call, deps: Deps) -> Reply:
    """Somebody's Change button: the value is their REST id."""
    row = _person(call.value, deps)
    if row is None:
        return sentence("This person no longer has a seat. Look them up again.")
    return Later(lambda: opened_for(call, deps, row, {}))


def opened_for(call: Call, deps: Deps, row: UserRecord, wanted: Mapping[str, str], *, reason: str = "") -> Reply:
    """The form of somebody who is there, with what is `wanted` filled in. In the worker."""
    held = Wanted(values=dict(wanted), reason=reason)
    kept = metadata(call, target_id=row.id, changed=wanted)
    view = form(row.user, _approvals(row, deps), held, private_metadata=kept)
    return barred(call, deps, Kind.CHANGE) or Opens(view)


def zones(call: Call, deps: Deps) -> Sequence[Option]:
    """The typeahead of time zones: those whose city begins so come first."""
    wanted = fold(plain(call.text)).replace(" ", "_")
    fit = [name for name in _zones() if wanted in fold(name)]
    fit.sort(key=lambda name: (not fold(name.rpartition("/")[2]).startswith(wanted), name))
    return [zone_option(name) for name in fit[:MOST_OPTIONS]]


def submitted(call: Call, deps: Deps) -> Submitted:
    """Changed, asked for, or sent back with a sentence at the field that is wrong."""
    target, wanted = read_metadata(call).target_id, touched(call)
    reason = call.typed(REASON_BLOCK)
    if not plain(reason) and not NEEDS_APPROVAL.isdisjoint(wanted):
        return FieldErrors({REASON_BLOCK: "Say why: approvers decide on a new e-mail address or role."})
    outcome = deps.approvals.apply(
        Open(
            kind=Kind.CHANGE,
            actor=call.user,
            reason=plain(reason) or NO_REASON,
            arguments={"target_id": target or None, **wanted},
        )
    )
    if outcome.accepted and outcome.request is not None:
        return Closed(confirmed(outcome.sentence, outcome.request))
    row = _person(str(target), deps)
    again = None
    if row is not None:
        held = Wanted(values=wanted, reason=reason, trouble=f":no_entry: {safe(outcome.sentence, 600)}")
        kept = metadata(call, target_id=row.id, changed=wanted)
        again = form(row.user, _approvals(row, deps), held, private_metadata=kept)
    field = outcome.field if outcome.field in inputs_of(call) else FIRST_BLOCK
    other = card_of(deps, outcome.request, buttons=False) if outcome.request is not None else None
    return FieldErrors({field: outcome.sentence}, again, other)


def touched(call: Call) -> dict[str, str]:
    """Field → value, of what differs from what the form showed: the rest may have changed in Help Scout meanwhile."""
    shown, before = _shown(call), read_metadata(call).changed
    found: dict[str, str] = {}
    for name in TYPED:
        value = call.typed(name)
        if name in before or value != shown.get(name, ""):
            found[name] = address(value) if name == EMAIL_BLOCK else one_line(value)
    for name in CHOSEN:
        value = call.chosen(name)
        if value not in ("", AS_IT_IS) and (name in before or value != shown.get(name, "")):
            found[name] = value
    return found


def _shown(call: Call) -> dict[str, str]:
    """What the form was filled in with."""
    blocks = call.view.get("blocks")
    found: dict[str, str] = {}
    for block in blocks if isinstance(blocks, list) else []:
        element: Mapping[str, Any] = mapping(mapping(block).get("element"))
        first = text(element.get("initial_value")) or text(mapping(element.get("initial_option")).get("value"))
        found[text(mapping(block).get("block_id"))] = first
    return found


@cache
def _zones() -> tuple[str, ...]:
    """Cities and UTC: the rest are old names of the same."""
    return tuple(sorted(name for name in available_timezones() if name == "UTC" or _AREA.match(name)))


def _person(id: str, deps: Deps) -> UserRecord | None:
    row = deps.directory.get(int(id)) if id.isascii() and id.isdigit() and len(id) < 19 else None
    return row if row is not None and row.status is Status.ACTIVE else None


def _approvals(row: UserRecord, deps: Deps) -> str:
    ordinary, admins = (quorum_for(role, deps.terms.quorum, deps.terms.admin_quorum) for role in (row.user.role, ADMIN))
    said = f"{counted(ordinary, 'approval')} by others"
    return said if ordinary == admins else f"{said}; making them an admin needs {admins}"
