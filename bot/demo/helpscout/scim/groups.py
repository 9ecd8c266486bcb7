"""SCIM Groups, which are Help Scout teams. Source: RFC 7643 §4.2, RFC 7644 §3.5.2."""

from dataclasses import dataclass

from bot.demo.helpscout.behaviour import Behaviour
from bot.demo.helpscout.http.replies import Json, json_reply, no_content, scim_error
from bot.demo.helpscout.http.server import Reply, Request
from bot.demo.helpscout.rest import Distortion
from bot.demo.helpscout.scim.filter import ScimProblem
from bot.demo.helpscout.scim.messages import body_of, list_reply, need_schema, wanted
from bot.demo.helpscout.scim.patch import apply_operations
from bot.demo.helpscout.world.account import Account, Refused, Team

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


@dataclass(slots=True)
class Groups:
    """Answers below `/v2/scim/Groups`; the account's lock is held around every call."""

    account: Account
    behaviour: Behaviour
    origin: str = ""

    def answer(self, request: Request, path: list[str], distortion: Distortion) -> Reply:
        match request.method, path:
            case "GET", []:
                return self._list(request, distortion)
            case "POST", []:
                body = body_of(request)
                need_schema(body, GROUP)
                return self._create(body)
            case "GET", [scim_id] if self.behaviour.group_get:
                return json_reply(200, self.resource(self._team(scim_id)))
            case "PATCH", [scim_id]:
                return self._patch(self._team(scim_id), body_of(request))
            case "DELETE", [scim_id]:
                self.account.remove_team(self._team(scim_id))
                return no_content()
            case _:
                return scim_error(405)

    def resource(self, team: Team) -> Json:
        members = [self.account.rows[number] for number in team.members]
        body: Json = {
            "schemas": [GROUP],
            "id": team.scim_id,
            "displayName": team.name,
            "members": [{"value": one.scim_id, "display": one.name} for one in members],
        }
        if self.behaviour.sparse:
            del body["schemas"]
            return body
        body["meta"] = {
            "resourceType": "Group",
            "created": team.created_at,
            "lastModified": team.updated_at,
            "location": f"{self.origin}/v2/scim/Groups/{team.scim_id}",
        }
        return body

    def _team(self, scim_id: str) -> Team:
        for team in self.account.teams.values():
            if team.scim_id == scim_id:
                return team
        raise ScimProblem(404, f"Group {scim_id} not found.")

    def _list(self, request: Request, distortion: Distortion) -> Reply:
        accepts = wanted(request, self.behaviour)
        ids = [team.id for team in self.account.teams.values() if accepts(self.resource(team))]
        return list_reply(ids, lambda one: self.resource(self.account.teams[one]), request, self.behaviour, distortion)

    def _create(self, body: Json) -> Reply:
        name = _name(body)
        try:
            team = self.account.add_team(name, self._members(body))
        except Refused as refusal:
            raise ScimProblem(409, str(refusal), "uniqueness") from None
        reply = json_reply(201, self.resource(team))
        reply.headers["Location"] = f"{self.origin}/v2/scim/Groups/{team.scim_id}"
        return reply

    def _patch(self, team: Team, message: Json) -> Reply:
        changed = apply_operations(self.resource(team), message)
        name, members = _name(changed), self._members(changed)
        if name != team.name:
            if self.behaviour.group_name_fixed:
                raise ScimProblem(400, "displayName can't be changed over SCIM.", "mutability")
            try:
                self.account.rename_team(team, name)
            except Refused as refusal:
                raise ScimProblem(409, str(refusal), "uniqueness") from None
        self.account.set_members(team, members)
        return no_content() if self.behaviour.patch_status == 204 else json_reply(200, self.resource(team))

    def _members(self, body: Json) -> list[int]:
        members = body.get("members") or []
        if not isinstance(members, list) or not all(isinstance(one, dict) for one in members):
            raise ScimProblem(400, "members must be a list of objects.", "invalidValue")
        people = [(one.get("value"), self.account.find_scim(str(one.get("value", "")))) for one in members]
        for value, person in people:
            if person is None:
                raise ScimProblem(400, f"There is no user {value} to be a member.", "invalidValue")
        return list(dict.fromkeys(person.id for _, person in people if person is not None))


def _name(body: Json) -> str:
    name = body.get("displayName")
    if not isinstance(name, str) or not name.strip():
        raise ScimProblem(400, "displayName is required.", "invalidValue")
    return name.strip()
