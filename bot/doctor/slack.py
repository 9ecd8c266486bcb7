"""Doctor on Slack: the token, its scopes, the clock, the transport, the channel."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.config import Loaded
from bot.doctor.diagnosis import Diagnosis, fault, ok, secret, unread, warning
from bot.doctor.people import examine_people
from bot.slack.api.scopes import SCOPES

CLOCK_TOLERANCE = timedelta(seconds=60)
"""Slack refuses signatures that are five minutes off; a minute is worth a warning."""
_UNASKED = "not looked at, because Slack could not be asked."


def examine_slack(reading: Loaded) -> Iterator[Diagnosis]:
    client, findings = _token(reading)
    yield from findings
    yield _transport(reading)
    yield _channel(reading, client)
    yield from examine_people(reading, client)


def _token(reading: Loaded) -> tuple[WebClient | None, list[Diagnosis]]:
    """A client, where Slack accepts the token, and what its answer tells."""
    settings, check = reading.settings, "Slack bot token"
    unasked = [warning("Slack scopes", _UNASKED), warning("clock", _UNASKED)]
    if skipped := unread(reading, check, "SLACK_BOT_TOKEN", "SLACK_API_URL"):
        return None, [skipped, *unasked]
    token = secret(settings.slack_bot_token)
    if not token:
        return None, [fault(check, "SLACK_BOT_TOKEN is not set: take it from OAuth & Permissions."), *unasked]
    client = WebClient(token=token, base_url=_with_slash(settings.slack_api_url), timeout=10)
    answer = _ask(client, "auth.test")
    if isinstance(answer, str):
        return None, [fault(check, _sentence(answer)), *unasked]
    signed_in = ok(check, f"@{answer.get('user', '?')} in {answer.get('team', '?')}")
    return client, [signed_in, _scopes(answer.headers), _clock(answer.headers)]


def _with_slash(url: str) -> str:
    return url.rstrip("/") + "/"


def _ask(client: WebClient, method: str, **params: object) -> Any:
    """The answer, or Slack's error as a word (`not_reachable` when there was none)."""
    try:
        return client.api_call(method, params=params)
    except SlackApiError as error:
        return str(error.response.get("error", "unknown_error"))
    except (SlackClientError, HTTPException, OSError, ValueError):  # what a proxy that is none leads to, too
        return "not_reachable"


def _sentence(error: str) -> str:
    known = {
        "not_reachable": "Slack can't be reached: check the network, HTTPS_PROXY and SLACK_API_URL.",
        "invalid_auth": "Slack refused the token: copy SLACK_BOT_TOKEN anew from OAuth & Permissions.",
        "token_revoked": "The token was revoked: install the app to the workspace again and copy SLACK_BOT_TOKEN.",
        "account_inactive": "The app was removed from the workspace: install it again and copy SLACK_BOT_TOKEN.",
        "ratelimited": "Slack asks to wait: try again in a minute.",
    }
    return known.get(error, f"Slack answered {error}.")


def _scopes(headers: Mapping[str, Any]) -> Diagnosis:
    granted = {scope.strip() for scope in _header(headers, "x-oauth-scopes").split(",") if scope.strip()}
    if not granted:
        return warning("Slack scopes", "Slack did not tell which are granted.")
    missing = sorted(set(SCOPES) - granted)
    if missing:
        cure = "add them to the app (manifest.yml has all) and install it again."
        return fault("Slack scopes", f"{', '.join(missing)} missing: {cure}")
    return ok("Slack scopes", f"all {len(SCOPES)} are granted")


def _header(headers: Mapping[str, Any], name: str) -> str:
    found = next((value for key, value in headers.items() if key.lower() == name), "")
    return str(found[0] if isinstance(found, list) and found else found)


def _clock(headers: Mapping[str, Any]) -> Diagnosis:
    try:
        off = abs(datetime.now(UTC) - parsedate_to_datetime(_header(headers, "date")))
    except (ValueError, TypeError):
        return warning("clock", "Slack did not tell the time.")
    if off > CLOCK_TOLERANCE:
        wrong = f"{int(off.total_seconds())} seconds off Slack's: set it right, or signatures and clocks go wrong."
        return fault("clock", wrong)
    return ok("clock", "agrees with Slack's")


def _transport(reading: Loaded) -> Diagnosis:
    settings = reading.settings
    if skipped := unread(reading, "Slack transport", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "PORT"):
        return skipped
    if settings.slack_app_token:
        if skipped := unread(reading, "Socket Mode", "SLACK_API_URL"):
            return skipped
        token = secret(settings.slack_app_token)
        answer = _ask(
            WebClient(token=token, base_url=_with_slash(settings.slack_api_url), timeout=10), "apps.connections.open"
        )
        if isinstance(answer, str):
            cure = "make an app-level token with connections:write under Basic Information."
            return fault("Socket Mode", f"Slack answered {answer}: {cure}")
        return ok("Socket Mode", "SLACK_APP_TOKEN opens a connection")
    if settings.slack_signing_secret:
        return ok("HTTP mode", f"POST /slack/events on port {settings.port}; the secret shows at the first request")
    return fault("Slack transport", "set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP mode).")


def _channel(reading: Loaded, client: WebClient | None) -> Diagnosis:
    if skipped := unread(reading, "channel", "HS_BOT_CHANNEL"):
        return skipped
    id = reading.settings.channel
    if not id:
        return fault("channel", "HS_BOT_CHANNEL is not set: give the id of a channel the bot is in.")
    if client is None:
        return warning("channel", "set, but it can't be looked up without a bot token that Slack accepts.")
    answer = _ask(client, "conversations.info", channel=id)
    if isinstance(answer, str):
        why = "does not exist, or is private and the bot is not in it: invite the bot there."
        return fault("channel", f"{id} {why if answer == 'channel_not_found' else _sentence(answer)}")
    channel = answer["channel"]
    name = f"#{channel.get('name', id)}"
    if channel.get("is_archived"):
        return fault("channel", f"{name} is archived: choose another for HS_BOT_CHANNEL.")
    if not channel.get("is_member"):
        return fault("channel", f"the bot is not in {name}: type /invite @hs-bot there.")
    if channel.get("is_ext_shared"):
        return warning("channel", f"{name} is shared with another company: cards show people's names there.")
    return ok("channel", f"{name}, the bot is in it")
