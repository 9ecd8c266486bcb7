"""What follows from whom the bot's own credential belongs to. Pure.

Without that user every call is answered 401, so nothing may be done to them with it; and what others do to them is an
alarm before it is noticed by everything failing.
"""

from bot.model.credential import OwnUser
from bot.model.user import ADMIN, OWNER

CURE = (
    "Ask the people who run hs-bot to make an app with a Help Scout user of the bot's own who is an administrator, and "
    "to sign hs-bot in with it."
)


def is_administrator(own: OwnUser | None) -> bool:
    """Whether this credential may give and take seats over REST. Source: Mailbox API, "Create user", "Delete user"."""
    return own is not None and not own.lost and own.role.strip().lower() in (ADMIN, OWNER)


def never_a_target(name: str) -> str:
    """Why nothing is done to the credential's own user."""
    return (
        f"hs-bot signs in to Help Scout as {name}, so it can't change or remove them. Give hs-bot a Help Scout user of "
        "its own first."
    )


def what_it_lost(before: OwnUser | None, now: OwnUser) -> str | None:
    """The alarm when the credential can do less than it could; None when it can do as much as before."""
    if before is None or not is_administrator(before) or is_administrator(now):
        return None
    if before.id == now.id:
        changed = f"{now.called}, whose credential hs-bot uses, has the role {now.role or 'unknown'} now"
    else:
        changed = f"hs-bot now reaches Help Scout as {now.called}, role {now.role or 'unknown'}, not as {before.called}"
    return (
        f"{changed}, and is no administrator: hs-bot can no longer give or take seats over REST, and may not see every "
        f"conversation. Make them an administrator again in Help Scout under Manage > Users. {CURE}"
    )


def locked_out(own: OwnUser | None, *, by_token_endpoint: bool) -> str | None:
    """Why Help Scout refuses a credential that it took before; None when it never did, so that it may just be wrong.

    The endpoint that gives tokens knows the app's id and secret; behind it, a fresh token is refused for its user only.
    """
    who = own.called if own is not None else "the person who made the app"
    if not by_token_endpoint:
        sure = f"{who} is no longer an active user there" if own is not None else f"{who} may no longer be active there"
        return (
            "Help Scout takes the app's id and secret but answers every call with 401. A credential works only while "
            f"its user is active, and {sure}. {CURE}"
        )
    if own is None:
        return None
    return (
        "Help Scout no longer takes the app's id and secret, which worked before. A credential works only while its "
        f"user is active: {who} may have been deactivated or removed, or somebody made a new secret. {CURE}"
    )
