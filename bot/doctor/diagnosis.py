"""One line of doctor's: what was looked at, how it is, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pydantic import SecretStr

from bot.config import Loaded
from bot.config.fault import ConfigurationError
from bot.model.problem import Problem
from bot.policy.typed.line import one_line


class Health(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


MARKS = {Health.OK: "✓", Health.WARNING: "!", Health.FAULT: "✗"}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`sentence` is shown as one line, whatever names from outside are in it."""

    check: str
    health: Health
    sentence: str
    wrong_use: bool = False  # a variable has a value that it may not have

    @property
    def line(self) -> str:
        return one_line(f"{MARKS[self.health]} {self.check}: {self.sentence}")

    @property
    def exit_code(self) -> int:
        if self.wrong_use:
            return 2
        return 1 if self.health is Health.FAULT else 0

    def as_dict(self) -> dict[str, str]:
        return {"check": self.check, "health": self.health.value, "sentence": self.sentence}


def ok(check: str, sentence: str) -> Diagnosis:
    return Diagnosis(check, Health.OK, sentence)


def warning(check: str, sentence: str) -> Diagnosis:
    return Diagnosis(check, Health.WARNING, sentence)


def fault(check: str, sentence: str) -> Diagnosis:
    return Diagnosis(check, Health.FAULT, sentence)


def guarded(check: str, look: Callable[[], Diagnosis]) -> Diagnosis:
    """What `look` finds, or the sentence of what kept it from looking."""
    try:
        return look()
    except Problem as problem:
        return Diagnosis(check, Health.FAULT, problem.sentence, wrong_use=isinstance(problem, ConfigurationError))


def unread(reading: Loaded, check: str, *variables: str) -> Diagnosis | None:
    """That a part can't be looked at because a variable that it depends on is wrong; the fault has its own line."""
    wrong = [variable for variable in variables if variable in reading.faults]
    if not wrong:
        return None
    return warning(check, f"not looked at, because {' and '.join(wrong)} {'is' if len(wrong) == 1 else 'are'} wrong.")


def secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
