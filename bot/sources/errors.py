"""What can go wrong with a source, as types. Every sentence names the source, says what follows, and what to do.

* SourceError
  x Refused       401: the credentials are not taken
  x NotAllowed    403: they are, and may not read people
  x NotThere      404: the address or the group
  x Busy          429, for longer than a reading waits
  x Away          no answer, a fault of the source's own (5xx), or no progress for too long
  x Doubtful      an answer that is not whole, or not what was asked for
"""

from bot.model.problem import Problem


class SourceError(Problem):
    """Base of everything this room raises: `source` as in HS_BOT_SOURCES."""

    def __init__(self, source: str, what: str, cure: str) -> None:
        super().__init__(f"{what} Nothing was compared with it. {cure}")
        self.source = source


class Refused(SourceError):
    """The credentials are not taken."""


class NotAllowed(SourceError):
    """The credentials are known, and may not read people."""


class NotThere(SourceError):
    """The address or the group that is configured is not there."""


class Busy(SourceError):
    """Too many requests, and waiting as told would take too long."""


class Away(SourceError):
    """No answer, a fault of its own, or no progress for too long."""


class Doubtful(SourceError):
    """Not whole, or not what was asked for."""
