"""PostgreSQL's errors as the record's own types, each with a sentence; no password in any of them."""

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from bot.store.errors import Away, Full, Locked, NoPlace, NotOurs, ReadOnly, StoreError

_BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure, errors.QueryCanceled)
_FULL = (errors.DiskFull, errors.OutOfMemory)


def place_of(parts: dict[str, str]) -> str:
    """The URL for people to read: user, host, port and database."""
    user = f"{parts['user']}@" if parts.get("user") else ""
    host = parts.get("host") or parts.get("hostaddr") or "localhost"
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"postgresql://{user}{host}{port}/{parts.get('dbname') or ''}"


def parts_of(url: str) -> dict[str, str]:
    """The URL taken apart. Raises `NoPlace`, in words that repeat nothing of it: a part may be half a password."""
    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    except psycopg.Error:
        raise _bad_url() from None
    numbered = all(port.isdecimal() for port in parts.get("port", "5432").split(",") if port)
    if not numbered or "@" in parts.get("host", "") + parts.get("dbname", ""):
        raise _bad_url()
    return parts


def _bad_url() -> NoPlace:
    return NoPlace(
        "The URL of the record is none: it must look like postgresql://USER:PASSWORD@HOST:5432/DATABASE, with @ : / % "
        "in the password percent-encoded."
    )


def as_store_error(fault: psycopg.Error, place: str) -> StoreError:
    if isinstance(fault, _BUSY):
        return Locked(f"The record in {place} is busy ({first_line(fault)}): nothing was written. Try again.")
    if isinstance(fault, _FULL):
        return Full(f"The server of the record in {place} has no space left: nothing was written. Make room there.")
    if isinstance(fault, errors.ReadOnlySqlTransaction):
        return ReadOnly(f"The record in {place} can only be read: the server is a standby or was made read-only.")
    if isinstance(fault, errors.InsufficientPrivilege):
        return ReadOnly(
            f"The user of the record in {place} lacks a right ({first_line(fault)}): it needs to create and own "
            "the tables."
        )
    if isinstance(fault, errors.UndefinedTable | errors.UndefinedColumn):
        return NotOurs(f"The tables in {place} are not those of the record ({first_line(fault)}).")
    if isinstance(fault, errors.TooManyConnections):
        return Away(f"The server of the record in {place} takes no more connections: nothing was written. Try again.")
    if isinstance(
        fault, psycopg.OperationalError | errors.AdminShutdown | errors.CrashShutdown | errors.CannotConnectNow
    ):
        return away(place, fault)
    return StoreError(f"The record in {place} refused: {first_line(fault)}.")


def away(place: str, fault: BaseException | None = None) -> Away:
    why = f" ({first_line(fault)})" if fault is not None else ""
    return Away(
        f"The record in {place} can't be reached{why}: nothing was written. It reconnects by itself; see whether the "
        "server runs and the URL is right."
    )


def first_line(fault: BaseException) -> str:
    lines = str(fault).strip().splitlines()
    return lines[0].strip().rstrip(".")[:200] if lines else type(fault).__name__
