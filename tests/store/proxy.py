"""A line between the bot and PostgreSQL that can be cut, at once or around a COMMIT, or held.

It knows nothing of the bot.
"""

import contextlib
import socket
import threading
from collections.abc import Callable

_COMMIT = b"COMMIT\x00"


class Proxy:
    """`at_commit`, when set, is called with (client, server, data) in place of passing a COMMIT on."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._down = False
        self._passing = threading.Event()
        self._passing.set()
        self._answered = threading.Event()
        self.at_commit: Callable[[socket.socket, socket.socket, bytes], None] | None = None
        self.held: list[socket.socket] = []  # connections to the server that nobody serves any more
        threading.Thread(target=self._accept, daemon=True).start()

    def through(self, url: str) -> str:
        return url.replace(f":{self._server_port}/", f":{self.port}/")

    def cut(self) -> None:
        """Every connection is dropped, and none comes about until `mend`."""
        self._down = True
        with self._lock:
            for each in self._open:
                _drop(each)
            self._open.clear()

    def mend(self) -> None:
        self._down = False
        self._passing.set()

    def hold(self) -> None:
        """Every connection stays open, new ones come about, and nothing gets through until `mend`."""
        self._passing.clear()

    def lead_to(self, port: int) -> None:
        """From now on another server is behind it, as behind a name whose address changes in a failover."""
        self._server_port = port

    def close(self) -> None:
        self.cut()
        self._passing.set()
        _drop(self._listening)
        for each in self.held:
            _drop(each)

    # What may happen to a COMMIT

    def lose_commit(self, client: socket.socket, server: socket.socket, data: bytes) -> None:
        """It never reaches the server, which does not learn either that its client is gone."""
        self.at_commit = None
        self.held.append(server)
        with self._lock:
            self._open.discard(server)
        _drop(client)

    def lose_answer(self, client: socket.socket, server: socket.socket, data: bytes) -> None:
        """It is carried out, and nobody hears of it."""
        self.at_commit = None
        self.held.append(server)
        with self._lock:
            self._open.discard(server)
        self._answered.clear()
        server.sendall(data)
        self._answered.wait(10)  # the thread of the other direction hears it, and passes nothing on
        _drop(client)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            if self._down:
                _drop(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._server_port), timeout=5)
                server.settimeout(None)
            except OSError:
                _drop(client)
                continue
            with self._lock:
                self._open |= {client, server}
            threading.Thread(target=self._pass_on, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, client, False), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, from_client: bool) -> None:
        try:
            while data := source.recv(65536):
                self._passing.wait()
                if from_client and self.at_commit is not None and _COMMIT in data:
                    self.at_commit(source, sink, data)
                    return
                if not from_client and source in self.held:
                    self._answered.set()
                    return
                sink.sendall(data)
        except OSError:
            pass
        if sink not in self.held and source not in self.held:
            _drop(source)
            _drop(sink)


def _drop(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
