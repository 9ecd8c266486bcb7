"""The three identity providers over real HTTP, and what a sick one says."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.demo.directories import Account, Directory, SimulatedDirectories
from bot.demo.directories.answers import ENTRA_CLIENT, ENTRA_SECRET, ENTRA_TENANT, OKTA_TOKEN
from bot.sources.entra import Entra
from bot.sources.google import Google
from bot.sources.okta import Okta
from bot.sources.waits import Waits

PATIENT = Waits(pause=0.001)
QUICK = Waits(idle=0.3, pause=0.001)


@pytest.fixture
def world() -> Iterator[SimulatedDirectories]:
    with SimulatedDirectories() as running:
        for directory in (running.okta, running.entra, running.google):
            fill(directory)
        yield running


def fill(directory: Directory) -> None:
    """450 people: of each hundred one is suspended and one has left."""
    for n in range(450):
        state = {7: "suspended", 8: "left"}.get(n % 100, "active")
        directory.accounts.append(
            Account(
                id=f"id{n}",
                email=f"person{n}@acme.example",
                name=f"Person No{n}",
                state=state,
                aliases=(f"p{n}@acme.example",),
                manager="person0@acme.example" if n else "",
            )
        )
    directory.groups["Help Scout"] = [f"id{n}" for n in range(0, 450, 2)]
    directory.groups["hs@acme.example"] = [f"id{n}" for n in range(0, 450, 2)]


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service account's file with a key made once."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    file = tmp_path_factory.mktemp("google") / "google.json"
    about = {"type": "service_account", "private_key": pem, "client_email": "bot@p.iam.gserviceaccount.com"}
    file.write_text(json.dumps(about))
    return file


Make = Callable[..., Any]


@pytest.fixture
def make(world: SimulatedDirectories, key_file: Path, tmp_path: Path) -> Iterator[Make]:
    """A source by its name; `group` and `waits` as wished."""
    made: list[Any] = []

    def source(name: str, *, group: str = "", also: tuple[str, ...] = (), waits: Waits = PATIENT, **more: str) -> Any:
        if name == "okta":
            token = more.get("token", OKTA_TOKEN)
            found: Any = Okta(f"{world.url}/okta", token, group=group, also=also, waits=waits)
        elif name == "entra":
            url = f"{world.url}/entra"
            secret = more.get("secret", ENTRA_SECRET)
            found = Entra(
                ENTRA_TENANT, ENTRA_CLIENT, secret, group=group, also=also, login_url=url, graph_url=url, waits=waits
            )
        else:
            about = {**json.loads(key_file.read_text()), "token_uri": f"{world.url}/google/token"}
            file = tmp_path / "google.json"
            file.write_text(json.dumps(about))
            group = group.replace("Help Scout", "hs@acme.example")
            found = Google(
                str(file), "admin@acme.example", group=group, also=also, url=f"{world.url}/google", waits=waits
            )
        made.append(found)
        return found

    yield source
    for one in made:
        one.close()


def raw(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
    """An answer as it is."""
    handler.send_response(status)
    for name, value in {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **(headers or {}),
    }.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)
    handler.wfile.flush()
