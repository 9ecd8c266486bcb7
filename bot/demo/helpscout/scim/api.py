"""SCIM 2.0 below `/v2/scim`. Source: RFC 7644; helpscout.md for what is open."""

from dataclasses import dataclass

from bot.demo.helpscout.behaviour import Behaviour
from bot.demo.helpscout.http.log import Log
from bot.demo.helpscout.http.replies import scim_error
from bot.demo.helpscout.http.server import Reply, Request
from bot.demo.helpscout.rest import STRAIGHT, Distortion
from bot.demo.helpscout.scim.filter import ScimProblem
from bot.demo.helpscout.scim.groups import Groups
from bot.demo.helpscout.scim.users import Users
from bot.demo.helpscout.world.account import Account

MEDIA_TYPES = ("application/scim+json", "application/json")


@dataclass(slots=True)
class Scim:
    """Answers requests whose token is good. `origin` is the server's `http://host:port`."""

    account: Account
    behaviour: Behaviour
    log: Log
    origin: str = ""

    def answer(self, request: Request, distortion: Distortion = STRAIGHT) -> Reply:
        if not self.behaviour.scim_plan:
            return scim_error(403, "SCIM provisioning needs the Pro plan with SSO set up.")
        if len(request.body) > self.behaviour.largest_body:
            return scim_error(413)
        if request.method in ("POST", "PUT", "PATCH") and request.media_type not in MEDIA_TYPES:
            return scim_error(415, "The content type must be application/scim+json.")
        try:
            with self.account.lock:
                reply = self._route(request, distortion)
        except ScimProblem as problem:
            reply = problem.reply
        if reply.body:
            reply.content_type = self.behaviour.scim_content_type
        return reply

    def _route(self, request: Request, distortion: Distortion) -> Reply:
        match request.path.strip("/").split("/")[2:]:
            case ["Users", *rest]:
                return Users(self.account, self.behaviour, self.log, self.origin).answer(request, rest, distortion)
            case ["Groups", *rest]:
                return Groups(self.account, self.behaviour, self.origin).answer(request, rest, distortion)
            case _:
                return scim_error(404, f"There is no resource at {request.path}.")
