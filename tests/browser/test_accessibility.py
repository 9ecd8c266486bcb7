"""The page can be read and named: contrast in light and dark, a name for every control."""

from collections.abc import Callable
from typing import Any

import pytest

Open = Callable[..., Any]


def say(page: Any, line: str) -> None:
    box = page.get_by_role("textbox", name="Message")
    box.fill(line)
    box.press("Enter")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(gallery: str, opened: Open, dark: bool) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1 for the texts of a message."""
    page = opened(gallery, dark=dark)
    say(page, "/show everything")
    page.locator("article.private").last.wait_for()
    worst = page.evaluate(
        """() => {
          const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
          const light = (c) => {
            const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => linear(v / 255));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const ground = (e) => {
            for (let n = e; n; n = n.parentElement) {
              const c = getComputedStyle(n).backgroundColor;
              if (/^rgb\\(/.test(c)) return c;
            }
            return 'rgb(255, 255, 255)';
          };
          let worst = [99, ''];
          for (const e of document.querySelectorAll('article *, .sidebar *, .topbar *, .panel *, .composer *')) {
            if (!e.offsetParent || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
            if (e.closest('.icon, .emoji, [aria-hidden=true]')) continue;
            const a = light(getComputedStyle(e).color), b = light(ground(e));
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < worst[0]) worst = [ratio, e.className + ': ' + e.textContent.slice(0, 40)];
          }
          return worst; }"""
    )
    assert worst[0] >= 4.5, worst


@pytest.mark.parametrize("width", [1440, 480], ids=["wide", "narrow"])
def test_every_control_has_a_name(gallery: str, opened: Open, width: int) -> None:
    page = opened(gallery, width=width)
    say(page, "/form")
    page.get_by_role("dialog", name="A form").wait_for()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, input, textarea, [role=combobox]')]
          .filter(e => e.offsetParent && !(e.getAttribute('aria-label') || e.innerText.trim() || e.closest('label')))
          .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
