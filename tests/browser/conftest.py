"""Chromium from the system's packages, and pages to drive: a gallery of everything, and the demo with the real bot."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(
    (p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome") if Path(p).exists()), ""
)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser; the reason is told when there is none."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="no Chromium: apt-get install chromium"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def profile(chromium: Any) -> Callable[..., Any]:
    """A profile of the browser for each size and colour scheme, kept: a new one reads the page's scripts anew."""

    @cache
    def of(dark: bool, width: int, height: int) -> Any:
        return chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )

    return of


@contextmanager
def served(*command: str, program: str = "", cwd: Path | None = None) -> Iterator[str]:
    """Runs a program that prints the URL of its page, and gives that URL. Without `program`: this checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    process = subprocess.Popen(
        [program or sys.executable, *command],
        cwd=cwd,
        env=kept if program else {**kept, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said: list[str] = []
    try:
        for line in process.stdout:
            said.append(line)
            found = re.search(r"http://127\.0\.0\.1:\d+/", line)
            if found:
                yield found[0]
                break
        else:
            pytest.fail(f"the page did not start: {''.join(said)}")
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    """The URL of a page on which a stand-in shows every part of Block Kit."""
    with served(str(HERE / "gallery.py")) as url:
        yield url


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The URL of the page of `hs-bot demo`, with the real bot."""
    with served("-m", "bot", "demo", "--port", "0", "--no-browser") as url:
        yield url


@pytest.fixture(scope="session")
def expect() -> Any:
    """Playwright's `expect`, patient: what comes late on a busy machine is not missing."""
    waits = pytest.importorskip("playwright.sync_api").expect
    waits.set_options(timeout=20_000)
    return waits


@pytest.fixture
def opened(profile: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Opens a page in a window of its own; fails the test if the page asked the internet for anything, or erred."""
    pages: list[Any] = []
    strays: list[str] = []
    errors: list[str] = []

    def open_page(url: str, *, dark: bool = False, width: int = 1440, height: int = 900) -> Any:
        page = profile(dark, width, height).new_page()
        pages.append(page)
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: errors.append(f"a dialog: {dialog.message}"))
        page.on("request", lambda r: None if _local(r.url) else strays.append(r.url))
        page.goto(url)
        page.get_by_role("radiogroup", name="Who you are").wait_for()
        return page

    yield open_page
    for page in pages:
        forms = page.locator("form.modal")
        if forms.count() and forms.is_visible():  # so that the next test finds nobody in the middle of a form
            forms.get_by_role("button", name="Close", exact=True).first.click()
            forms.wait_for(state="hidden")
        page.close()
    assert strays == []
    assert errors == []


def _local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where screenshots go; `HS_BOT_SHOTS` keeps them, else they are thrown away with the temporary folder."""
    folder = Path(os.environ.get("HS_BOT_SHOTS") or "/tmp/hs-bot-shots")
    if "HS_BOT_SHOTS" not in os.environ:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
