"""HR's list of leavers, uploaded to the bot's direct messages: the auditor's answer comes back as a file.

The same table as `hs-bot population`. For people who may ask for requests or decide them; whatever is wrong with the
file is said in one sentence. The message event carries the file, in HTTP mode and in Socket Mode alike.
"""

from datetime import UTC

from bot.model.problem import Problem
from bot.policy.people.standing import may_speak
from bot.policy.refusal import Refusal
from bot.policy.typed.population_options import parse_population
from bot.services.reconciling.population import Population, population
from bot.slack.api.download import NoFile, read_file
from bot.slack.api.web import call as ask
from bot.slack.handling.deps import Deps
from bot.slack.handling.discretion import discretion_of
from bot.slack.handling.payload import Call, mapping, text
from bot.slack.outbound import files
from bot.slack.views.kit import Message, say
from bot.slack.views.many.population import summary
from bot.slack.views.text import explained
from bot.slack.views.words import sentence, trouble

MOST = 2 << 20
"""Bytes of a list; 30,000 leavers have as many."""
SILENT = frozenset({"bot", "unknown"})
"""Refusals that get no answer: bots would answer back."""
HELP = (
    "I don't read messages here. Type `/hs-user help` in any channel, or upload HR's list of leavers here as a CSV "
    "(columns email and last_day), and I'll send back when each seat was gone."
)


def received(call: Call, deps: Deps) -> None:
    """A direct message to the bot. For the worker."""
    uploaded = [mapping(one) for one in call.event.get("files") or () if mapping(one)]
    if not uploaded:
        _say(call, deps, say(explained(HELP)))
        return
    try:
        if len(uploaded) > 1:
            raise NoFile("I can answer one list at a time. Upload them one by one.")
        refusal = _may_ask(call, deps)
        if refusal is not None:
            deps.noted.write(call, refusal)
            _say(call, deps, sentence(refusal.reason))
            return
        options = parse_population(text(call.event.get("text")))
        found = population(
            deps.record,
            read_file(deps.client, uploaded[0], most=MOST),
            zone=deps.timezone,
            sla=deps.sla,
            begin=options.begin,
            end=options.end,
            hides=discretion_of(call, deps).hides,
        )
        _send(call, deps, found, options.style)
    except Problem as problem:
        _say(call, deps, trouble(problem))


def turned_away(call: Call, deps: Deps, refusal: Refusal) -> None:
    """A message of somebody whom hs-bot does not work for: the short refusal."""
    if refusal.code not in SILENT:
        _say(call, deps, sentence(refusal.reason))


def _may_ask(call: Call, deps: Deps) -> Refusal | None:
    """Requesters and approvers, by what Slack says at this moment."""
    member, requesters = deps.workspace.member(call.user, fresh=True), deps.workspace.requesters(fresh=True)
    if member is None or may_speak(member) is not None:
        return may_speak(member)
    if requesters is None or member.ids & (requesters | deps.workspace.approvers(fresh=True)):
        return None
    return Refusal("Only people who may ask for or approve requests can check a list of leavers.", "not requester")


def _send(call: Call, deps: Deps, found: Population, style: str) -> None:
    said = summary(found.rows, found.others, begin=found.begin, end=found.end, sla=deps.sla, sha256=found.sha256)
    day = deps.record.now().astimezone(UTC).date()
    files.send(
        deps,
        call.user,
        name=f"leavers-{found.begin}-{found.end}.{style}",
        content=found.write(style).encode("utf-8-sig" if style == "csv" else "utf-8"),
        title=f"Leavers from {found.begin} to {found.end}, as of {day}",
        comment=said,
    )
    details = {"sha256": found.sha256, "rows": len(found.rows), "counts": dict(found.counts), "format": style}
    deps.record.audit.append("population.answered", actor=call.user, details=details)


def _say(call: Call, deps: Deps, message: Message) -> None:
    ask("chat.postMessage", lambda: deps.client.chat_postMessage(channel=call.channel, **message.as_json()))
