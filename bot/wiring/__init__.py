"""The one place where the parts are put together. Each part is made when it is first asked for.

So `hs-bot lookup` opens the record and nothing else, and `hs-bot run` has everything. Tests hand in parts of their own.
"""

from bot.wiring.help_scout import help_scout, sign_in, token_file
from bot.wiring.life import Bot

__all__ = ["Bot", "help_scout", "sign_in", "token_file"]
