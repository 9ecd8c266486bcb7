"""The demo from an installed wheel: what a checkout shows, seen in a real browser."""

import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import ROOT, served


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment with the wheel in it, and beside it what the wheel depends on; no network."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    build = ["wheel", "--no-index", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)]
    subprocess.run([*pip, *build], check=True, cwd=folder)
    [wheel] = folder.glob("hs_bot-*.whl")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([*pip, "--python", str(python), "install", "--no-index", "--no-deps", str(wheel)], check=True)
    [site] = (folder / "venv" / "lib").glob("python*/site-packages")
    (site / "_dependencies.pth").write_text("\n".join(_dependencies()))
    return python


def _dependencies() -> list[str]:
    """Folders of packages that this Python has, without this project."""
    return [place for place in sys.path if place.endswith("site-packages")]


@pytest.fixture(scope="module")
def demo_of_the_wheel(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    command = installed.parent / "hs-bot"
    with served("demo", "--port", "0", "--no-browser", program=str(command), cwd=tmp_path_factory.mktemp("cwd")) as url:
        yield url


def test_the_demo_of_a_wheel_has_shortcuts_hints_and_completion(
    demo_of_the_wheel: str, opened: Callable[..., Any], installed: Path
) -> None:
    where = subprocess.run(
        [installed, "-c", "import bot; print(bot.__file__)"], capture_output=True, text=True, cwd="/", check=True
    )
    assert str(installed.parent.parent) in where.stdout, "it is the wheel that runs"
    expect = pytest.importorskip("playwright.sync_api").expect
    page = opened(demo_of_the_wheel)
    box = page.get_by_role("textbox", name="Message")
    box.press_sequentially("/hs-u")
    expect(page.get_by_role("option", name="/hs-user")).to_contain_text("lookup WHO | search TEXT")
    box.press("Tab")
    expect(page.get_by_role("option", name="/hs-user history WHO")).to_be_visible()
    box.fill("/hs-user jane@acme.example")
    box.press("Enter")
    card = page.locator("article.private").last
    expect(card.get_by_role("button", name="Offboard Jane D'Arcy")).to_be_visible()
    page.get_by_role("button", name="Shortcuts").click()
    page.get_by_text("Offboard from Help Scout").first.click()
    form = page.get_by_role("dialog", name="Offboard from Help Scout")
    expect(form.get_by_role("combobox", name="Person")).to_be_visible()
    form.get_by_role("button", name="Cancel").click()
    form.wait_for(state="hidden")
