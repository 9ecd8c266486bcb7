"""OAuth 2: tokens for apps (client credentials) and for people (authorization code, refresh). Source: RFC 6749."""

import html
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from bot.demo.helpscout.behaviour import Behaviour
from bot.demo.helpscout.http.replies import Json, html_reply, json_reply
from bot.demo.helpscout.http.server import Reply, Request

AUTHORIZE_PATH = "/authentication/authorizeClientApplication"
CODE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Token:
    value: str
    kind: Literal["app", "person"]
    ends: float  # of the steady clock


class OAuth:
    """Issues and checks tokens. `redirect_url` is what the app has registered; a `redirect_uri` sent along wins."""

    def __init__(self, behaviour: Behaviour, *, app_id: str, app_secret: str) -> None:
        self.behaviour = behaviour
        self.app_id = app_id
        self.app_secret = app_secret
        self.redirect_url = "http://127.0.0.1:8765/callback"
        self.refuses: Callable[[], bool] = lambda: False  # whether the person on whom the app hangs is gone
        self.issued = 0  # token pairs and app tokens so far
        self._tokens: dict[str, Token] = {}
        self._codes: dict[str, float] = {}
        self._refresh: set[str] = set()
        self._lock = threading.Lock()

    def check(self, value: str) -> Token | None:
        """The token, if it was issued here and lives."""
        with self._lock:
            token = self._tokens.get(value)
            return token if token is not None and token.ends > time.monotonic() else None

    def expire_all(self) -> None:
        """As if 48 hours had passed; refresh tokens live on."""
        with self._lock:
            self._tokens.clear()

    def revoke_refresh(self) -> None:
        """As if the person had withdrawn the app's access."""
        with self._lock:
            self._refresh.clear()
            self._tokens = {value: token for value, token in self._tokens.items() if token.kind == "app"}

    def issue_app_token(self) -> str:
        """A fresh token of the app, without a request."""
        return str(self._issue("app")["access_token"])

    def new_code(self) -> str:
        """An authorization code, as if somebody had pressed Allow."""
        code = secrets.token_urlsafe(24)
        with self._lock:
            self._codes[code] = time.monotonic() + CODE_SECONDS
        return code

    def authorize(self, request: Request) -> Reply:
        """The page in the browser; `allow=1` is what its button sends."""
        query = request.query
        if query.get("client_id") != self.app_id:
            return html_reply(400, "<h1>Unknown application</h1>")
        if query.get("allow") == "1":
            back = query.get("redirect_uri", self.redirect_url)
            answer = urlencode({"code": self.new_code()} | ({"state": query["state"]} if "state" in query else {}))
            return Reply(302, headers={"Location": f"{back}{'&' if '?' in back else '?'}{answer}"})
        fields = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in (query | {"allow": "1"}).items()
        )
        return html_reply(
            200,
            "<!doctype html><title>Help Scout (simulated)</title><h1>Allow hs-bot to act for you?</h1>"
            f'<form method="get" action="{AUTHORIZE_PATH}">{fields}<button>Allow</button></form>',
        )

    def token(self, request: Request) -> Reply:
        """The token endpoint of the reading that is served; the other one's path answers 404 or 405."""
        if request.path != self.behaviour.token_path and self.behaviour.other_token_endpoint != 200:
            return json_reply(self.behaviour.other_token_endpoint, {"error": "not_found"})
        if request.method != "POST":
            return json_reply(405, {"error": "method_not_allowed"})
        form = _form(request)
        if form.get("client_id") != self.app_id or form.get("client_secret") != self.app_secret:
            return _refusal(401, "invalid_client", "Client authentication failed")
        if self.refuses():
            return _refusal(401, "invalid_client", "Client authentication failed")
        match form.get("grant_type"):
            case "client_credentials":
                return json_reply(200, self._issue("app"))
            case "authorization_code":
                return self._from_code(form.get("code", ""))
            case "refresh_token":
                return self._from_refresh(form.get("refresh_token", ""))
            case other:
                return _refusal(400, "unsupported_grant_type", f"The grant type {other} is not supported")

    def _from_code(self, code: str) -> Reply:
        with self._lock:
            ends = self._codes.pop(code, 0.0)
        if ends <= time.monotonic():
            return _refusal(400, "invalid_grant", "The authorization code is unknown, used or too old")
        return json_reply(200, self._issue("person"))

    def _from_refresh(self, refresh: str) -> Reply:
        with self._lock:
            known = refresh in self._refresh
            if known and self.behaviour.rotate_refresh_tokens:
                self._refresh.discard(refresh)
        if not known:
            return _refusal(400, "invalid_grant", "The refresh token is unknown or was used already")
        return json_reply(200, self._issue("person"))

    def _issue(self, kind: Literal["app", "person"]) -> Json:
        token = Token(secrets.token_hex(20), kind, time.monotonic() + self.behaviour.token_seconds)
        answer: Json = {
            "token_type": "bearer",
            "access_token": token.value,
            "expires_in": self.behaviour.token_seconds,
        }
        with self._lock:
            self.issued += 1
            self._tokens[token.value] = token
            if kind == "person":
                answer["refresh_token"] = secrets.token_hex(20)
                self._refresh.add(answer["refresh_token"])
        return answer


def _form(request: Request) -> dict[str, str]:
    if request.media_type == "application/json":
        try:
            value = json.loads(request.body)
        except ValueError:
            return {}
        return {str(name): str(entry) for name, entry in value.items()} if isinstance(value, dict) else {}
    return dict(parse_qsl(request.body.decode("utf-8", "replace")))


def _refusal(status: int, error: str, description: str) -> Reply:
    return json_reply(status, {"error": error, "error_description": description})
