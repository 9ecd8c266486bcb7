"""The Slack workspace as the services see it: who somebody is, who may approve. Answers are at most a minute old."""

import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeVar

import structlog
from slack_sdk import WebClient

from bot.model.address import address_key, as_written
from bot.model.member import Member
from bot.model.request import is_providers
from bot.policy.people.origin import Ours
from bot.policy.people.provider import provider
from bot.services.ports import WorkspaceAway
from bot.slack.api.fresh import Fresh
from bot.slack.api.member import also_known_as, member_of
from bot.slack.api.walk import Progress, Walk
from bot.slack.api.web import SlackFault, SlackRefused, call

T = TypeVar("T")
Seen = Callable[[Iterable[Member]], None]

PAGE = 200  # people asked for at once, as Slack advises
JOINS = 5.0  # seconds that one waits for somebody else's reading of everybody
NO_GROUP = frozenset({"no_such_subteam", "subteam_disabled", "subteam_not_found"})
"""Slack's words for a group that is not there or is disabled: nobody in it approves."""


class SlackWorkspace:
    """Fills the port `Workspace` over the Web API. Thread-safe.

    `approvers` and `requesters` are ids as configured: people (`U…`/`W…`) and user groups (`S…`), mixed. `client`
    should sit out rate limits (`web.reading`). `providers` are the names of the gate's tokens.
    `ttl` is how old an answer may be, in seconds: at most 60, by contract.
    """

    def __init__(
        self,
        client: WebClient,
        *,
        approvers: Sequence[str],
        requesters: Sequence[str] = (),
        providers: Collection[str] = (),
        ttl: float = 60.0,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._approvers = tuple(approvers)
        self._requesters = tuple(requesters)
        self._providers = frozenset(providers)
        self._members: Fresh[Member | None] = Fresh(20_000, ttl, timer)
        self._addresses: Fresh[Member | None] = Fresh(5_000, ttl, timer)
        self._groups: Fresh[tuple[str, ...]] = Fresh(500, ttl, timer)
        self._lists: Fresh[list[Member]] = Fresh(1, 10 * ttl, timer)
        self._walk = Walk(timer)
        self._reading = threading.Lock()
        self._shared: Fresh[bool] = Fresh(5_000, 10 * ttl, timer)
        self._own: Fresh[Ours] = Fresh(1, 3600.0, timer)
        self._seen: Seen = lambda _: None
        self._log = structlog.get_logger("slack.workspace")

    def on_reading(self, seen: Seen) -> None:
        """Have `seen` called with whoever Slack has just told us about, in the thread that asked."""
        self._seen = seen

    # The port

    def member(self, id: str, /, *, fresh: bool = False) -> Member | None:
        if is_providers(id):
            return provider(id) if id in self._providers else None
        return self._guarded(lambda: self._members.get(id, lambda: self._read_member(id), fresh=fresh))

    def member_by_email(self, email: str, /) -> Member | None:
        address = as_written(email)
        if not address:
            return None
        return self._guarded(lambda: self._addresses.get(address_key(address), lambda: self._read_by_email(address)))

    def approvers(self, *, fresh: bool = False) -> frozenset[str]:
        return self._flattened(self._approvers, fresh=fresh)

    def requesters(self, *, fresh: bool = False) -> frozenset[str] | None:
        return self._flattened(self._requesters, fresh=fresh) if self._requesters else None

    def named_approvers(self) -> list[tuple[str, frozenset[str]]]:
        """Each id of HS_BOT_APPROVERS with the people it stands for. Raises `WorkspaceAway`."""
        return [(id, self._flattened((id,), fresh=False, alone=False)) for id in self._approvers]

    def empty_groups(self) -> list[str]:
        """The user groups among the approvers that bring nobody: not there, disabled or empty."""
        groups = [id for id in self._approvers if id.startswith("S")]
        return [id for id in groups if not self._group(id, fresh=False, alone=False)]

    def members(self, progress: Progress | None = None) -> list[Member]:
        """Everybody; the list may be ten minutes old. A large workspace takes minutes: for the worker.

        One reads at a time: who comes meanwhile waits a few seconds and then hears that it takes longer. `progress` is
        told how many were read so far, and for how many seconds Slack asks to wait, whenever it does.
        """
        if (known := self._lists.known("all")) is not None:
            return list(known.value)
        if not self._reading.acquire(timeout=JOINS):
            raise WorkspaceAway(
                f"hs-bot is reading who is in this Slack workspace ({self._walk.read:,} people so far). "
                "Please try again in a minute."
            )
        try:
            return list(self._guarded(lambda: self._lists.get("all", lambda: self._read_everybody(progress))))
        finally:
            self._reading.release()

    def known_in_list(self, id: str) -> Member | None:
        """Who this was when everybody was read last; None when that is not known."""
        known = self._lists.known("all")
        return next((one for one in known.value if id in one.ids), None) if known is not None else None

    def changed(self, id: str) -> Member | None:
        """Somebody who has just changed, read anew; the list of everybody has them so from now on."""
        found = self.member(id, fresh=True)
        known = self._lists.known("all")
        if known is not None and found is not None:
            rest = [one for one in known.value if one.ids.isdisjoint(found.ids | {id})]
            self._lists.put("all", sorted([*rest, found], key=lambda one: one.id), known.since)
        return found

    # For the listeners: what is known without asking

    def known_member(self, id: str) -> tuple[Member | None] | None:
        """A tuple with the member (None: the workspace knows nobody by the id); None when Slack must be asked."""
        found = self._members.known(id)
        return (found.value,) if found is not None else None

    def known_ours(self) -> Ours | None:
        """Our own workspace; None when Slack must be asked."""
        found = self._own.known("team")
        return found.value if found is not None else None

    def ours(self) -> Ours:
        """Like `known_ours`, asking Slack. Raises `WorkspaceAway`."""
        return self._guarded(self._ours)

    def everybody_known(self) -> bool:
        """Whether `members` answers without asking Slack."""
        return self._lists.known("all") is not None

    def known_shared(self, channel_id: str) -> bool | None:
        """Whether the channel is shared with another company; None when Slack must be asked."""
        found = self._shared.known(channel_id)
        return found.value if found is not None else None

    def shared(self, channel_id: str) -> bool:
        """Like `known_shared`, asking Slack. A channel that Slack does not show us is taken for one of our own."""
        return self._shared.get(channel_id, lambda: self._read_shared(channel_id))

    # Reading

    def _read_member(self, id: str) -> Member | None:
        own = self._ours()
        try:
            answer = call("users.info", lambda: self._client.users_info(user=id))
        except SlackRefused as refused:
            if refused.code in ("user_not_found", "user_not_visible", "users_not_found"):
                return None
            raise
        return self._told(also_known_as(member_of(answer.get("user"), own), id))

    def _read_by_email(self, email: str) -> Member | None:
        own = self._ours()
        try:
            answer = call("users.lookupByEmail", lambda: self._client.users_lookupByEmail(email=email))
        except SlackRefused as refused:
            if refused.code in ("users_not_found", "user_not_found"):
                return None
            raise
        return self._told(member_of(answer.get("user"), own))

    def _told(self, member: Member | None) -> Member | None:
        if member is not None:
            self._seen((member,))
        return member

    def _read_everybody(self, progress: Progress | None) -> list[Member]:
        own = self._ours()
        for since, page in self._walk.pages(self._page, progress):
            for member in (member_of(one, own) for one in page):
                if member is not None:
                    self._members.put(member.id, member, since)
        everybody = {member.id: member for one in self._walk.take() if (member := member_of(one, own))}
        self._seen(everybody.values())
        return sorted(everybody.values(), key=lambda member: member.id)

    def _page(self, cursor: str) -> tuple[list[Any], str]:
        answer = call("users.list", lambda: self._client.users_list(limit=PAGE, cursor=cursor or None))
        return answer.get("members") or [], (answer.get("response_metadata") or {}).get("next_cursor") or ""

    def _ours(self) -> Ours:
        """Our own workspace: asked once an hour, by the token that tells."""
        return self._own.get("team", self._read_ours)

    def _read_ours(self) -> Ours:
        answer = call("auth.test", self._client.auth_test)
        team, enterprise = str(answer.get("team_id") or ""), str(answer.get("enterprise_id") or "")
        return Ours(team, enterprise, whole=answer.get("is_enterprise_install") is True)

    def _read_shared(self, channel_id: str) -> bool:
        try:
            answer = call("conversations.info", lambda: self._client.conversations_info(channel=channel_id))
        except SlackRefused:
            return False  # private and without us, or a direct message of others
        channel = answer.get("channel") or {}
        return bool(channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"))

    # Groups

    def _flattened(self, named: Sequence[str], *, fresh: bool, alone: bool = True) -> frozenset[str]:
        """`alone`: nobody is named besides these groups, so that one that can't be read is a fault."""
        people = {id for id in named if not id.startswith("S")}
        waiting = [id for id in named if id.startswith("S")]
        seen: set[str] = set()
        while waiting:
            group = waiting.pop()
            if group in seen:
                continue
            seen.add(group)
            inside = self._group(group, fresh=fresh, alone=alone and not people)
            people.update(id for id in inside if not id.startswith("S"))
            waiting += [id for id in inside if id.startswith("S")]
        return frozenset(people)

    def _group(self, id: str, *, fresh: bool, alone: bool) -> tuple[str, ...]:
        try:
            return self._groups.get(id, lambda: self._read_group(id), fresh=fresh)
        except SlackRefused as refused:
            if refused.code == "plan_upgrade_required" and not alone:
                self._log.warning("user groups can't be read", problem=refused.sentence, group=id)
                return ()
            raise WorkspaceAway(refused.sentence) from refused
        except SlackFault as fault:
            raise WorkspaceAway(_nobody_knows(fault)) from fault

    def _read_group(self, id: str) -> tuple[str, ...]:
        try:
            answer = call(
                "usergroups.users.list",
                lambda: self._client.usergroups_users_list(usergroup=id, include_disabled=False),
            )
        except SlackRefused as refused:
            if refused.code not in NO_GROUP:
                raise
            self._log.warning("a user group that is configured is disabled or not there", group=id)
            return ()
        return tuple(str(user) for user in answer.get("users") or ())

    def _guarded(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except SlackFault as fault:
            raise WorkspaceAway(_nobody_knows(fault)) from fault


def _nobody_knows(fault: SlackFault) -> str:
    return f"Slack can't say now who is who, so nothing was done. {fault.sentence}"
