"""Opening a request: look up what is meant, ask the rules, bind the plan by its digest, write the row."""

import secrets
from dataclasses import dataclass, field, replace

from bot.helpscout.errors import HelpScoutError
from bot.model.action import Open, Outcome
from bot.model.member import Member
from bot.model.request import HS_BOT, Request, State
from bot.policy.refusal import Refusal
from bot.policy.requests.approval import quorum_for
from bot.policy.requests.clocks import expires_at, start_by
from bot.policy.requests.digest import plan_digest
from bot.policy.requests.opening import guards_protected, may_open
from bot.policy.requests.opening_facts import OpeningFacts
from bot.policy.requests.seal import opening
from bot.services.assignee import known_to_leave
from bot.services.credential import Credential
from bot.services.pairing import Pairing
from bot.services.ports import Workspace, WorkspaceAway
from bot.services.requests.kinds import NotPossible, Procedures, Proposal
from bot.services.requests.membership import BOUND, members_of, role_of
from bot.services.requests.opening.known import OpeningKnown
from bot.services.requests.opening.personal import asked_as
from bot.services.requests.telling import Event, note
from bot.services.requests.terms import Terms
from bot.services.side_by_side import together
from bot.store.errors import AlreadyOpen
from bot.store.record import Record

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
ID_LENGTH = 12  # 59 bits: can't be guessed, can be typed

ITSELF = Member(id=HS_BOT, name="hs-bot", email="hs-bot@hs-bot.invalid")
"""hs-bot as a requester: nobody's address."""

BARRED = frozenset({"unknown", "deactivated", "bot", "stranger", "guest", "not requester", "no approvers", "no way"})
"""Refusals that have nothing to do with what is asked for."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, who may ask, and who could approve."""

    actor: Member | None
    requesters: frozenset[str] | None
    approvers: tuple[Member, ...]
    ids: frozenset[str] = frozenset()  # under which whoever asks has asked before


@dataclass(frozen=True, slots=True)
class Judgement:
    """Either `refusal`, or a proposal and who asks."""

    refusal: Refusal | None
    proposal: Proposal = field(default_factory=lambda: Proposal(plan={}))
    asking: Asking = Asking(None, None, ())


class Opening:
    """`open` for real, `foresee` without writing or calling Help Scout."""

    def __init__(self, record: Record, workspace: Workspace, procedures: Procedures, terms: Terms) -> None:
        self._record = record
        self._workspace = workspace
        self._procedures = procedures
        self._terms = terms
        self._pairing = Pairing(record)
        self._credential = Credential(record)
        self._known = OpeningKnown(record, procedures)

    def foresee(self, action: Open) -> Outcome:
        """What the record and Slack's cache already tell against it; accepted when that is nothing."""
        refusal = self.judge(action, fresh=False).refusal
        if refusal is None:
            return Outcome(accepted=True, sentence="Nothing stands in the way so far.")
        return Outcome(accepted=False, sentence=refusal.reason, field=refusal.field)

    def open(self, action: Open) -> Outcome:
        """The row, written with its audit line; or the refusal, recorded."""
        judged, request = self.prepared(action)
        if judged.refusal is not None:
            return self._refused(action, judged.refusal, judged.proposal)
        assert request is not None
        try:
            with self._record.transaction():
                self.write(request)
                self._of_end(action, request)
        except AlreadyOpen as other:
            field = "email" if judged.proposal.target_id is None else "target_id"
            refusal = Refusal(other.sentence, "open request", field)
            return self._refused(action, refusal, judged.proposal, self._record.requests.get(other.request_id))
        return Outcome(accepted=True, sentence=_said(request), request=request)

    def prepared(self, action: Open) -> tuple[Judgement, Request | None]:
        """The row as it would be written, None when it is refused. Writes no request."""
        # What the record tells needs no call to anybody, and often gives the better sentence.
        judged = self.judge(action, fresh=False)
        if judged.refusal is None:
            judged = self.judge(action, fresh=True)
        if judged.refusal is not None:
            return judged, None
        return judged, self._request(action, judged.proposal, judged.asking.actor)

    def _of_end(self, action: Open, request: Request) -> None:
        """The end for which it is opened knows it from the first moment on: its card has the buttons of an end."""
        end = self._record.seat_ends.get(request.target_id) if action.of_seat_end and request.target_id else None
        if end is not None and end.day == action.of_seat_end:
            self._record.seat_ends.opened(end.user_id, request.id)

    def write(self, request: Request) -> None:
        """The row with its audit line. Raises `AlreadyOpen`."""
        with self._record.transaction():
            self._record.requests.insert(request)
            note(
                self._record,
                request,
                Event.OPENED,
                actor=request.requester,
                kind=request.kind.value,
                digest=request.digest,
                quorum=request.quorum,
                **({"batch": request.batch_id} if request.batch_id else {}),
            )

    # Judging

    def judge(self, action: Open, *, fresh: bool) -> Judgement:
        """Whether it may be opened. With `fresh` False neither Slack nor Help Scout is asked anew."""
        try:
            asking, proposal = together(
                lambda: self._asking(action, fresh=fresh), lambda: self._propose(action, fresh=fresh)
            )
            if fresh and isinstance(proposal, Proposal) and proposal.target is not None:
                self._pairing.find(self._workspace, proposal.target)
        except WorkspaceAway as away:
            return Judgement(Refusal(away.sentence, "slack away"))
        if isinstance(proposal, Refusal):
            # Who may not ask at all is told that, not what is wrong with what they ask for.
            barred = may_open(self._facts(action, asking, Proposal(plan={})))
            return Judgement(barred if barred is not None and barred.code in BARRED else proposal)
        return Judgement(may_open(self._facts(action, asking, proposal)), proposal, asking)

    def _asking(self, action: Open, *, fresh: bool) -> Asking:
        if action.actor == HS_BOT:  # nobody can be named so in Slack; it asks and decides nothing
            approvers = self._workspace.approvers(fresh=fresh)
            return Asking(ITSELF, None, members_of(self._workspace, approvers))
        actor, requesters, approvers = together(
            lambda: self._workspace.member(action.actor, fresh=fresh),
            lambda: self._workspace.requesters(fresh=fresh),
            lambda: self._workspace.approvers(fresh=fresh),
        )
        ids = asked_as(self._record, self._workspace, actor)
        return Asking(actor, requesters, members_of(self._workspace, approvers), ids)

    def _propose(self, action: Open, *, fresh: bool) -> Proposal | Refusal:
        try:
            return self._procedures[action.kind].propose(action.arguments, fresh=fresh)
        except NotPossible as problem:
            return Refusal(problem.sentence, problem.code, problem.field)
        except HelpScoutError as problem:
            return Refusal(f"{problem.sentence} Nothing was opened.", "help scout")

    def _facts(self, action: Open, asking: Asking, proposal: Proposal) -> OpeningFacts:
        other = self._known.open_one(proposal)
        return OpeningFacts(
            kind=action.kind,
            actor=asking.actor,
            requesters=asking.requesters,
            approvers=asking.approvers,
            reason=action.reason,
            now=self._record.now(),
            run_at=action.run_at,
            target=proposal.target,
            called=proposal.target_name,
            status=proposal.status,
            about=self._known.about(action, proposal),
            names_at=self._known.names_at(proposal),
            role=role_of(proposal.plan),
            own_user=own.id if (own := self._credential.known()) is not None else None,
            guards_protected=guards_protected(action.kind, proposal.plan),
            protected=self._terms.protected,
            open_request=other,
            open_request_kept=other is not None and self._known.kept(other, asking.actor),
            assignee=proposal.assignee,
            assignee_status=proposal.assignee_status,
            assignee_leaving=known_to_leave(self._record, proposal.assignee.id, asking.actor)
            if proposal.assignee
            else None,
            takes_from=self._known.takes_from(action, asking.actor, proposal),
            no_way=self._procedures[action.kind].why_not,
            quorum=self._terms.quorum,
            admin_quorum=self._terms.admin_quorum,
            needs_approval=self._needs_approval(action, proposal),
            open_ones=sum(self._record.batches.open_of(id) for id in asking.ids),
            denied_at=max(
                (at for id in asking.ids if (at := self._known.denied_at(id, action.kind, proposal))), default=None
            ),
        )

    def _needs_approval(self, action: Open, proposal: Proposal) -> bool:
        return not proposal.plan or self._procedures[action.kind].needs_approval(proposal.plan, self._terms)

    # Writing

    def _request(self, action: Open, proposal: Proposal, actor: Member | None) -> Request:
        now = self._record.now()
        needs = self._needs_approval(action, proposal)
        quorum = quorum_for(role_of(proposal.plan), self._terms.quorum, self._terms.admin_quorum) if needs else 0
        plan = {**proposal.plan, "run_at": action.run_at.isoformat() if action.run_at else None}
        if ids := self._known.about(action, proposal).slack_ids:
            plan[BOUND] = sorted(ids)
        request = Request(
            id="".join(secrets.choice(LETTERS) for _ in range(ID_LENGTH)),
            kind=action.kind,
            opened_at=now,
            requester=actor.id if actor else action.actor,
            requester_name=actor.name if actor else "",
            target_id=proposal.target_id,
            target_name=proposal.target_name,
            target_email=proposal.target_email,
            reason=action.reason.strip(),
            plan=plan,
            digest=plan_digest(action.kind, plan),
            quorum=quorum,
            run_at=action.run_at,
            expires_at=expires_at(now, self._terms.approval_ttl),
        )
        request = replace(request, seal=self._record.seals.make(*opening(request)))
        if needs:
            return request
        by = start_by(now, action.run_at, self._terms.execution_ttl)
        return replace(request, state=State.APPROVED, approved_at=now, start_by=by)

    def _refused(self, action: Open, refusal: Refusal, proposal: Proposal, other: Request | None = None) -> Outcome:
        self._record.audit.append(
            "request.refused",
            actor=action.actor,
            user_id=proposal.target.id if proposal.target else None,
            details={"action": "open", "kind": action.kind.value, "code": refusal.code},
        )
        if refusal.code == "open request":
            other = other or self._known.open_one(proposal)
        return Outcome(accepted=False, sentence=refusal.reason, request=other, field=refusal.field)


def _said(request: Request) -> str:
    if request.state is State.APPROVED:
        return "No approval needed. Starting now; I'll message you when it's done."
    needed = "one approval" if request.quorum == 1 else f"{request.quorum} approvals"
    return f"Request sent. It needs {needed} before anything happens."
