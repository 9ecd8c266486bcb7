"""A PostgreSQL URL taken apart: libpq's own parameters, and those that other programs' URLs bring along."""

import re
from urllib.parse import unquote

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from bot.store.errors import NoPlace

_OF_OTHERS = frozenset(
    {"pgbouncer", "connection_limit", "pool_timeout", "pool_size", "pool_mode", "max_overflow", "socket_timeout"}
    | {"statement_cache_size", "prepared_statement_cache_size", "prepared_statements", "preparethreshold"}
    | {"prefer_simple_protocol", "simple_protocol", "uselibpqcompat", "serverversion", "charset", "workaround"}
)
"""How Prisma, SQLAlchemy, Rails, Node and others tune their own connections. Nothing of it is about the server."""

_NAME = re.compile(r"[A-Za-z_]{1,40}")
_WORD = re.compile(r"(?:\\.|[^\s\\])+", re.DOTALL)
_SETTING = re.compile(r"([A-Za-z_][\w.]*)=(.*)", re.DOTALL)


def parts_of(url: str) -> dict[str, str]:
    """The URL taken apart. Raises `NoPlace`, in words that repeat nothing of it: a part may be half a password."""
    front, mark, query = _at_query(url)
    kept, schema = [], None
    for parameter in query.split("&") if mark else []:
        name, _, value = parameter.partition("=")
        if name.lower() == "schema":
            schema = unquote(value)
        elif name.lower() not in _OF_OTHERS:
            kept.append(parameter)
    parts = _parsed(front + (f"?{'&'.join(kept)}" if kept else ""), front, kept)
    numbered = all(port.isdecimal() for port in parts.get("port", "5432").split(",") if port)
    if not numbered or "@" in parts.get("host", "") + parts.get("dbname", ""):
        raise _bad_url()
    if schema and "search_path" not in settings_of(parts.get("options", "")):
        # Prisma's word for the search path.
        quoted = '"' + schema.replace('"', '""') + '"'
        escaped = re.sub(r"([\\\s])", r"\\\1", quoted)
        parts["options"] = f"{parts.get('options', '')} -csearch_path={escaped}".strip()
    return parts


def _at_query(url: str) -> tuple[str, str, str]:
    """As libpq does it: up to an “@” that comes before any “/”, a question mark is part of a password."""
    scheme, slashes, rest = url.partition("://")
    ends = re.search(r"[@/]", rest)
    begins = len(scheme) + len(slashes) + (ends.end() if ends is not None and ends[0] == "@" else 0)
    front, mark, query = url[begins:].partition("?")
    return url[:begins] + front, mark, query


def settings_of(options: str) -> dict[str, str]:
    """The settings in libpq's `options`: `-c name=value` or `--name=value`, a backslash before a blank."""
    given = iter(re.sub(r"\\(.)", r"\1", word, flags=re.DOTALL) for word in _WORD.findall(options))
    settings = {}
    for word in given:
        if word == "-c":
            setting = next(given, "")
        elif word.startswith(("-c", "--")):
            setting = word[2:]
        else:
            continue
        if found := _SETTING.fullmatch(setting):
            settings[found[1].replace("-", "_")] = found[2]
    return settings


def _parsed(url: str, front: str, parameters: list[str]) -> dict[str, str]:
    try:
        return {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    except psycopg.Error:
        if stranger := _stranger(front, parameters):
            raise NoPlace(
                f"The URL of the record has the parameter “{stranger}”, which PostgreSQL's library doesn't know: "
                "remove it, or correct its name."
            ) from None
        raise _bad_url() from None


def _stranger(front: str, parameters: list[str]) -> str | None:
    """The first parameter that is the fault, when it can be told: what stands before them is a URL by itself."""
    if any("@" in parameter for parameter in parameters):
        return None  # the question mark is part of a password
    try:
        parts = conninfo_to_dict(front)
    except psycopg.Error:
        return None
    if not parts.get("host") or not str(parts.get("port", "5432")).replace(",", "").isdecimal():
        return None
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()} | {"ssl"}
    names = [name for name, equals, _ in (parameter.partition("=") for parameter in parameters) if equals]
    return next((name for name in names if _NAME.fullmatch(name) and name not in known), None)


def _bad_url() -> NoPlace:
    return NoPlace(
        "The URL of the record can't be read: it must look like postgresql://USER:PASSWORD@HOST:5432/DATABASE, with "
        "@ : / % in the password percent-encoded."
    )
