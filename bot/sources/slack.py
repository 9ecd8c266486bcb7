"""Slack: everybody in the workspace. No account, a guest's, a stranger's or a deactivated one count as gone."""

from collections.abc import Callable, Iterable

from bot.model.colleague import Colleague, Employment, Listing
from bot.model.member import Member
from bot.sources.errors import Doubtful

NAME, TITLE = "slack", "Slack"


class Slack:
    """`members` reads everybody, and raises a `Problem` when Slack can't say."""

    name, title = NAME, TITLE

    def __init__(self, members: Callable[[], Iterable[Member]]) -> None:
        self._members = members

    def read(self) -> Listing:
        people = tuple(colleague(one) for one in self._members() if not one.is_bot)
        if people and not any(one.email for one in people):
            raise Doubtful(
                NAME,
                "Slack shows hs-bot nobody's e-mail address.",
                "Give its Slack app the scope users:read.email and install it again.",
            )
        return Listing(source=NAME, title=TITLE, people=people, complete=True, own_names=True)


def colleague(member: Member) -> Colleague:
    """A Slack person as a source has one."""
    state, said = Employment.ACTIVE, "active"
    if member.deleted:
        state, said = Employment.LEFT, "deactivated"
    elif member.is_stranger:
        state, said = Employment.LEFT, "of another workspace"
    elif member.is_guest:
        state, said = Employment.SUSPENDED, "guest"
    return Colleague(
        id=min(member.ids), email=member.email, name=member.name, state=state, said=said, slack_ids=member.ids
    )
