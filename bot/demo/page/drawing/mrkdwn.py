"""Slack's mrkdwn as HTML. Every character of the text is escaped; the only tags are those written here.

Source: docs.slack.dev, "Formatting text for app surfaces".
"""

import re
from collections.abc import Callable
from html import escape

from bot.demo.page.drawing.dates import formatted
from bot.demo.page.drawing.emoji import drawn
from bot.demo.page.drawing.reader import Reader

_ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
_FENCED = re.compile(r"```(.+?)```", re.DOTALL)
_CODE = re.compile(rf"(?<![{_ZERO_WIDTH}])`([^`\n]+)`(?![{_ZERO_WIDTH}])")
_ANGLED = re.compile(r"<([^<>\n]+)>")
_BARE_LINK = re.compile("https?://[^\\s<>|\ue000]+[^\\s<>|.,;:!?)\\]\ue000]")
_HELD = re.compile("\ue000(\\d+)\ue001")


def _mark(sign: str) -> re.Pattern[str]:
    """What stands between two signs; a sign with a zero-width character outside of it is only a sign."""
    s, z = re.escape(sign), _ZERO_WIDTH
    return re.compile(rf"(?<![\w{s}{z}]){s}(?![\s{s}])([^\n]+?)(?<![\s{s}]){s}(?![\w{s}{z}])")


_MARKS = ((_mark("*"), "strong"), (_mark("_"), "em"), (_mark("~"), "s"))


def decoded(text: str) -> str:
    """The three entities that Slack knows, as characters."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def safe_link(url: str) -> str | None:
    """The address if a browser may follow it from a message, else None."""
    return url if re.match(r"(?i)(https?|mailto|tel):", url) else None


def anchor(url: str, words: str) -> str:
    """A link in a new tab; only the words when the address is not one to follow."""
    address = safe_link(url)
    shown = drawn(escape(words), shortcodes=False)
    if address is None:
        return shown
    return f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer nofollow">{shown}</a>'


def mention(words: str, *, me: bool = False) -> str:
    return f'<span class="mention{" me" if me else ""}">{escape(words)}</span>'


def plain(text: str, *, emoji: bool = True) -> str:
    """A plain_text object as HTML."""
    return drawn(escape(text), shortcodes=emoji).replace("\n", "<br>")


class _Shelf:
    """Finished pieces of HTML, kept out of the way of the rules that follow."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def put(self, html: str) -> str:
        self._pieces.append(html)
        return f"\ue000{len(self._pieces) - 1}\ue001"

    def back(self, text: str) -> str:
        while _HELD.search(text):
            text = _HELD.sub(lambda m: self._pieces[int(m[1])], text)
        return text


def rendered(text: str, reader: Reader, *, links: bool = True) -> str:
    """mrkdwn as HTML for this reader. Without `links` (`verbatim`) a bare address stays what it is: words."""
    shelf = _Shelf()
    text = text.replace("\ue000", "").replace("\ue001", "")
    text = _FENCED.sub(lambda m: shelf.put(f"<pre>{_code_text(m[1].strip(chr(10)))}</pre>"), text)
    text = _CODE.sub(lambda m: shelf.put(f"<code>{_code_text(m[1])}</code>"), text)
    text = _ANGLED.sub(lambda m: shelf.put(_angled(m[1], reader)), text)
    if links:
        text = _BARE_LINK.sub(lambda m: shelf.put(anchor(decoded(m[0]), decoded(m[0]))), text)
    lines = [_line(line) for line in text.split("\n")]
    return shelf.back(_paragraphs(lines))


def _code_text(text: str) -> str:
    return escape(decoded(_ANGLED.sub(lambda m: m[1].rpartition("|")[2], text)))


def _line(line: str) -> tuple[bool, str]:
    """Whether the line is quoted, and its HTML."""
    words = decoded(line)
    quoted = line.startswith(("&gt;", ">"))
    html = escape(words.removeprefix(">").lstrip(" ") if quoted else words)
    for pattern, tag in _MARKS:
        html = pattern.sub(rf"<{tag}>\1</{tag}>", html)
    return quoted, drawn(html)


def _paragraphs(lines: list[tuple[bool, str]]) -> str:
    pieces: list[str] = []
    for position, (quoted, html) in enumerate(lines):
        before = lines[position - 1][0] if position else False
        if quoted and not before:
            pieces.append("<blockquote>")
        elif before and not quoted:
            pieces.append("</blockquote>")
        elif position:
            pieces.append("<br>")
        pieces.append(html)
    if lines and lines[-1][0]:
        pieces.append("</blockquote>")
    return "".join(pieces)


def _angled(inner: str, reader: Reader) -> str:
    """What stands between angle brackets: a mention, a date, a link."""
    target, _, label = inner.partition("|")
    label = decoded(label)
    kinds: tuple[tuple[str, Callable[[str, str, Reader], str]], ...] = (
        ("@", _person),
        ("#", _channel),
        ("!", _special),
    )
    for sign, draw in kinds:
        if target.startswith(sign):
            return draw(target[1:], label, reader)
    url = decoded(target)
    return anchor(url, label or url.removeprefix("mailto:"))


def _person(user: str, label: str, reader: Reader) -> str:
    return mention("@" + (reader.person_name(user) or label or user), me=user == reader.id)


def _channel(channel: str, label: str, reader: Reader) -> str:
    return mention("#" + (reader.channel_name(channel) or label or channel))


def _special(command: str, label: str, reader: Reader) -> str:
    parts = command.split("^")
    if parts[0] == "date" and len(parts) >= 3 and re.fullmatch(r"\d{1,11}", parts[1]):
        words = formatted(int(parts[1]), decoded(parts[2]), reader) or label
        if len(parts) > 3:
            return anchor(decoded(parts[3]), words)
        return f'<time class="date" title="{escape(label)}">{escape(words)}</time>'
    if parts[0] == "subteam":
        words = reader.group_name(parts[-1]) or label.removeprefix("@") or parts[-1]
        return mention(f"@{words}", me=parts[-1] in reader.groups)
    if parts[0] in ("channel", "here", "everyone"):
        return mention(f"@{parts[0]}", me=True)
    return escape(label or command)
