"""auth.test, bots.info, team.info, users.*, usergroups.*"""

from collections.abc import Mapping

from bot.demo.slack.people import APP_ID, BOT_ID, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID, TEAM_NAME
from bot.demo.slack.web_api.call import Call, Json, Method, Refused


def _auth_test(call: Call) -> Json:
    if call.token == call.installation.app_token:
        return {"app_name": "hs-bot", "app_id": APP_ID}
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": TEAM_NAME,
        "user": "hs-bot",
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def _bots_info(call: Call) -> Json:
    bot = next((p for p in call.workspace.people if p.bot_id and p.bot_id == call.text("bot")), None)
    if bot is None:
        raise Refused("bot_not_found")
    return {"bot": {"id": bot.bot_id, "deleted": bot.deleted, "name": bot.name, "app_id": APP_ID, "user_id": bot.id}}


def _team_info(_call: Call) -> Json:
    return {"team": {"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN}}


def _users_info(call: Call) -> Json:
    return {"user": call.person().as_user(with_email=call.allows("users:read.email"))}


def _users_list(call: Call) -> Json:
    people = [p for p in call.workspace.people if not p.is_stranger]
    page, following = call.page(people, default=1000, most=1000)
    with_email = call.allows("users:read.email")
    return {
        "members": [p.as_user(with_email=with_email) for p in page],
        "cache_ts": 1_700_000_000,
        "response_metadata": {"next_cursor": following},
    }


def _lookup_by_email(call: Call) -> Json:
    wanted = call.needed("email", "users_not_found").strip().lower()
    for person in call.workspace.people:
        if person.email and person.email.lower() == wanted and not (person.deleted or person.is_stranger):
            return {"user": person.as_user(with_email=True)}
    raise Refused("users_not_found")


def _usergroups_list(call: Call) -> Json:
    groups = [g for g in call.workspace.groups.values() if call.flag("include_disabled") or not g.disabled]
    return {"usergroups": [g.as_json(with_users=call.flag("include_users")) for g in groups]}


def _usergroups_users(call: Call) -> Json:
    if not call.installation.paid:
        raise Refused("plan_upgrade_required")
    group = call.workspace.groups.get(call.needed("usergroup"))
    if group is None:
        raise Refused("no_such_subteam")
    if group.disabled and not call.flag("include_disabled"):
        raise Refused("subteam_disabled" if call.flag("strict") else "no_such_subteam")
    return {"users": [u for u in group.users if not call.workspace.people[u].deleted]}


METHODS: Mapping[str, Method] = {
    "auth.test": Method(run=_auth_test),
    "bots.info": Method(run=_bots_info, scopes=("users:read",)),
    "team.info": Method(run=_team_info, scopes=("team:read",)),
    "users.info": Method(run=_users_info, scopes=("users:read",)),
    "users.list": Method(run=_users_list, scopes=("users:read",)),
    "users.lookupByEmail": Method(run=_lookup_by_email, scopes=("users:read.email",)),
    "usergroups.list": Method(run=_usergroups_list, scopes=("usergroups:read",)),
    "usergroups.users.list": Method(run=_usergroups_users, scopes=("usergroups:read",)),
}
