"""Doctor on Help Scout: whose credentials these are, what that person's role reaches, the rate limit, SCIM."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bot.config import Loaded, Settings
from bot.doctor.diagnosis import Diagnosis, Health, fault, guarded, ok, unread, warning
from bot.doctor.webhooks import examine_webhooks
from bot.helpscout.errors import Unauthorized
from bot.model.credential import OwnUser
from bot.model.problem import Problem
from bot.model.user import ADMIN, OWNER, User
from bot.policy.credential import is_administrator, locked_out
from bot.policy.ways import Means, told, why_not_rest
from bot.services.credential import Credential
from bot.store.presence import must_be_there
from bot.store.record import open_record
from bot.wiring import help_scout

NO_SCIM = (
    "HELPSCOUT_SCIM_TOKEN is not set, so nothing is written over SCIM. Make a SCIM token in Help Scout under Admin > "
    "Authentication (it needs the Pro plan, with single sign-on set up first), set it, and start hs-bot again."
)
CHECKS = ("Help Scout", "rate budget", "SCIM", "writing")
NEW_APP = (
    "Sign in to Help Scout as that user, make an app under Your Profile > My Apps, and set HELPSCOUT_APP_ID and "
    "HELPSCOUT_APP_SECRET."
)
_URLS = ("HELPSCOUT_API_URL", "HELPSCOUT_SCIM_URL", "HELPSCOUT_TOKEN_URL")
_APP = ("HELPSCOUT_APP_ID", "HELPSCOUT_APP_SECRET")


def examine_helpscout(reading: Loaded) -> Iterator[Diagnosis]:
    settings = reading.settings
    if skipped := unread(reading, "Help Scout", *_URLS):
        yield from (replace(skipped, check=check) for check in CHECKS)
        return
    try:
        client = help_scout(settings)
    except Problem as problem:
        for check in CHECKS:
            yield Diagnosis(check, Health.FAULT, problem.sentence, wrong_use=True)
        return
    with client:
        found = list(_rest(reading, client, settings))
        yield from found
        scim = _scim(reading, client)
        yield scim
        if found[0].health is Health.FAULT and scim.health is not Health.OK:
            yield warning("writing", "not looked at, because Help Scout could not be asked.")
        else:
            yield guarded(
                "writing", lambda: _writing(client, settings, scim, asked=found[0].health is not Health.FAULT)
            )
        yield from examine_webhooks(reading, client)


def _writing(client: Any, settings: Settings, scim: Diagnosis, *, asked: bool) -> Diagnosis:
    """How this account is written, what that can't do, and what would make it more."""
    own = None
    if asked:
        me = client.rest.me()
        own = OwnUser(id=me.id, name=me.name, role=me.role, type=me.type)
        if is_administrator(own):
            own = replace(own, calls=client.rest.has_new_calls(me.id))
    calls = own.calls if own is not None else None
    means = Means(writes=settings.writes, scim=scim.health is Health.OK, own=own, calls=calls)
    said = "; ".join(f"{what[0].lower()}{what[1:]}: {how}" for what, how in told(means))
    forced = "" if settings.writes == "auto" else f" HS_BOT_WRITES is {settings.writes}."
    if means.scim or not (why := why_not_rest(means)):
        return ok("writing", f"{said}.{forced}")
    cure = (
        "To have hs-bot write, make an app with a user of the bot's own who is an administrator (Your Profile > My "
        "Apps), or, on the Pro plan, set HELPSCOUT_SCIM_TOKEN."
    )
    if calls is False:
        cure = "Ask Help Scout's support when this account gets them, or, on the Pro plan, set HELPSCOUT_SCIM_TOKEN."
    return warning("writing", f"{said}. {why} Requests are prepared, and people do the last step.{forced} {cure}")


def _known(settings: Settings) -> OwnUser | None:
    """Whose credential it was, as the record knows; None where it doesn't, or can't be read."""
    try:
        must_be_there(settings.database)
        record = open_record(settings.database, whole=False, seals=settings.seals)
    except Problem:
        return None
    try:
        return Credential(record).known()
    finally:
        record.close()


def _whose(client: Any, settings: Settings) -> Diagnosis:
    try:
        return whose(client.rest.me())
    except Unauthorized as refused:
        sentence = locked_out(_known(settings), by_token_endpoint=refused.api == "OAuth")
        return fault("Help Scout", f"{sentence} {NEW_APP}" if sentence else refused.sentence)


def _rest(reading: Loaded, client: Any, settings: Settings) -> Iterator[Diagnosis]:
    signed_in = unread(reading, "Help Scout", *_APP)
    if signed_in is None and not (settings.helpscout_app_id and settings.helpscout_app_secret):
        cure = "Make an app under Your Profile > My Apps."
        signed_in = fault("Help Scout", f"HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET are not both set. {cure}")
    signed_in = signed_in or guarded("Help Scout", lambda: _whose(client, settings))
    yield signed_in
    if signed_in.health is Health.FAULT or reading.faults.keys() & set(_APP):
        yield warning("rate budget", "not looked at, because Help Scout could not be asked.")
    else:
        yield guarded("rate budget", lambda: _budget(client, settings))


def whose(me: User) -> Diagnosis:
    """Source: Help Scout, "User roles and permissions": administrators reach every inbox, users those given to them."""
    who = f"signed in as {me.name}{f' <{me.email}>' if me.email else ''}, role {me.role or me.type or 'not told'}"
    if me.type and me.type != "user":
        return ok("Help Scout", f"{who}: the app's own user, who reaches what the app may")
    if me.role in (OWNER, ADMIN):
        more = (
            "This user reaches every inbox. hs-bot never changes or removes them. They should be a user of the bot's "
            "own, as hs-bot stops when they leave."
        )
        return ok("Help Scout", f"{who}. {more}")
    if me.role:
        lacks = "conversations in inboxes that they are not in can't be seen or handed over, and users can't be removed"
        cure = "Sign in as an administrator who is a user of the bot's own."
        return warning("Help Scout", f"{who}. A user with this role is no administrator: {lacks} over REST. {cure}")
    return ok("Help Scout", who)


def _budget(client: Any, settings: Settings) -> Diagnosis:
    limit = client.budget.limit
    if limit < settings.rate_limit:
        less = f"Help Scout allows {limit} requests a minute, less than HS_BOT_RATE_LIMIT; the bot keeps to it."
        return warning("rate budget", less)
    return ok("rate budget", f"{limit} requests a minute, {client.budget.left()} left now")


def _scim(reading: Loaded, client: Any) -> Diagnosis:
    if skipped := unread(reading, "SCIM", "HELPSCOUT_SCIM_TOKEN"):
        return skipped
    if client.scim is None:
        return warning("SCIM", NO_SCIM)
    return guarded("SCIM", lambda: ok("SCIM", f"the token is accepted; {len(client.scim.users())} users"))
