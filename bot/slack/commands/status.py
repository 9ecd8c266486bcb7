"""`/hs-status`: from the record at once; then each credential is tried."""

from collections.abc import Callable
from dataclasses import replace

from bot.model.problem import Problem
from bot.model.request import OPEN
from bot.services.crew import together
from bot.slack.answer import Answer, Reply
from bot.slack.commands.command import SubCommand
from bot.slack.deps import Deps
from bot.slack.payload import Call
from bot.slack.views.kit import Message
from bot.slack.views.status import Check, Vitals
from bot.slack.views.status import status as drawn

NO_SCIM = "HELPSCOUT_SCIM_TOKEN is not set: hs-bot only reads."
NOT_HERE = "not configured here"


def status(call: Call, deps: Deps, text: str) -> Reply:
    """How the bot is."""
    known = vitals(deps)
    waiting = [Check(check.name, None, "…") for check in (Check("Help Scout", None), Check("SCIM", None))]

    def fill() -> Message:
        return drawn(replace(known, checks=checks(deps)))

    return Answer(drawn(replace(known, checks=waiting)), then=fill)


NOTHING = SubCommand("", "", "syncs, people, rate budget, token and SCIM health, requests, version", status)


def vitals(deps: Deps) -> Vitals:
    """What the record and memory know."""
    record, helpscout = deps.record, deps.helpscout
    budget = helpscout.budget if helpscout is not None else None
    trouble = [one for one in (deps.post_problem(), deps.directory.note()) if one]
    if not deps.channel:
        trouble.append("HS_BOT_CHANNEL is not set: there is nowhere to post cards.")
    return Vitals(
        version=deps.version,
        engine={"sqlite": "SQLite", "postgresql": "PostgreSQL"}[record.engine],
        latest=record.syncs.latest(),
        latest_good=record.syncs.latest_good(),
        next_sync=deps.next_sync(),
        people=record.users.counts(),
        requests={state: record.requests.count(states={state}) for state in OPEN},
        budget=(budget.left(), budget.limit) if budget is not None else None,
        owed=record.outbox.waiting(),
        trouble=trouble,
    )


def checks(deps: Deps) -> list[Check]:
    """Each credential is used once; takes a round trip or two."""
    return list(together(lambda: _rest(deps), lambda: _scim(deps), lambda: _approvers(deps)))


def _rest(deps: Deps) -> Check:
    helpscout = deps.helpscout
    if helpscout is None:
        return Check("Help Scout", None, NOT_HERE)
    return _tried("Help Scout", lambda: f"the token is accepted, as {helpscout.rest.me().name}")


def _scim(deps: Deps) -> Check:
    helpscout = deps.helpscout
    if helpscout is None:
        return Check("SCIM", None, NOT_HERE)
    scim = helpscout.scim
    if scim is None:
        return Check("SCIM", False, NO_SCIM)

    def groups() -> str:
        scim.groups()
        return "the token is accepted"

    return _tried("SCIM", groups)


def _approvers(deps: Deps) -> Check:
    def count() -> str:
        found = len(deps.workspace.approvers())
        return f"{found} may approve" if found else "nobody may approve: set HS_BOT_APPROVERS"

    return _tried("Approvers", count)


def _tried(name: str, attempt: Callable[[], str]) -> Check:
    try:
        return Check(name, True, attempt())
    except Problem as problem:
        return Check(name, False, problem.sentence)
