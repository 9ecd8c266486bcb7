"""What the record knows that speaks for or against a request that is to be opened."""

from datetime import datetime

from bot.model.action import Open
from bot.model.address import address_key, without_plus
from bot.model.member import Member
from bot.model.request import OPEN, Kind, Request, State, is_providers
from bot.policy.people.identity import NOBODY, About
from bot.services.assignee import taking_from
from bot.services.requests.kinds import Procedures, Proposal
from bot.services.requests.membership import about_of, may_be_about
from bot.store.record import Record


class OpeningKnown:
    """Reads only."""

    def __init__(self, record: Record, procedures: Procedures) -> None:
        self._record = record
        self._procedures = procedures

    def about(self, action: Open, proposal: Proposal) -> About:
        """The person that is asked about, as remembered."""
        if not proposal.plan:
            return NOBODY
        now = self._record.now()
        draft = Request(
            id="",
            kind=action.kind,
            opened_at=now,
            expires_at=now,
            requester=action.actor,
            target_id=proposal.target_id,
            plan=proposal.plan,
        )
        return about_of(self._record, draft)

    def names_at(self, proposal: Proposal) -> tuple[str, ...]:
        """The active people who have the target's main address, when there are several."""
        if proposal.target is None or not proposal.target.key:
            return ()
        others = self._record.identities.sharing(proposal.target.key, proposal.target.id)
        return (proposal.target.name, *others) if others else ()

    def denied_at(self, requester: str, kind: Kind, proposal: Proposal) -> datetime | None:
        """When this requester's last request about the same person was denied, of those denied lately.

        To an identity provider, which repeats itself, people also say no by leaving somebody out: by cancelling the
        same request.
        """
        if not requester or not (proposal.target_id or proposal.target_email):
            return None
        requests, id = self._record.requests, proposal.target_id
        denied = requests.find(states={State.DENIED}, requester=requester, target_id=id, limit=1) if id else []
        denied += requests.find(states={State.DENIED}, requester=requester, limit=50)
        if is_providers(requester):
            left_out = requests.find(
                states={State.CANCELLED}, kinds={kind}, requester=requester, target_id=id, limit=2 if id else 200
            )
            denied = [*denied, *(one for one in left_out if self._by_others(one))]
            denied.sort(key=lambda one: one.finished_at or one.opened_at, reverse=True)
        for request in denied:
            same = proposal.target_id is not None and request.target_id == proposal.target_id
            if same or _same_person(request.target_email, proposal.target_email):
                return request.finished_at
        return None

    def _by_others(self, request: Request) -> bool:
        """Whether somebody else than who asked has cancelled it."""
        lines, _ = self._record.audit.lines_of(request.id)
        return any(line.event == "request.cancelled" and line.actor != request.requester for line in lines)

    def open_one(self, proposal: Proposal) -> Request | None:
        """The open request that this target already has."""
        if proposal.target_id is None:
            return None
        people = "emails" in proposal.plan
        kinds = [kind for kind, one in self._procedures.items() if one.about_people is people]
        found = self._record.requests.find(states=OPEN, kinds=kinds, target_id=proposal.target_id, limit=1)
        return found[0] if found else None

    def takes_from(self, action: Open, actor: Member | None, proposal: Proposal) -> Request | None:
        """Whose conversations the target is still to take; never one that is about who asks, who mustn't learn of it:
        that one stops when it starts.
        """
        if action.kind is not Kind.OFFBOARD or proposal.target_id is None:
            return None
        return next((one for one in taking_from(self._record, proposal.target_id) if not self.kept(one, actor)), None)

    def kept(self, request: Request, actor: Member | None) -> bool:
        """Whether it, or one of its batch, may be about who asks, and so must not be told of."""
        batch = self._record.requests.of_batch(request.batch_id) if request.batch_id else [request]
        return may_be_about(self._record, actor, batch)


def _same_person(one: str, other: str) -> bool:
    """Whether two addresses differ by no more than a plus part."""
    return bool(one) and without_plus(address_key(one)) == without_plus(address_key(other))
