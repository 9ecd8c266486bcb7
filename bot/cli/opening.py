"""Settings and the parts of a bot, opened for one command and closed behind it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.wiring import Bot


def settings(*, required: tuple[str, ...] = (), serving: bool = False) -> "Settings":
    """With the log set up: a command tells its own result, so that only trouble is logged beside it."""
    from bot import config, log

    found = config.load(required=required)
    log.configure(found.log, secrets=found.secrets, level=logging.INFO if serving else logging.WARNING)
    return found


@contextmanager
def bot(*, required: tuple[str, ...] = (), whole: bool = True, reads: bool = False) -> "Iterator[Bot]":
    """`reads`: the command needs a record that is there, and makes none."""
    from bot.wiring import Bot

    with Bot(settings(required=required), whole=whole, reads=reads) as opened:
        yield opened
