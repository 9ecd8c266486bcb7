"""Several names in a sentence."""

from collections.abc import Sequence


def in_a_row(names: Sequence[str], last: str = "and") -> str:
    """`Slack`, `Slack or Okta`, `Slack, Okta or the CSV file`, where `last` is the word before the last one."""
    *first, end = names
    return f"{', '.join(first)} {last} {end}" if first else end
