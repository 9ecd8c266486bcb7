"""`python -m tests.benchmarks [NAME …] [--write]`: measure, print the table, and put it into the README with `--write`.

Ratios of things measured side by side on one machine; a bare time says more about the machine than about the bot.
"""

import importlib
import re
import sys
from pathlib import Path

from tests.benchmarks.table import Row, table

README = Path(__file__).parent.parent.parent / "README.md"
ALL = ("lookup", "directory", "sync", "sync_faults", "approvals")


def main(arguments: list[str]) -> int:
    write = "--write" in arguments
    names = [name for name in arguments if not name.startswith("-")] or list(ALL)
    if unknown := [name for name in names if name not in ALL]:
        print(f"No benchmark is called {unknown[0]}: there are {', '.join(ALL)}.", file=sys.stderr)
        return 2
    rows: list[Row] = []
    for name in names:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"tests.benchmarks.{name}").rows()
    made = table(rows)
    print(made)
    if write:
        marks = re.compile(r"(<!-- benchmarks -->\n).*?(<!-- /benchmarks -->)", re.DOTALL)
        README.write_text(marks.sub(lambda found: f"{found[1]}{made}\n{found[2]}", README.read_text()))
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
