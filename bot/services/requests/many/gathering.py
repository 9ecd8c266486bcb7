"""One batch for many people whom an identity provider wants gone: new requests, and those that wait already, one card.

Opening is judged by the rules of one request. Whoever can't be asked for is named in the outcome and stays out.
"""

import secrets
from dataclasses import replace

from bot.model.action import Open
from bot.model.batch import Batch, BatchOutcome, Gather, LeftOut
from bot.model.request import Kind, Request, State
from bot.policy.requests.seal import batch as sealed_batch
from bot.services.ports import Workspace
from bot.services.requests.asked_once import AskedOnce
from bot.services.requests.kinds import Procedures
from bot.services.requests.opening import ID_LENGTH, LETTERS, Judgement, Opening
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
        """`wrong` are those who can't be asked for: their number in `people`, and why."""

        def judge(one: tuple[int, int | None]) -> tuple[Judgement, Request | None]:
            target, assignee = one
            arguments: dict[str, object] = {"target_id": target, "assignee_id": assignee}
            return self._opening.prepared(
                Open(kind=Kind.OFFBOARD, actor=action.actor, reason=action.reason, arguments=arguments)
            )

        found = {answer.item: answer.result() for answer in stream(judge, action.people, width=WIDTH)}
        fresh = [request for one in action.people if (request := found[one][1]) is not None]
        wrong = tuple(
            LeftOut(number=number, text="", why=judged.refusal.reason)
            for number, one in enumerate(action.people)
            if (judged := found[one][0]).refusal is not None
        )
        if not fresh:
            why = wrong[0].why if wrong else "There is nobody to ask for."
            return BatchOutcome(accepted=False, sentence=why, wrong=wrong)
        try:
            batch = self._write(action.actor, fresh)
        except AlreadyOpen as other:  # somebody asked meanwhile: nothing was written, and the next look sees it
            return BatchOutcome(accepted=False, sentence=other.sentence)
        return BatchOutcome(accepted=True, sentence=f"{len(fresh)} joined.", batch=batch, wrong=wrong)

    def _write(self, requester: str, fresh: list[Request]) -> Batch:
        with self._record.transaction():
            alone = self._record.requests.find(
                states={State.PENDING}, kinds={Kind.OFFBOARD}, requester=requester, limit=None
            )
            batch = self._open_one(requester) or self._made(fresh[0])
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

    def _open_one(self, requester: str) -> Batch | None:
        """The newest batch of this requester in which somebody is still to be decided; its row is taken."""
        for known in reversed(self._record.batches.unfinished()):
            if known.requester != requester or not self._record.batches.states(known.id)[State.PENDING]:
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
        )
        self._record.batches.insert(batch)
        return batch
