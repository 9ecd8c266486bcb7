"""A call that must not have its effect twice, and may lose its answer: DELETE and POST.

The intent is journalled before the call is sent. Whatever comes back, or nothing, is settled by reading. An answer that
says "done already" (404 to a DELETE, 409 to a POST) counts as success only when our own journal says that we had sent
the call for this very id before.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from bot.helpscout.errors import HelpScoutError, RateLimited, Unreachable
from bot.services.requests.execution import Attention, Execution
from bot.services.steps.people import as_text

TRIES = 3

NOT_DONE = (Unreachable, RateLimited)
"""It surely had no effect, and may work in a moment."""


class Deed(Protocol):
    """What is to be done. `id` names it in the journal; `about` begins a sentence: "The removal of Jane Doe"."""

    @property
    def id(self) -> str: ...

    @property
    def about(self) -> str: ...

    @property
    def already(self) -> type[HelpScoutError]:
        """The error by which Help Scout says that it is done already."""
        ...

    @property
    def hidden(self) -> str:
        """What to say when Help Scout says `already` and reading shows nothing; "" where that is a race."""
        ...

    def look(self, *, sent: bool) -> Mapping[str, Any] | None:
        """Read. What is there when the deed is done and `sent` by us; None when it is (still) to be sent.

        Raises `Stale` or `Attention` when it must not be sent (any more).
        """
        ...

    def send(self) -> Mapping[str, Any]:
        """The call, once. What it made or removed."""
        ...


def do_once(ex: Execution, deed: Deed) -> dict[str, Any]:
    """Looked at, sent, and sent again where needed, three times at most; what came of it, and how that is known."""
    problem: HelpScoutError | None = None
    for attempt in range(TRIES + 1):
        done = deed.look(sent=was_sent(ex, deed))
        if done is not None:
            reason = problem.sentence if problem else "the answer to an earlier call was lost"
            return {**done, "settled": f"by reading: {reason}", "at": as_text(ex.now())}
        if attempt == TRIES:
            break
        try:
            return _send(ex, deed)
        except HelpScoutError as failed:
            if not (failed.unsettled or isinstance(failed, NOT_DONE)):
                raise
            problem = failed
        ex.at(f"{ex.step.name}: no answer")
        ex.pause(ex.patience.again * 2**attempt)
    assert problem is not None
    raise Attention(
        f"{deed.about} was tried {TRIES} times and did not work, as reading shows. {problem.sentence}"
    ) from problem


def was_sent(ex: Execution, deed: Deed) -> bool:
    """Whether the journal says so, for this very id; what was answered by a plain refusal does not count."""
    return any(sent["id"] == deed.id for sent in ex.saved.get("sent", ()))


def _send(ex: Execution, deed: Deed) -> dict[str, Any]:
    before = [dict(sent) for sent in ex.saved.get("sent", ())]
    known = was_sent(ex, deed)
    ex.save(f"{ex.step.name}.sending", sent=[*before, {"id": deed.id, "at": as_text(ex.now())}])
    ex.at(f"{ex.step.name}: about to send")
    try:
        done = deed.send()
    except deed.already as refused:
        if known and (found := deed.look(sent=True)) is not None:
            answer = f"answered {refused.status}: an earlier call, whose answer was lost, had worked"
            return {**found, "settled": answer, "at": as_text(ex.now())}
        ex.save(f"{ex.step.name}.refused", sent=before, status=refused.status)
        if deed.hidden:
            raise Attention(f"{deed.hidden} {refused.sentence}") from refused
        raise Attention(
            f"{deed.about} was answered {refused.status}, though reading had shown a moment before that it was still "
            f"to be done: somebody else may have done it. Look at Help Scout, then press Retry. {refused.sentence}"
        ) from refused
    except HelpScoutError as refused:
        if not (refused.unsettled or isinstance(refused, NOT_DONE)) and (found := deed.look(sent=True)) is not None:
            answer = f"answered {refused.status}, and done as reading shows"
            return {**found, "settled": answer, "at": as_text(ex.now())}
        if not refused.unsettled:
            ex.save(f"{ex.step.name}.refused", sent=before, status=refused.status)
        raise
    ex.at(f"{ex.step.name}: answered")
    return {**done, "settled": "answered", "at": as_text(ex.now())}
