"""What is asked of Slack and of the record before a run, for the rule in bot.policy.requests.soundness."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.model.member import Member
from bot.model.request import Decision, Request
from bot.policy.requests.approval import Vote, quorum_for
from bot.policy.requests.soundness import Soundness, why_unsound
from bot.services.ports import Workspace
from bot.services.requests.kinds import Procedures
from bot.services.requests.membership import about_of, known_as, role_of
from bot.services.requests.terms import Terms
from bot.services.side_by_side import together
from bot.store.record import Record


@dataclass(frozen=True, slots=True)
class Asked:
    """What Slack says now; at most a minute old."""

    approvers: frozenset[str]
    members: Mapping[str, Member | None]


class Checks:
    """Whether a request may start, resume, or make its call."""

    def __init__(self, record: Record, workspace: Workspace, procedures: Procedures, terms: Terms) -> None:
        self._record = record
        self._workspace = workspace
        self._procedures = procedures
        self._terms = terms

    def needed(self, request: Request) -> int:
        """The quorum by the roles in the plan and the configuration now; 0 where no approval is needed."""
        if not self._procedures[request.kind].needs_approval(request.plan, self._terms):
            return 0
        return max(1, quorum_for(role_of(request.plan), self._terms.quorum, self._terms.admin_quorum))

    def ask(self, request: Request, votes: Sequence[Decision]) -> Asked:
        """Slack's part; not to be called within a transaction. Raises `WorkspaceAway`."""
        ids = {request.requester, *(vote.actor for vote in votes)}
        approvers, members = together(self._workspace.approvers, lambda: known_as(self._workspace, ids))
        return Asked(approvers, members)

    def why_unsound(self, request: Request, asked: Asked | None = None) -> str | None:
        """None when it may go on; else why not. Without `asked` Slack is asked first, and may raise `WorkspaceAway`."""
        votes = self._record.requests.decisions(request.id)
        lines, log_problem = self._record.audit.lines_of(request.id)
        asked = asked or self.ask(request, votes)
        return why_unsound(
            Soundness(
                request=request,
                votes=[Vote(vote, asked.members.get(vote.actor)) for vote in votes],
                requester=asked.members.get(request.requester),
                approvers=asked.approvers,
                about=about_of(self._record, request),
                needed=self.needed(request),
                seals=self._record.seals,
                lines=lines,
                log_problem=log_problem,
                now=self._record.now(),
                approval_ttl=self._terms.approval_ttl,
                execution_ttl=self._terms.execution_ttl,
            )
        )
