"""SCIM Users. Source: RFC 7643 §4.1, RFC 7644 §3."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.demo.helpscout.behaviour import Behaviour
from bot.demo.helpscout.http.log import Log
from bot.demo.helpscout.http.replies import Json, json_reply, no_content, scim_error
from bot.demo.helpscout.http.server import Reply, Request
from bot.demo.helpscout.rest import Distortion
from bot.demo.helpscout.scim.filter import ScimProblem, parse_filter
from bot.demo.helpscout.scim.messages import body_of, filter_text, list_reply, need_schema
from bot.demo.helpscout.scim.patch import apply_operations
from bot.demo.helpscout.scim.user import USER, fields_of, user_document, user_json
from bot.demo.helpscout.world.account import Account, Refused
from bot.demo.helpscout.world.people import Person

BY_USER_NAME = re.compile(r'\s*userName\s+eq\s+("(?:[^"\\]|\\.)*")\s*', re.IGNORECASE)


@dataclass(slots=True)
class Users:
    """Answers below `/v2/scim/Users`; the account's lock is held around every call."""

    account: Account
    behaviour: Behaviour
    log: Log
    origin: str = ""

    def answer(self, request: Request, path: list[str], distortion: Distortion) -> Reply:
        match request.method, path:
            case "GET", []:
                return self._list(request, distortion)
            case "POST", []:
                return self._create(body_of(request))
            case "GET", [scim_id]:
                return json_reply(200, self.resource(self._person(scim_id)))
            case "PUT", [scim_id]:
                return self._replace(self._person(scim_id), body_of(request))
            case "PATCH", [scim_id]:
                return self._patch(self._person(scim_id), body_of(request))
            case "DELETE", [scim_id]:
                self._remove(self._person(scim_id))
                return no_content()
            case _:
                return scim_error(405)

    def resource(self, person: Person) -> Json:
        groups = [{"value": team.scim_id, "display": team.name} for team in self.account.teams_of(person)]
        return user_json(person, groups, self.origin, self.behaviour)

    def _person(self, scim_id: str) -> Person:
        person = self.account.find_scim(scim_id)
        if person is None or not person.in_scim:
            raise ScimProblem(404, f"User {scim_id} not found.")
        return person

    def _list(self, request: Request, distortion: Distortion) -> Reply:
        ids: Sequence[int] = [one for one in self.account.scim_listing if self.account.rows[one].in_scim]
        text = filter_text(request, self.behaviour)
        if text is not None:
            ids = self._filtered(text)
        return list_reply(ids, lambda one: self.resource(self.account.rows[one]), request, self.behaviour, distortion)

    def _filtered(self, text: str) -> list[int]:
        by_name = BY_USER_NAME.fullmatch(text)
        if by_name:  # what every client asks; needs no walk over everybody
            try:
                name = str(json.loads(by_name[1])).lower()
            except ValueError:
                raise ScimProblem(400, "The filter is invalid: unreadable string.", "invalidFilter") from None
            person = self.account.find(name) if "@" in name else None
            theirs = person is not None and person.email.lower() == name and person.human and person.in_scim
            return [person.id] if person is not None and theirs else []
        accepts = parse_filter(text)
        return [person.id for person in self.account.people() if person.in_scim and accepts(self.resource(person))]

    def _create(self, body: Json) -> Reply:
        need_schema(body, USER)
        fields = fields_of(body, None, self.behaviour)
        if not fields.pop("active"):
            raise ScimProblem(400, "A user can't be created inactive.", "invalidValue")
        try:
            person = self.account.add_person(
                **fields, lag=self.behaviour.rest_lag, same_id=self.behaviour.same_id_on_return
            )
        except Refused as refusal:
            raise ScimProblem(409, str(refusal), "uniqueness") from None
        self.log.effect(self.log.creates, person.email.lower())
        reply = json_reply(201, self.resource(person))
        reply.headers["Location"] = f"{self.origin}/v2/scim/Users/{person.scim_id}"
        return reply

    def _replace(self, person: Person, body: Json) -> Reply:
        need_schema(body, USER)
        self._change(person, body)
        return json_reply(200, self.resource(person))

    def _patch(self, person: Person, message: Json) -> Reply:
        if self.behaviour.put_only:
            raise ScimProblem(501, "PATCH is not supported; use PUT.")
        changed = apply_operations(user_document(person), message)
        if changed.get("groups") is not None:
            raise ScimProblem(400, "groups is read-only; change the Group instead.", "mutability")
        self._change(person, changed)
        return no_content() if self.behaviour.patch_status == 204 else json_reply(200, self.resource(person))

    def _change(self, person: Person, body: Json) -> None:
        fields = fields_of(body, person, self.behaviour)
        if not fields.pop("active"):
            self._remove(person)
            return
        try:
            self.account.change_person(person, **fields, lag=self.behaviour.rest_lag)
        except Refused as refusal:
            raise ScimProblem(409, str(refusal), "uniqueness") from None

    def _remove(self, person: Person) -> None:
        try:
            self.account.remove_person(person, lag=self.behaviour.rest_lag)
        except Refused as refusal:
            raise ScimProblem(403, str(refusal)) from None
        self.log.effect(self.log.deletes, person.id)
