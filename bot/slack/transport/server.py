"""HTTP mode's server: waitress with connections that have deadlines, started and ended in good order."""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments

from bot.slack.transport.connections import IDLE, MOST, Channel, Parser, Server
from bot.slack.transport.http import ELSEWHERE, LARGEST_BODIES, Site


class HttpServer:
    """waitress on `port` of `host` (0 takes a free one). A request in progress is finished before the end.

    `below`: path → the largest body there and below it, in bytes. Raises OSError when it can't listen there.
    """

    def __init__(
        self,
        site: Site,
        *,
        port: int,
        host: str = "0.0.0.0",
        threads: int = 16,
        below: Mapping[str, int] | None = None,
    ) -> None:
        self._server = _listening(
            site,
            host=host,
            port=port,
            threads=threads,
            limits=LARGEST_BODIES,
            otherwise=ELSEWHERE,
            below=below or {},
            every_second=site.unsigned.tell,
        )
        self.port = int(self._server.effective_port)
        self._thread = threading.Thread(target=self._server.run, name="http", daemon=True)

    def start(self) -> None:
        """Serve, in a daemon thread."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> bool:
        """Take no new connections, finish what came in within `timeout` seconds; False when something was cut off."""
        server, tasks, pause = self._server, self._server.task_dispatcher, threading.Event()
        if not self._thread.is_alive():
            return True
        self._in_the_loop(lambda: wasyncore.dispatcher.close(server))
        ends = time.monotonic() + timeout
        while (tasks.queue or tasks.active_count or _unsent(server)) and time.monotonic() < ends:
            pause.wait(0.01)
        finished = not (tasks.queue or tasks.active_count)
        tasks.shutdown(timeout=0.2)
        self._in_the_loop(lambda: wasyncore.close_all(server._map, ignore_all=True))
        self._thread.join(max(0.5, ends - time.monotonic()))
        return finished

    def _in_the_loop(self, work: Callable[[], object]) -> None:
        """In the thread that serves; here, when that can't be woken any more: the end of a bot must not fail by it."""
        try:
            self._server.trigger.pull_trigger(work)
        except OSError:
            work()


def _listening(
    application: Callable[..., Any],
    *,
    host: str,
    port: int,
    threads: int,
    limits: Mapping[str, int],
    otherwise: int,
    below: Mapping[str, int],
    every_second: Callable[[], None],
) -> Server:
    """A server that listens; `run()` serves. Raises OSError, also for a host that is none.

    `limits`, `otherwise` and `below` as in `Parser`.
    """
    most = _most()
    try:
        settings = Adjustments(
            host=host,
            port=port,
            threads=threads,
            ident=None,
            max_request_header_size=32 * 1024,
            inbuf_overflow=1024 * 1024,
            connection_limit=most + most // 4,
            cleanup_interval=1,
            channel_timeout=int(IDLE),
            backlog=1024,
            # Who only passes on what others send is told apart by these headers, see `http.py`.
            clear_untrusted_proxy_headers=False,
            asyncore_use_poll=True,
            log_socket_errors=False,  # that somebody has hung up is nobody's fault, and no traceback
        )
    except ValueError as wrong:
        raise OSError(str(wrong)) from wrong
    parser = type("Parser", (Parser,), {"limits": dict(limits), "otherwise": otherwise, "below": dict(below)})
    channel = type("Channel", (Channel,), {"parser_class": parser})
    served = {"channel_class": channel, "most": most, "every_second": staticmethod(every_second)}
    kind = type("Server", (Server,), served)
    server: Server = kind(application, map={}, adj=settings, sockinfo=_address(settings))
    return server


def _address(settings: Any) -> Any:
    """Of a name with several addresses, like localhost, that of IPv4, which others try for certain."""
    return next((one for one in settings.listen if one[0] == socket.AF_INET), settings.listen[0])


def _most() -> int:
    """How many connections may be open: half of the files that this process may, the rest is for everything else."""
    try:
        import resource
    except ImportError:  # Windows knows no such limit
        return MOST
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST if files == resource.RLIM_INFINITY else min(MOST, files // 2)


def _unsent(server: Any) -> bool:
    return any(channel.total_outbufs_len for channel in list(server.active_channels.values()))
