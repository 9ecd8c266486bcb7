"""mrkdwn is drawn as Slack draws it, and no text ever becomes HTML of its own."""

from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.demo.page.drawing.mrkdwn import plain, rendered
from bot.demo.page.drawing.reader import Reader
from bot.demo.page.drawing.rich_text import rich_text
from bot.demo.page.drawing.static_blocks import text as drawn

AT = 1_795_539_600  # 2026-11-24 17:00 UTC, 18:00 in Madrid


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold*", "<strong>bold</strong>"),
        ("_it_ and ~gone~", "<em>it</em> and <s>gone</s>"),
        ("*bold _both_*", "<strong>bold <em>both</em></strong>"),
        ("snake_case_name and 2*3*4", "snake_case_name and 2*3*4"),
        ("* not bold *", "* not bold *"),
        ("\u200d*\u200dno\u200d*\u200d", "\u200d*\u200dno\u200d*\u200d"),
        ("*\u200d*\u200dname\u200d*\u200d*", "<strong>\u200d*\u200dname\u200d*\u200d</strong>"),
        ("\u200d`\u200dno code\u200d`\u200d", "\u200d`\u200dno code\u200d`\u200d"),
        ("`*code* &amp; &lt;b&gt;`", "<code>*code* &amp; &lt;b&gt;</code>"),
        ("```a\n*b*```", "<pre>a\n*b*</pre>"),
        ("&lt;b&gt; &amp;amp;", "&lt;b&gt; &amp;amp;"),
        ("one\ntwo", "one<br>two"),
        ("&gt; said\n&gt; again\nafter", "<blockquote>said<br>again</blockquote>after"),
        ("<@U0ANA00001>", '<span class="mention">@ana</span>'),
        ("<@U0RITA0001|x>", '<span class="mention me">@rita</span>'),
        ("<@U0GONE|old name>", '<span class="mention">@old name</span>'),
        ("<#C0ACCESS01>", '<span class="mention">#access</span>'),
        ("<!here>", '<span class="mention me">@here</span>'),
        ("<!subteam^S0APPROVER|@approvers>", '<span class="mention">@approvers</span>'),
        (f"<!date^{AT}^{{date_num}} {{time}}|f>", '<time class="date" title="f">2026-11-24 6:00 PM</time>'),
        (f"<!date^{AT}^{{nonsense}}|fallback>", '<time class="date" title="fallback">fallback</time>'),
        ("<javascript:alert(1)|click>", "click"),
        (":nothing_known:", ":nothing_known:"),
    ],
)
def test_a_text_is_drawn_as_in_slack(text: str, html: str, reader: Reader) -> None:
    assert rendered(text, reader) == html


def test_a_link_opens_elsewhere_and_tells_nobody_where_it_came_from(reader: Reader) -> None:
    assert rendered("<https://x.example/?a=1&amp;b=2|words>", reader) == (
        '<a href="https://x.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">words</a>'
    )


def test_a_bare_address_becomes_a_link_without_the_full_stop(reader: Reader) -> None:
    assert '<a href="https://x.example/y"' in rendered("see https://x.example/y.", reader)


def test_a_bare_address_stays_words_in_a_verbatim_text(reader: Reader) -> None:
    name = {"type": "mrkdwn", "text": "*&lt;https://evil.example|Click&gt;* <https://x.example|ours>", "verbatim": True}
    assert drawn(name, reader).count("<a ") == 1
    assert drawn({**name, "verbatim": False}, reader).count("<a ") == 2


def test_known_emoji_are_icons_with_a_name(reader: Reader) -> None:
    for text in (":white_check_mark:", "✅"):
        assert 'role="img" aria-label="white check mark"' in rendered(text, reader)


def test_dates_are_in_the_readers_zone_and_near_ones_in_words(reader: Reader) -> None:
    form = "{date_short_pretty} at {time}"
    assert ">today at 6:00 PM<" in rendered(f"<!date^{AT}^{form}|f>", reader)
    assert ">yesterday at 6:00 PM<" in rendered(f"<!date^{AT - 86_400}^{form}|f>", reader)
    assert ">tomorrow at 6:00 PM<" in rendered(f"<!date^{AT + 86_400}^{form}|f>", reader)
    assert ">Nov 20, 2026 at 6:00 PM<" in rendered(f"<!date^{AT - 4 * 86_400}^{form}|f>", reader)
    assert ">in 5 hours<" in rendered(f"<!date^{AT}^{{ago}}|f>", reader)


class Tags(HTMLParser):
    """Collects the tags of HTML, and their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


SIGNS = st.sampled_from(
    [
        *"<>&\"'*_~`|!@#^:\n =/;\ue000",
        *(
            "```",
            "script",
            "img",
            "onerror",
            "javascript:",
            "date^1",
            "{time}",
            "href",
            "x",
            "http://",
            "&lt;",
            "0\ue001",
        ),
    ]
)
OURS = {"strong", "em", "s", "code", "pre", "br", "blockquote", "a", "span", "time"}
ATTRIBUTES = {"href", "target", "rel", "class", "title", "role", "aria-label"}


@settings(max_examples=500, deadline=None)
@example("http://<HTTP:>")
@given(st.one_of(st.text(), st.lists(SIGNS).map("".join)))
def test_no_text_becomes_a_tag_or_a_dangerous_link(text: str) -> None:
    reader = Reader(id="U1", zone=ZoneInfo("UTC"), person_name=lambda _: None, channel_name=lambda _: None)
    for html in (rendered(text, reader), plain(text)):
        found = Tags(html)
        assert found.tags <= OURS
        assert found.attributes <= ATTRIBUTES
        assert all(a.lower().startswith(("http:", "https:", "mailto:", "tel:")) for a in found.addresses)


def test_rich_text_is_drawn_with_its_styles_and_escaped(reader: Reader) -> None:
    block = {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "<b>", "style": {"bold": True}},
                    {"type": "user", "user_id": "U0ANA00001"},
                    {"type": "link", "url": "javascript:x", "text": "click"},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "ordered",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]}],
            },
        ],
    }
    assert rich_text(block, reader) == (
        '<p><strong>&lt;b&gt;</strong><span class="mention">@ana</span>click</p><ol class="indent-0"><li>one</li></ol>'
    )
