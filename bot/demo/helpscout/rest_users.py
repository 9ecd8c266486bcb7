"""Giving and taking seats, and members of teams, over REST, and whose credential it is.

Source: Mailbox API, "Create user", "Delete user", "Update team members", "Get resource owner". What the pages leave
open is a switch of `Behaviour`.
"""

from dataclasses import dataclass

from bot.demo.helpscout.behaviour import Behaviour
from bot.demo.helpscout.http.log import Log
from bot.demo.helpscout.http.replies import Json, no_content, rest_error, rest_fault
from bot.demo.helpscout.http.server import Reply, Request
from bot.demo.helpscout.rest_conversations import body_of
from bot.demo.helpscout.world.account import Account, Refused
from bot.demo.helpscout.world.conversations import MAILBOX
from bot.demo.helpscout.world.people import LIGHT, Person

GIVEN = ("admin", "user", LIGHT)
"""Roles that can be given; never the owner's."""
LONGEST = {"firstName": 40, "lastName": 40, "jobTitle": 50}
APP = Person(id=100_001, scim_id="", first_name="hs-bot", email="app@bots.example", type="virtual")


@dataclass(slots=True)
class Users:
    """Writes below `/v2/users` and `/v2/teams`; the account's lock is held around every call."""

    account: Account
    behaviour: Behaviour
    log: Log
    origin: str = ""
    _owner: int = 0

    def me(self) -> Person | None:
        """Whose credential it is; None: there is nobody."""
        if self.behaviour.credential:
            found = self.account.find(self.behaviour.credential)
            return found if found is not None and found.active else None
        if self.behaviour.reading == "guide":
            return APP
        owner = self.account.rows.get(self._owner)
        if owner is None or owner.role != "owner" or not owner.active:  # looked for once: accounts may be large
            owner = next((one for one in self.account.people() if one.role == "owner"), None)
            self._owner = owner.id if owner is not None else 0
        return owner

    def answer(self, request: Request, path: list[str]) -> Reply:
        """The answer to POST, PUT or DELETE."""
        if not self.behaviour.has_new_calls:
            return rest_error(self.behaviour.missing_call)
        me = self.me()
        if me is None or me.role not in ("admin", "owner"):
            return rest_error(403, "Only administrators and the account owner may do that")
        match request.method, path:
            case "POST", ["users"]:
                return self._create(request)
            case "DELETE", ["users", number]:
                return self._delete(number, me)
            case "PUT", ["teams", number, "members"]:
                return self._members(number, request)
        return rest_error(405)

    def _create(self, request: Request) -> Reply:
        body = body_of(request)
        if isinstance(body, Reply):
            return body
        if faults := [*_faults(body), *self._inboxes(body)]:
            return rest_error(400, "Bad request", *faults)
        email = str(body["email"]).strip()
        try:
            person = self.account.add_person(
                email=email,
                lag=self.behaviour.rest_lag,
                first_name=str(body["firstName"]).strip(),
                last_name=str(body["lastName"]).strip(),
                role=str(body["role"]),
                timezone=str(body.get("timezone") or "UTC"),
                job_title=str(body.get("jobTitle") or ""),
                phone=str(body.get("phone") or ""),
            )
        except Refused as refusal:
            return rest_error(self.behaviour.taken, "Bad request", rest_fault("email", str(refusal), email))
        self.log.effect(self.log.creates, email.lower())
        reply = Reply(201)
        reply.headers |= {"Resource-ID": str(person.id), "Location": f"{self.origin}/v2/users/{person.id}"}
        return reply

    def _inboxes(self, body: Json) -> list[Json]:
        asked = body.get("mailboxes") or []
        wrong = not isinstance(asked, list) or any(
            not isinstance(one, dict) or one.get("id") != MAILBOX for one in asked
        )
        return (
            [rest_fault("mailboxes", "must be inboxes of this company that you may e-mail from", asked)]
            if wrong
            else []
        )

    def _delete(self, number: str, me: Person) -> Reply:
        person = self.account.rows.get(int(number)) if number.isdigit() else None
        if person is None or not person.active or not person.human:
            return rest_error(404, "User not found")
        if person is me:
            return rest_error(403, "You can't delete yourself")
        try:
            self.account.remove_person(person, lag=self.behaviour.rest_lag)
        except Refused as refusal:
            return rest_error(403, str(refusal))
        self.log.effect(self.log.deletes, person.id)
        return no_content()

    def _members(self, number: str, request: Request) -> Reply:
        team = self.account.teams.get(int(number)) if number.isdigit() else None
        if team is None:
            return rest_error(404, "Team not found")
        body = body_of(request)
        if isinstance(body, Reply):
            return body
        lists: dict[str, list[int]] = {}
        for name in ("addedUserIds", "deletedUserIds"):
            given = body.get(name)
            if not isinstance(given, list) or any(type(one) is not int for one in given):
                return rest_error(400, "Bad request", rest_fault(name, "must be a list of user ids", given))
            lists[name] = given
        for id in lists["addedUserIds"]:
            person = self.account.rows.get(id)
            if person is None or not person.active or not person.human or person.role == LIGHT:
                return rest_error(400, "Bad request", rest_fault("addedUserIds", "can't be in a team", id))
        kept = [one for one in team.members if one not in lists["deletedUserIds"]]
        self.account.set_members(team, [*kept, *lists["addedUserIds"]])
        return no_content()


def _faults(body: Json) -> list[Json]:
    found = []
    for name in ("firstName", "lastName", "email", "role"):
        if not isinstance(body.get(name), str) or not body[name].strip():
            found.append(rest_fault(name, "may not be empty", body.get(name)))
    for name, most in LONGEST.items():
        if isinstance(body.get(name), str) and len(body[name]) > most:
            found.append(rest_fault(name, f"size must be between 0 and {most}", body[name]))
    if not found and body["role"] not in GIVEN:
        found.append(rest_fault("role", f"must be one of {', '.join(GIVEN)}", body["role"]))
    if not found and ("@" not in body["email"] or " " in body["email"].strip()):
        found.append(rest_fault("email", "must be a well-formed email address", body["email"]))
    return found
