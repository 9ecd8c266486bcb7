"""REST v2: statuses, native reassignment, inboxes, routing, workflows, webhooks.

Source: Help Scout API v2, "Users > Status", "Users > Conversation reassignment", "Inboxes > Routing", "Workflows",
"Webhooks".
"""

from collections.abc import Callable

from bot.demo.helpscout.behaviour import Behaviour
from bot.demo.helpscout.duty import API, Inbox
from bot.demo.helpscout.http.replies import Json, no_content, rest_error, rest_fault
from bot.demo.helpscout.http.server import Reply, Request
from bot.demo.helpscout.rest_conversations import HAL, Paged, body_of
from bot.demo.helpscout.rest_json import dump, hook_json, inbox_json, presence_json, routing_json, workflow_json
from bot.demo.helpscout.world.account import Account
from bot.demo.helpscout.world.webhooks import Hook


class DutyCalls:
    """Within the account's lock. `origin` is the server's `http://host:port`; `caller` is whose token it is."""

    def __init__(self, account: Account, behaviour: Behaviour, hooks: Callable[[], list[Hook]]) -> None:
        self._account = account
        self._behaviour = behaviour
        self._hooks = hooks
        self.origin = ""

    def answer(self, request: Request, path: list[str], page: Paged) -> Reply | None:
        """`path` is what follows `/v2`; None: it is nothing of what this file serves."""
        switches = self._behaviour
        match request.method, path:
            case method, ["users", "status"]:
                return self._if(switches.status_calls, lambda: self._statuses(method, page))
            case method, ["users", number, "status"]:
                return self._if(switches.status_calls, lambda: self._status(method, number, request))
            case method, ["users", number, "conversation-reassignment"]:
                if not switches.has_new_calls:  # of the same age as those that give and take seats
                    return rest_error(switches.missing_call)
                return self._if(switches.reassignment_calls, lambda: self._native(method, number, request))
            case "GET", ["mailboxes"]:
                inboxes = self._account.duty.inboxes
                return page("mailboxes", list(inboxes), lambda id: dump(inbox_json(inboxes[id], self.origin)), None)
            case method, ["mailboxes", number, "routing"]:
                return self._if(switches.routing_calls, lambda: self._routing(method, number, request))
            case "GET", ["workflows"]:
                return self._if(switches.workflow_calls, lambda: self._workflows(page))
            case "GET", ["webhooks"]:
                return self._if(switches.webhook_calls, lambda: self._webhooks(page))
        return None

    def _if(self, there: bool, act: Callable[[], Reply]) -> Reply:
        return act() if there else rest_error(self._behaviour.missing)

    # people

    def _statuses(self, method: str, page: Paged) -> Reply:
        if method != "GET":
            return rest_error(405)
        duty, rows = self._account.duty, self._account.rows
        ids = [one for one in self._account.listing if rows[one].human and rows[one].role != "light user"]
        return page("userStatuses", ids, lambda id: dump(presence_json(id, duty.presence(id))), None)

    def _status(self, method: str, number: str, request: Request) -> Reply:
        person = self._account.rows.get(int(number)) if number.isdigit() else None
        if person is None or not person.listed or not person.human or person.role == "light user":
            return rest_error(404, "User not found")
        if method == "GET":
            return Reply(200, dump(presence_json(person.id, self._account.duty.presence(person.id))), HAL)
        if method != "PUT":
            return rest_error(405)
        body = body_of(request)
        if isinstance(body, Reply):
            return body
        custom = body.get("customStatus")
        if body.get("status") not in ("active", "away"):
            return rest_error(400, "", rest_fault("status", "must be one of active, away", body.get("status")))
        if custom is not None and not (isinstance(custom, dict) and custom.get("text")):
            return rest_error(400, "", rest_fault("customStatus.text", "may not be empty", custom))
        self._account.duty.set_status(person.id, str(body["status"]), source=API, custom=custom)
        return no_content()

    def _native(self, method: str, number: str, request: Request) -> Reply:
        person = self._account.rows.get(int(number)) if number.isdigit() else None
        if person is None or not person.listed:
            return rest_error(404, "User not found")
        enabled, hours, minutes = self._account.duty.native.get(person.id, (False, 0, 0))
        if method == "GET":
            awhile = {"hours": hours, "minutes": minutes}
            return Reply(200, dump({"enabled": enabled, "awayDuration": awhile}), HAL)
        if method != "PUT":
            return rest_error(405)
        body = body_of(request)
        if isinstance(body, Reply):
            return body
        away = body.get("awayDuration")
        if not isinstance(body.get("enabled"), bool) or not isinstance(away, dict):
            return rest_error(400, "", rest_fault("awayDuration", "may not be null", away))
        self._account.duty.native[person.id] = (body["enabled"], int(away.get("hours", 0)), int(away.get("minutes", 0)))
        return no_content()

    # inboxes

    def _routing(self, method: str, number: str, request: Request) -> Reply:
        inbox = self._account.duty.inboxes.get(int(number)) if number.isdigit() else None
        if inbox is None:
            return rest_error(404, "Inbox not found")
        if method == "GET":
            return Reply(200, dump(routing_json(inbox, self._account)), HAL)
        if method != "PUT":
            return rest_error(405)
        body = body_of(request)
        return body if isinstance(body, Reply) else self._set_routing(inbox, body)

    def _set_routing(self, inbox: Inbox, body: Json) -> Reply:
        """All four are required; an enabled rotation may not be empty."""
        ids, limit = body.get("userIds"), body.get("assignmentLimit")
        if body.get("state") not in ("enabled", "disabled"):
            return rest_error(400, "", rest_fault("state", "must be one of enabled, disabled", body.get("state")))
        if type(limit) is not int or not 1 <= limit <= 100:
            return rest_error(400, "", rest_fault("assignmentLimit", "must be between 1 and 100", limit))
        if body.get("assignmentMethod") not in ("round_robin", "balanced"):
            return rest_error(400, "", rest_fault("assignmentMethod", "is not allowed", body.get("assignmentMethod")))
        if not isinstance(ids, list) or not all(type(one) is int for one in ids):
            return rest_error(400, "", rest_fault("userIds", "must be a list of numbers", ids))
        if body["state"] == "enabled" and not ids:
            return rest_error(400, "", rest_fault("userIds", "may not be empty", ids))
        for one in ids:
            row = self._account.rows.get(one)
            if row is None or not row.listed or not inbox.lets_in(one):
                return rest_error(400, "", rest_fault("userIds", f"user {one} has no access to the inbox", one))
        routing = inbox.routing
        routing.state, routing.limit, routing.user_ids = str(body["state"]), limit, list(ids)
        routing.method = str(body["assignmentMethod"])
        self._account.changed()
        return no_content()

    # automation

    def _workflows(self, page: Paged) -> Reply:
        workflows = self._account.work.workflows
        return page("workflows", list(workflows), lambda id: dump(workflow_json(workflows[id])), None)

    def _webhooks(self, page: Paged) -> Reply:
        hooks = {hook.id: hook for hook in self._hooks()}
        return page("webhooks", list(hooks), lambda id: dump(hook_json(hooks[id])), None)
