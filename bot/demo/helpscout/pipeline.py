"""What happens to one request from its arrival to the answer: callbacks, faults, token, rate limit, API, log."""

import threading
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.demo.helpscout.control import control
from bot.demo.helpscout.http.faults import Fault, Planned
from bot.demo.helpscout.http.limit import Allowance, cost_of, headers_of, wait_text
from bot.demo.helpscout.http.log import Served
from bot.demo.helpscout.http.replies import error_of_family, html_reply
from bot.demo.helpscout.http.server import Reply, Request, Transport
from bot.demo.helpscout.oauth import AUTHORIZE_PATH
from bot.demo.helpscout.rest import STRAIGHT, Distortion
from bot.demo.helpscout.world.people import CAST
from bot.demo.helpscout.world.photos import photo

if TYPE_CHECKING:
    from bot.demo.helpscout.simulated import SimulatedHelpScout

TOKEN_PATHS = ("/v2/auth/token", "/v2/oauth2/token")
HTML_502 = (
    "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
)
HTML_200 = (
    "<!doctype html><html><head><title>Maintenance</title></head><body><h1>We will be back soon</h1></body></html>"
)


@dataclass(slots=True)
class Visit:
    """What became known about a request on its way."""

    request: Request
    planned: Planned | None = None
    token: str = ""
    allowance: Allowance | None = None


class Pipeline:
    def __init__(self, sim: "SimulatedHelpScout") -> None:
        self.sim = sim
        self.stopping = threading.Event()

    def answer(self, request: Request) -> Reply:
        """The answer to any request that reaches the port."""
        if not request.path.startswith("/v2/"):
            return self._beside_the_api(request)
        started = time.perf_counter()
        visit = Visit(request)
        self.sim.log.arrived()
        status, log_ref, correlation = 0, "", ""
        try:
            self.sim.arrived(request)
            visit.planned = self.sim.faults.take(request)
            if self.sim.behaviour.latency > 0:
                time.sleep(self.sim.behaviour.latency)
            reply = self._with_fault(visit)
            reply.headers["Correlation-Id"] = correlation = f"{uuid.uuid4()}"
            status = reply.status if reply.transport is Transport.WHOLE else 0
            log_ref = reply.log_ref
        finally:
            self.sim.log.served(
                Served(
                    at=datetime.now(UTC),
                    method=request.method,
                    path=request.path,
                    query=request.query,
                    status=status,
                    token=visit.token,
                    left=visit.allowance.left if visit.allowance else None,
                    milliseconds=(time.perf_counter() - started) * 1_000,
                    fault=str(visit.planned.fault) if visit.planned else "",
                    log_ref=log_ref,
                    correlation=correlation,
                    body=b"" if request.path in TOKEN_PATHS else request.body,
                )
            )
        return reply

    def _beside_the_api(self, request: Request) -> Reply:
        if request.path.startswith("/_sim/"):
            return control(request, self.sim)
        if request.path == AUTHORIZE_PATH:
            return self.sim.oauth.authorize(request)
        if request.path.startswith("/photos/"):
            return photo(request.path, self.sim.account)
        return html_reply(404, "<h1>404</h1>")

    def _with_fault(self, visit: Visit) -> Reply:
        planned = visit.planned
        if planned is None:
            return self._straight(visit)
        instead = self._instead(visit, planned)
        if instead is not None:
            return instead
        self._before(planned)
        if planned.fault is Fault.HOLD_BEFORE and planned.dropping:
            return Reply(0, transport=Transport.DROPPED)
        reply = self._straight(visit, distortion(planned))
        return self._afterwards(planned, reply)

    def _instead(self, visit: Visit, planned: Planned) -> Reply | None:
        """An answer without any effect, for the faults that are one."""
        path = visit.request.path
        match planned.fault:
            case Fault.RATE_LIMITED | Fault.RATE_LIMITED_BARE:
                reply = error_of_family(path, 429)
                if planned.fault is Fault.RATE_LIMITED:
                    name = "X-RateLimit-Retry-After" if self.sim.behaviour.reading == "pages" else "Retry-After"
                    reply.headers[name] = planned.retry_after or wait_text(1, self.sim.behaviour)
                return reply
            case Fault.ERROR_500:
                return error_of_family(path, 500)
            case Fault.UNAVAILABLE_503:
                return error_of_family(path, 503)
            case Fault.UNAUTHORIZED:
                return error_of_family(path, 401)
            case Fault.NO_SUCH_CALL:
                return error_of_family(path, 404)
            case Fault.FORBIDDEN:
                return error_of_family(path, 403)
            case Fault.HTML_502:
                return html_reply(502, HTML_502)
            case Fault.HTML_200:
                return html_reply(200, HTML_200)
            case Fault.DROPPED_BEFORE:
                return Reply(0, transport=Transport.DROPPED)
            case Fault.SILENT_BEFORE:
                self._silence(planned)
                return Reply(0, transport=Transport.DROPPED)
        return None

    def _before(self, planned: Planned) -> None:
        match planned.fault:
            case Fault.SLOW:
                self.stopping.wait(planned.seconds)
            case Fault.HOLD_BEFORE:
                self._hold(planned)
            case Fault.TOKEN_DEAD:
                self.sim.oauth.expire_all()
            case Fault.PERSON_REMOVED:
                planned.people += self._remove_from_first_page()
            case Fault.PERSON_ADDED:
                planned.people.append(self._add_to_first_page())

    def _afterwards(self, planned: Planned, reply: Reply) -> Reply:
        match planned.fault:
            case Fault.DROPPED_AFTER:
                reply.transport = Transport.DROPPED
            case Fault.SILENT_AFTER:
                self._silence(planned)
                reply.transport = Transport.DROPPED
            case Fault.HOLD_AFTER:
                self._hold(planned)
                if planned.dropping:
                    reply.transport = Transport.DROPPED
            case Fault.CUT_BODY:
                reply.transport = Transport.CUT
            case Fault.HALF_JSON:
                reply.body = reply.body[: len(reply.body) // 2]
        return reply

    def _hold(self, planned: Planned) -> None:
        planned.reached.set()
        planned.released.wait()

    def _silence(self, planned: Planned) -> None:
        planned.reached.set()
        planned.released.wait(planned.seconds)

    def _remove_from_first_page(self) -> list[int]:
        """The first plain user; nobody when only the cast is left."""
        account = self.sim.account
        with account.lock:
            rows = (account.rows[number] for number in account.listing)
            plain = (one for one in rows if one.human and one.role == "user" and one.email not in CAST)
            person = next(plain, None)
            return [person.id] if person is not None and account.remove_person(person) else []

    def _add_to_first_page(self) -> int:
        account = self.sim.account
        with account.lock:
            number = account.listing[0] - 1
            email = f"newcomer.{number}@acme.example"
            account.add_person(email=email, id=number, first_name="New", last_name=f"Comer {number}")
            return number

    def _straight(self, visit: Visit, distorted: Distortion = STRAIGHT) -> Reply:
        request, sim = visit.request, self.sim
        if request.path in TOKEN_PATHS:
            return sim.oauth.token(request)
        scim = request.path == "/v2/scim" or request.path.startswith("/v2/scim/")
        visit.token = self._token_kind(request.bearer)
        if visit.token not in (("scim",) if scim else ("app", "person")):
            return error_of_family(request.path, 401)
        if not scim and sim.rest.users.me() is None:  # a credential works while its person is active
            return error_of_family(request.path, 401)
        key = "account" if sim.behaviour.reading == "pages" else request.bearer
        visit.allowance = sim.limit.spend(key, cost_of(request.method, sim.behaviour), time.monotonic())
        if visit.allowance is None:
            return sim.scim.answer(request, distorted) if scim else sim.rest.answer(request, distorted)
        if not visit.allowance.allowed:
            reply = error_of_family(request.path, 429)
        else:
            reply = sim.scim.answer(request, distorted) if scim else sim.rest.answer(request, distorted)
        reply.headers |= headers_of(visit.allowance, sim.behaviour)
        return reply

    def _token_kind(self, bearer: str) -> str:
        if not bearer:
            return ""
        if bearer == self.sim.scim_token:
            return "scim"
        token = self.sim.oauth.check(bearer)
        return token.kind if token else "unknown"


def distortion(planned: Planned) -> Distortion:
    """How a fault makes a list wrong."""
    match planned.fault:
        case Fault.EMPTY_LIST:
            return Distortion(empty=True)
        case Fault.EMPTY_PAGE:
            return Distortion(empty_page=True)
        case Fault.WRONG_TOTALS:
            return Distortion(totals=planned.amount)
        case Fault.SHIFTED_PAGE:
            return Distortion(shift=1)
    return STRAIGHT
