"""Words of people made safe for mrkdwn, cut to Slack's limits; times in each reader's own zone.

Source: docs.slack.dev, "Formatting message text". In mrkdwn `&`, `<` and `>` are entities and nothing else is; a sign
that would start a format gets zero-width joiners around it, so that nobody's name is bold, pings or links.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from bot.model.request import is_providers
from bot.policy.people.provider import provider_name
from bot.policy.typed.clean import visible

JOINER: Final = "\u200d"

_SPECIAL = re.compile(r"[&<>*_~`:]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SHORTCODE = re.compile(r":(?=[\w+'-]+:)")
_MARK = re.compile(r"[*~`]|(?<![^\W_])_|_(?![^\W_])")
_SLACK_ID = re.compile(r"[UW][A-Z0-9]{2,}")
_ELLIPSIS = "…"
_HOST = re.compile(r"(?:(?<=Help Scout)|(?<=be reached)) at https?://[^\s()/]+(?=[\s().,;])")
_UTC = re.compile(r"\b(\d{4}-\d\d-\d\d \d\d:\d\d) UTC\b")
_MOST_TIMES = 3
FURTHEST = 9_999_999_999
"""Seconds since 1970 that Slack draws as a date: fewer than these."""


def length(text: str) -> int:
    """How long Slack counts a text: at most its UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """At most `most` signs; what is cut off is an ellipsis. For text without markup."""
    if length(text) <= most:
        return text
    kept, room = [], most - 1
    if text.isascii():
        return text[:room].rstrip() + _ELLIPSIS
    for sign in text:
        room -= length(sign)
        if room < 0:
            break
        kept.append(sign)
    return "".join(kept).rstrip(f" {JOINER}\u200c") + _ELLIPSIS


def safe(text: str, most: int = 300) -> str:
    """Anybody's words as mrkdwn that shows just them: one line, nothing formatted, no link, nobody pinged.

    `most` is the length of the result, entities counted as written.
    """
    line = visible(text)
    if not _SPECIAL.search(line):
        return cut(line, most)
    if len(line) <= most and length(marked := _neutral(line)) <= most:
        return marked
    line = line[:most]
    low, high = 0, len(line)
    while low < high:  # the longest beginning that fits when it is written safely
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(_neutral(line[:middle])) < most else (low, middle - 1)
    return _neutral(line[:low].rstrip()) + _ELLIPSIS


def _neutral(line: str) -> str:
    marked = _MARK.sub(lambda found: f"{JOINER}{found[0]}{JOINER}", line)
    marked = _SHORTCODE.sub(f":{JOINER}", marked)
    if marked.startswith(">"):
        marked = JOINER + marked  # at the beginning of a line it would be a quotation
    return marked.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str, most: int) -> str:
    """Anybody's words for a plain_text object: one line, visible signs only, never empty."""
    return cut(visible(text), most) or "–"


def code(text: str) -> str:
    """A code span of ours or of an id: nothing in it is formatted."""
    inside = visible(text).replace("`", "'")
    return f"`{''.join(_ENTITIES.get(sign, sign) for sign in inside)}`"


def explained(text: str, most: int = 2000) -> str:
    """A sentence of ours for the person who typed what it quotes: like `safe`, with `code` between backticks."""
    pieces = re.split("`([^`]*)`", text)
    shown = [code(piece) if number % 2 else safe(piece, most) for number, piece in enumerate(pieces)]
    words = " ".join(piece for piece in shown if piece)
    return re.sub(r" ([,.:;?!])", r"\1", words)


def told(sentence: str, most: int = 2900) -> str:
    """A sentence of ours: like `safe`, and the times in it are in the reader's zone.

    Without the address of an API that could not be reached, which says nothing to people; the log has it.
    """
    return _zoned(safe(_HOST.sub("", sentence), most))


def _zoned(markup: str) -> str:
    def drawn(found: re.Match[str]) -> str:
        try:
            return at(datetime.fromisoformat(f"{found[1]}+00:00"))
        except ValueError:
            return found[0]

    return _UTC.sub(drawn, markup, count=_MOST_TIMES)


def member(id: str, name: str = "") -> str:
    """A colleague who acted, as a mention; by name when the id is not one of Slack's (`cli:jane`, a token's)."""
    called = provider_name(id) if is_providers(id) else id
    return f"<@{id}>" if _SLACK_ID.fullmatch(id) else safe(name or called, 80)


def to_card(link: str) -> str:
    """A link to a request's card in the channel."""
    return f"<{link.replace('&', '&amp;')}|Open the request>"


def to_page(url: str) -> str:
    """A link to a page of Help Scout's, made by bot.policy.by_hand."""
    return f"<{url}|Open the page in Help Scout>"


def at(moment: datetime, form: str = "{date_short_pretty} at {time}") -> str:
    """A moment in the reader's zone; where Slack can't draw it, in UTC. Not for plain_text objects."""
    utc = moment.astimezone(UTC)
    return f"<!date^{int(utc.timestamp())}^{form}|{utc:%Y-%m-%d %H:%M} UTC>"


def day(moment: datetime) -> str:
    """Like `at`, without the time of day."""
    return at(moment, "{date_short_pretty}")


def counted(count: int, one: str, many: str = "") -> str:
    """`1 person`, `2 people`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def money(amount: Decimal, currency: str) -> str:
    """`1,430 USD`, `27.50 EUR`."""
    return f"{amount:,.2f}".removesuffix(".00") + f" {safe(currency, 5)}"


def read_time(text: str) -> datetime | None:
    """A time as Help Scout writes it (ISO 8601); None when it is none."""
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def from_iso(text: str) -> str:
    """A time as Help Scout writes it, in the reader's zone; as it stands when it can't be read."""
    moment = read_time(text)
    if moment is None or not 0 < moment.timestamp() < FURTHEST:
        return safe(text, 60)
    return at(moment)
