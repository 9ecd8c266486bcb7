"""They are gone (`verify`), the record says so (`close`), and people are told what stayed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.model.change import Change, ChangeKind
from bot.model.offboarding.conversation import Move, MoveState
from bot.model.offboarding.quiet import QuietState
from bot.model.request import Request
from bot.model.user import Status
from bot.policy.by_hand import NOT_HANDED, WITHHELD
from bot.services.requests.execution import Attention, Execution
from bot.services.steps.aftermath import afterwards
from bot.services.steps.aftermath import said_of as aftermath_said
from bot.services.steps.duty.quiet import said_of as quiet_said
from bot.services.steps.handover.words import conversations_named, links, refused_of
from bot.services.steps.scheduled import said_of as scheduled_said
from bot.services.ways.dispatch import verify


def verified(ex: Execution) -> Mapping[str, Any]:
    """The step `verify`: gone over both APIs; and what their going has left behind."""
    return {**verify(ex), **afterwards(ex.rest, ex.request.plan, ex.result_of("record") or {})}


def close(ex: Execution) -> Mapping[str, Any]:
    """The tombstone, the changes and the end of the request, in one transaction."""
    request, removed = ex.request, ex.result_of("remove")
    if removed is None:
        raise Attention("The removal has no result in the record; look at the audit log.")
    removed_at = datetime.fromisoformat(removed["at"])
    user_id = int(request.plan["rest_id"])

    def write() -> None:
        # Memberships stay in the record as they were: part of what is remembered, and what a restore goes by.
        ex.record.users.mark_gone(user_id, Status.OFFBOARDED, removed_at, request.id)
        known = [change.kind for change in ex.record.changes.of_request(request.id)]
        if ChangeKind.OFFBOARDED not in known:  # a sync that met them while this needed attention has written it
            ex.record.changes.add(
                [
                    Change(
                        user_id=user_id,
                        kind=ChangeKind.OFFBOARDED,
                        before=request.target_name,
                        seen_at=removed_at,
                        request_id=request.id,
                    )
                ]
            )
        for move in ex.record.moves.of_request(request.id):
            if move.state is MoveState.TODO:
                note = "left unassigned by the removal"
                ex.record.moves.mark(request.id, move.conversation_id, MoveState.MOVED, note, removed_at)
        ex.record.quiets.end(request.id, QuietState.KEPT, "the seat is gone")

    ex.with_result(write)
    moves = ex.record.moves.of_request(request.id)
    more = told(request, {name: ex.result_of(name) or {} for name in ("quiet", "reassign", "verify")})
    ended = _ended(request, moves, ex.result_of("reassign") or {})
    return {"sentence": " ".join((ended, *more)), "status": Status.OFFBOARDED.value}


def _ended(request: Request, moves: Sequence[Move], done: Mapping[str, Any]) -> str:
    moved = sum(move.state is MoveState.MOVED for move in moves)
    skipped = sum(move.state is MoveState.SKIPPED for move in moves)
    gone = "removed from" if request.plan["deprovision"] == "delete" else "deactivated in"
    if WITHHELD in done:
        handed = ""
    elif not moves:
        handed = "They had no open conversations."
    elif request.plan["assignee_id"] is None:
        handed = f"Their open conversations ({len(moves)}) are unassigned."
    else:
        handed = f"Conversations handed to {request.plan['assignee_name']}: {moved}."
        refused = refused_of(moves)
        others = skipped - len(refused)
        if others:
            some = "1 was closed or given" if others == 1 else f"{others} were closed or given"
            handed += f" {some} to someone else in the meantime."
        if refused:
            named = conversations_named(sorted(move.number or move.conversation_id for move in refused))
            handed += f" {named} couldn't be given to {request.plan['assignee_name']}, so "
            handed += "it stays unassigned" if len(refused) == 1 else "they stay unassigned"
            handed += f" ({refused[0].note})."
    return f"{request.target_name} was {gone} Help Scout. {handed}".rstrip()


def told(request: Request, results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What else people should hear: what stayed, what is left, what turned invalid."""
    name, done = request.target_name, results["reassign"]
    left, awake, drafts = done.get("left", ()), done.get("awake", ()), done.get("drafts", ())
    still_in = results["verify"].get("rotations_left", ())
    said = [*quiet_said(results["quiet"], name, still_in), *scheduled_said(done, name)]
    if WITHHELD in done:
        said.append(NOT_HANDED.format(name=name))
    if left:
        said.append(f"Still reaching {name} after three more passes, and unassigned now: {links(left)}.")
    if awake:
        said.append(f"{conversations_named(awake)} woke up when handed over and couldn't be snoozed again.")
    if drafts:
        said.append(f"Drafts that were never sent: {links(drafts)}.")
    if "looked_at" in done:
        said.append(
            f"For snoozed ones and scheduled replies I looked at the {done['looked_at']:,} conversations of {name} "
            f"that were changed last, of {done['of']:,}."
        )
    return [*said, *aftermath_said(results["verify"])]
