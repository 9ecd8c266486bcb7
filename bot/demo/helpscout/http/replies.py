"""Answers in the forms that the two APIs use."""

import json
import uuid
from typing import Any, TypeAlias

from bot.demo.helpscout.http.server import Reply

Json: TypeAlias = dict[str, Any]

SCIM_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def json_reply(status: int, value: object, content_type: str = "application/json") -> Reply:
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), content_type)


def no_content() -> Reply:
    return Reply(204)


def html_reply(status: int, body: str) -> Reply:
    return Reply(status, body.encode(), "text/html; charset=utf-8")


MESSAGES = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Resource not found",
    405: "Method not allowed",
    409: "Conflict",
    412: "Precondition failed",
    413: "Payload too large",
    415: "Unsupported media type",
    429: "Rate limit exceeded",
    500: "Internal server error",
    503: "Service unavailable",
}


def rest_error(status: int, message: str = "", *errors: Json) -> Reply:
    """`application/vnd.error+json` with a fresh `logRef`. Source: Help Scout API v2, "Errors"."""
    log_ref = str(uuid.uuid4())
    body: Json = {"logRef": log_ref, "message": message or MESSAGES.get(status, "Error")}
    if errors:
        body["_embedded"] = {"errors": list(errors)}
    reply = json_reply(status, body, "application/vnd.error+json")
    reply.log_ref = log_ref
    return reply


def rest_fault(path: str, message: str, rejected: object, source: str = "JSON") -> Json:
    """One of `_embedded.errors`."""
    return {"path": path, "message": message, "source": source, "rejectedValue": rejected}


def scim_error(status: int, detail: str = "", scim_type: str = "") -> Reply:
    """Source: RFC 7644 §3.12; `status` is a string there."""
    body: Json = {"schemas": [SCIM_ERROR], "status": str(status), "detail": detail or MESSAGES.get(status, "Error")}
    if scim_type:
        body["scimType"] = scim_type
    return json_reply(status, body, "application/scim+json")


def error_of_family(path: str, status: int, message: str = "") -> Reply:
    """An error as the API behind `path` would send it."""
    return scim_error(status, message) if path.startswith("/v2/scim") else rest_error(status, message)
