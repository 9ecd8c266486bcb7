"""REST v2: users and teams, and the way to the rest. Source: Help Scout API v2; helpscout.md for the two readings."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.demo.helpscout.behaviour import Behaviour
from bot.demo.helpscout.http.log import Log
from bot.demo.helpscout.http.replies import Json, json_reply, rest_error, rest_fault
from bot.demo.helpscout.http.server import Reply, Request
from bot.demo.helpscout.rest_conversations import Conversations, Paged
from bot.demo.helpscout.rest_duty import DutyCalls
from bot.demo.helpscout.rest_json import dump, person_json, team_json
from bot.demo.helpscout.rest_users import Users
from bot.demo.helpscout.world.account import Account
from bot.demo.helpscout.world.people import LIGHT, Person
from bot.demo.helpscout.world.webhooks import Hook


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
    hooks: Callable[[], list[Hook]] = list
    origin: str = ""
    users: Users = field(init=False)
    conversations: Conversations = field(init=False)
    duty: DutyCalls = field(init=False)

    def __post_init__(self) -> None:
        self.users = Users(self.account, self.behaviour, self.log)
        self.conversations = Conversations(self.account, self.behaviour, self.log)
        self.duty = DutyCalls(self.account, self.behaviour, self.hooks)
        self.account.render = lambda person: dump(self._person_json(person))

    def _person_json(self, person: Person) -> Json:
        body = person_json(person, self.origin)
        return body | {"role": self.behaviour.light_role} if person.role == LIGHT else body

    def answer(self, request: Request, distortion: Distortion = STRAIGHT) -> Reply:
        """The answer to a request whose token is good."""
        if len(request.body) > self.behaviour.largest_body:
            return rest_error(413)
        self.account.settle()
        with self.account.lock:
            path = request.path.strip("/").split("/")[1:]
            if (reply := self.duty.answer(request, path, self._pages(request, distortion))) is not None:
                return reply
            match request.method, path:
                case "GET", ["users"]:
                    return self._users(request, distortion)
                case "GET", ["users", "me"]:
                    return self._me()
                case "GET", ["users", number]:
                    return self._user(number)
                case "GET", ["teams"]:
                    return self._teams(request, distortion)
                case "GET", ["teams", number, "members"]:
                    return self._members(number, request, distortion)
                case _, ["conversations", *rest]:
                    return self.conversations.answer(request, rest, self._pages(request, distortion))
                case ("POST", ["users"]) | ("DELETE", ["users", _]) | ("PUT", ["teams", _, "members"]):
                    return self.users.answer(request, path)
                case _, ["users" | "teams" | "mailboxes" | "workflows" | "webhooks", *_]:
                    return rest_error(405)
                case _:
                    return rest_error(404)

    # users

    def _users(self, request: Request, distortion: Distortion) -> Reply:
        ids: Sequence[int] = self.account.listing
        if self.behaviour.reading == "pages":  # the guide knows no filter and ignores both
            mailbox, email = request.query.get("mailbox"), request.query.get("email")
            if mailbox is not None:
                inbox = self.account.duty.inboxes.get(int(mailbox)) if mailbox.isdigit() else None
                ids = [one for one in ids if inbox is not None and inbox.lets_in(one)]
                email = email if self.behaviour.filters_combine else None
            if email is not None:
                person = self.account.find(email)
                exact = person is not None and person.listed and person.email.lower() == email.lower()
                ids = [person.id] if person is not None and exact and person.id in ids else []
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

    # pages

    def _pages(self, request: Request, distortion: Distortion) -> Paged:
        return lambda key, ids, render, most: self._page(key, ids, render, request, distortion, most)

    def _page(
        self,
        key: str,
        ids: Sequence[int],
        render: Callable[[int], bytes],
        request: Request,
        distortion: Distortion,
        most: int | None = None,
    ) -> Reply:
        """A HAL page; an empty one comes without `_embedded` under the guide's reading."""
        size = self._page_size(request)
        if most is not None and self.behaviour.reading == "pages":
            size = min(size, most)
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
