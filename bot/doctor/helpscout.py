"""Doctor on Help Scout: whose credentials these are, what that person's role reaches, the rate limit, SCIM."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bot.config import Reading, Settings
from bot.doctor.finding import Finding, Health, fault, guarded, ok, unread, warning
from bot.doctor.webhooks import examine_webhooks
from bot.model.problem import Problem
from bot.model.user import ADMIN, OWNER, User
from bot.policy.requests.opening import NO_SCIM
from bot.wiring import help_scout

_URLS = ("HELPSCOUT_API_URL", "HELPSCOUT_SCIM_URL", "HELPSCOUT_TOKEN_URL")
_APP = ("HELPSCOUT_APP_ID", "HELPSCOUT_APP_SECRET")


def examine_helpscout(reading: Reading) -> Iterator[Finding]:
    settings = reading.settings
    if skipped := unread(reading, "Help Scout", *_URLS):
        yield from (replace(skipped, check=check) for check in ("Help Scout", "rate budget", "SCIM"))
        return
    try:
        client = help_scout(settings)
    except Problem as problem:
        for check in ("Help Scout", "rate budget", "SCIM"):
            yield Finding(check, Health.FAULT, problem.sentence, wrong_use=True)
        return
    with client:
        yield from _rest(reading, client, settings)
        yield _scim(reading, client)
        yield from examine_webhooks(reading, client)


def _rest(reading: Reading, client: Any, settings: Settings) -> Iterator[Finding]:
    signed_in = unread(reading, "Help Scout", *_APP)
    if signed_in is None and not (settings.helpscout_app_id and settings.helpscout_app_secret):
        cure = "Make an app under Your Profile > My Apps."
        signed_in = fault("Help Scout", f"HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET are not both set. {cure}")
    signed_in = signed_in or guarded("Help Scout", lambda: whose(client.rest.me()))
    yield signed_in
    if signed_in.health is Health.FAULT or reading.faults.keys() & set(_APP):
        yield warning("rate budget", "not looked at, because Help Scout could not be asked.")
    else:
        yield guarded("rate budget", lambda: _budget(client, settings))


def whose(me: User) -> Finding:
    """Source: Help Scout, "User roles and permissions": administrators reach every inbox, users those given to them."""
    who = f"signed in as {me.name}{f' <{me.email}>' if me.email else ''}, role {me.role or me.type or 'not told'}"
    if me.type and me.type != "user":
        return ok("Help Scout", f"{who}: the app's own user, who reaches what the app may")
    if me.role in (OWNER, ADMIN):
        more = "This user reaches every inbox. They should be a user of the bot's own, as hs-bot stops when they leave."
        return ok("Help Scout", f"{who}. {more}")
    if me.role:
        lacks = "conversations in inboxes that they are not in can't be seen or handed over, and users can't be removed"
        cure = "Sign in as an administrator who is a user of the bot's own."
        return warning("Help Scout", f"{who}. A user with this role is no administrator: {lacks} over REST. {cure}")
    return ok("Help Scout", who)


def _budget(client: Any, settings: Settings) -> Finding:
    limit = client.budget.limit
    if limit < settings.rate_limit:
        less = f"Help Scout allows {limit} requests a minute, less than HS_BOT_RATE_LIMIT; the bot keeps to it."
        return warning("rate budget", less)
    return ok("rate budget", f"{limit} requests a minute, {client.budget.left()} left now")


def _scim(reading: Reading, client: Any) -> Finding:
    if skipped := unread(reading, "SCIM", "HELPSCOUT_SCIM_TOKEN"):
        return skipped
    if client.scim is None:
        return warning("SCIM", NO_SCIM)
    return guarded("SCIM", lambda: ok("SCIM", f"the token is accepted; {len(client.scim.users())} users"))
