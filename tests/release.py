"""`python -m tests.release`: what goes with a release, made by kept tools in an environment of their own.

`pylock.toml` (PEP 751): every package of the real install with the SHA-256 of its wheel, for this platform and this
Python; no index is named, the wheels are expected in `wheelhouse/`. `dist/sbom.cdx.json` (CycloneDX): the same packages
with versions, licenses and what needs what.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
INSTALL = ".[postgresql,charts,gate]"


def without_index(lock: str) -> str:
    """The lock with each wheel by its file's name instead of an address that is one machine's."""
    return re.sub(r'^url = ".*/([^/"#]+\.whl)[^"]*"$', r'path = "wheelhouse/\1"', lock, flags=re.MULTILINE)


def without_project(lock: str) -> str:
    """The lock without hs-bot itself, which is what it goes with."""
    head, *packages = re.split(r"(?=^\[\[packages\]\]\n)", lock, flags=re.MULTILINE)
    return head + "".join(one for one in packages if 'name = "hs-bot"' not in one)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        tools, real = Path(folder) / "tools", Path(folder) / "real"
        for place in (tools, real):
            subprocess.run([sys.executable, "-m", "venv", place], check=True)
        pip = tools / "bin" / "pip"
        subprocess.run([pip, "install", "-q", "--upgrade", "pip>=25.1", "cyclonedx-bom>=7"], check=True)
        subprocess.run([pip, "lock", "-q", "-o", "pylock.toml", INSTALL], cwd=ROOT, check=True)
        lock = ROOT / "pylock.toml"
        lock.write_text(without_project(without_index(lock.read_text())))
        subprocess.run([real / "bin" / "pip", "install", "-q", INSTALL], cwd=ROOT, check=True)
        (ROOT / "dist").mkdir(exist_ok=True)
        bom = ["--output-format", "JSON", "--output-file", "dist/sbom.cdx.json", "--output-reproducible"]
        subprocess.run([tools / "bin" / "cyclonedx-py", "environment", *bom, real], cwd=ROOT, check=True)
    print("written: pylock.toml, dist/sbom.cdx.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
