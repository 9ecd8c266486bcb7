"""The head of the audit log as people keep it: `SEQ:HASH`."""

import re

from bot.model.audit import AuditHead
from bot.model.problem import Problem

_HEAD = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", re.ASCII)


class BadHead(Problem):
    """What was given is no head of an audit log."""


def parse_head(text: str) -> AuditHead:
    """Read `SEQ:HASH`, also in the quotes or backticks that it was posted in; raise `BadHead`."""
    found = _HEAD.fullmatch(text.strip(" \t\r\n`'\".,“”").lower())
    if found is None:
        raise BadHead(
            f"“{text[:80]}” isn't the head of an audit log. It looks like 123:HASH, where HASH has 64 characters 0-9 "
            "and a-f: copy it from the channel, from an evidence file, or from what hs-bot audit verify printed."
        )
    return AuditHead(int(found[1]), found[2])
