"""A SCIM server that somebody else wrote, on loopback: scim2-server from PyPI, in a process of its own."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

TOKEN = "tok"


@contextmanager
def running() -> Iterator[str]:
    """The address of a running server that knows nobody yet and takes `TOKEN`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = "from scim2_server.testserver.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", start, "--port", str(port), "--bearer-token", TOKEN],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert str(port) in line, f"scim2-server did not start: {line}"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
