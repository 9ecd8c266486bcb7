"""A client whose answers are bent on their way: what a server may say that the simulation does not."""

from collections.abc import Callable

import httpx

from bot.helpscout.client import HelpScout

Bend = Callable[[httpx.Request, Callable[[], httpx.Response]], httpx.Response | None]
"""Gets the request and how to send it; None: as it would have been answered."""


class Bent(httpx.BaseTransport):
    """Between the client and its connections. `sent` are the writes that were asked for, "METHOD path"."""

    def __init__(self, helpscout: HelpScout) -> None:
        self._inner = helpscout._client._transport
        self.bends: list[Bend] = []
        self.sent: list[str] = []
        helpscout._client._transport = self

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            self.sent.append(f"{request.method} {request.url.path}")

        def send() -> httpx.Response:
            response = self._inner.handle_request(request)
            response.read()
            return response

        for bend in self.bends:
            if (answer := bend(request, send)) is not None:
                return answer
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()
