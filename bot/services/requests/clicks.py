"""Clicks on a request: approve, deny, cancel, move, retry. Rules are read again at each; one transaction writes it all.

The row is taken first, so that of two clicks at once the second sees what the first one did; every change of state is a
compare-and-set besides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from bot.helpscout.errors import HelpScoutError
from bot.model.action import Assign, Cancel, Decide, Outcome, Reschedule, Retry
from bot.model.request import Decision, Request, State, Verdict
from bot.policy.refusal import Refusal
from bot.policy.requests.approval import (
    Click,
    Vote,
    may_assign,
    may_cancel,
    may_decide,
    may_reschedule,
    may_retry,
    who_can,
)
from bot.policy.requests.opening import can_approve, may_take, reason_too_long
from bot.policy.typed.when import BadWhen, within_reach
from bot.services.assignee import assignee_of, known_to_leave
from bot.services.pairing import Pairing
from bot.services.ports import Workspace, WorkspaceAway
from bot.services.requests.deciding import Deciding
from bot.services.requests.kinds import NotPossible, Procedures
from bot.services.requests.membership import click_at, members_of
from bot.services.requests.refusing import UNKNOWN, away, refused
from bot.services.requests.replanning import Replanning
from bot.services.requests.seen import REPLANNED, TAKER_LEAVES, taker_leaves, why_unseen
from bot.services.requests.terms import Terms
from bot.services.requests.transitions import Faster, expire
from bot.store.record import Record

OnRequest: TypeAlias = Decide | Cancel | Reschedule | Assign | Retry

FASTER = Refusal("Someone else acted on this request first. Here's where it stands now.", "faster")
TRIES = 5  # readings of who has voted, while others are voting
NAMED = frozenset({"requester", "not approver", "voted"})
"""Refusals that say who can instead."""
HANDED = (
    *("assignee_id", "assignee_name", "assignee_type"),
    *("conversations", "snoozed", "closed_inboxes", "rotations", "alone_in", "lacking"),
)
"""What a plan says of who takes the conversations, and of what would come of that."""


class _Again(Exception):
    """Somebody voted while Slack was being asked, so nobody has asked yet who that is."""


class Clicks:
    """`apply` is the only way in."""

    def __init__(self, record: Record, workspace: Workspace, procedures: Procedures, terms: Terms) -> None:
        self._record = record
        self._workspace = workspace
        self._procedures = procedures
        self._pairing = Pairing(record)
        self._deciding = Deciding(record, terms)
        self._replanning = Replanning(record, terms)

    def apply(self, action: OnRequest, handed: Mapping[str, Any] | None = None) -> Outcome:
        """What came of the click; a refusal is recorded with its code.

        `handed` is what `looked_up` has said of an `Assign`: then Help Scout isn't asked again.
        """
        request = self._record.requests.get(action.request_id)
        if request is None:
            return refused(self._record, action, _verb(action), UNKNOWN)
        for _ in range(TRIES):
            try:
                return self._clicked(action, request, handed)
            except _Again:
                continue
            except Faster:
                break
            except WorkspaceAway as problem:
                return self._refused(action, request, away(problem))
        return self._refused(action, self._record.requests.get(request.id) or request, FASTER)

    def _clicked(self, action: OnRequest, request: Request, known: Mapping[str, Any] | None) -> Outcome:
        # Before the transaction, which must not wait for Slack.
        votes = self._record.requests.decisions(request.id)
        click = click_at(self._workspace, self._record, request, action.actor, votes)
        if click.actor is not None and not click.actor.is_provider:
            self._pairing.seen(click.actor)
        handed: Mapping[str, Any] | Refusal = known or {}
        if known is None and isinstance(action, Assign) and self._may(action, request, click) is None:
            handed = self.looked_up(action, request, click)
        if isinstance(handed, Refusal):
            return self._refused(action, request, handed)
        outcome = self._decided(action, request.id, click, handed)
        if isinstance(outcome, Outcome):
            return outcome
        refusal, current = outcome
        return self._refused(action, current, self._with_names(refusal, click))

    def looked_up(self, action: Assign, request: Request, click: Click) -> Mapping[str, Any] | Refusal:
        """The part of the plan that another assignee changes, as Help Scout says now; empty where it is the same."""
        if request.plan.get("assignee_id") == action.assignee_id:
            return {}
        arguments = {"target_id": request.target_id, "assignee_id": action.assignee_id}
        try:
            proposal = self._procedures[request.kind].propose(arguments, fresh=True)
        except NotPossible as problem:
            return Refusal(problem.sentence, problem.code, problem.field)
        except HelpScoutError as problem:
            return Refusal(f"{problem.sentence} Nothing was changed.", "help scout")
        if (taker := proposal.assignee) is not None:  # whose role may have changed since the last sync
            leaves = known_to_leave(self._record, taker.id, click.actor)
            if refusal := may_take(taker, proposal.assignee_status, request.target_id, leaves):
                return refusal
        return {key: proposal.plan[key] for key in HANDED if key in proposal.plan}

    def _decided(
        self, action: OnRequest, id: str, click: Click, handed: Mapping[str, Any]
    ) -> Outcome | tuple[Refusal, Request]:
        with self._record.transaction():
            current = self._record.requests.update(id, touch=False)
            votes = self._record.requests.decisions(id)
            click = replace(click, now=self._record.now(), votes=_as_known(votes, click))
            refusal = self._may(action, current, click)
            if refusal is None:
                return self._do(action, current, click, handed)
            if refusal.code in (REPLANNED, TAKER_LEAVES):  # so that the card is drawn again, and shows what it is about
                current = self._record.requests.update(id)
            return refusal, expire(self._record, current, click.now) or current

    def _may(self, action: OnRequest, request: Request, click: Click) -> Refusal | None:
        match action:
            case Decide():
                return (
                    may_decide(request, click, action.verdict)
                    or _reason(action)
                    or self._unseen(action, request, click)
                )
            case Cancel() if request.state is State.ATTENTION:
                # To give up what was begun weighs as much as to go on with it.
                return may_retry(request, click, "give up on") or _reason(action)
            case Cancel():
                return may_cancel(request, click) or _reason(action)
            case Reschedule():
                return may_reschedule(request, click) or _time(action, click.now)
            case Assign():
                return may_assign(request, click) or self.unfit(action, request, click)
            case Retry():
                return may_retry(request, click)

    def _unseen(self, action: Decide, request: Request, click: Click) -> Refusal | None:
        if action.verdict is not Verdict.APPROVE:
            return None
        return why_unseen(self._record, request, action.seen) or taker_leaves(self._record, [request], click.actor)

    def _do(self, action: OnRequest, request: Request, click: Click, handed: Mapping[str, Any]) -> Outcome:
        match action:
            case Decide(verdict=Verdict.DENY):
                return self._deciding.deny(action, request, click)
            case Decide():
                return self._deciding.approve(action, request, click)
            case Cancel() if request.state is State.ATTENTION:
                return self._replanning.give_up(action, request, click)
            case Cancel():
                return self._replanning.cancel(action, request, click)
            case Reschedule():
                return self._replanning.reschedule(action, request, click)
            case Assign():
                return self._replanning.assign(action, request, click, handed)
            case Retry():
                return self._replanning.retry(request, click)

    def unfit(self, action: Assign, request: Request, click: Click) -> Refusal | None:
        """Whether who was chosen may not take the conversations, as far as the record tells."""
        if action.assignee_id is None:
            return None
        row = assignee_of(self._record, action.assignee_id)
        if row is None:
            return Refusal("Choose from the list who takes the conversations.", "no assignee", "assignee_id")
        leaves = known_to_leave(self._record, row.id, click.actor)
        return may_take(row.user, row.status, request.target_id, leaves)

    def _refused(self, action: OnRequest, request: Request, refusal: Refusal) -> Outcome:
        return refused(self._record, action, _verb(action), refusal, request)

    def _with_names(self, refusal: Refusal, click: Click) -> Refusal:
        """The refusal with the names of who can, where that helps."""
        if refusal.code not in NAMED:
            return refusal
        try:
            approvers = members_of(self._workspace, click.approvers)
        except WorkspaceAway:
            return refusal
        voted = {id for vote in click.votes if vote.member is not None for id in vote.member.ids}
        able = [one for one in can_approve(approvers, click.requester, click.about) if one.ids.isdisjoint(voted)]
        return replace(refusal, reason=f"{refusal.reason} {who_can([one.name or one.id for one in able])}".rstrip())


def _as_known(votes: Sequence[Decision], click: Click) -> tuple[Vote, ...]:
    """The votes as they stand now, with who gave them; raises `_Again` when that is somebody new."""
    known = {vote.decision.actor: vote.member for vote in click.votes}
    if any(vote.actor not in known for vote in votes):
        raise _Again
    return tuple(Vote(vote, known[vote.actor]) for vote in votes)


def _reason(action: Decide | Cancel) -> Refusal | None:
    if isinstance(action, Decide) and action.verdict is Verdict.DENY and not action.reason.strip():
        return Refusal("Say why you deny it. The requester is told, and it's kept on record.", "no reason", "reason")
    return reason_too_long(action.reason)


def _time(action: Reschedule, now: datetime) -> Refusal | None:
    try:
        if action.run_at is not None:
            within_reach(action.run_at, now=now)
    except BadWhen as problem:
        return Refusal(problem.sentence, "bad time", "run_at")
    return None


def _verb(action: OnRequest) -> str:
    return action.verdict.value if isinstance(action, Decide) else type(action).__name__.lower()
