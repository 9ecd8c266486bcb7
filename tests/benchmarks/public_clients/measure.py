"""How a public client lists everybody of a simulated Help Scout: time, requests, and what it says it found."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.benchmarks.public_clients.environments import PublicClient, python_of

DRIVER = Path(__file__).with_name("driver.py")


class Served(Protocol):
    """What a simulated Help Scout tells about itself; also `addresses` of its process as a namespace."""

    @property
    def api_url(self) -> str: ...
    @property
    def app_id(self) -> str: ...
    @property
    def app_secret(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Listing:
    """`ids` as the client returned them, twice when it did so twice; `error` is empty when it raised nothing."""

    client: PublicClient
    seconds: float
    requests: int
    ids: tuple[int | None, ...] = field(repr=False)
    error: str = ""
    hung: bool = False  # had not answered when the time was up

    @property
    def people(self) -> int:
        """Different ones."""
        return len({number for number in self.ids if number is not None})

    def verdict(self, expected: frozenset[int]) -> str:
        """For the table of faults: "complete", "wrong, unnoticed", "error" or "hangs"."""
        if self.hung:
            return "hangs"
        if self.error:
            return "error"
        return "complete" if set(self.ids) == expected and len(self.ids) == len(expected) else "wrong, unnoticed"


def list_everybody(client: PublicClient, server: Served, *, give_up_after: float = 120.0) -> Listing:
    """One full listing in a process of its own. Both clients ask for a token at `/oauth2/token` only.

    So let the simulation serve the pages' reading, or set `behaviour.other_token_endpoint = 200` under the guide's.
    Raises Unavailable when the client can't be installed.
    """
    python = python_of(client)
    told = {"api_url": server.api_url, "app_id": server.app_id, "app_secret": server.app_secret}
    try:
        run = subprocess.run(
            [python, str(DRIVER), client.name],
            input=json.dumps(told),
            capture_output=True,
            text=True,
            timeout=give_up_after,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Listing(client, give_up_after, 0, (), f"no answer after {give_up_after:.0f} s", hung=True)
    if run.returncode:
        return Listing(client, 0.0, 0, (), (run.stderr.strip().splitlines() or ["it ended without a word"])[-1])
    answer = json.loads(run.stdout.splitlines()[-1])
    return Listing(client, answer["seconds"], answer["requests"], tuple(answer["ids"]), answer["error"])
