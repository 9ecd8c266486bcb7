"""Doctor on the people in Slack: who may ask, who may approve, and whether they see what they decide."""

from collections.abc import Iterable, Iterator

from slack_sdk import WebClient

from bot.config import Loaded, Settings
from bot.doctor.diagnosis import Diagnosis, fault, guarded, ok, unread, warning
from bot.model.member import Member
from bot.model.problem import Problem
from bot.policy.people.standing import may_speak
from bot.services.requests.membership import members_of
from bot.slack.api.channel import members_of_channel
from bot.slack.api.workspace import SlackWorkspace

FEW = 10
"""How many are named in a line."""


def examine_people(reading: Loaded, client: WebClient | None) -> Iterator[Diagnosis]:
    """`client` is None where Slack can't be asked: then only what is not set is said."""
    settings = reading.settings
    workspace = None
    if client is not None:
        workspace = SlackWorkspace(client, approvers=settings.approvers, requesters=settings.requesters)
    yield from _approvers(reading, client, workspace)
    yield unread(reading, "requesters", "HS_BOT_REQUESTERS") or _requesters(settings, workspace)


def _approvers(reading: Loaded, client: WebClient | None, workspace: SlackWorkspace | None) -> Iterator[Diagnosis]:
    settings = reading.settings
    if skipped := unread(reading, "approvers", "HS_BOT_APPROVERS", "HS_BOT_QUORUM", "HS_BOT_ADMIN_QUORUM"):
        yield skipped
        return
    if not settings.approvers:
        yield fault("approvers", "HS_BOT_APPROVERS is not set: without it no request can be opened.")
        return
    if client is None or workspace is None:
        yield warning("approvers", "set, but they can't be looked up without a bot token that Slack accepts.")
        return
    try:
        named = workspace.approvers(fresh=True)
        able = [member for member in members_of(workspace, named) if may_speak(member) is None]
        void = _void(workspace.empty_groups(), named - {member.id for member in able})
    except Problem as problem:
        yield fault("approvers", problem.sentence)
        return
    yield _enough(settings, len(able), void)
    if settings.channel and "HS_BOT_CHANNEL" not in reading.faults:
        yield guarded("approvers' channel", lambda: _in_channel(client, settings.channel, able))


def _void(groups: Iterable[str], people: Iterable[str]) -> str:
    parts = [
        f" Not counted: {_some(ids)} ({why})."
        for ids, why in (
            (sorted(groups), "a user group without members, or none that is active"),
            (sorted(people), "gone, deactivated, a guest or a bot"),
        )
        if ids
    ]
    return "".join(parts)


def _enough(settings: Settings, able: int, void: str) -> Diagnosis:
    most = max(settings.quorum, settings.admin_quorum)
    variable = "HS_BOT_QUORUM" if settings.quorum >= settings.admin_quorum else "HS_BOT_ADMIN_QUORUM"
    if able < settings.quorum:
        few = f"{able} people may approve, and HS_BOT_QUORUM is {settings.quorum}: name more in HS_BOT_APPROVERS."
        return fault("approvers", few + void)
    may = "1 person may approve" if able == 1 else f"{able} people may approve"
    if able < most:
        few = f"{may}, and {variable} is {most}: a request about an admin can never be approved. Name more."
        return warning("approvers", few + void)
    if able == most:
        few = f"{may}, and {variable} is {most}: what one of them asks for can't be approved. Name one more."
        return warning("approvers", few + void)
    return warning("approvers", f"{may}.{void} Correct HS_BOT_APPROVERS.") if void else ok("approvers", may)


def _in_channel(client: WebClient, channel: str, able: Iterable[Member]) -> Diagnosis:
    inside = members_of_channel(client, channel)
    outside = [member.name or member.id for member in able if member.id not in inside]
    if outside:
        cure = f"They don't see the cards there. Invite them: {_some(outside)}."
        return warning("approvers' channel", f"{len(outside)} of those who may approve are not in {channel}. {cure}")
    return ok("approvers' channel", f"everybody who may approve is in {channel}")


def _requesters(settings: Settings, workspace: SlackWorkspace | None) -> Diagnosis:
    if not settings.requesters:
        everybody = "every full member of the workspace may ask for seats and removals. Name those who should."
        return warning("requesters", f"HS_BOT_REQUESTERS is not set: {everybody}")
    if workspace is None:
        return warning("requesters", "set, but they can't be looked up without a bot token that Slack accepts.")
    return guarded("requesters", lambda: _named_requesters(workspace))


def _named_requesters(workspace: SlackWorkspace) -> Diagnosis:
    named = workspace.requesters(fresh=True) or frozenset()
    able = {member.id for member in members_of(workspace, named) if may_speak(member) is None}
    if not able:
        return fault("requesters", "nobody named in HS_BOT_REQUESTERS is an active full member, so nobody may ask.")
    void = _void((), named - able)
    may = "1 person may ask" if len(able) == 1 else f"{len(able)} people may ask"
    return warning("requesters", f"{may}.{void} Correct HS_BOT_REQUESTERS.") if void else ok("requesters", may)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more
