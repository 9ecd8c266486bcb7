"""The simulated Help Scout as one thing: start it, point a client at it, look into it, break it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from bot.demo.helpscout.behaviour import Behaviour, Reading
from bot.demo.helpscout.http.faults import Faults
from bot.demo.helpscout.http.limit import Limit
from bot.demo.helpscout.http.log import Log
from bot.demo.helpscout.http.pattern import Match, matcher
from bot.demo.helpscout.http.server import Request, Server
from bot.demo.helpscout.oauth import AUTHORIZE_PATH, OAuth
from bot.demo.helpscout.pipeline import Pipeline
from bot.demo.helpscout.rest import Rest
from bot.demo.helpscout.rest_json import conversation_json
from bot.demo.helpscout.scim.api import Scim
from bot.demo.helpscout.world.account import Account, Team
from bot.demo.helpscout.world.conversations import Conversation
from bot.demo.helpscout.world.people import Person
from bot.demo.helpscout.world.webhooks import Webhooks


class SimulatedHelpScout:
    """A Help Scout account with `people` rows in `GET /users` (team entries included), served on loopback.

        with SimulatedHelpScout(people=300, reading="guide") as sim:
            httpx.get(f"{sim.api_url}/users", headers={"Authorization": f"Bearer {sim.access_token()}"})

    `limit` requests per `window` seconds (None: no limit); `page_size` defaults to 25 under the guide's reading and 50
    under the pages'; `latency` is in seconds. Everything else is a switch of `behaviour`, to be set at any time.
    """

    def __init__(
        self,
        people: int = 300,
        *,
        reading: Reading = "guide",
        page_size: int | None = None,
        latency: float = 0.0,
        limit: int | None = None,
        window: float = 60.0,
        sliding: bool = False,
        seed: int = 1,
        teams: int = 8,
        conversations: bool = True,
        port: int = 0,
        behaviour: Behaviour | None = None,
    ) -> None:
        self.behaviour = behaviour or Behaviour(reading=reading, latency=latency)
        if behaviour is None or page_size is not None:
            self.behaviour.page_size = page_size or (25 if self.behaviour.reading == "guide" else 50)
        self.app_id = "simulated-app-id"
        self.app_secret = "simulated-app-secret"
        self.scim_token = "simulated-scim-token"
        self.account = Account(people, teams=teams, conversations=conversations, seed=seed, behaviour=self.behaviour)
        self.log = Log()
        self.faults = Faults()
        self.limit = Limit(limit, window=window, sliding=sliding)
        self.oauth = OAuth(self.behaviour, app_id=self.app_id, app_secret=self.app_secret)
        self.webhooks = Webhooks()
        self.account.on_assigned = self._assigned
        self.account.duty.on_status = self._status_changed
        self._callbacks: list[tuple[Callable[[Request], bool], Callable[[Request], None]]] = []
        self._lock = threading.Lock()
        self.rest = Rest(self.account, self.behaviour, self.log, self.webhooks.registered)
        self.oauth.refuses = lambda: not self.behaviour.tokens_for_gone and self.rest.users.me() is None
        self.scim = Scim(self.account, self.behaviour, self.log)
        self._pipeline = Pipeline(self)
        self.server = Server(self._pipeline.answer, port=port)

    # where it is

    @property
    def url(self) -> str:
        return f"http://{self.server.host}:{self.server.port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/v2"

    @property
    def scim_url(self) -> str:
        return f"{self.url}/v2/scim"

    @property
    def token_url(self) -> str:
        """The token endpoint that answers under the reading served."""
        return self.url + self.behaviour.token_path

    @property
    def authorize_url(self) -> str:
        return self.url + AUTHORIZE_PATH

    @property
    def control_url(self) -> str:
        return f"{self.url}/_sim"

    def start(self) -> Self:
        """Listen. Raises OSError when the port is taken."""
        self.server.start()
        self.rest.origin = self.rest.users.origin = self.scim.origin = self.url
        self.rest.conversations.origin = self.rest.duty.origin = self.url
        return self

    def stop(self) -> None:
        """Let go of everything held, hang up on everybody, stop listening."""
        self._pipeline.stopping.set()
        self.faults.clear()
        self.account.duty.stop()
        self.webhooks.stop()
        self.server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Nobody listens on the port meanwhile; then the same port answers again."""
        self.server.stop()
        try:
            yield
        finally:
            self.server.start()

    def access_token(self) -> str:
        """A fresh OAuth token, as an app would get one."""
        return self.oauth.issue_app_token()

    # what is in it

    @property
    def people(self) -> list[Person]:
        """Everybody with a seat, by id."""
        return self.account.people()

    @property
    def teams(self) -> list[Team]:
        with self.account.lock:
            return list(self.account.teams.values())

    @property
    def conversations(self) -> list[Conversation]:
        with self.account.lock:
            return list(self.account.conversations.values())

    def person(self, who: int | str) -> Person:
        """By REST id (also who is gone), SCIM id, or e-mail. Raises KeyError."""
        person = self.account.find(who)
        if person is None:
            raise KeyError(who)
        return person

    def team(self, name: str) -> Team:
        """By name. Raises KeyError."""
        for team in self.teams:
            if team.name == name:
                return team
        raise KeyError(name)

    @property
    def rate_left(self) -> int | None:
        """Requests left in the window for whoever has the least left; None without a limit."""
        return self.limit.least_left(time.monotonic())

    # what other people do in Help Scout meanwhile

    def add_person(self, email: str, first_name: str, last_name: str, **fields: Any) -> Person:
        """Give somebody a seat. `id` may be given, to come before others on the pages; else they come last."""
        return self.account.add_person(email=email, first_name=first_name, last_name=last_name, **fields)

    def remove_person(self, who: int | str) -> Person:
        """Take somebody's seat, as an administrator would in Help Scout itself."""
        person = self.person(who)
        self.account.remove_person(person)
        return person

    def change_person(self, who: int | str, **fields: Any) -> Person:
        """Set fields of `Person`, for instance `role="admin"`."""
        person = self.person(who)
        self.account.change_person(person, **fields)
        return person

    def conversations_of(self, who: int | str, *statuses: str) -> list[Conversation]:
        """Of one person (gone or not), active and pending ones unless told otherwise."""
        return self.account.conversations_of(self.person(who).id, statuses or ("active", "pending"))

    def assign(self, conversation: Conversation, who: int | str | None) -> None:
        """Give a conversation to somebody, or to nobody; tells the webhook."""
        self.account.assign(conversation, None if who is None else self.person(who).id)

    def on_request(self, act: Callable[[Request], None], match: Match = "") -> Callable[[], None]:
        """Call `act` before each matching request is answered, in its thread. Returns a function that ends this."""
        entry = (matcher(match), act)
        with self._lock:
            self._callbacks.append(entry)

        def end() -> None:
            with self._lock:
                if entry in self._callbacks:
                    self._callbacks.remove(entry)

        return end

    def arrived(self, request: Request) -> None:
        """Calls what `on_request` asked for."""
        if not self._callbacks:
            return
        with self._lock:
            acts = [act for accepts, act in self._callbacks if accepts(request)]
        for act in acts:
            act(request)

    def _assigned(self, conversation: Conversation) -> None:
        with self.account.lock:
            number = conversation.assignee_id
            assignee = None if number is None else self.account.rows.get(number)
            body = conversation_json(conversation, assignee, self.url)
        self.webhooks.assigned(body)

    def _status_changed(self, person_id: int) -> None:
        person = self.account.rows[person_id]
        self.webhooks.status_changed(
            {
                "id": person.id,
                "firstName": person.first_name,
                "lastName": person.last_name,
                "email": person.email,
                "status": self.account.duty.presence(person_id).status,
            }
        )
