"""Pictures of people: their initials on a colour of their own, so that nothing is fetched from the internet."""

import html
import re

from bot.demo.helpscout.http.replies import html_reply
from bot.demo.helpscout.http.server import Reply
from bot.demo.helpscout.world.account import Account


def photo(path: str, account: Account) -> Reply:
    """The SVG at `/photos/{id}.svg`."""
    number = re.fullmatch(r"/photos/(\d+)\.svg", path)
    person = account.rows.get(int(number[1])) if number else None
    if person is None:
        return html_reply(404, "<h1>404</h1>")
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 96 96">'
        f'<rect width="96" height="96" rx="12" fill="hsl({person.id * 47 % 360} 45% 42%)"/>'
        '<text x="48" y="50" fill="#fff" font-family="sans-serif" font-size="38" text-anchor="middle" '
        f'dominant-baseline="middle">{html.escape(person.initials[:2])}</text></svg>'
    )
    return Reply(200, svg.encode(), "image/svg+xml", {"Cache-Control": "max-age=3600"})
