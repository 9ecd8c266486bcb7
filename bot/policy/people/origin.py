"""Where a payload comes from: our own workspace or its organisation, or not."""

from dataclasses import dataclass

from bot.policy.refusal import Refusal

ELSEWHERE = Refusal("hs-bot works for members of its own workspace only. Ask a colleague there.", "other workspace")


@dataclass(frozen=True, slots=True)
class Ours:
    """Our workspace as `auth.test` tells it: `team` (T…), `enterprise` (E…, "" outside of Enterprise Grid).

    `whole`: the app is installed for the organisation, so that payloads come from any of its workspaces.
    """

    team: str
    enterprise: str = ""
    whole: bool = False

    @property
    def ids(self) -> frozenset[str]:
        return frozenset({self.team, self.enterprise} - {""})


@dataclass(frozen=True, slots=True)
class Origin:
    """What a payload says about itself, each "" when it says nothing.

    `team` and `enterprise`: where it was done; `own`: the workspace of who did it, which on Enterprise Grid may be
    another one of the same organisation.
    """

    team: str = ""
    enterprise: str = ""
    own: str = ""


def may_come_from(origin: Origin, ours: Ours, workspaces: frozenset[str] = frozenset()) -> Refusal | None:
    """Refuse what was done elsewhere. `workspaces`: all that Slack names for who did it, ours among them."""
    if not origin.team and not origin.enterprise:
        return ELSEWHERE
    if origin.enterprise and origin.enterprise != ours.enterprise:
        return ELSEWHERE
    anywhere = ours.whole and bool(ours.enterprise) and origin.enterprise == ours.enterprise
    if origin.team and origin.team not in ours.ids and not anywhere:
        return ELSEWHERE
    if origin.own and origin.own not in ours.ids | workspaces:
        return ELSEWHERE
    return None
