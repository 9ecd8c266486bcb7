"""Tokens of a person who let the app act for them (authorization code, RFC 6749 §4.1), kept in a file of mode 0600.

A refresh token may die with its first use (rotation), and two processes may want to use it at once: whoever renews
holds a lock file, reads the file again after getting the lock, and replaces it in one step before letting go.
"""

import fcntl
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.helpscout.errors import Unauthorized, Unbelievable, Unreachable
from bot.helpscout.secret import Secret
from bot.helpscout.sign_in.oauth import CachedToken, TokenEndpoint, access_token, life_of
from bot.helpscout.wire.exchange import Exchange

LOGIN_AGAIN = "Help Scout no longer accepts the stored login: run `hs-bot login` again"
LOCK_SECONDS = 180.0
"""Longer than a renewal can take; whoever holds the lock longer is not renewing any more."""


@dataclass(frozen=True, slots=True)
class Login:
    """A pair of tokens; `ends` is the access token's end in seconds since the epoch."""

    access: Secret
    refresh: Secret
    ends: float


class TokenFile:
    """Where a login is kept: JSON, mode 0600, replaced whole; a lock file beside it is for the one who renews."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def read(self) -> Login | None:
        """The login, or None when there is none. Unauthorized when the file is damaged or can't be read."""
        try:
            text = self.path.read_text("utf-8")
            if self.path.stat().st_mode & 0o077:
                self.path.chmod(0o600)
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise Unauthorized(
                f"The stored login at {self.path} can't be read ({exc.strerror}): run `hs-bot login` again.",
                api="OAuth",
            ) from exc
        try:
            row = json.loads(text)
            return Login(Secret(str(row["access_token"])), Secret(str(row["refresh_token"])), float(row["ends"]))
        except (ValueError, KeyError, TypeError):
            raise Unauthorized(
                f"The stored login at {self.path} is damaged: run `hs-bot login` again.", api="OAuth"
            ) from None

    def write(self, login: Login) -> None:
        """Replace the file in one step; it is never readable for others, not even for a moment."""
        row = {"access_token": login.access.reveal(), "refresh_token": login.refresh.reveal(), "ends": login.ends}
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}.{threading.get_ident()}")
        with suppress(FileNotFoundError):
            fresh.unlink()
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(row, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise

    def forget(self) -> None:
        """Remove the login, if there is one."""
        self.path.unlink(missing_ok=True)

    @contextmanager
    def lock(self, seconds: float = LOCK_SECONDS) -> Iterator[None]:
        """Hold the lock between processes and threads; Unreachable when it can't be had in time."""
        handle = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            tries = max(1, round(seconds / 0.05))
            for left in range(tries, -1, -1):
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if not left:
                        raise Unreachable(
                            "Another hs-bot has been renewing the stored login for minutes. Try again, or restart it.",
                            api="OAuth",
                        ) from None
                    threading.Event().wait(0.05)
            yield
        finally:
            os.close(handle)  # which lets go of the lock


class StoredLogin(CachedToken):
    """Access tokens from a stored login, renewed with its refresh token and shared with other processes by the file."""

    def __init__(
        self, exchange: Exchange, endpoint: TokenEndpoint, app_id: str, app_secret: Secret, file: TokenFile
    ) -> None:
        super().__init__(exchange)
        self._endpoint = endpoint
        self._app_id = app_id
        self._app_secret = app_secret
        self._file = file

    def _fetch(self, dead: Secret) -> dict[str, Any]:
        wall = self._exchange.waits.wall
        with self._file.lock():
            login = self._file.read()
            if login is None:
                raise Unauthorized("No login is stored: run `hs-bot login` first.", api="OAuth")
            left = login.ends - wall()
            if login.access and login.access != dead and left > 60:
                return {"access_token": login.access.reveal(), "expires_in": left}  # another process has renewed it
            document = self._endpoint.ask(
                {
                    "grant_type": "refresh_token",
                    "refresh_token": login.refresh.reveal(),
                    "client_id": self._app_id,
                    "client_secret": self._app_secret.reveal(),
                },
                refused=LOGIN_AGAIN,
            )
            self._file.write(login_of(document, wall(), before=login))
            return document


def login_of(document: Mapping[str, Any], now: float, *, before: Login | None = None) -> Login:
    """The login in a token answer; the refresh token of `before` stays where the answer brings no other."""
    refresh = document.get("refresh_token")
    if not isinstance(refresh, str) or not refresh:
        if before is None:
            raise Unbelievable("Help Scout's answer to the login holds no refresh token. Try again.", api="OAuth")
        return Login(access_token(document), before.refresh, now + life_of(document))
    return Login(access_token(document), Secret(refresh), now + life_of(document))


def login_by_code(
    exchange: Exchange, endpoint: TokenEndpoint, app_id: str, app_secret: Secret, code: str, file: TokenFile
) -> None:
    """Change an authorization code for a pair of tokens, and store it. Unauthorized when the code is refused."""
    document = endpoint.ask(
        {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": app_id,
            "client_secret": app_secret.reveal(),
        },
        refused="Help Scout refused the authorization code or the app: codes live for minutes and work once; run "
        "`hs-bot login` again and check HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET",
    )
    login = login_of(document, exchange.waits.wall())
    with file.lock():
        file.write(login)
