"""Configuration from the environment: every variable of the README's table, checked in one go.

`load()` gives a `Settings` or raises `ConfigurationError`, whose lines name each variable at fault, what it must
be and a right example; `look()` gives both, for doctor. No value of a secret appears in a line, a repr or a log.
"""

from bot.config.fault import ConfigurationError
from bot.config.loading import HELPSCOUT, SLACK, Loaded, load, look
from bot.config.settings import VARIABLES, Settings
from bot.config.values import SeatCost

__all__ = [
    "HELPSCOUT",
    "SLACK",
    "VARIABLES",
    "ConfigurationError",
    "Loaded",
    "SeatCost",
    "Settings",
    "load",
    "look",
]
