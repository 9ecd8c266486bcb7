"""What SCIM's Users and Groups have in common: reading bodies, paging lists. Source: RFC 7644 §3.4.2, §3.12."""

import json
from collections.abc import Callable, Sequence

from bot.demo.helpscout.behaviour import Behaviour
from bot.demo.helpscout.http.replies import Json, json_reply
from bot.demo.helpscout.http.server import Reply, Request
from bot.demo.helpscout.rest import Distortion
from bot.demo.helpscout.scim.filter import Predicate, ScimProblem, parse_filter

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def body_of(request: Request) -> Json:
    """Raises ScimProblem (`invalidSyntax`) when the body is not a JSON object."""
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ScimProblem(400, "The body must be a JSON object.", "invalidSyntax")
    return body


def need_schema(body: Json, schema: str) -> None:
    """Raises ScimProblem when a resource does not say what it is (RFC 7643 §3)."""
    if schema not in body.get("schemas", ()):
        raise ScimProblem(400, f"schemas must name {schema}.", "invalidSyntax")


def filter_text(request: Request, behaviour: Behaviour) -> str | None:
    """The filter to obey: None when there is none or the server ignores filters. Raises ScimProblem when refused."""
    text = request.query.get("filter")
    if text is None or behaviour.filters == "ignored":
        return None
    if behaviour.filters == "refused":
        raise ScimProblem(400, "Filters are not supported.", "invalidFilter")
    return text


def wanted(request: Request, behaviour: Behaviour) -> Predicate:
    """The request's filter as a predicate over resources."""
    text = filter_text(request, behaviour)
    return parse_filter("id pr" if text is None else text)


def list_reply(
    ids: Sequence[int], render: Callable[[int], Json], request: Request, behaviour: Behaviour, distortion: Distortion
) -> Reply:
    """A ListResponse: `startIndex` from 1, at most `scim_page` resources."""
    start = max(1, _number(request, "startIndex", 1))
    count = min(behaviour.scim_page, max(0, _number(request, "count", behaviour.scim_page)))
    first = start - 1 + distortion.shift
    rows = () if distortion.empty or distortion.empty_page else ids[first : first + count]
    total = 0 if distortion.empty else max(0, len(ids) + distortion.totals)
    body: Json = {"totalResults": total, "Resources": [render(one) for one in rows]}
    if not behaviour.sparse:
        body |= {"schemas": [LIST], "startIndex": start, "itemsPerPage": len(rows)}
    return json_reply(200, body)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    try:
        return int(text)
    except ValueError:
        raise ScimProblem(400, f"{name} must be a number.", "invalidValue") from None
