"""`hs-bot doctor`: every part of the bot, set or not: a line and a cure each.

One wrong value hides nothing else: it has a line of its own, what depends on it says so, and the rest is looked at.
Nothing is changed; where there is no record yet an empty one is made, to see that it can be.
"""

import logging
import os

from bot import config, log
from bot.doctor.diagnosis import MARKS, Diagnosis, Health, ok

__all__ = ["MARKS", "Diagnosis", "Health", "examine"]


def examine() -> list[Diagnosis]:
    """Every part, in the order in which a newcomer sets them up."""
    from bot.doctor.gate import examine_gate
    from bot.doctor.helpscout import examine_helpscout
    from bot.doctor.record import examine_record
    from bot.doctor.slack import examine_slack
    from bot.doctor.sources import examine_sources

    reading = config.look(os.environ)
    log.configure(reading.settings.log, secrets=reading.settings.secrets, level=logging.CRITICAL)
    findings = [
        Diagnosis(variable, Health.FAULT, what, wrong_use=True)
        for variable, what in (line.split(" ", 1) for line in reading.faults.values())
    ]
    findings = findings or [ok("configuration", "every variable that is set has a value it may have")]
    for part in (examine_record, examine_slack, examine_helpscout, examine_sources, examine_gate):
        findings += part(reading)
    return findings
