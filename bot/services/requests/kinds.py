"""What a kind of request is: how it is proposed, what its card says, and which steps carry it out.

The engine (`approvals.py`) and the runner (`runner.py`) know kinds only through `Procedure`. To add one, write a class
with these four members and put it into the mapping that wiring hands to both.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.model.address import as_written, domain_of, without_invisible
from bot.model.problem import Problem
from bot.model.request import Kind, Request
from bot.model.user import Status, User
from bot.services.requests.execution import Execution
from bot.services.requests.terms import Terms


class NotPossible(Problem):
    """A proposal that can't be made. `field` names the argument at fault, for a form to show the sentence there."""

    def __init__(self, sentence: str, *, field: str = "", code: str = "not possible") -> None:
        super().__init__(sentence)
        self.field = field
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What somebody asks for, looked up and complete.

    `plan` is a JSON object: all that approvers see and all that execution relies on; its digest is bound at opening. A
    plan about a person holds `emails`, every address by which that person may be known in Slack; a plan in which roles
    weigh holds `role` (had, or to be had) and, where there was another one, `former_role`.
    """

    plan: Mapping[str, Any]
    target_id: int | None = None
    target_name: str = ""
    target_email: str = ""
    target: User | None = None  # whom it is about, when that is a person of Help Scout
    status: Status | None = None  # of the target in the record
    assignee: User | None = None
    assignee_status: Status | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWords:
    """What a card says about a request: plain text, not escaped. `facts` are (label, value), in order."""

    title: str  # "Offboard Jane Doe"
    verb: str  # "Offboard", for buttons and lists
    consequence: str  # one sentence for the confirm dialog: what happens when it is approved
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One step: `run` does it and returns what came of it (JSON). It must be safe to run again after any crash."""

    name: str
    run: Callable[[Execution], Mapping[str, Any]] = field(repr=False)


class Procedure(Protocol):
    """One kind of request."""

    @property
    def kind(self) -> Kind: ...

    @property
    def removes(self) -> bool:
        """Whether it takes somebody's seat: counted by the hourly limit, refused for owner and protected people."""
        ...

    @property
    def why_not(self) -> str:
        """Why no request of this kind can be opened here, as far as the record tells; "" when one can."""
        ...

    @property
    def about_people(self) -> bool:
        """Whether `target_id` is a person's id (else a team's)."""
        ...

    def needs_approval(self, plan: Mapping[str, Any], terms: Terms) -> bool:
        """Whether a second person must agree to this plan, by the configuration of now."""
        ...

    @property
    def steps(self) -> Sequence[StepPlan]:
        """In order. The first compares the world with the plan and raises `Stale` when they differ."""
        ...

    def propose(self, arguments: Mapping[str, object], *, fresh: bool = True) -> Proposal:
        """Look up what `arguments` mean and make the plan. Raises `NotPossible` or a room's own `Problem`.

        With `fresh` False only the record is asked (no call to anybody): enough to show a form its faults at once.
        """
        ...

    def words(self, request: Request) -> CardWords:
        """The card's words, from the row alone."""
        ...


Procedures = Mapping[Kind, Procedure]


def integer(arguments: Mapping[str, object], name: str) -> int | None:
    """An id among the arguments, None when there is none; forms and the command line send them as text."""
    value = arguments.get(name)
    if value is None or value == "":
        return None
    try:
        return int(str(value))
    except ValueError:
        raise NotPossible("Choose one from the list.", field=name, code="bad id") from None


def address(arguments: Mapping[str, object], name: str) -> str:
    """An e-mail address among the arguments, as written. Raises `NotPossible` when it is none that mail could reach."""
    given = as_written(text(arguments, name))
    from email_validator import EmailNotValidError, validate_email  # 40 ms: only who gives a seat needs it

    try:
        validate_email(given, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as problem:
        if without_invisible(given) != given:
            sentence = "That e-mail address has an invisible character in it. Type it again."
            raise NotPossible(sentence, field=name, code="bad email") from problem
        raise NotPossible(
            "Give the whole e-mail address, like jane@example.com.", field=name, code="bad email"
        ) from problem
    if "." not in domain_of(given):
        raise NotPossible("Give the whole e-mail address, like jane@example.com.", field=name, code="bad email")
    return given


def text(arguments: Mapping[str, object], name: str) -> str:
    """A text among the arguments, trimmed; "" when there is none."""
    value = arguments.get(name)
    return str(value).strip() if value is not None else ""
