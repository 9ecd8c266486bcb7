"""What the rules of opening a request look at."""

from dataclasses import dataclass
from datetime import datetime

from bot.model.member import Member
from bot.model.request import Kind, Request
from bot.model.user import Status, User
from bot.policy.people.identity import NOBODY, About


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningFacts:
    """What the rules look at. Addresses are keys; `now` and `run_at` are aware."""

    kind: Kind
    actor: Member | None  # None: Slack knows nobody by that id
    requesters: frozenset[str] | None  # Slack ids; None: every full member
    approvers: tuple[Member, ...]  # everybody whom HS_BOT_APPROVERS names, as Slack knows them now
    reason: str
    now: datetime
    run_at: datetime | None = None
    target: User | None = None  # the person it is about, where that is a person of Help Scout
    called: str = ""  # the name of somebody who is to come
    status: Status | None = None  # of the target in the record; None where it has none
    about: About = NOBODY  # the person it is about, also one who is to come
    names_at: tuple[str, ...] = ()  # several active people who have the target's main address
    role: str = ""  # that the person has, had or is to get, whichever weighs most; sets the quorum
    own_user: int | None = None  # whom the bot's own credential belongs to, as far as it is known
    guards_protected: bool = False  # protected people are out of bounds
    protected: frozenset[str] = frozenset()
    open_request: Request | None = None  # that this target already has
    open_request_kept: bool = False  # who asks must not learn of it
    assignee: User | None = None
    assignee_status: Status | None = None
    assignee_leaving: Request | None = None  # an open request to offboard the assignee
    takes_from: Request | None = None  # an open request whose conversations the target is to take
    no_way: str = ""  # why nothing of this kind can be written here
    quorum: int = 1
    admin_quorum: int = 2
    needs_approval: bool = True
    open_ones: int = 0  # requests of this requester that are open
    denied_at: datetime | None = None  # when the same request of theirs about this person was last denied

    @property
    def by_provider(self) -> bool:
        """An identity provider asks: it is nobody in Slack, has no colleagues to wait for, and can't be the target."""
        return self.actor is not None and self.actor.is_provider

    @property
    def name(self) -> str:
        return self.target.name if self.target else self.called or "This person"
