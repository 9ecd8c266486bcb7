"""Seals: what was asked, voted and logged is bound by a key that is not in the database.

A seal is an HMAC-SHA256 (RFC 2104, hex) over canonical JSON. Whoever can write the database but doesn't have the key
can't make one, so that a row they insert or change is carried out by nobody.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.model.request import Decision, Request
from bot.policy.requests.digest import canonical


@dataclass(frozen=True, slots=True)
class Seals:
    """`secrets` as configured, the newest first: it seals, all of them verify."""

    secrets: tuple[str, ...] = field(repr=False)

    def make(self, *parts: object) -> str:
        return _hmac(self.secrets[0], parts)

    def holds(self, seal: str, *parts: object) -> bool:
        """Whether one of the keys made this seal over these parts."""
        given = seal.encode("utf-8", "replace")
        return any(hmac.compare_digest(_hmac(secret, parts).encode(), given) for secret in self.secrets)


def opening(request: Request) -> tuple[object, ...]:
    """What the seal of a request binds: who asked for exactly this plan."""
    return ("request", request.id, request.digest, request.requester)


def vote(decision: Decision, digest: str) -> tuple[object, ...]:
    """What the seal of a vote binds: who said what, when, about exactly this plan."""
    return ("vote", decision.request_id, digest, decision.actor, decision.verdict.value, decision.decided_at)


def batch(id: str, requester: str, members: Iterable[str]) -> tuple[object, ...]:
    """What the seal of a batch binds: who asked for exactly these requests together."""
    return ("batch", id, requester, list(members))


def line(hash: str) -> tuple[object, ...]:
    """What the seal of an audit line binds: its hash, and by it the line and every line before."""
    return ("line", hash)


def head(seq: int, hash: str, sealed_from: int) -> tuple[object, ...]:
    """What the seal of the log's head binds: where the log ends, and from which line on every line has a seal."""
    return ("head", seq, hash, sealed_from)


def _hmac(secret: str, parts: Iterable[object]) -> str:
    key = hashlib.sha256(f"hs-bot seal\n{secret}".encode("utf-8", "surrogatepass")).digest()
    return hmac.new(key, canonical(list(parts)).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
