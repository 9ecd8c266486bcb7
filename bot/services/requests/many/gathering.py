"""One batch for many people of whom an identity provider wants the same: new requests, and those that wait, one card.

Opening is judged by the rules of one request. Whoever can't be asked for is named in the outcome and stays out.
"""

import secrets
from collections.abc import Collection
from dataclasses import replace

from bot.model.batch import Batch, BatchOutcome, Gather, LeftOut
from bot.model.request import Kind, Request, State
from bot.policy.requests.batch import together_with
from bot.policy.requests.seal import batch as sealed_batch
from bot.services.ports import Workspace
from bot.services.requests.kinds import Procedures
from bot.services.requests.many.asked_once import AskedOnce
from bot.services.requests.opening.opening import ID_LENGTH, LETTERS, Opening
from bot.services.requests.terms import Terms
from bot.services.side_by_side import stream
from bot.store.errors import AlreadyOpen
from bot.store.record import Record

WIDTH = 4
"""People who are looked up in Help Scout side by side."""


class Gathering:
    """`apply` joins the batch of the same requester that is still to be decided, or makes one."""

    def __init__(self, record: Record, workspace: Workspace, procedures: Procedures, terms: Terms) -> None:
        self._record = record
        self._workspace = workspace
        self._opening = Opening(record, AskedOnce(workspace), procedures, terms)

    def apply(self, action: Gather) -> BatchOutcome:
        """`wrong` are those who can't be asked for: their number among `opens`, and why."""
        numbers = range(len(action.opens))
        found = {
            answer.item: answer.result()
            for answer in stream(lambda number: self._opening.prepared(action.opens[number]), numbers, width=WIDTH)
        }
        fresh = {number: request for number in numbers if (request := found[number][1]) is not None}
        wrong = tuple(
            LeftOut(number=number, text="", why=refusal.reason)
            for number in numbers
            if (refusal := found[number][0].refusal) is not None
        )
        if not fresh:
            why = wrong[0].why if wrong else "There is nobody to ask for."
            return BatchOutcome(accepted=False, sentence=why, wrong=wrong)
        try:
            batch = self._write(action.actor, list(fresh.values()))
        except AlreadyOpen as other:  # somebody asked meanwhile: nothing was written, and the next look sees it
            return BatchOutcome(accepted=False, sentence=other.sentence)
        opened = tuple((number, request.id) for number, request in fresh.items())
        return BatchOutcome(accepted=True, sentence=f"{len(fresh)} joined.", batch=batch, wrong=wrong, opened=opened)

    def _write(self, requester: str, fresh: list[Request]) -> Batch:
        with self._record.transaction():
            kinds = together_with(fresh[0].kind)
            alone = self._record.requests.find(states={State.PENDING}, kinds=kinds, requester=requester, limit=None)
            batch = self._open_one(requester, kinds) or self._made(fresh[0])
            come = []
            for one in sorted((one for one in alone if not one.batch_id), key=lambda one: one.id):
                now = self._record.requests.update(one.id, touch=False)  # takes the row
                if now.state is State.PENDING and not now.batch_id:
                    self._record.requests.update(one.id, batch_id=batch.id)
                    come.append(one.id)
            for request in fresh:
                self._opening.write(replace(request, batch_id=batch.id))
                come.append(request.id)
            members = (*batch.members, *come)
            seal = self._record.seals.make(*sealed_batch(batch.id, requester, members))
            self._record.batches.put_members(batch.id, members, seal)
            event = "batch.joined" if batch.members else "batch.opened"
            self._record.audit.append(event, actor=requester, details={"batch": batch.id, "requests": come})
        return replace(batch, members=members, seal=seal)

    def _open_one(self, requester: str, kinds: Collection[Kind]) -> Batch | None:
        """The newest batch of this requester and kinds in which somebody is still to be decided; its row is taken."""
        for known in reversed(self._record.batches.unfinished()):
            if known.requester != requester or known.kind not in kinds:
                continue
            if not self._record.batches.states(known.id)[State.PENDING]:
                continue
            batch = self._record.batches.touch(known.id)
            sealed = self._record.seals.holds(batch.seal, *sealed_batch(batch.id, requester, batch.members))
            if sealed and batch.finished_at is None:
                return batch
        return None

    def _made(self, first: Request) -> Batch:
        batch = Batch(
            id=f"b{''.join(secrets.choice(LETTERS) for _ in range(ID_LENGTH))}",
            opened_at=self._record.now(),
            requester=first.requester,
            requester_name=first.requester_name,
            reason=first.reason,
            kind=first.kind,
        )
        self._record.batches.insert(batch)
        return batch
