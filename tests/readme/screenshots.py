"""`python -m tests.readme.screenshots`: take the README's pictures anew, from the real demo in a real browser."""

import sys
from pathlib import Path
from typing import Any

from tests.browser.conftest import CHROMIUM, FLAGS, served

HERE = Path(__file__).parent
LARGEST = 300_000  # bytes, each


def ask(page: Any) -> None:
    """Rita looks Jane up and asks to offboard her."""
    box = page.get_by_role("textbox", name="Message")
    box.fill("/hs-offboard jane@acme.example")
    box.press("Enter")
    form = page.get_by_role("dialog", name="Offboard from Help Scout")
    form.get_by_role("textbox", name="Reason").fill("Leaves the company today")
    form.get_by_role("combobox", name="Hand conversations to").press_sequentially("brückner", delay=20)
    page.get_by_role("option", name="Max Brückner").click()
    form.get_by_role("button", name="Ask for approval").click()
    form.wait_for(state="hidden")


def take(page: Any) -> None:
    card = page.locator("article:not(.private)").filter(has_text="Leaves the company today").last
    card.get_by_role("button", name="Approve").wait_for()
    page.get_by_role("button", name="access").click()
    page.mouse.move(700, 20)
    page.wait_for_timeout(500)
    page.screenshot(path=HERE / "demo.png")
    page.set_viewport_size({"width": 1280, "height": 860})
    card.screenshot(path=HERE / "card.png")


def main() -> int:
    from playwright.sync_api import sync_playwright

    with served("-m", "bot", "demo", "--port", "0", "--no-browser") as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1360, "height": 860})
        page.goto(url)
        ask(page)
        take(page)
        browser.close()
    too_large = [p.name for p in (HERE / "demo.png", HERE / "card.png") if p.stat().st_size > LARGEST]
    if too_large:
        print(f"larger than {LARGEST} bytes: {', '.join(too_large)}")
    return 1 if too_large else 0


if __name__ == "__main__":
    sys.exit(main())
