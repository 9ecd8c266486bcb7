"""Options, filters, periods, and names that something follows."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.user import Status
from bot.policy.typed.arguments import ListFilters, parse_list_filters, parse_log, parse_offboard, parse_period
from bot.policy.typed.clean import plain
from bot.policy.typed.readings import LONGEST_NAME, likely, readings, split_words
from bot.policy.typed.who import BadArgument, Who


@pytest.mark.parametrize(
    ("text", "who", "to", "at", "reason"),
    [
        ("jane@acme.example", "jane@acme.example", None, "", ""),
        ("jane@acme.example left the company", "jane@acme.example", None, "", "left the company"),
        ("jane@acme.example, left", "jane@acme.example", None, "", "left"),
        ("<@U123ABC|jane doe> left", "U123ABC", None, "", "left"),
        ("42 left", "42", None, "", "left"),
        ("@jane left", "@jane", None, "", "left"),
        ("Jane Doe <jane@acme.example> left", "jane@acme.example", None, "", "left"),
        ("Jane Doe &lt;jane@acme.example&gt; left", "jane@acme.example", None, "", "left"),
        ("“Jane van Doe” left us", "Jane van Doe", None, "", "left us"),
        ("Jane Doe left us", "Jane Doe", None, "", "left us"),
        ("Jane Doe, Left us", "Jane Doe", None, "", "Left us"),
        ("jane left", "jane", None, "", "left"),
        ("jane doe to:bob left us", "jane doe", "bob", "", "left us"),
        ("jane doe at:friday 17:00 left us", "jane doe", None, "friday 17:00", "left us"),
        ("jane@a.example to:Bob Smith at:friday 17:00 left", "jane@a.example", "Bob Smith", "friday 17:00", "left"),
        ('jane@a.example to:"bob smith" left', "jane@a.example", "bob smith", "", "left"),
        ("jane@a.example to: bob at: 18:00 left", "jane@a.example", "bob", "18:00", "left"),
        ("jane@a.example TO:<mailto:b@a.example|b@a.example> x", "jane@a.example", "b@a.example", "", "x"),
        ("jane@a.example to:@bob Contract ended", "jane@a.example", "@bob", "", "Contract ended"),
        ("jane@a.example to:Bob@a.example Contract ended", "jane@a.example", "Bob@a.example", "", "Contract ended"),
        ("jane@a.example to:bob Contract ended", "jane@a.example", "bob", "", "Contract ended"),
        ("jane@a.example to:Bob Smith left", "jane@a.example", "Bob Smith", "", "left"),
        ("jane@a.example to:Bob At:18:00 left", "jane@a.example", "Bob", "18:00", "left"),
        ('jane@a.example at:"18:00" UTC team left', "jane@a.example", None, "18:00", "UTC team left"),
        ('jane@a.example "left" said "bob"', "jane@a.example", None, "", '"left" said "bob"'),
        ('jane@a.example "', "jane@a.example", None, "", '"'),
        ("jane@a.example at:2026-12-01 18:00 3 laptops", "jane@a.example", None, "2026-12-01 18:00", "3 laptops"),
        ("jane@a.example at:2026-12-01T18:00+01:00 left", "jane@a.example", None, "2026-12-01T18:00+01:00", "left"),
        (
            "jane@a.example at:2026-12-01 18:00 Europe/Vienna left",
            "jane@a.example",
            None,
            "2026-12-01 18:00 Europe/Vienna",
            "left",
        ),
        ("jane@a.example at:1 dec 18:00 left", "jane@a.example", None, "1 dec 18:00", "left"),
        ("jane@a.example at:5 pm 2 laptops", "jane@a.example", None, "5 pm", "2 laptops"),
        ("jane@a.example at:in 2h left", "jane@a.example", None, "in 2h", "left"),
        ('jane@a.example at:"tomorrow 9:00" left', "jane@a.example", None, "tomorrow 9:00", "left"),
        ("jane@a.example reason:left at:18:00", "jane@a.example", None, "18:00", "left"),
        ('jane@a.example reason:"left us" to:bob', "jane@a.example", "bob", "", "left us"),
        ("jane@a.example left to:bob early", "jane@a.example", "bob", "", "left early"),
        ("to:bob jane@a.example left", "jane@a.example", "bob", "", "left"),
        ("jane@a.example Tom &amp; <@U2|ann> said so", "jane@a.example", None, "", "Tom & @ann said so"),
        ("jane@a.example see <https://x.example/1|ticket 1>", "jane@a.example", None, "", "see ticket 1"),
        ("jane@a.example “left us”", "jane@a.example", None, "", "left us"),
        ('jane@a.example she "left"', "jane@a.example", None, "", 'she "left"'),
        ('jane@a.example 5" screen', "jane@a.example", None, "", '5" screen'),
    ],
)
def test_offboard_arguments(text: str, who: str, to: str | None, at: str, reason: str) -> None:
    args = parse_offboard(text)
    assert (str(args.who), str(args.to) if args.to else None, args.at, args.reason) == (who, to, at, reason)


def test_the_directory_gets_every_reading_longest_name_first() -> None:
    found = [(way.who.value, way.rest) for way in readings("anna maria de la cruz left us")]
    assert found[0] == ("anna maria de la cruz", "left us")
    assert found[3] == ("anna maria", "de la cruz left us")
    assert len(found) == 5
    assert ("anna maria", "de la cruz left us today") in [
        (way.who.value, way.rest) for way in parse_offboard("anna maria de la cruz left us today").readings
    ]


def test_options_after_the_reason_keep_every_reading_whole() -> None:
    args = parse_offboard("jane doe left to:bob today")
    assert ("jane doe", "left today") in [(way.who.value, way.rest) for way in args.readings]
    assert args.to == Who("name", "bob")


def test_what_is_somebody_by_itself_has_one_reading() -> None:
    for text in ("jane@a.example Bob", "U0123ABCD Bob", '"jane doe" bob', "<@U1|jane doe> bob", "7 bob", "Jane, Bob"):
        assert len(readings(text)) == 1


def test_without_a_directory_the_capitals_decide() -> None:
    assert likely(readings("Jane Doe Support left")).who.value == "Jane Doe Support"
    assert likely(readings("jane doe")).who.value == "jane"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("jane2@a.example left us", "left us"),
        ("Jane Doe <jane2@a.example> left us", "left us"),
        ("Jane Doe &lt;<mailto:jane2@a.example|jane2@a.example>&gt; left us", "left us"),
        ("Doe, Jane <jane2@a.example> left us", "left us"),
        ('"Jane Doe" <jane2@a.example> left us', "left us"),
        ("“Jane Doe” &lt;<mailto:jane2@a.example|jane2@a.example>&gt; left us", "left us"),
        ('"Doe, Jane" &lt;<mailto:jane2@a.example|jane2@a.example>&gt; left us', "left us"),
        ('"Doe, Jane <jane2@a.example>" left us', "left us"),
        ("Jane Doe (jane2@a.example) left us", "left us"),
        ("Jane Doe (<mailto:jane2@a.example|jane2@a.example>) left us", "left us"),
        ("Jane Doe [jane2@a.example], left us", "left us"),
        ("Jane Doe - <mailto:jane2@a.example|jane2@a.example> left us", "left us"),
        ("Jane Doe, <mailto:jane2@a.example|jane2@a.example> left us", "left us"),
        ("Jane van der Doe <mailto:jane2@a.example|jane2@a.example>: left us", "left us"),
        ("jane doe (jane2@a.example) left us", "left us"),
        ("Jane<jane2@a.example> left us", "left us"),
        ("Jane Doe via the Acme Support Desk &lt;jane2@a.example&gt; left us", "left us"),
        ("علی رضا <mailto:jane2@a.example|jane2@a.example> left us", "left us"),
        ("please remove <mailto:jane2@a.example|jane2@a.example> today", "please remove today"),
        ("jane2@a.example (Jane Doe) left us", "(Jane Doe) left us"),
        ("jane2@a.example bo@a.example takes over", "bo@a.example takes over"),
    ],
)
def test_beside_a_name_the_address_counts_and_the_reason_stays(typed: str, reason: str) -> None:
    args = parse_offboard(typed)
    assert (args.who, args.reason) == (Who("email", "jane2@a.example"), reason)


@pytest.mark.parametrize("options", ["to:bob", "at:18:00", "to:Bob Smith at:friday 17:00"])
@pytest.mark.parametrize("who", ['"Doe, Jane" <jane@a.example>', "Jane Doe (jane@a.example)", "jane@a.example"])
def test_an_address_with_its_name_goes_with_options_in_any_place(who: str, options: str) -> None:
    for text in (f"{who} {options} left us", f"{who} left us {options}"):
        args = parse_offboard(text)
        assert (args.who, args.reason, args.faults) == (Who("email", "jane@a.example"), "left us", {}), text


@pytest.mark.parametrize(
    "to",
    [
        "Bob Smith <bob@a.example>",
        "Bob Smith &lt;<mailto:bob@a.example|bob@a.example>&gt;",
        '"Smith, Bob" <bob@a.example>',
        "Bob Smith (bob@a.example)",
        "Bob bob@a.example",
        "bob@a.example",
    ],
)
def test_an_assignee_is_pasted_with_name_and_address_too(to: str) -> None:
    args = parse_offboard(f"jane@a.example to:{to} left us")
    assert (args.who, args.to, args.reason) == (
        Who("email", "jane@a.example"),
        Who("email", "bob@a.example"),
        "left us",
    )


@pytest.mark.parametrize("text", ["Jane Doe left us for good, ask bo@a.example", "Jane, ask bo@a.example about it"])
def test_an_address_in_the_reason_is_not_the_first_person_to_look_for(text: str) -> None:
    first = parse_offboard(text).readings[0]
    assert first.who.kind == "name" or first.beside


def test_the_directory_is_asked_for_the_name_beside_an_address_first() -> None:
    ways = readings("jane doe bob@a.example Support")
    assert [(way.beside or way.who.value, way.who.value, way.rest) for way in ways] == [
        ("jane doe", "bob@a.example", "Support"),
        ("jane", "jane", "doe bob@a.example Support"),
        ("bob@a.example", "bob@a.example", "jane doe Support"),
    ]


BEFORE = st.text(st.sampled_from('Jane doe-,.()<"“’&é李 '), max_size=25)
AFTER = st.text(st.sampled_from('left us,.)>"”’&é李 '), max_size=25)
LETTERS = re.compile(r"[^\W_]")


@given(BEFORE, AFTER)
def test_whatever_stands_around_an_address_it_is_found_and_the_rest_survives(before: str, after: str) -> None:
    text = f"{before} <mailto:jane@a.example|jane@a.example> {after}"
    who = Who("email", "jane@a.example")
    ways = parse_offboard(text).readings
    assert ways[-1].who == who or len(before.split()) > LONGEST_NAME
    for way in ways:
        assert LETTERS.findall(plain(after)) == LETTERS.findall(way.rest)[-len(LETTERS.findall(plain(after))) :] or (
            not LETTERS.search(plain(after))
        )
    if ways[-1].who == who and len(ways) > 1:
        assert LETTERS.findall(plain(f"{before} {after}")) == LETTERS.findall(ways[-1].rest)


@pytest.mark.parametrize(("text", "said"), [("", "Who?"), ("   ", "Who?"), ("<#C1|general> left", "a channel")])
def test_without_somebody_it_is_asked_who(text: str, said: str) -> None:
    with pytest.raises(BadArgument, match=re.escape(said)):
        parse_offboard(text)


@pytest.mark.parametrize(
    ("text", "option", "said"),
    [
        ("jane@a.example left us to:", "to", "`to:` needs a value"),
        ("jane@a.example to: at:18:00 left us", "to", "`to:` needs a value"),
        ("jane@a.example to:at:18:00 left us", "to", "`to:` needs a value"),
        ("jane@a.example to:a to:b left us", "to", "`to:` is given twice"),
        ("jane@a.example at:18:00 at:19:00 left us", "at", "`at:` is given twice"),
        ("jane@a.example to:<#C1|general> left us", "to", "a channel"),
        ("jane@a.example too:bob left us", "", "Did you mean `to:`"),
        ("jane@a.example when:friday left us", "", "Did you mean `at:`"),
    ],
)
def test_a_wrong_option_is_a_fault_and_nothing_typed_is_lost(text: str, option: str, said: str) -> None:
    args = parse_offboard(text)
    assert said in args.faults[option]
    assert args.who == Who("email", "jane@a.example")
    assert "left us" in args.reason
    for word in ("at:19:00", "too:bob", "when:friday"):
        assert (word in args.reason) == (word in text)


@pytest.mark.parametrize("text", ["to:bob", "at:friday 17:00", "reason:left us", "to:"])
def test_options_without_a_person_are_kept_for_the_form(text: str) -> None:
    args = parse_offboard(text)
    assert args.who is None
    assert args.to or args.at or args.reason or args.faults


def test_what_a_reason_holds_is_no_option() -> None:
    for reason in ("see ticket:123", "https://x.example/to:1", "note: gone", "10:30 meeting"):
        assert parse_offboard(f"jane@a.example {reason}").faults == {}


@given(st.text(max_size=200))
def test_any_offboard_text_is_understood_or_answered(text: str) -> None:
    try:
        args = parse_offboard(text)
    except BadArgument:
        return
    assert bool(args.readings) == (args.who is not None)
    assert args.who is None or args.who.value
    args.reason.encode()
    assert "\x00" not in args.reason


WORD = st.from_regex(r"[a-z]{3,8}", fullmatch=True).filter(lambda word: word not in ("to", "at", "reason"))


@given(st.emails().filter(lambda a: not set(a) & set("\"'`(),;:<>[]|&?{}")), WORD, st.lists(WORD, max_size=6))
def test_an_email_an_assignee_and_a_reason_come_apart_in_any_order(address: str, to: str, reason: list[str]) -> None:
    first = parse_offboard(f"{address} to:{to} {' '.join(reason)}")
    last = parse_offboard(f"{address} {' '.join(reason)} to:{to}")
    assert first == last
    assert first.who is not None
    assert (first.who.kind, first.to, first.reason) == ("email", Who("name", to), " ".join(reason))


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("", ListFilters()),
        ("role:Admin", ListFilters("admin")),
        ("team:Tier 2 status:removed", ListFilters("", "Tier 2", Status.REMOVED)),
        ('team:"Tier 2" role:user', ListFilters("user", "Tier 2")),
        ("Status: Offboarded", ListFilters(status=Status.OFFBOARDED)),
        ("team:“R&amp;D”", ListFilters(team="R&D")),
        ('team:"night: late"', ListFilters(team="night: late")),
        ('team: "night: late" role:user', ListFilters("user", "night: late")),
        ("team:Tier 2: Billing role:user", ListFilters("user", "Tier 2: Billing")),
        ("team:R&amp;D &lt;core&gt;", ListFilters(team="R&D <core>")),
        ("team:“VIP” desk", ListFilters(team="“VIP” desk")),
        ('team:"“VIP” desk" role:user', ListFilters("user", "“VIP” desk")),
        ("team::rocket: Launch", ListFilters(team="🚀 Launch")),
    ],
)
def test_list_filters(text: str, filters: ListFilters) -> None:
    assert parse_list_filters(text) == filters


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rol:admin", "Did you mean role:"),
        ("team:Support rol:admin", "Did you mean role:"),
        ("status:activ", "Did you mean active"),
        ("status:gone", "active, offboarded or removed"),
        ("admins", "isn't a filter"),
        ("role:", "`role:` needs a value"),
        ("role:a role:b", "twice"),
    ],
)
def test_wrong_filters_say_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(BadArgument, match=said):
        parse_list_filters(text)


@pytest.mark.parametrize(
    ("text", "days"), [("7d", 7), ("2w", 14), ("48h", 2), ("2880m", 2), (" 30D, ", 30), ("1 d", 1)]
)
def test_periods(text: str, days: int) -> None:
    assert parse_period(text) == timedelta(days=days)


@pytest.mark.parametrize("text", ["", "d", "7", "-7d", "0d", "7y", "9999999w", "7dd", "٧d"])
def test_wrong_periods_are_refused(text: str) -> None:
    with pytest.raises(BadArgument, match="24h, 7d or 2w"):
        parse_period(text)


def test_somebody_and_a_period_each_alone_and_together() -> None:
    assert parse_log("") == (None, None, False)
    assert parse_log("30d") == (None, timedelta(days=30), False)
    assert parse_log("jane doe") == (Who("name", "jane doe"), None, False)
    assert parse_log("jane doe 30d") == (Who("name", "jane doe"), timedelta(days=30), False)
    assert parse_log("jane doe 30d steps") == (Who("name", "jane doe"), timedelta(days=30), True)
    assert parse_log("steps") == (None, None, True)
    assert parse_log("42") == (Who("id", "42"), None, False)


def test_words_keep_quotes_and_markup_together() -> None:
    assert split_words('add "Jane Doe" <@U1|jane doe> to:"x y" Tier') == [
        "add",
        '"Jane Doe"',
        "<@U1|jane doe>",
        'to:"x y"',
        "Tier",
    ]


def test_nothing_is_guessed_where_nothing_is_close() -> None:
    with pytest.raises(BadArgument) as refused:
        parse_list_filters("zzzzzz:1")
    assert "Did you mean" not in refused.value.sentence


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<#C1|general> and <#C2>", "#general and #C2"),
        ("<@U1|jane>, <@U2>", "@jane, @U2"),
        ("<mailto:a@b.example|a@b.example> <mailto:c@b.example>", "a@b.example c@b.example"),
        ("<https://x.example|here> <https://y.example>", "here https://y.example"),
        ("1 &lt; 2 &amp;amp; <!here>", "1 < 2 &amp; here"),
        ("“so”\u00a0it\u200b goes", "“so” it goes"),
        ("moved to R&amp;D &lt;core&gt;", "moved to R&D <core>"),
        ("moved to <core>", "moved to <core>"),
        (":tada: at 10:100:30, :acme: says", "🎉 at 10:100:30, :acme: says"),
    ],
)
def test_a_reason_is_kept_as_people_read_it(text: str, shown: str) -> None:
    assert plain(text) == shown
