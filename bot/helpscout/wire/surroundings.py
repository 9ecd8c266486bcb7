"""What the machine says about the way out: proxies and certificates, from the variables that every program reads.

httpx reads them too, and raises what nobody can act on: for an IPv6 network in NO_PROXY, a proxy it can't take apart
(part of whose password it shows), a file of certificates that is not there. So they are read here, for the few hosts
that are asked, and handed to it. No sentence repeats a proxy's URL.
"""

import functools
import importlib.util
import ipaddress
import os
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

import certifi
import httpx

from bot.model.problem import Problem

_EXAMPLE = "like http://proxy.example:3128, with @ : / # % in a password percent-encoded"


class BadSurroundings(Problem):
    """A variable of the machine, none of ours, has a value with which nothing can be reached."""


def certificates() -> ssl.SSLContext:
    """Whom to trust: SSL_CERT_FILE, else SSL_CERT_DIR, else the public authorities. Raises `BadSurroundings`."""
    file, folder = os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", "")
    variable = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
    try:
        if folder and not file and not any(Path(one).is_dir() for one in folder.split(os.pathsep)):
            raise FileNotFoundError
        if file or folder:
            return _trusting(file, "" if file else folder, os.stat(file).st_mtime_ns if file else 0)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        what = "a file of certificates (PEM)" if file else "a directory of certificates, hashed by openssl rehash"
        raise BadSurroundings(
            f"{variable} must name {what}, and what it names can't be read as one: nothing can be reached over https. "
            "Put it right, or unset it to trust the public authorities."
        ) from None
    return _trusting(certifi.where(), "", 0)


@functools.cache
def _trusting(file: str, folder: str, _changed: int) -> ssl.SSLContext:
    """Made once for a file as it was `_changed` (ns since 1970): reading 140 certificates takes 40 ms."""
    return ssl.create_default_context(cafile=file or None, capath=folder or None)


def ways_out(urls: Iterable[str], trust: ssl.SSLContext, limits: httpx.Limits) -> Mapping[str, httpx.BaseTransport]:
    """httpx's mounts: a transport for each of the hosts that is behind a proxy. Raises `BadSurroundings`.

    What is no URL has no way out; the request that is made to it says so.
    """
    transports: dict[str, httpx.BaseTransport] = {}
    mounts: dict[str, httpx.BaseTransport] = {}
    for url in urls:
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        if proxy := proxy_of(url):
            host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
            if proxy not in transports:
                transports[proxy] = httpx.HTTPTransport(verify=trust, limits=limits, proxy=proxy)
            mounts[f"{parts.scheme}://{host}"] = transports[proxy]
    return mounts


def proxy_of(url: str) -> str | None:
    """The proxy through which `url` is reached, ready for httpx. Raises `BadSurroundings`."""
    parts = urlsplit(url)
    proxies = getproxies()
    if _goes_straight(parts.hostname or "", proxies.get("no", "")):
        return None
    kind = next((kind for kind in (parts.scheme, "all") if proxies.get(kind)), None)
    return None if kind is None else _whole(proxies[kind], _variable(f"{kind}_proxy"))


def _variable(name: str) -> str:
    return next((one for one in os.environ if one.lower() == name), "The system's proxy")


def _whole(proxy: str, variable: str) -> str:
    full = proxy if "://" in proxy else f"http://{proxy}"
    cure = f"Nothing can be reached. It must be a URL {_EXAMPLE}; hosts that need no proxy are named in NO_PROXY."
    try:
        parts = urlsplit(full)
        scheme, host, _ = parts.scheme.lower(), parts.hostname, parts.port
        httpx.Proxy(full)
    except (ValueError, httpx.InvalidURL):
        raise BadSurroundings(f"{variable} is no proxy's URL. {cure}") from None
    if scheme in ("socks5", "socks5h") and importlib.util.find_spec("socksio") is None:
        raise BadSurroundings(f"{variable} names a SOCKS proxy, and hs-bot needs one that speaks HTTP. {cure}")
    if scheme not in ("http", "https", "socks5", "socks5h") or not host or set(full[len(scheme) + 3 :]) & set("#? \t"):
        raise BadSurroundings(f"{variable} is no proxy's URL. {cure}")
    return full


def _goes_straight(host: str, no_proxy: str) -> bool:
    """NO_PROXY as curl reads it: hosts with all below them, addresses, networks (IPv6 too, bracketed or not), `*`."""
    entries = [entry.strip().lower() for entry in no_proxy.split(",") if entry.strip()]
    host = host.lower().rstrip(".")
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return any(entry == "*" or f".{host}".endswith(f".{_name(entry)}") for entry in entries)
    return any(entry == "*" or _covers(entry, address) for entry in entries)


def _name(entry: str) -> str:
    name, _, port = entry.rpartition(":")
    return (name if port.isdecimal() and name else entry).lstrip("*").strip(".") or "\0"


def _covers(entry: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    bare = entry.replace("[", "").partition("]")
    try:
        return address in ipaddress.ip_network(bare[0] + (bare[2] if bare[2].startswith("/") else ""), strict=False)
    except ValueError:
        return _name(entry) == str(address)
