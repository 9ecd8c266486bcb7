"""REST v2: conversations, their threads, snoozes and scheduled replies. Source: Help Scout API v2, "Conversations"."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from bot.demo.helpscout.behaviour import Behaviour
from bot.demo.helpscout.http.log import Log
from bot.demo.helpscout.http.replies import Json, no_content, rest_error, rest_fault
from bot.demo.helpscout.http.server import Reply, Request
from bot.demo.helpscout.rest_json import conversation_json, dump, thread_json
from bot.demo.helpscout.world.account import Account, Refused
from bot.demo.helpscout.world.conversations import STATUSES, Conversation, Snooze, Thread

Paged: TypeAlias = Callable[[str, Sequence[int], Callable[[int], bytes], int | None], Reply]
"""A HAL page of rows under a key; the number is the most rows a page."""
A_PAGE = 25
SORTS = (
    "createdAt",
    "customerEmail",
    "customerName",
    "mailboxid",
    "modifiedAt",
    "number",
    "score",
    "status",
    "subject",
)
HAL = "application/hal+json;charset=UTF-8"


class Conversations:
    """Answers below `/v2/conversations`, within the account's lock. `origin` is the server's `http://host:port`."""

    def __init__(self, account: Account, behaviour: Behaviour, log: Log) -> None:
        self._account = account
        self._behaviour = behaviour
        self._log = log
        self.origin = ""

    def answer(self, request: Request, path: list[str], page: Paged) -> Reply:
        """`path` is what follows `/v2/conversations`."""
        match request.method, path:
            case "GET", []:
                return self._list(request, page)
            case _, [number, *_] if not number.isdigit():
                return rest_error(404, "Conversation not found")
            case "GET", [number]:
                return self._one(int(number))
            case "PATCH", [number]:
                return self._patch(int(number), request)
            case "GET", [number, "threads"]:
                return self._threads(int(number), page)
            case "PUT" | "DELETE", [number, "snooze"] if self._behaviour.snooze_calls:
                return self._snooze(int(number), request)
            case "PUT" | "DELETE", [number, "threads", thread, "schedule"] if (
                self._behaviour.schedule_calls and thread.isdigit()
            ):
                return self._schedule(int(number), int(thread), request)
            case _, [_, "snooze"] | [_, "threads", _, "schedule"]:
                return rest_error(self._behaviour.missing)
        return rest_error(405)

    # lists

    def _list(self, request: Request, page: Paged) -> Reply:
        query = request.query
        status = query.get("status", "active")
        if status not in (*STATUSES, "open", "all"):
            fault = rest_fault("status", "must be one of active, pending, closed, spam, open, all", status, "QUERY")
            return rest_error(400, "", fault)
        for name in ("assigned_to", "mailbox"):
            if name in query and not query[name].isdigit():
                return rest_error(400, "", rest_fault(name, "must be a number", query[name], "QUERY"))
        if query.get("sortField", "createdAt") not in SORTS:
            return rest_error(400, "", rest_fault("sortField", "is nothing to sort by", query["sortField"], "QUERY"))
        statuses = {"all": STATUSES, "open": ("active", "pending")}.get(status, (status,))
        if "assigned_to" in query:
            found = self._account.conversations_of(int(query["assigned_to"]), statuses)
        else:
            found = [one for one in self._account.conversations.values() if one.status in statuses]
        found = [one for one in found if self._is_listed(one, status, query)]
        if query.get("sortField") == "modifiedAt":
            found.sort(key=lambda one: (one.modified_at, one.id), reverse=query.get("sortOrder", "desc") == "desc")
        return page("conversations", [one.id for one in found], lambda one: dump(self._json_of(one)), A_PAGE)

    def _is_listed(self, one: Conversation, status: str, query: dict[str, str]) -> bool:
        if one.merged_into is not None or (one.state == "draft" and not self._behaviour.drafts_listed):
            return False
        if one.snooze is not None and status != "all" and self._behaviour.snoozed == "only all":
            return False
        if "mailbox" in query and one.mailbox_id != int(query["mailbox"]):
            return False
        return (one.modified_at or one.created_at) >= query.get("modifiedSince", "")

    # one

    def _json_of(self, number: int) -> Json:
        conversation = self._account.conversations[number]
        assignee = self._account.rows.get(conversation.assignee_id) if conversation.assignee_id is not None else None
        return conversation_json(conversation, assignee, self.origin)

    def _one(self, number: int) -> Reply:
        conversation = self._account.conversations.get(number)
        if conversation is None:
            return rest_error(404, "Conversation not found")
        if conversation.merged_into is not None:
            return Reply(301, headers={"Location": f"{self.origin}/v2/conversations/{conversation.merged_into}"})
        return Reply(200, dump(self._json_of(number)), HAL)

    def _writable(self, number: int) -> Conversation | None:
        """A merged one can't be written to: its new place is in the answer to a GET."""
        conversation = self._account.conversations.get(number)
        return conversation if conversation is not None and conversation.merged_into is None else None

    def _patch(self, number: int, request: Request) -> Reply:
        conversation = self._writable(number)
        if conversation is None:
            return rest_error(404, "Conversation not found")
        change = body_of(request)
        return change if isinstance(change, Reply) else self._change(conversation, change)

    def _change(self, conversation: Conversation, change: Json) -> Reply:
        value = change.get("value")
        match change.get("op"), change.get("path"):
            case "replace", "/assignTo" if type(value) is int:
                return self._assign(conversation, value)
            case "remove", "/assignTo":
                return self._assign(conversation, None)
            case "replace", "/assignTo":
                return rest_error(400, "", rest_fault("value", "must be the number of a user", value))
            case "replace", "/status" if value in STATUSES:
                self._account.set_status(conversation, str(value))
                return no_content()
            case "replace", "/status":
                return rest_error(400, "", rest_fault("value", "must be a status", value))
            case op, path:
                return rest_error(400, "", rest_fault("path", "is not supported with this op", f"{op} {path}"))

    def _assign(self, conversation: Conversation, assignee_id: int | None) -> Reply:
        before = conversation.assignee_id
        try:
            self._account.assign(conversation, assignee_id)
        except Refused as refusal:
            return rest_error(400, "", rest_fault("value", str(refusal), assignee_id))
        if before != assignee_id:
            self._log.effect(self._log.moves, conversation.id)
        return no_content()

    # snoozes, threads, scheduled replies

    def _snooze(self, number: int, request: Request) -> Reply:
        conversation = self._writable(number)
        if conversation is None:
            return rest_error(404, "Conversation not found")
        if request.method == "DELETE":
            self._account.work.wake(conversation)
            return no_content()
        body = body_of(request)
        if isinstance(body, Reply):
            return body
        until = epoch_of(body.get("snoozedUntil"))
        if until is None or until <= time.time():
            return rest_error(400, "", rest_fault("snoozedUntil", "must be in the future", body.get("snoozedUntil")))
        if not isinstance(body.get("unsnoozeOnCustomerReply"), bool):
            return rest_error(400, "", rest_fault("unsnoozeOnCustomerReply", "may not be null", None))
        conversation.snooze = Snooze(by=0, until=until, on_reply=bool(body["unsnoozeOnCustomerReply"]))
        self._account.changed(conversation)
        return no_content()

    def _threads(self, number: int, page: Paged) -> Reply:
        conversation = self._account.conversations.get(number)
        if conversation is None:
            return rest_error(404, "Conversation not found")
        threads = {thread.id: thread for thread in conversation.replies}
        return page("threads", list(threads), lambda id: dump(thread_json(threads[id], self._account.rows)), None)

    def _schedule(self, number: int, thread_id: int, request: Request) -> Reply:
        conversation = self._writable(number)
        thread = next((one for one in conversation.replies if one.id == thread_id), None) if conversation else None
        if conversation is None or thread is None:
            return rest_error(404, "Thread not found")
        if request.method == "DELETE":
            if thread.state != "scheduled":
                return rest_error(412, "The thread is not scheduled")
            thread.state = "draft"
            self._account.changed(conversation)
            return no_content()
        return self._set_schedule(conversation, thread, request)

    def _set_schedule(self, conversation: Conversation, thread: Thread, request: Request) -> Reply:
        body = body_of(request)
        if isinstance(body, Reply):
            return body
        at = epoch_of(body.get("scheduledFor"))
        if at is None or at <= time.time() or not isinstance(body.get("unscheduleOnCustomerReply"), bool):
            return rest_error(400, "", rest_fault("scheduledFor", "must be in the future", body.get("scheduledFor")))
        thread.state, thread.at, thread.on_reply = "scheduled", at, bool(body["unscheduleOnCustomerReply"])
        self._account.changed(conversation)
        return no_content()


def body_of(request: Request) -> Json | Reply:
    """The JSON object that was sent, or the refusal."""
    if request.media_type != "application/json":
        return rest_error(415)
    try:
        body = json.loads(request.body)
    except ValueError:
        return rest_error(400, "The body is not JSON")
    return body if isinstance(body, dict) else rest_error(400, "The body must be an object")


def epoch_of(value: object) -> float | None:
    """Source: Help Scout API v2, "Errors": dates are `yyyy-MM-ddTHH:mm:ssZ`."""
    if not isinstance(value, str) or not value.endswith("Z"):
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S%z").timestamp()
    except ValueError:
        return None
