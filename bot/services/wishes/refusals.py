"""Why a push can't be kept: each is answered in SCIM's words by the gate."""

from bot.model.problem import Problem


class NotAllowed(Problem):
    """Nobody may want this of them: answered 403, and nothing is kept."""


class Taken(Problem):
    """Another resource has this userName, or this name: answered 409."""


class NotThere(Problem):
    """There is no such resource for this token: answered 404."""


class Changed(Problem):
    """Somebody else changed it meanwhile: the push is to be applied to what is there now."""
