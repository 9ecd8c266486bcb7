"""The form for several people: read at once from memory, checked in Help Scout afterwards, asked for when all is well.

Whatever is wrong comes back with its line's number before anything is opened, with the rest ready to be sent on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slack_sdk.models.views import View

from bot.model.batch import MOST, BatchOutcome, LeftOut, OpenMany
from bot.model.problem import Problem
from bot.model.user import UserRecord
from bot.policy.typed.clean import plain
from bot.policy.typed.file_text import certain_text
from bot.policy.typed.many import read_many
from bot.services.finding.many import Named, find_many
from bot.slack.api.download import read_file
from bot.slack.forms.chosen import chosen_taker, chosen_time, taker_id
from bot.slack.forms.metadata import answering, metadata
from bot.slack.forms.updating import id_of, inputs_of, replace_form
from bot.slack.handling.answer import FieldErrors, Opens, Shows, Submitted
from bot.slack.handling.deps import Deps
from bot.slack.handling.payload import Call, mapping, text
from bot.slack.handling.private import let_pass
from bot.slack.views.forms.inputs import ASSIGNEE_BLOCK, REASON_BLOCK
from bot.slack.views.forms.offboard_many import FILE_BLOCK, LONGEST_TEXT, PEOPLE_BLOCK, TITLE, Filled, form, lines_of
from bot.slack.views.kit import Message, context, say, section
from bot.slack.views.text import code, counted, safe, told
from bot.slack.views.words import note, sentence

LARGEST = 1 << 20
"""Bytes of a file; a hundred people take some ten thousand."""
NOTHING_NAMED = BatchOutcome(accepted=False, sentence="Name at least one person.", field=PEOPLE_BLOCK)


def opened(call: Call, deps: Deps, filled: Filled | None = None) -> Opens:
    """The form, at once."""
    return Opens(form(filled or Filled(), private_metadata=metadata(call)))


def filled_with(rows: Iterable[UserRecord], reason: str = "") -> Filled:
    """The form with these people in it."""
    people = list(rows)[:MOST]
    addresses = "\n".join(row.user.email or str(row.id) for row in people)
    ids = "\n".join(str(row.id) for row in people)
    return Filled(people=addresses if len(addresses) <= 3000 else ids, reason=reason)


def submitted(call: Call, deps: Deps) -> Submitted:
    """Sent back with what is wrong; or checked in Help Scout, and then asked for. A file is read afterwards."""
    holds = _held(call, deps)
    uploaded = call.files(FILE_BLOCK)
    if uploaded and holds.people.strip():
        return FieldErrors({FILE_BLOCK: "Give the people above or as a file, not both."})
    if uploaded:
        deps.worker.submit(lambda: _from_file(call, deps, holds, uploaded[0]))
        return Shows(note(sentence("Reading your file …"), TITLE))
    judged = _judged(call, deps, holds, holds.people)
    if not isinstance(judged, _Right):
        return judged
    deps.worker.submit(lambda: _ask(call, deps, holds, judged.named, judged.action))
    return Shows(_checking(judged))


@dataclass(frozen=True, slots=True)
class _Right:
    """Nothing that the record tells stands against it."""

    named: tuple[Named, ...]
    action: OpenMany


def _judged(call: Call, deps: Deps, holds: Filled, people: str) -> _Right | Submitted:
    """Everything that is wrong with these lines, in one go, as far as the record tells."""
    try:
        lines = read_many(people)
        if not lines:
            return FieldErrors({PEOPLE_BLOCK: "Name at least one person."})
        if len(lines) > MOST:
            said = f"That's {len(lines)} lines, and {MOST} people is the most at once. Split the list."
            return FieldErrors({PEOPLE_BLOCK: said})
        reading = find_many(deps.directory, lines)
    except Problem as problem:
        return FieldErrors({PEOPLE_BLOCK: problem.sentence})
    action = _action(call, deps, holds, reading.named)
    foreseen = deps.approvals.foresee_many(action) if reading.named else NOTHING_NAMED
    wrong = sorted((*reading.wrong, *foreseen.wrong), key=lambda one: one.number)
    if wrong:
        of_all = reading.named and not foreseen.accepted and not foreseen.wrong
        shown = replace(holds, trouble=f":no_entry: {safe(foreseen.sentence, 600)}") if of_all else holds
        return Shows(_again(call, shown, reading.named, wrong))
    return _Right(reading.named, action) if foreseen.accepted else _refused(call, holds, foreseen)


def _from_file(call: Call, deps: Deps, holds: Filled, file: Mapping[str, Any]) -> None:
    """In the worker: the same with what stands in an uploaded file."""
    hosted = file.get("url_private_download") or file.get("url_private")
    try:
        # Where Slack tells no more than the id, it is asked for the rest.
        content = read_file(deps.client, file if hosted else {**file, "file_access": "check_file_info"}, most=LARGEST)
        judged = _judged(call, deps, holds, certain_text(content))
    except Problem as problem:
        judged = FieldErrors({FILE_BLOCK: problem.sentence})
    if isinstance(judged, _Right):
        replace_form(deps, id_of(call), _checking(judged))
        _ask(call, deps, holds, judged.named, judged.action)
        return
    let_pass(call)
    if isinstance(judged, Shows):
        view, said = judged.view, "Some lines of your file can't be used. Nothing has been asked for yet."
    else:
        assert isinstance(judged, FieldErrors)
        said = " ".join(judged.errors.values())
        view = _in_trouble(call, holds, said)
    if not replace_form(deps, id_of(call), view):
        deps.private.answer(answering(call), say(f":no_entry: {safe(said, 600)}"))


def _checking(judged: _Right) -> View:
    people = counted(len(judged.named), "person", "people")
    return note(sentence(f"Checking {people} in Help Scout …"), TITLE)


def _ask(call: Call, deps: Deps, holds: Filled, named: tuple[Named, ...], action: OpenMany) -> None:
    """In the worker: what comes of it takes the place of the form, or is told where the form was opened."""
    try:
        outcome = deps.approvals.many(action)
    except Problem as problem:
        outcome = BatchOutcome(accepted=False, sentence=problem.sentence)
    let_pass(call)
    if outcome.accepted:
        said = asked_for(outcome)
        replace_form(deps, id_of(call), note(said, TITLE))
        deps.private.answer(answering(call), said)
        return
    wrong = outcome.wrong
    trouble = "" if wrong else f":no_entry: {safe(outcome.sentence, 600)}"
    view = _again(call, replace(holds, trouble=trouble), named, wrong)
    if not replace_form(deps, id_of(call), view):
        lines = [section("\n".join(list(lines_of(wrong))[:20]))] if wrong else []
        deps.private.answer(answering(call), say(f":no_entry: {safe(outcome.sentence, 600)}", *lines))


def asked_for(outcome: BatchOutcome) -> Message:
    """The private confirmation."""
    assert outcome.batch is not None
    id = outcome.batch.id
    return say(
        f":memo: {told(outcome.sentence)}",
        context(f"Batch {code(id)} · `/hs-offboard status {safe(id, 60)}` · `/hs-offboard cancel {safe(id, 60)}`"),
    )


def _again(call: Call, holds: Filled, named: Iterable[Named], wrong: Sequence[LeftOut]) -> View:
    """The form with the lines that are right, and the others above it."""
    out = {one.number for one in wrong}
    kept = [one for one in named if one.line.number not in out]
    people = "\n".join(one.line.text for one in kept)
    if len(people) > LONGEST_TEXT:  # as those of a file may be
        people = "\n".join(str(one.row.id) for one in kept)
    shown = replace(holds, people=people, wrong=tuple(wrong), turn=holds.turn + 1)
    return form(shown, private_metadata=text(call.view.get("private_metadata")))


def _refused(call: Call, holds: Filled, outcome: BatchOutcome) -> FieldErrors:
    field = outcome.field if outcome.field in inputs_of(call) else PEOPLE_BLOCK
    return FieldErrors({field: outcome.sentence}, _in_trouble(call, holds, outcome.sentence))


def _in_trouble(call: Call, holds: Filled, said: str) -> View:
    """The form with what it holds, and why that can't be asked for above it."""
    shown = replace(holds, trouble=f":no_entry: {safe(said, 600)}", turn=holds.turn + 1)
    return form(shown, private_metadata=text(call.view.get("private_metadata")))


def _action(call: Call, deps: Deps, holds: Filled, named: Iterable[Named]) -> OpenMany:
    people = list(named)
    return OpenMany(
        actor=call.user,
        reason=plain(holds.reason),
        targets=tuple(one.row.id for one in people),
        assignee_id=taker_id(call),
        run_at=chosen_time(call, deps.record.now()),
        lines=tuple((one.line.number, one.line.text) for one in people),
    )


def _held(call: Call, deps: Deps) -> Filled:
    return Filled(
        people=call.typed(PEOPLE_BLOCK),
        reason=call.typed(REASON_BLOCK),
        assignee=chosen_taker(deps, call.chosen(ASSIGNEE_BLOCK)),
        run_at=chosen_time(call, deps.record.now()),
        turn=_turn(call),
    )


def _turn(call: Call) -> int:
    values = mapping(mapping(mapping(call.view.get("state")).get("values")).get(PEOPLE_BLOCK))
    return next((int(n) for name in values if (n := text(name).partition(":")[2]).isdecimal()), 0)
