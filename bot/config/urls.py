"""The addresses of APIs and the place of the record. No sentence repeats a part of a URL: it may be a password."""

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from bot.config.fault import Unfit
from bot.policy.typed.place import shown

_HOST = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?\.?|[0-9A-Fa-f:.]+")


def is_loopback(host: str) -> bool:
    """Whether what is sent to `host` stays on this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _url(value: str) -> str:
    must = "must be an https:// address"
    try:
        parts = urlsplit(value)
        scheme, host, _ = parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        raise Unfit(must, "it can't be read") from None
    if parts.username is not None or parts.password is not None or "@" in value:
        raise Unfit(must, "it has a user name or a password in it")
    if scheme not in ("http", "https") or not _HOST.fullmatch(host) or re.search(r"[\s\x00-\x1f]", value):
        raise Unfit(must, "it can't be read")
    if "?" in value or "#" in value:
        raise Unfit(must, "it goes on after ? or #, where paths are put behind it")
    if scheme == "http" and not is_loopback(host):
        raise Unfit(must, "http:// would send secrets over the network for anybody to read")
    return value


def _database(value: str) -> str:
    of_postgresql = value.partition("://")[0].lower() in ("postgresql", "postgres")
    if not of_postgresql and ("://" in value or shown(value) != value):
        raise Unfit("must be a path or a postgresql:// URL")
    return value


Url = Annotated[str, AfterValidator(_url)]
Database = Annotated[str, AfterValidator(_database)]
