"""Measure, and print the table. Exit code 1 when a limit is missed, 2 for a wrong argument.

Ratios of things measured side by side on one machine; a bare time says more about the machine than about the bot.
"""

import argparse
import importlib
import logging
import re
import sys
from pathlib import Path

from bot import log
from tests.benchmarks.table import Row, table

README = Path(__file__).parent / "README.md"
ALL = (
    *("lookup", "answering", "directory", "starting", "sync", "sync_faults", "approvals", "batch", "engines"),
    *("reconcile", "gate"),
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(ALL)}; without any: all of them")
    parser.add_argument("--write", action="store_true", help="put the table into tests/benchmarks/README.md")
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.names if name not in ALL]:
        parser.error(f"no benchmark is called {unknown[0]}: there are {', '.join(ALL)}")
    log.configure("text", level=logging.ERROR)  # standard output is for the table
    rows: list[Row] = []
    for name in asked.names or ALL:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"tests.benchmarks.{name}").rows()
    made = table(rows)
    print(made)
    if asked.write:
        marks = re.compile(r"(<!-- benchmarks -->\n).*?(<!-- /benchmarks -->)", re.DOTALL)
        README.write_text(marks.sub(lambda found: f"{found[1]}{made}\n{found[2]}", README.read_text()))
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
