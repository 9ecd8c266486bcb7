"""Whose a body is: Slack's and Help Scout's signatures over its raw bytes, checked before anything in it is read.

Sources: docs.slack.dev, "Verifying requests from Slack"; developer.helpscout.com, "Webhooks: signature".
"""

import base64
import hashlib
import hmac
import re
import time

STALE = 300  # seconds that a request of Slack's may be old, or a clock wrong
_SECONDS = re.compile(r"[0-9]{1,12}")


def of_slack(body: bytes, *, timestamp: str, signature: str, secret: str, now: float | None = None) -> bool:
    """Whether Slack has signed this body within five minutes. Headers may hold anything; "" as secret fits nobody."""
    if not secret or _SECONDS.fullmatch(timestamp) is None:
        return False
    if abs((time.time() if now is None else now) - int(timestamp)) > STALE:
        return False
    right = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(b"v0=" + right.encode(), signature.encode("utf-8", "replace"))


def of_help_scout(body: bytes, signature: str, secret: str) -> bool:
    """Whether this is Help Scout's signature of the body: base64 of HMAC-SHA1. "" as secret fits nobody."""
    right = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha1).digest())
    return bool(secret) and hmac.compare_digest(right, signature.strip().encode("utf-8", "replace"))


def bears(header: str, token: str) -> bool:
    """Whether an `Authorization` header carries this bearer token. Source: RFC 6750, 2.1."""
    scheme, _, sent = header.partition(" ")
    right = hmac.compare_digest(token.encode(), sent.strip().encode("utf-8", "replace"))
    return bool(token) and right and scheme.lower() == "bearer"
