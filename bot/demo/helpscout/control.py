"""The control endpoint below `/_sim/`, for tests and benchmarks that run the simulation as a process of its own.

    GET    /_sim/state                     figures: people, requests by status, deletes, most in flight, CPU seconds
    GET    /_sim/log?match=&last=          what was served; DELETE forgets it
    GET    /_sim/faults[/ID]               orders and how often they were met
    POST   /_sim/faults                    {"fault": "HTML_502", "match": "GET /users?page=3", "times": 1, …}
    POST   /_sim/faults/ID/release         let go what is held; {"drop": true} hangs up instead
    DELETE /_sim/faults[/ID]               take one or all back
    GET    /_sim/behaviour                 the switches; PATCH sets some of them
    PATCH  /_sim/limit                     {"limit": 400, "window": 60, "sliding": true, "bursts": true}
    POST   /_sim/people                    {"email": …, "first_name": …, "last_name": …, "id": …}
    GET    /_sim/people/WHO                REST id, SCIM id or e-mail; PATCH sets fields, DELETE takes the seat
    POST   /_sim/conversations             {"who": …, "many": 300, "status": "active"}
    PATCH  /_sim/conversations/ID          {"who": …} gives it to somebody, null to nobody
    PUT    /_sim/routing/INBOX             {"people": [who, …]} take new conversations in turn
    POST   /_sim/arrivals                  {"inbox": 85001, "a_second": 10} new conversations arrive; DELETE ends it
    POST   /_sim/tokens/expire             all OAuth tokens die
    PUT    /_sim/webhook                   {"url": …, "secret": …}

Answers JSON; a wrong request gets 400 with `{"error": sentence}`. Only loopback is answered.
"""

import dataclasses
import json
import time
from collections import Counter
from ipaddress import ip_address
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from bot.demo.helpscout.behaviour import Behaviour
from bot.demo.helpscout.http.faults import Fault, Planned
from bot.demo.helpscout.http.log import Served
from bot.demo.helpscout.http.replies import Json, json_reply, no_content
from bot.demo.helpscout.http.server import Reply, Request
from bot.demo.helpscout.world.account import Refused
from bot.demo.helpscout.world.conversations import MAILBOX
from bot.demo.helpscout.world.people import Person

if TYPE_CHECKING:
    from bot.demo.helpscout.simulated import SimulatedHelpScout

CHANGEABLE = frozenset(
    {"email", "first_name", "last_name", "role", "timezone", "job_title", "phone", "mention", "alternate_emails"}
)


class Wrong(Exception):
    """The request asks for what can't be; `str()` says why."""


def control(request: Request, sim: "SimulatedHelpScout") -> Reply:
    """The answer to a request below `/_sim/`."""
    if not ip_address(request.peer.partition("%")[0]).is_loopback:
        return json_reply(403, {"error": "The control endpoint answers only on loopback."})
    try:
        body = json.loads(request.body or b"{}")
        if not isinstance(body, dict):
            raise Wrong("The body must be a JSON object.")
        answer = _act(request, request.path.removeprefix("/_sim/").strip("/").split("/"), body, sim)
    except KeyError as missing:
        return json_reply(404, {"error": f"There is no {missing}."})
    except (Wrong, Refused, ValueError, TypeError) as problem:
        return json_reply(400, {"error": str(problem)})
    return no_content() if answer is None else json_reply(200, answer)


def _act(request: Request, path: list[str], body: Json, sim: "SimulatedHelpScout") -> object:
    match request.method, path:
        case "GET", ["state"]:
            return state(sim)
        case "GET", ["log"]:
            last = request.query.get("last")
            found = sim.log.entries(request.query.get("match", ""), last=int(last) if last else None)
            return [_served(entry) for entry in found]
        case "DELETE", ["log"]:
            sim.log.clear()
        case _, ["faults", *rest]:
            return _faults(request.method, rest, body, sim)
        case "GET", ["behaviour"]:
            return dataclasses.asdict(sim.behaviour)
        case "PATCH", ["behaviour"]:
            set_behaviour(sim.behaviour, body)
        case "PATCH", ["limit"]:
            _set_limit(body, sim)
        case _, ["people", *rest]:
            return _people(request.method, rest, body, sim)
        case "POST", ["conversations"]:
            owner = None if body.get("who") is None else _person(body["who"], sim).id
            added = sim.account.add_conversations(owner, int(body.get("many", 1)), str(body.get("status", "active")))
            return [conversation.id for conversation in added]
        case "PATCH", ["conversations", number]:
            who = None if body.get("who") is None else _person(body["who"], sim).id
            sim.account.assign(sim.account.conversations[int(number)], who)
        case "PUT", ["routing", number]:
            sim.account.duty.rotate(int(number), [_person(who, sim).id for who in body.get("people", ())])
        case "POST", ["arrivals"]:
            sim.account.duty.flow(float(body.get("a_second", 1)), int(body.get("inbox", MAILBOX)))
        case "DELETE", ["arrivals"]:
            sim.account.duty.stop()
        case "POST", ["tokens", "expire"]:
            sim.oauth.expire_all()
        case "PUT", ["webhook"]:
            sim.webhooks.target(str(body["url"]), str(body["secret"]))
        case _:
            raise Wrong(f"{request.method} {request.path} is nothing the control endpoint knows.")
    return None


def state(sim: "SimulatedHelpScout") -> Json:
    """Figures for benchmarks and for the demo's page."""
    entries = sim.log.entries()
    return {
        "people": len(sim.account.scim_listing),
        "rows": len(sim.account.listing),
        "teams": len(sim.account.teams),
        "conversations": len(sim.account.conversations),
        "version": sim.account.version,
        "requests": len(entries),
        "by_status": dict(Counter(str(entry.status) for entry in entries)),
        "by_token": dict(Counter(entry.token for entry in entries)),
        "deletes": {str(number): many for number, many in sim.log.deletes.items()},
        "creates": dict(sim.log.creates),
        "moves": {str(number): many for number, many in sim.log.moves.items()},
        "most_in_flight": sim.log.most_in_flight,
        "connections": sim.server.connections,
        "cpu_seconds": time.process_time(),
    }


def set_behaviour(behaviour: Behaviour, changes: Json) -> None:
    """Set switches by name. Raises Wrong for an unknown name or a value that is none of the choices; then sets none."""
    hints = get_type_hints(Behaviour)
    for name, value in changes.items():
        if name not in hints:
            raise Wrong(f"{name} is no switch.")
        if not _fits(value, hints[name]):
            raise Wrong(f"{value!r} does not fit {name}.")
    for name, value in changes.items():
        setattr(behaviour, name, value)


def _fits(value: object, hint: Any) -> bool:
    if isinstance(hint, UnionType):
        return value is None or any(_fits(value, one) for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if isinstance(value, bool) or hint is bool:
        return isinstance(value, bool) and hint is bool
    return isinstance(value, (int, float) if hint is float else hint)


def _faults(method: str, path: list[str], body: Json, sim: "SimulatedHelpScout") -> object:
    match method, path:
        case "GET", []:
            return [_planned(planned) for planned in sim.faults.planned()]
        case "POST", []:
            known = {"match", "times", "after", "seconds", "retry_after", "amount"}
            if unknown := set(body) - known - {"fault"}:
                raise Wrong(f"{', '.join(sorted(unknown))} is nothing a fault takes.")
            name = str(body.get("fault", ""))
            fault = Fault[name] if name in Fault.__members__ else Fault(name)
            return _planned(sim.faults.add(fault=fault, **{key: body[key] for key in known & set(body)}))
        case "DELETE", []:
            sim.faults.clear()
        case "GET", [number]:
            return _planned(_fault(number, sim))
        case "DELETE", [number]:
            sim.faults.cancel(_fault(number, sim))
        case "POST", [number, "release"]:
            _fault(number, sim).release(drop=bool(body.get("drop", False)))
        case _:
            raise Wrong(f"{method} is nothing that faults take.")
    return None


def _people(method: str, path: list[str], body: Json, sim: "SimulatedHelpScout") -> object:
    if unknown := set(body) - CHANGEABLE - {"id"}:
        raise Wrong(f"{', '.join(sorted(unknown))} is no field of a person.")
    if "alternate_emails" in body:
        body["alternate_emails"] = tuple(body["alternate_emails"])
    match method, path:
        case "POST", []:
            return _shown(sim.account.add_person(**body))
        case "GET", [who]:
            return _shown(_person(who, sim))
        case "PATCH", [who]:
            person = _person(who, sim)
            sim.account.change_person(person, **body)
            return _shown(person)
        case "DELETE", [who]:
            sim.account.remove_person(_person(who, sim))
        case _:
            raise Wrong(f"{method} is nothing that people take.")
    return None


def _set_limit(body: Json, sim: "SimulatedHelpScout") -> None:
    if unknown := set(body) - {"limit", "window", "sliding", "bursts"}:
        raise Wrong(f"{', '.join(sorted(unknown))} is nothing a limit has.")
    limit = body.get("limit", sim.limit.limit)
    sim.limit.set(
        None if limit is None else int(limit),
        window=float(body.get("window", sim.limit.window)),
        sliding=bool(body.get("sliding", sim.limit.sliding)),
    )
    sim.limit.bursts = bool(body.get("bursts", sim.limit.bursts))


def _person(who: Any, sim: "SimulatedHelpScout") -> Person:
    return sim.person(int(who) if str(who).isdigit() else str(who))


def _fault(number: str, sim: "SimulatedHelpScout") -> Planned:
    planned = sim.faults.get(int(number))
    if planned is None:
        raise KeyError(f"fault {number}")
    return planned


def _planned(planned: Planned) -> Json:
    return {
        "id": planned.id,
        "fault": planned.fault.name,
        "match": planned.match if isinstance(planned.match, str) else "(a function)",
        "times": planned.times,
        "after": planned.after,
        "hits": planned.hits,
        "reached": planned.reached.is_set(),
        "people": planned.people,
    }


def _served(entry: Served) -> Json:
    shown = {name: getattr(entry, name) for name in Served.__slots__}
    return shown | {"at": entry.at.isoformat(), "body": entry.body.decode("utf-8", "replace")}


def _shown(person: Person) -> Json:
    return dataclasses.asdict(person) | {"absent": sorted(person.absent)}
