"""Who is calling, and whether hs-bot works for them: full members of the workspace, in its own channels.

The one gate before every command, button, form, typeahead, shortcut and event that somebody causes.
"""

from bot.policy.people.origin import may_come_from
from bot.policy.people.standing import may_speak
from bot.policy.refusal import Refusal
from bot.services.side_by_side import together
from bot.slack.api.web import SlackFault
from bot.slack.api.workspace import SlackWorkspace
from bot.slack.handling.payload import Call

SHARED = Refusal(
    "This channel is shared with another company: use hs-bot in a channel of your own, or in its direct messages.",
    "shared channel",
)
DIRECT = "D"  # ids of direct messages begin so; nobody from elsewhere reads an answer there


class Callers:
    """Gives a `Refusal`, or None when the caller may go on. What Slack said is at most a minute old."""

    def __init__(self, workspace: SlackWorkspace) -> None:
        self._workspace = workspace

    def known(self, call: Call) -> tuple[Refusal | None] | None:
        """A tuple with the verdict, without asking anybody; None when Slack must be asked."""
        found, ours = self._workspace.known_member(call.user), self._workspace.known_ours()
        if found is None or ours is None:
            return None
        member = found[0]
        if member is None or (refusal := may_speak(member)):
            return (may_speak(member),)
        if refusal := may_come_from(call.origin, ours, member.workspaces):
            return (refusal,)
        shared = self._workspace.known_shared(call.channel) if _may_be_shared(call) else False
        return None if shared is None else (SHARED if shared else None,)

    def ask(self, call: Call, *, fresh: bool = False) -> Refusal | None:
        """The verdict, asking Slack for what is not known; `fresh`: who they are at this moment.

        Raises `WorkspaceAway`.
        """
        if not call.user:
            return may_speak(None)
        if not fresh and (verdict := self.known(call)) is not None:
            return verdict[0]
        member, shared = together(lambda: self._workspace.member(call.user, fresh=fresh), lambda: self._shared(call))
        if member is None or (refusal := may_speak(member)):
            return may_speak(member)
        if refusal := may_come_from(call.origin, self._workspace.ours(), member.workspaces):
            return refusal
        return SHARED if shared else None

    def _shared(self, call: Call) -> bool:
        """Best effort: where Slack can't be asked about the channel, the answer (which is private) is given."""
        try:
            return _may_be_shared(call) and self._workspace.shared(call.channel)
        except SlackFault:
            return False


def _may_be_shared(call: Call) -> bool:
    return bool(call.channel) and not call.channel.startswith(DIRECT)
