"""PostgreSQL's errors as the record's own types, each with a sentence; no password in any of them."""

import re

import psycopg
from psycopg import errors

from bot.store.errors import Away, Full, Locked, NotOurs, ReadOnly, Refused, StoreError

_BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure, errors.QueryCanceled)
_FULL = (errors.DiskFull, errors.OutOfMemory)

# A refused connection has no code, only words: PostgreSQL's, PgBouncer's, Supavisor's.
_REFUSALS = (
    (
        re.compile(
            r"(password|SASL|SCRAM|\bauth\w*) (authentication )?failed|no password supplied|wrong password", re.I
        ),
        "refuses the password of its user, or has no such user: correct them in the URL, with @ : / % percent-encoded.",
    ),
    (
        re.compile(r'role "[^"]*" does not exist|no such user|user not found|is not permitted to log in', re.I),
        "has no such user: correct it in the URL, or create it on the server.",
    ),
    (
        re.compile(r'database "[^"]*" does not exist|no such database|permission denied for database', re.I),
        "has no such database, or none that this user may open: create it on the server, or correct the URL.",
    ),
    (
        re.compile(r"no pg_hba\.conf entry|pg_hba\.conf rejects", re.I),
        "takes no such connection: allow this machine and user there, or set sslmode in the URL.",
    ),
)
_CROWDED = re.compile(
    r"too many (clients|connections)|connection slots are reserved|no more connections allowed|max client connections",
    re.IGNORECASE,
)
_READ_ONLY = re.compile(r"session is read-only|server is in hot standby mode", re.IGNORECASE)
_RECOVERING = "during recovery"


def place_of(parts: dict[str, str]) -> str:
    """The URL for people to read: user, host, port and database."""
    user = f"{parts['user']}@" if parts.get("user") else ""
    host = parts.get("host") or parts.get("hostaddr") or "localhost"
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"postgresql://{user}{host}{port}/{parts.get('dbname') or ''}"


def as_store_error(fault: psycopg.Error, place: str) -> StoreError:
    if isinstance(fault, _BUSY):
        return Locked(f"The record in {place} is busy ({first_line(fault)}): nothing was written. Try again.")
    if isinstance(fault, _FULL):
        return Full(f"The server of the record in {place} has no space left: nothing was written. Make room there.")
    if demoted(fault):
        return read_only(place)
    if isinstance(fault, errors.InsufficientPrivilege):
        return ReadOnly(
            f"The user of the record in {place} lacks a right ({first_line(fault)}): it needs to create and own "
            "the tables."
        )
    if isinstance(fault, errors.UndefinedTable | errors.UndefinedColumn):
        return NotOurs(f"The tables in {place} are not those of the record ({first_line(fault)}).")
    if crowded(fault):
        return Away(
            f"The server of the record in {place}, or the pooler in front of it, takes no more connections "
            f"({first_line(fault)}): nothing was written. Try again, or allow it more."
        )
    if isinstance(
        fault, psycopg.OperationalError | errors.AdminShutdown | errors.CrashShutdown | errors.CannotConnectNow
    ):
        return away(place, fault)
    return StoreError(f"The record in {place} refused: {first_line(fault)}.")


def away(place: str, fault: BaseException | None = None) -> Away:
    """No connection, or none any more; `Refused` when the server said that there will be none."""
    if fault is not None and (cure := _refusal(fault)):
        return Refused(f"The server of the record in {place} {cure} Nothing was written. ({first_line(fault)})")
    why = f" ({first_line(fault)})" if fault is not None else ""
    return Away(
        f"The record in {place} can't be reached{why}: nothing was written. It reconnects by itself; see whether the "
        "server runs and the URL is right."
    )


def read_only(place: str) -> ReadOnly:
    return ReadOnly(
        f"The record in {place} can only be read: the server is a standby or was made read-only. Nothing was written. "
        "After a failover it is found again by itself; otherwise name the primary server in the URL."
    )


def demoted(fault: psycopg.Error) -> bool:
    """Whether the server can't be written, as a standby, or as a primary that a failover has replaced."""
    return (
        isinstance(fault, errors.ReadOnlySqlTransaction)
        or (isinstance(fault, errors.ObjectNotInPrerequisiteState) and _RECOVERING in str(fault))
        or (isinstance(fault, psycopg.OperationalError) and _READ_ONLY.search(str(fault)) is not None)
    )


def crowded(fault: psycopg.Error) -> bool:
    """Whether the server, or a pooler, has as many connections as it takes."""
    return isinstance(fault, errors.TooManyConnections) or (
        isinstance(fault, psycopg.OperationalError) and _CROWDED.search(str(fault)) is not None
    )


def statement_pooled(fault: psycopg.Error) -> bool:
    """Whether a pooler refuses transactions (PgBouncer: "transaction blocks not allowed in statement pooling mode")."""
    return "statement pooling" in str(fault)


def first_line(fault: BaseException) -> str:
    lines = str(fault).strip().splitlines()
    return lines[0].strip().rstrip(".")[:200] if lines else type(fault).__name__


def _refusal(fault: BaseException) -> str | None:
    told = str(fault)
    return next((cure for words, cure in _REFUSALS if words.search(told)), None)
