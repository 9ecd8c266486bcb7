"""The command line: `hs-bot …`. Exit codes: 0 fine, 1 the work failed, 2 wrong use or configuration.

Every import that costs time is made inside the command that needs it, so that `hs-bot lookup` starts fast.
"""

from bot.cli import asking, gate, moving, reading, reconciling, serving
from bot.cli.root import main

__all__ = ["asking", "gate", "main", "moving", "reading", "reconciling", "serving"]
