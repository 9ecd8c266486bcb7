"""`python -m tests`: everything that must hold before a commit, on this machine, in one go.

Installs the real browser, the PostgreSQL server and its pooler from the system's packages where it may (root and apt);
elsewhere the run says at its end how many tests were left out and why. Arguments are handed to pytest.
"""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
FORGIVEN = 4
"""So many tests that pass only on repetition don't fail CI: a machine that others use as well may hold one up."""
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)


def missing_packages() -> list[str]:
    """Debian's names of what the tests need and the machine lacks."""
    missing = []
    if not shutil.which("chromium"):
        missing += ["chromium", "fonts-dejavu-core", "fonts-noto-color-emoji"]
    if not any(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        missing.append("postgresql")
    if not shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"):
        missing.append("pgbouncer")
    return missing


def install(packages: list[str]) -> None:
    """Best effort: what can't be installed is reported by the tests that are left out."""
    apt = shutil.which("apt-get")
    if not packages or not apt or os.geteuid() != 0:
        return
    print(f"installing {', '.join(packages)} …", flush=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([apt, "update", "-qq"], env=environment, check=False, **quiet)  # type: ignore[call-overload]
    subprocess.run(
        [apt, "install", "-y", "-qq", "--no-install-recommends", *packages], env=environment, check=False, **quiet
    )  # type: ignore[call-overload]


def checked(scripts: Path, name: str, *arguments: str) -> tuple[bool, str]:
    """Whether it holds, and what it says. They run beside the tests, a third of whose time is waiting."""
    ended = subprocess.run(
        ["nice", scripts / name, *arguments],
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return ended.returncode == 0, f"{name} {' '.join(arguments)}\n{ended.stdout}"


def failures() -> list[str]:
    """The tests that failed in the last run, as pytest has kept them."""
    kept = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
    return sorted(json.loads(kept.read_text(encoding="utf-8"))) if kept.is_file() else []


def main() -> int:
    scripts = Path(sys.executable).parent
    install(missing_packages())
    failed: list[str] = []
    checking = ThreadPoolExecutor(1)
    checks = [] if sys.argv[1:] else [checking.submit(checked, scripts, *check) for check in CHECKS]
    workers = str(2 * min(2, os.cpu_count() or 1))  # much of a run is waiting: for leases, clocks, a browser
    arguments = sys.argv[1:] or ["-n", workers, "--dist", "loadscope", "--no-loadscope-reorder"]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of bots start in the tests: none compiles what one has
    pytest = [sys.executable, "-m", "pytest"]
    code = subprocess.run([*pytest, *arguments], cwd=ROOT, check=False).returncode
    if code == 1 and not sys.argv[1:]:
        # Whole stories with processes, clocks and a browser share two cores: what failed is tried once more, alone.
        first = failures()
        print("\nOnce more, one after the other, what failed:", flush=True)
        code = subprocess.run(
            [*pytest, "--last-failed", "--last-failed-no-failures", "none"], cwd=ROOT, check=False
        ).returncode
        if code == 0:
            print("\npassed only on repetition:", *first, sep="\n  ")
            failed += ["repetition"] if os.environ.get("CI") and len(first) > FORGIVEN else []
    for (name, *_), check in zip(CHECKS, checks, strict=False):
        right, said = check.result()
        print(f"\n{said}", end="", flush=True)
        failed += [] if right else [name]
    if code:
        failed.append("pytest")
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
