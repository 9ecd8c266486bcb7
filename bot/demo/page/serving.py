"""Serving the page: NiceGUI in a FastAPI app of our own, on loopback, until told to stop."""

import socket
import threading
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI
from nicegui import ui

from bot.demo.page.stage import Stage
from bot.demo.page.workspace_page import TITLE, register
from bot.model.problem import Problem


class PortTaken(Problem):
    """Somebody else listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} is in use: stop what uses it, or choose another one with --port (0 takes a free one)."
        )


def listen(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one. Raises PortTaken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as problem:
        listener.close()
        raise PortTaken(port) from problem
    return listener


class PageServer:
    """The page of one stage. NiceGUI keeps its pages per process, so a process serves one."""

    def __init__(self, stage: Stage, listener: socket.socket) -> None:
        self._listener = listener
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        outer = FastAPI()
        register(stage)
        ui.run_with(
            outer,
            title=TITLE,
            dark=None,
            tailwind=False,
            favicon="🎫",
            reconnect_timeout=10.0,
            show_welcome_message=False,
            gzip_middleware_factory=None,
        )
        config = uvicorn.Config(
            outer, log_level="warning", access_log=False, timeout_graceful_shutdown=1, ws_max_size=16_000_000
        )
        self._server = uvicorn.Server(config)

    def serve(self, ready: Callable[[], None]) -> None:
        """Serves until `stop` or Ctrl-C; calls `ready` once the page answers."""

        def tell() -> None:
            while not self._server.started and not self._server.should_exit:
                threading.Event().wait(0.02)
            if self._server.started:
                ready()

        threading.Thread(target=tell, name="page-ready", daemon=True).start()
        self._server.run(sockets=[self._listener])

    def stop(self) -> None:
        self._server.should_exit = True
