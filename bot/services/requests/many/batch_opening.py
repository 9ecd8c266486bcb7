"""Opening a batch: everybody is judged first, by the same rules as one person; then all rows are written, or none."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.model.action import Open
from bot.model.batch import MOST, Batch, BatchOutcome, LeftOut, OpenMany
from bot.model.request import Kind, Request
from bot.policy.refusal import Refusal
from bot.policy.requests.seal import batch as sealed_batch
from bot.services.ports import Workspace
from bot.services.requests.kinds import Procedures
from bot.services.requests.many.asked_once import AskedOnce
from bot.services.requests.opening.opening import BARRED, ID_LENGTH, LETTERS, Judgement, Opening
from bot.services.requests.terms import Terms
from bot.services.side_by_side import stream
from bot.store.errors import AlreadyOpen
from bot.store.record import Record

WIDTH = 4
"""People who are looked up in Help Scout side by side: the connections are everybody's."""

OF_ALL = BARRED | {
    "no reason",
    "long reason",
    "bad time",
    "no assignee",
    "assignee not active",
    "too many open",
    "slack away",
}
"""Refusals that have nothing to do with one person: the whole batch is refused."""


TARGETS = "targets"
"""In the log's line of a batch that was not opened: the REST ids of those who were asked for."""


class _Taken(Exception):
    """Somebody got another request meanwhile: what was written is taken back."""


@dataclass(frozen=True, slots=True)
class _Judged:
    target: int
    refusal: Refusal | None
    request: Request | None = None


class BatchOpening:
    """`open` for real, `foresee` from the record alone."""

    def __init__(self, record: Record, workspace: Workspace, procedures: Procedures, terms: Terms) -> None:
        self._record = record
        self._workspace = workspace
        self._procedures = procedures
        self._terms = terms

    def foresee(self, action: OpenMany) -> BatchOutcome:
        """What the record and Slack's cache already tell against it; writes nothing, calls no API."""
        if refusal := self._at_all(action):
            return refusal
        opening = self._opening(AskedOnce(self._workspace))
        judged = [_of(target, opening.judge(_open(action, target), fresh=False)) for target in action.targets]
        return self._refused(action, judged) or BatchOutcome(
            accepted=True, sentence="Nothing stands in the way so far."
        )

    def open(self, action: OpenMany) -> BatchOutcome:
        """The batch with a request for each of its people; or why not, and then nothing was written but that line."""
        if refusal := self._at_all(action):
            return self._recorded(action, refusal)
        opening = self._opening(AskedOnce(self._workspace))

        def judge(target: int) -> _Judged:
            judgement, request = opening.prepared(_open(action, target))
            return _of(target, judgement, request)

        found = {answer.item: answer.result() for answer in stream(judge, action.targets, width=WIDTH)}
        judged = [found[target] for target in action.targets]
        refused = self._refused(action, judged)
        if refused and (action.all_or_none or not refused.wrong or all(one.refusal is not None for one in judged)):
            return self._recorded(action, refused)
        while True:
            try:
                return self._write(opening, action, judged)
            except _Taken as taken:
                judged = [_now_taken(self._record, one, str(taken)) for one in judged]
                refused = self._refused(action, judged)
                if refused and (action.all_or_none or all(one.refusal is not None for one in judged)):
                    return self._recorded(action, refused)

    def _opening(self, workspace: Workspace) -> Opening:
        return Opening(self._record, workspace, self._procedures, self._terms)

    def _at_all(self, action: OpenMany) -> BatchOutcome | None:
        if not action.targets:
            return BatchOutcome(accepted=False, sentence="Name at least one person.", field="people")
        if len(action.targets) > MOST:
            sentence = f"That's {len(action.targets)} people, and {MOST} is the most at once. Split the list."
            return BatchOutcome(accepted=False, sentence=sentence, field="people")
        if action.assignee_id in action.targets:
            sentence = "Conversations can't be handed to someone on this list. Choose someone who stays."
            return BatchOutcome(accepted=False, sentence=sentence, field="assignee_id")
        return None

    def _refused(self, action: OpenMany, judged: list[_Judged]) -> BatchOutcome | None:
        refusals = [(one.target, one.refusal) for one in judged if one.refusal is not None]
        if not refusals:
            return None
        of_all = next((refusal for _, refusal in refusals if refusal.code in OF_ALL), None)
        if of_all is not None:
            return BatchOutcome(accepted=False, sentence=of_all.reason, field=of_all.field)
        wrong = tuple(_left_out(action, target, refusal.reason) for target, refusal in refusals)
        some = f"{len(wrong)} of {len(judged)}" if len(judged) > 1 else "This person"
        sentence = f"{some} can't be offboarded now. Nothing was opened."
        return BatchOutcome(accepted=False, sentence=sentence, wrong=wrong, field="people")

    def _write(self, opening: Opening, action: OpenMany, judged: list[_Judged]) -> BatchOutcome:
        now = self._record.now()
        id = f"b{''.join(secrets.choice(LETTERS) for _ in range(ID_LENGTH))}"
        requests = [replace(one.request, batch_id=id) for one in judged if one.request is not None]
        members, first = tuple(one.id for one in requests), requests[0]
        wrong = [_left_out(action, one.target, one.refusal.reason) for one in judged if one.refusal is not None]
        left_out = tuple(sorted((*action.left_out, *wrong), key=lambda one: one.number))
        batch = Batch(
            id=id,
            opened_at=now,
            requester=first.requester,
            requester_name=first.requester_name,
            reason=first.reason,
            assignee_name=str(first.plan.get("assignee_name") or ""),
            run_at=action.run_at,
            members=members,
            left_out=left_out,
            seal=self._record.seals.make(*sealed_batch(id, first.requester, members)),
        )
        with self._record.transaction():
            self._record.batches.insert(batch)
            for request in requests:
                try:
                    opening.write(request)
                except AlreadyOpen as other:
                    raise _Taken(str(request.target_id)) from other
            self._record.audit.append(
                "batch.opened",
                actor=batch.requester,
                details={"batch": id, "requests": list(members), "left out": len(left_out)},
            )
        return BatchOutcome(accepted=True, sentence=_said(requests), batch=batch, wrong=tuple(wrong))

    def _recorded(self, action: OpenMany, outcome: BatchOutcome) -> BatchOutcome:
        details: Mapping[str, object] = {
            "action": "open many",
            "people": len(action.targets),
            "why": outcome.sentence,
            TARGETS: list(action.targets),
        }
        self._record.audit.append("batch.refused", actor=action.actor, details=details)
        return outcome


def _open(action: OpenMany, target: int) -> Open:
    arguments: dict[str, object] = {"target_id": target, "assignee_id": action.assignee_id}
    return Open(kind=Kind.OFFBOARD, actor=action.actor, reason=action.reason, arguments=arguments, run_at=action.run_at)


def _of(target: int, judgement: Judgement, request: Request | None = None) -> _Judged:
    return _Judged(target, judgement.refusal, request)


def _now_taken(record: Record, judged: _Judged, taken: str) -> _Judged:
    if str(judged.target) != taken:
        return judged
    row = record.users.get(judged.target)
    name = row.user.name if row else "This person"
    return _Judged(judged.target, Refusal(f"{name} has just got another open request.", "open request", "target_id"))


def _left_out(action: OpenMany, target: int, why: str) -> LeftOut:
    number, text = dict(zip(action.targets, action.lines, strict=False)).get(target, (0, ""))
    return LeftOut(number=number, text=text, why=why)


def _said(requests: list[Request]) -> str:
    people = "1 person" if len(requests) == 1 else f"{len(requests)} people"
    least = min(request.quorum for request in requests)
    more = [request for request in requests if request.quorum > least]
    needs = "one approval" if least == 1 else f"{least} approvals"
    said = f"Request sent for {people}. It needs {needs} before anything happens"
    if more:
        most = max(request.quorum for request in more)
        who = f"{len(more)} of them {'is an admin and needs' if len(more) == 1 else 'are admins and need'}"
        said += f"; {who} {most}"
    return f"{said}."
