"""What can go wrong with the record, each as a type with a sentence a person can act on.

StoreError
├── NoPlace      no such directory, or the path is a directory
├── NoRecord     nothing was ever recorded there
├── NotOurs      a file or database of something else
├── TooNew       written by a newer version of the bot
├── Corrupt      SQLite's own check failed
├── ReadOnly     may be read, not written
├── Full         no space left
├── Locked       another program holds it longer than we wait
├── Away         the database can't be reached; nothing was written
│   ├── Moved        … because the file is no longer where it was when the bot started
│   ├── Refused      … because it refuses the user, the password or the database
│   └── Unsettled    … while a commit was under way: whether it arrived is found out by `Record.settle`
├── NoDriver     the extra for PostgreSQL is not installed
├── Unsuited     a database or pooler that can't hold a record: its encoding, no transactions
├── TooOld       SQLite or PostgreSQL is older than what the record needs
├── Spoiled      an error inside a transaction was swallowed; nothing was written
├── NotEmpty     a restore or copy would overwrite a record
├── CopyFailed   a copy does not agree with its source
├── AlreadyOpen  the target has an open request
├── NoKey        the audit log is sealed, and the key is not configured here
├── Unknown      no such row
└── StillThere   somebody who is not gone can't be forgotten
"""

from bot.model.problem import Problem


class StoreError(Problem):
    """The record could not do what was asked; nothing was written unless the type says otherwise."""


class NoPlace(StoreError):
    """There is no directory for the file, or the path names a directory."""


class NoRecord(StoreError):
    """There is no record yet, and what only reads makes none."""


class NotOurs(StoreError):
    """The file or database holds something that is not a record of this bot; it was left alone."""


class TooNew(StoreError):
    """A newer version of the bot has written the record; it was left alone."""


class Corrupt(StoreError):
    """The file is damaged."""


class ReadOnly(StoreError):
    """The record can be read, but not written."""


class Full(StoreError):
    """There is no space left to write to."""


class Locked(StoreError):
    """Another program holds the record, or two transactions wait for each other; trying again may help."""


class Away(StoreError):
    """The database can't be reached. Nothing was written; the record reconnects by itself."""


class Moved(Away):
    """The file was moved, replaced or deleted under a running bot. It goes on when the file is back."""


class Refused(Away):
    """The server refuses the user, the password or the database: somebody has to correct the URL or the server."""


class Unsettled(Away):
    """The connection broke while the commit was under way, and the database has not come back yet.

    `ticket` names the transaction: `Record.settle(ticket)` says, once the database is back, whether it was written.
    """

    def __init__(self, sentence: str, ticket: str) -> None:
        super().__init__(sentence)
        self.ticket = ticket


class NoDriver(StoreError):
    """A package that this kind of record needs is not installed."""


class Unsuited(StoreError):
    """What the URL leads to can't hold a record; it was left alone."""


class TooOld(StoreError):
    """The database's software lacks what the record needs."""


class Spoiled(StoreError):
    """An error inside a transaction was caught by the caller, who went on: the whole transaction was taken back."""


class NotEmpty(StoreError):
    """The target of a restore or copy holds a record, or somebody has it open."""


class CopyFailed(StoreError):
    """Counts or the audit chain of a copy differ from the source; the target was emptied again."""


class AlreadyOpen(StoreError):
    """The target has an open request, `request_id`; no second one was written."""

    def __init__(self, request_id: str) -> None:
        super().__init__(f"There is an open request about this already: {request_id}.")
        self.request_id = request_id


class NoKey(StoreError):
    """The audit log is sealed with a key that is not configured here; an unsealed line would break it."""


class Unknown(StoreError):
    """There is no row with this id."""


class StillThere(StoreError):
    """Only somebody who is gone, and about whom no request is open, can be forgotten."""
