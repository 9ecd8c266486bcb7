"""REST v2: users, teams, conversations. Source: Help Scout API v2; helpscout.md for the two readings."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.demo.helpscout.behaviour import Behaviour
from bot.demo.helpscout.http.log import Log
from bot.demo.helpscout.http.replies import Json, json_reply, no_content, rest_error, rest_fault
from bot.demo.helpscout.http.server import Reply, Request
from bot.demo.helpscout.rest_json import conversation_json, dump, person_json, team_json
from bot.demo.helpscout.rest_users import Users
from bot.demo.helpscout.world.account import Account, Refused
from bot.demo.helpscout.world.conversations import MAILBOX, STATUSES, Conversation
from bot.demo.helpscout.world.people import LIGHT, Person


@dataclass(frozen=True, slots=True)
class Distortion:
    """How a list is to be wrong, by order of a fault."""

    empty: bool = False  # no rows, totals zero
    empty_page: bool = False  # no rows, totals as usual
    shift: int = 0  # rows start so much later
    totals: int = 0  # added to the totals


STRAIGHT = Distortion()


@dataclass(slots=True)
class Rest:
    """Answers what is below `/v2` but neither tokens nor SCIM. `origin` is the server's `http://host:port`."""

    account: Account
    behaviour: Behaviour
    log: Log
    origin: str = ""
    users: Users = field(init=False)

    def __post_init__(self) -> None:
        self.account.render = lambda person: dump(self._person_json(person))
        self.users = Users(self.account, self.behaviour, self.log)

    def _person_json(self, person: Person) -> Json:
        body = person_json(person, self.origin)
        return body | {"role": self.behaviour.light_role} if person.role == LIGHT else body

    def answer(self, request: Request, distortion: Distortion = STRAIGHT) -> Reply:
        """The answer to a request whose token is good."""
        if len(request.body) > self.behaviour.largest_body:
            return rest_error(413)
        self.account.settle()
        with self.account.lock:
            match request.method, request.path.strip("/").split("/")[1:]:
                case "GET", ["users"]:
                    return self._users(request, distortion)
                case "GET", ["users", "me"]:
                    return self._me()
                case "GET", ["users", number]:
                    return self._user(number)
                case "GET", ["users", number, "conversation-reassignment"]:
                    return self.users.reassignment(number)
                case "GET", ["teams"]:
                    return self._teams(request, distortion)
                case "GET", ["teams", number, "members"]:
                    return self._members(number, request, distortion)
                case "GET", ["conversations"]:
                    return self._conversations(request, distortion)
                case "GET", ["conversations", number]:
                    return self._conversation(number)
                case "PATCH", ["conversations", number]:
                    return self._patch_conversation(number, request)
                case ("POST", ["users"]) | ("DELETE", ["users", _]) | ("PUT", ["teams", _, "members"]):
                    return self.users.answer(request, request.path.strip("/").split("/")[1:])
                case _, ["users" | "teams" | "conversations", *_]:
                    return rest_error(405)
                case _:
                    return rest_error(404)

    # users

    def _users(self, request: Request, distortion: Distortion) -> Reply:
        ids: Sequence[int] = self.account.listing
        if self.behaviour.reading == "pages":  # the guide knows no filter and ignores both
            if request.query.get("mailbox", str(MAILBOX)) != str(MAILBOX):
                ids = []
            email = request.query.get("email")
            if email is not None:
                person = self.account.find(email)
                exact = person is not None and person.listed and person.email.lower() == email.lower()
                ids = [person.id] if person is not None and exact and ids else []
        return self._page("users", ids, self.account.rendered, request, distortion)

    def _me(self) -> Reply:
        me = self.users.me()
        return rest_error(404) if me is None else json_reply(200, self._person_json(me))

    def _user(self, number: str) -> Reply:
        person = self.account.rows.get(int(number)) if number.isdigit() else None
        if person is None or not person.listed:
            return rest_error(404, "User not found")
        return Reply(200, self.account.rendered(person.id), "application/hal+json;charset=UTF-8")

    # teams

    def _teams(self, request: Request, distortion: Distortion) -> Reply:
        teams = list(self.account.teams)
        return self._page(
            "teams", teams, lambda one: dump(team_json(self.account.teams[one], self.origin)), request, distortion
        )

    def _members(self, number: str, request: Request, distortion: Distortion) -> Reply:
        team = self.account.teams.get(int(number)) if number.isdigit() else None
        if team is None:
            return rest_error(404, "Team not found")
        members = [one for one in team.members if self.account.rows[one].listed]
        if self.behaviour.reading == "pages":
            return self._page("users", members, self.account.rendered, request, distortion)
        rows = [] if distortion.empty or distortion.empty_page else members[distortion.shift :]
        embedded = b'"_embedded":{"members":[' + b",".join(self.account.rendered(one) for one in rows) + b"]},"
        link = dump({"self": {"href": f"{self.origin}{request.path}"}})
        body = b"{" + (embedded if rows else b"") + b'"_links":' + link + b"}"
        return Reply(200, body, "application/hal+json;charset=UTF-8")

    # conversations

    def _conversations(self, request: Request, distortion: Distortion) -> Reply:
        status = request.query.get("status", "active")
        if status not in (*STATUSES, "open", "all"):
            fault = rest_fault("status", "must be one of active, pending, closed, spam, open, all", status, "QUERY")
            return rest_error(400, "", fault)
        assignee = request.query.get("assigned_to")
        if assignee is not None and not assignee.isdigit():
            return rest_error(400, "", rest_fault("assigned_to", "must be a number", assignee, "QUERY"))
        statuses = {"all": STATUSES, "open": ("active", "pending")}.get(status, (status,))
        if assignee is None:
            found = [one for one in self.account.conversations.values() if one.status in statuses]
        else:
            found = self.account.conversations_of(int(assignee), statuses)
        ids = [one.id for one in found]
        return self._page("conversations", ids, lambda one: dump(self._json_of(one)), request, distortion)

    def _conversation(self, number: str) -> Reply:
        if not number.isdigit() or int(number) not in self.account.conversations:
            return rest_error(404, "Conversation not found")
        return Reply(200, dump(self._json_of(int(number))), "application/hal+json;charset=UTF-8")

    def _json_of(self, number: int) -> Json:
        conversation = self.account.conversations[number]
        assignee = self.account.rows.get(conversation.assignee_id) if conversation.assignee_id is not None else None
        return conversation_json(conversation, assignee, self.origin)

    def _patch_conversation(self, number: str, request: Request) -> Reply:
        conversation = self.account.conversations.get(int(number)) if number.isdigit() else None
        if conversation is None:
            return rest_error(404, "Conversation not found")
        if request.media_type != "application/json":
            return rest_error(415)
        try:
            change = json.loads(request.body)
        except ValueError:
            return rest_error(400, "The body is not JSON")
        if not isinstance(change, dict):
            return rest_error(400, "The body must be an object")
        return self._change(conversation, change)

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
                self.account.set_status(conversation, str(value))
                return no_content()
            case "replace", "/status":
                return rest_error(400, "", rest_fault("value", "must be a status", value))
            case op, path:
                return rest_error(400, "", rest_fault("path", "is not supported with this op", f"{op} {path}"))

    def _assign(self, conversation: Conversation, assignee_id: int | None) -> Reply:
        before = conversation.assignee_id
        try:
            self.account.assign(conversation, assignee_id)
        except Refused as refusal:
            return rest_error(400, "", rest_fault("value", str(refusal), assignee_id))
        if before != assignee_id:
            self.log.effect(self.log.moves, conversation.id)
        return no_content()

    # pages

    def _page(
        self, key: str, ids: Sequence[int], render: Callable[[int], bytes], request: Request, distortion: Distortion
    ) -> Reply:
        """A HAL page; an empty one comes without `_embedded` under the guide's reading."""
        size = self._page_size(request)
        asked = request.query.get("page", "1")
        if not asked.isdigit() or int(asked) < 1:
            return rest_error(400, "", rest_fault("page", "must be at least 1", asked, "QUERY"))
        number = int(asked)
        total = 0 if distortion.empty else max(0, len(ids) + distortion.totals)
        start = (number - 1) * size + distortion.shift
        rows = () if distortion.empty or distortion.empty_page else ids[start : start + size]
        pages = math.ceil(total / size)
        page = {"size": size, "totalElements": total, "totalPages": pages, "number": number}
        parts = []
        if rows or self.behaviour.reading == "pages":
            parts.append(b'"_embedded":{"' + key.encode() + b'":[' + b",".join(map(render, rows)) + b"]}")
        parts += [b'"_links":' + dump(self._links(request, number, pages)), b'"page":' + dump(page)]
        return Reply(200, b"{" + b",".join(parts) + b"}", "application/hal+json;charset=UTF-8")

    def _page_size(self, request: Request) -> int:
        """Under the guide's reading one may ask for up to 50; the public pages know no such parameter."""
        asked = request.query.get("pageSize", request.query.get("size", ""))
        if self.behaviour.reading == "guide" and asked.isdigit() and int(asked) > 0:
            return min(50, int(asked))
        return self.behaviour.page_size

    def _links(self, request: Request, number: int, pages: int) -> Json:
        def href(page: int) -> dict[str, str]:
            query = "&".join(f"{name}={value}" for name, value in (request.query | {"page": str(page)}).items())
            return {"href": f"{self.origin}{request.path}?{query}"}

        links: Json = {"self": href(number), "first": href(1), "last": href(max(1, pages))}
        if number < pages:
            links["next"] = href(number + 1)
        if number > 1:
            links["previous"] = href(number - 1)
        links["page"] = {"href": f"{self.origin}{request.path}{{?page}}", "templated": True}
        return links
