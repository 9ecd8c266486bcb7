"""What is wrong with the environment, as lines that a person can act on."""

from collections.abc import Iterable

from bot.model.problem import Problem


class ConfigurationError(Problem):
    """One or more variables are missing or wrong; `lines` has one sentence for each."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


class Unfit(ValueError):
    """A value that can't do what it is for: what it `must` be ("must be …") and, where it helps, what was `found`.

    `found` may quote a value only where the variable holds no secret and no URL.
    """

    def __init__(self, must: str, found: str = "") -> None:
        super().__init__(must)
        self.must = must
        self.found = found
