"""A virtual environment for each public client, kept between runs."""

import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
KEPT_IN = ROOT / ".venv-public-clients"


class Unavailable(Exception):
    """The client can't be installed here; `str()` is the installer's last word."""


@dataclass(frozen=True, slots=True)
class PublicClient:
    """A client from PyPI at the version that was read."""

    name: str
    version: str

    @property
    def requirement(self) -> str:
        return f"{self.name}=={self.version}"


PUBLIC_CLIENTS = (PublicClient("python-helpscout", "2.0.2"), PublicClient("helpscout-mailbox", "1.2.0"))


def python_of(client: PublicClient, *, kept_in: Path = KEPT_IN) -> Path:
    """The interpreter of the client's environment, which is made when it is not there or holds another version.

    Takes some ten seconds the first time. Raises Unavailable.
    """
    home = kept_in / client.name
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    made = home / "made-for.txt"
    if made.exists() and made.read_text() == client.requirement:
        return python
    venv.create(home, with_pip=True, clear=True)
    told = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", client.requirement],
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        last = (told.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise Unavailable(f"{client.requirement} can't be installed: {last}")
    made.write_text(client.requirement)
    return python
