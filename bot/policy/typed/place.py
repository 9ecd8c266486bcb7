"""The place of a record as people may see it: a path, or a URL without what may be a password.

A password is often not percent-encoded as it must be, so a URL is not taken apart by its grammar: whatever may belong
to the password is left out, and what is shown may be less than the whole.
"""

import re
from itertools import chain
from urllib.parse import unquote, unquote_plus

BLOT = "•••"

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):/{1,3}")
_NAMED = re.compile(r"(?P<name>\b(?:ssl)?pass(?:word|wd|file)?\s*=\s*)(?P<value>'[^']*'|[^\s&]*)", re.IGNORECASE)
"""`…?password=s3cret&…`, and libpq's `host=db password=s3cret`."""
_PORT = re.compile(r"[0-9]{1,5}")


def shown(place: object) -> str:
    """`place` for people to read. A path stays as it is."""
    text = str(place)
    found = _SCHEME.match(text)
    if found is None:
        hidden = _NAMED.sub(rf"\g<name>{BLOT}", text)
        account, at, rest = hidden.rpartition("@")
        user, colon, _ = account.partition(":")
        return f"{user}:{BLOT}@{rest}" if at and colon else hidden
    account, at, rest = text[found.end() :].rpartition("@")
    host, slash, database = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    hosts = ",".join(_host(one) for one in host.split(","))
    user = f"{account.partition(':')[0]}@" if at else ""
    return f"{found['scheme']}://{user}{hosts}{slash}{database}"


def _host(text: str) -> str:
    """Without a port that is none: where the host was forgotten, it is the password."""
    name, colon, port = text.rpartition(":")
    if not colon or text.endswith("]") or _PORT.fullmatch(port) or not port:
        return text
    return f"{name.partition(':')[0]}:{BLOT}"


def passwords(place: str) -> tuple[str, ...]:
    """What must be blotted out of a log: the password as it is written in the URL, and as the server gets it."""
    found = _SCHEME.match(place)
    if found is None:
        return ()
    account, at, rest = place[found.end() :].rpartition("@")
    written = [account.partition(":")[2]] if at else []
    written += [named["value"] for named in _NAMED.finditer(rest)]
    spellings = chain.from_iterable((one, unquote(one), unquote_plus(one)) for one in written)
    return tuple(dict.fromkeys(one for one in spellings if one))
