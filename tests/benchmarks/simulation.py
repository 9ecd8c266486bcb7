"""The simulated Help Scout as a process of its own, so that what it costs is not measured as ours."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Simulation:
    """Where it is and how it lets one in; `control_url` is its control endpoint."""

    api_url: str
    scim_url: str
    app_id: str
    app_secret: str
    scim_token: str
    control_url: str

    def state(self) -> dict[str, Any]:
        """Figures since the last `forget`: `requests`, `by_status`, `rows`, `most_in_flight`, …"""
        answer: dict[str, Any] = httpx.get(f"{self.control_url}/state", timeout=30).raise_for_status().json()
        return answer

    def forget(self) -> None:
        """Empty the log and the counters."""
        httpx.delete(f"{self.control_url}/log", timeout=30).raise_for_status()

    def limit(self, limit: int | None, *, window: float = 60.0, sliding: bool = False) -> None:
        """A new rate limit, with nothing spent yet."""
        said = {"limit": limit, "window": window, "sliding": sliding}
        httpx.patch(f"{self.control_url}/limit", json=said, timeout=30).raise_for_status()

    def behave(self, **switches: object) -> None:
        """Set switches of `Behaviour`."""
        httpx.patch(f"{self.control_url}/behaviour", json=switches, timeout=30).raise_for_status()


@contextmanager
def simulation(**options: object) -> Iterator[Simulation]:
    """`simulation(people=20_000, page_size=50, latency=0.06, no_conversations=True)`: options of the command line."""
    arguments = ["--until-eof"]
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        arguments += [flag] if value is True else [flag, str(value)]
    command = [sys.executable, "-m", "bot.demo.helpscout", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            said = json.loads(process.stdout.readline())
            yield Simulation(**{name: said[name] for name in Simulation.__slots__})
        finally:
            process.stdin.close()
            process.wait(20)
