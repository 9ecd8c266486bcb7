"""REST against the simulated Help Scout, under both descriptions of the API, and against answers no API should give."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.helpscout.simulated import SimulatedHelpScout
from bot.helpscout.client import HelpScout, Priority
from bot.helpscout.errors import NotFound, Rejected, Unbelievable
from bot.helpscout.shapes import DECISIVE, conversation_of, odd_fields, team_of, user_of
from bot.model.user import User


def somebody(sim: SimulatedHelpScout, role: str = "user") -> Any:
    return next(person for person in sim.people if person.role == role and person.human)


# Users


def test_everybody_comes_with_every_field(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    found = hs.rest.users()
    assert list(found) == list(sim.account.listing)
    person = somebody(sim)
    user = found[person.id]
    assert (user.first_name, user.last_name, user.email) == (person.first_name, person.last_name, person.email)
    assert (user.role, user.timezone, user.mention) == (person.role, person.timezone, person.mention)
    assert user.raw["id"] == person.id


@pytest.mark.parametrize("page_size", [25, 50, 7])
def test_a_thousand_people_arrive_whatever_the_page_size(reading: Any, page_size: int, make_client: Any) -> None:
    with SimulatedHelpScout(people=1000, reading=reading, page_size=page_size, conversations=False) as sim:
        assert set(make_client(sim.api_url).rest.users()) == set(sim.account.listing)
        pages = -(-1000 // page_size)
        assert sim.log.count() - sim.log.count("*/token") <= pages + 1


def test_progress_of_a_long_read_is_told(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    told: list[tuple[int, int]] = []
    hs.rest.users(progress=lambda done, pages: told.append((done, pages)))
    assert told[-1][0] == told[-1][1] > 1


def test_one_user_by_id(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    person = somebody(sim)
    assert hs.rest.user(person.id).email == person.email


def test_who_was_removed_is_not_found(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    person = sim.remove_person(somebody(sim).id)
    with pytest.raises(NotFound) as caught:
        hs.rest.user(person.id)
    assert caught.value.status == 404
    assert caught.value.log_ref == sim.log.entries("GET /users/*")[-1].log_ref != "", "support asks for it"
    assert person.id not in hs.rest.users()


def test_the_token_s_own_user_is_shown(hs: HelpScout) -> None:
    assert hs.rest.me().id > 0


def test_the_log_reference_of_a_refusal_is_logged(
    hs: HelpScout, sim: SimulatedHelpScout, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with pytest.raises(NotFound) as caught:
        hs.rest.user(999_999_999)
    logged = caplog.text + "".join(capsys.readouterr())
    assert caught.value.log_ref in logged
    assert "/users/999999999" in logged


# By e-mail


def test_somebody_is_found_by_e_mail_in_any_case(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    person = somebody(sim)
    found = hs.rest.find_by_email(f"  {person.email.upper()} ")
    assert found is not None
    assert found.id == person.id


def test_an_alternate_e_mail_is_nobodys_main_address(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    sim.change_person(sim.people[-1].id, alternate_emails=["Second.Address@acme.example"])
    assert hs.rest.find_by_email("second.address@ACME.example") is None


def test_nobody_is_only_said_after_reading_everybody(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    assert hs.rest.find_by_email("nobody@acme.example") is None
    last = -(-len(sim.account.listing) // sim.behaviour.page_size)
    assert sim.log.count(f"GET /users?page={last}") == 1
    assert hs.rest.find_by_email("   ") is None


def test_a_server_that_answers_everybody_is_not_believed_to_have_found_anybody(
    client: HelpScout, raw: Any, say: Any
) -> None:
    users = [{"id": 1, "email": "a@x.org"}, {"id": 2, "email": "b@x.org"}]
    raw.answer = lambda asked: say(200, listing(users))
    found = client.rest.find_by_email("b@x.org")
    assert found is not None
    assert found.id == 2
    assert client.rest.find_by_email("c@x.org") is None


def test_a_server_that_refuses_the_filter_is_read_in_full(client: HelpScout, raw: Any, say: Any) -> None:
    raw.answer = lambda asked: (
        say(400, {"message": "unknown parameter"})
        if "email" in asked.query
        else say(200, listing([{"id": 2, "email": "b@x.org"}]))
    )
    found = client.rest.find_by_email("b@x.org")
    assert found is not None
    assert found.id == 2


# Teams


def test_teams_and_their_members_come_under_either_reading(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    teams = hs.rest.teams()
    assert [team.id for team in teams] == sorted(team.id for team in sim.teams)
    for team in sim.teams:
        assert hs.rest.team_members(team.id) == set(team.members)
    assert next(team.name for team in teams if team.id == sim.teams[0].id) == sim.teams[0].name


def test_a_team_of_more_than_one_page_comes_whole(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    team = sim.teams[0]
    team.members.update(dict.fromkeys([person.id for person in sim.people if person.human][:140]))
    assert hs.rest.team_members(team.id) == set(team.members)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"_embedded": {}},
        {"_embedded": {"members": []}},
        {"_embedded": {"users": []}},
        {"page": {"size": 50, "totalElements": 0, "totalPages": 0, "number": 1}},
        {"page": {"size": 50, "totalElements": 0, "totalPages": 1, "number": 1}, "_embedded": {"users": []}},
    ],
)
def test_an_empty_team_may_be_told_in_any_way(client: HelpScout, raw: Any, say: Any, document: dict[str, Any]) -> None:
    raw.answer = lambda asked: say(200, document)
    assert client.rest.team_members(3) == set()


def test_a_team_that_is_gone_is_not_found(hs: HelpScout) -> None:
    with pytest.raises(NotFound):
        hs.rest.team_members(999_999)


# Conversations


def test_somebody_s_open_conversations_are_listed_and_counted(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    person = next(person for person in sim.people if len(sim.conversations_of(person.id)) > 2)
    expected = sorted(one.id for one in sim.conversations_of(person.id))
    found = hs.rest.conversations(person.id)
    assert [one.id for one in found] == expected
    assert {one.status for one in found} <= {"active", "pending"}
    assert hs.rest.count_conversations(person.id) == len(expected)
    assert hs.rest.conversation(expected[0]).assignee_id == person.id


def test_somebody_without_conversations_has_none(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    person = next(person for person in sim.people if not sim.conversations_of(person.id))
    assert hs.rest.conversations(person.id) == []
    assert hs.rest.count_conversations(person.id) == 0


def test_a_conversation_is_given_to_somebody_and_to_nobody(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    giver = next(person for person in sim.people if sim.conversations_of(person.id))
    taker = next(person for person in sim.people if person.human and person.id != giver.id)
    conversation = sim.conversations_of(giver.id)[0]
    hs.rest.assign(conversation.id, taker.id)
    assert conversation.assignee_id == taker.id
    hs.rest.assign(conversation.id, None)
    assert conversation.assignee_id is None


def test_a_conversation_that_is_gone_can_t_be_given_away(hs: HelpScout) -> None:
    with pytest.raises(NotFound):
        hs.rest.assign(999_999_999, None)


def test_conversations_of_other_people_are_left_out_where_a_server_ignores_the_filter(
    client: HelpScout, raw: Any, say: Any
) -> None:
    rows = [
        {"id": 1, "status": "active", "assignee": {"id": 7}},
        {"id": 2, "status": "active", "assignee": {"id": 8}},
        {"id": 3, "status": "closed", "assignee": {"id": 7}},
        {"id": 4, "status": "active"},
    ]
    raw.answer = lambda asked: say(200, listing(rows, "conversations"))
    assert [one.id for one in client.rest.conversations(7, ("active",))] == [1], "and what is nobody's"
    assert [one.id for one in client.rest.everything(7)] == [1, 3]
    assert client.rest.count_conversations(7, ("active",)) == 1
    del rows[1]
    assert [one.id for one in client.rest.conversations(7, ("active",))] == [1, 4], "a list that leaves it out"


# What must not be believed


def listing(rows: list[Any], key: str = "users", **page: Any) -> dict[str, Any]:
    block = {"size": 50, "totalElements": len(rows), "totalPages": 1, "number": 1, **page}
    return {"_embedded": {key: rows}, "page": block}


UNBELIEVABLE = {
    "a list": [],
    "a text": "users",
    "an empty object": {},
    "nobody at all": listing([]),
    "rows that are no list": {"_embedded": {"users": {"id": 1}}},
    "rows that are no objects": listing([1, 2]),
    "embedded that is no object": {"_embedded": []},
    "a user without id": listing([{"email": "a@x.org"}]),
    "an id in letters": listing([{"id": "17"}]),
    "an id that is true": listing([{"id": True}]),
    "an id of zero": listing([{"id": 0}]),
    "an id that no column holds": listing([{"id": 2**63}]),
    "a page block that is a list": {"_embedded": {"users": [{"id": 1}]}, "page": []},
    "a page number in letters": listing([{"id": 1}], number="1"),
    "a total that is true": listing([{"id": 1}], totalElements=True),
    "a page block without total": {"_embedded": {"users": [{"id": 1}]}, "page": {"size": 50, "number": 1}},
    "a next page that is nowhere": {"_embedded": {"users": [{"id": 1}]}, "_links": {"next": {"href": "…"}}},
    "a next page that is the first": {
        "_embedded": {"users": [{"id": 1}]},
        "_links": {"next": {"href": "/v2/users?a=1"}},
    },
    "the second page": listing([{"id": 1}], number=2),
    "fewer rows than announced": listing([{"id": 1}], totalElements=40),
    "the same user twice": listing([{"id": 1}, {"id": 1}]),
}


@pytest.mark.parametrize("name", UNBELIEVABLE)
def test_a_list_of_users_of_the_wrong_shape_is_refused(client: HelpScout, raw: Any, say: Any, name: str) -> None:
    raw.answer = lambda asked: say(200, UNBELIEVABLE[name])
    with pytest.raises(Unbelievable) as caught:
        client.rest.users()
    assert caught.value.sentence.endswith(".")


ODD: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "an object as phone": ({"phone": {"work": "1"}}, ("phone",)),
    "a list as first name": ({"firstName": ["Ann"]}, ("first_name",)),
    "an object as role": ({"role": {"name": "admin"}}, ("role",)),
    "alternates that are no text": ({"alternateEmails": [1]}, ("alternate_emails",)),
    "two at once": ({"timezone": True, "initials": ["A"]}, ("timezone", "initials")),
}


@pytest.mark.parametrize("name", ODD)
def test_one_person_s_odd_field_keeps_nobody_from_being_read(client: HelpScout, raw: Any, say: Any, name: str) -> None:
    fields, odd = ODD[name]
    row = {"id": 7, "email": "a@x.org", **fields}
    raw.answer = lambda asked: say(200, listing([row, {"id": 8, "email": "b@x.org"}]))
    found = client.rest.users()
    assert (found[7].odd, found[8].odd) == (odd, ())
    assert found[7].raw == row
    assert found[7].email == "a@x.org"
    assert "user 7" in odd_fields(found[7])
    assert odd_fields(found[8]) == ""


@pytest.mark.parametrize("name", ODD)
def test_who_is_looked_at_alone_is_refused_where_what_decides_can_t_be_read(
    client: HelpScout, raw: Any, say: Any, name: str
) -> None:
    fields, odd = ODD[name]
    raw.answer = lambda asked: say(200, {"id": 7, **fields})
    if DECISIVE.isdisjoint(odd):
        assert client.rest.user(7).odd == odd
    else:
        with pytest.raises(Unbelievable, match="user 7 whose"):
            client.rest.user(7)


@pytest.mark.parametrize(
    ("row", "field", "value"),
    [
        ({"phone": 5552368}, "phone", "5552368"),
        ({"photoUrl": False}, "photo_url", ""),
        ({"jobTitle": []}, "job_title", ""),
        ({"firstName": {}}, "first_name", ""),
        ({"alternateEmails": {"1": "b@x.org", "10": "c@x.org", "2": None}}, "alternate_emails", ("b@x.org", "c@x.org")),
        ({"alternateEmails": {}}, "alternate_emails", ()),
        ({"alternateEmails": False}, "alternate_emails", ()),
        ({"alternateEmails": "b@x.org"}, "alternate_emails", ("b@x.org",)),
    ],
)
def test_what_php_makes_of_a_value_is_read_for_what_it_means(row: dict[str, Any], field: str, value: Any) -> None:
    user = user_of({"id": 7, **row}, whole=True)
    assert (getattr(user, field), user.odd) == (value, ())


EMPTY = {"size": 50, "totalElements": 0, "totalPages": 0, "number": 1}


@pytest.mark.parametrize(
    "document",
    [
        {"_embedded": [], "_links": [], "page": EMPTY},
        {"_embedded": {"conversations": {}}, "page": EMPTY},
        {"_embedded": None, "_links": None},
        {"_links": {"next": []}},
    ],
)
def test_an_empty_list_in_php_s_words_is_empty(client: HelpScout, raw: Any, say: Any, document: dict[str, Any]) -> None:
    raw.answer = lambda asked: say(200, document)
    assert client.rest.conversations(7) == []
    assert client.rest.count_conversations(7) == 0


def test_a_list_with_holes_comes_in_its_order(client: HelpScout, raw: Any, say: Any) -> None:
    rows = {"2": {"id": 5}, "10": {"id": 4}, "0": {"id": 9}}
    raw.answer = lambda asked: say(200, {"_embedded": {"users": rows}})
    assert list(client.rest.users()) == [9, 5, 4]


@pytest.mark.parametrize("assignee", [[], {}, None, False])
def test_nobody_has_a_conversation_whose_assignee_is_empty(assignee: Any) -> None:
    found = conversation_of({"id": 5, "number": "x", "subject": ["odd"], "status": "active", "assignee": assignee})
    assert (found.id, found.number, found.subject, found.assignee_id) == (5, 0, "", None)


# Pages that are not numbered


def linked(pages: list[list[int]], key: str = "users") -> Any:
    """Pages that name the next one by a cursor, and by an address that is none of ours."""

    def document(asked: Any) -> dict[str, Any]:
        at = int(asked.query.get("cursor", "0"))
        more = {"next": {"href": f"https://elsewhere.example/v9/list?cursor={at + 1}&lang=en"}}
        found: dict[str, Any] = {"_embedded": {key: [{"id": id} for id in pages[at]]}}
        return {**found, "_links": more} if at + 1 < len(pages) else found

    return document


def test_pages_that_are_not_numbered_are_followed_and_the_token_stays_here(
    client: HelpScout, raw: Any, say: Any
) -> None:
    document = linked([[3, 1], [2], [7, 8]])
    raw.answer = lambda asked: say(200, document(asked))
    assert list(client.rest.users()) == [3, 1, 2, 7, 8]
    assert [asked.query.get("cursor") for asked in raw.asked if asked.path == "/v2/users"] == [None, None, "1", "2"]


@pytest.mark.parametrize("last", [[], None])
def test_a_next_page_that_is_empty_or_not_there_is_the_end(
    client: HelpScout, raw: Any, say: Any, last: list[int] | None
) -> None:
    document = linked([[3, 1], [2], [], []], "members")

    def answer(asked: Any) -> Any:
        return say(404) if last is None and asked.query.get("cursor") == "2" else say(200, document(asked))

    raw.answer = answer
    assert client.rest.team_members(5) == {1, 2, 3}


def test_conversations_on_pages_that_are_not_numbered_are_counted_to_the_end(
    client: HelpScout, raw: Any, say: Any
) -> None:
    document = linked([[3, 1], [2]], "conversations")
    raw.answer = lambda asked: say(200, document(asked))
    assert client.rest.count_conversations(7, ("active",)) == 3


def test_a_row_that_moves_between_pages_that_are_not_numbered_makes_them_be_read_again(
    client: HelpScout, raw: Any, say: Any
) -> None:
    pages = [[3, 1], [1, 2]]
    document = linked(pages)

    def answer(asked: Any) -> Any:
        if len(raw.asked) == 6:
            pages[1].remove(1)
        return say(200, document(asked))

    raw.answer = answer
    assert list(client.rest.users()) == [3, 1, 2]


def test_the_same_page_for_ever_is_refused(client: HelpScout, raw: Any, say: Any) -> None:
    document = {"_embedded": {"users": [{"id": 1}]}, "_links": {"next": {"href": "/v2/users?page=2"}}}
    raw.answer = lambda asked: say(200, document)
    with pytest.raises(Unbelievable, match="could not be read to its end"):
        client.rest.users()
    assert len(raw.asked) < 20


def test_somebody_else_than_asked_for_is_refused(client: HelpScout, raw: Any, say: Any) -> None:
    raw.answer = lambda asked: say(200, {"id": 8})
    with pytest.raises(Unbelievable):
        client.rest.user(7)
    with pytest.raises(Unbelievable):
        client.rest.conversation(7)


def test_a_redirect_is_not_followed_with_the_token(client: HelpScout, raw: Any, say: Any) -> None:
    raw.answer = lambda asked: say(302, headers={"Location": "http://127.0.0.1:9/stolen"})
    with pytest.raises(Rejected, match="redirect"):
        client.rest.me()


# Parsing


TEXTS = ("firstName", "lastName", "email", "role", "timezone", "type", "photoUrl", "jobTitle", "phone", "mention")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_know_is_not_believed(number: float) -> None:
    with pytest.raises(Unbelievable, match="wrong type"):
        user_of({"id": 1, "score": number})


def test_empty_places_among_the_alternates_are_no_addresses_and_no_reason_to_refuse_everybody() -> None:
    assert user_of({"id": 1, "alternateEmails": ["a@x.org", "", None]}).alternate_emails == ("a@x.org",)


@given(
    st.fixed_dictionaries({"id": st.integers(1, 2**63 - 1)}, optional={name: st.none() | st.text() for name in TEXTS}),
    st.dictionaries(st.text(), JSON),
)
def test_a_documented_user_is_read_and_what_is_unknown_is_kept(row: dict[str, Any], unknown: dict[str, Any]) -> None:
    whole = {**{f"x-{name}": value for name, value in unknown.items()}, **row}
    user = user_of(whole)
    assert user.id == row["id"]
    assert user.email == (row.get("email") or "")
    assert user.first_name == (row.get("firstName") or "")
    assert user.raw == whole


@given(
    st.dictionaries(st.sampled_from(["id", "alternateEmails", "number", "assignee", "name", "subject", *TEXTS]), JSON)
    | JSON
)
def test_whatever_comes_is_read_or_refused_and_nothing_else_happens(value: Any) -> None:
    for shape in (user_of, team_of, conversation_of):
        try:
            found = shape(value)
        except Unbelievable:
            continue
        assert type(found.id) is int
        if isinstance(found, User):
            assert all(isinstance(address, str) for address in found.keys)


def test_text_that_no_database_keeps_is_made_keepable(client: HelpScout, raw: Any, say: Any) -> None:
    body = (
        b'{"id": 7, "phone": "\xed\xa0\x80", "timezone": "\xed\x95\x9c", '
        rb'"firstName": "A\u0000b", "lastName": "\ud83d\ude00", "jobTitle": "\ud83d!", "x": ["\udc00"]}'
    )
    raw.answer = lambda asked: say(200, body=body)
    user = client.rest.user(7)
    assert (user.first_name, user.last_name, user.job_title) == ("A\ufffdb", "\U0001f600", "\ufffd!")
    assert user.raw["x"] == ["\ufffd"]
    assert (user.phone, user.timezone) == ("\ufffd", "한")


@pytest.mark.parametrize("body", [b'{"id": 7, "x": NaN}', b'{"id": 7, "x": "\xff"}', b'{"id": 7', b"[" * 100_000, b""])
def test_a_body_that_is_no_json_is_refused(client: HelpScout, raw: Any, say: Any, body: bytes) -> None:
    raw.answer = lambda asked: say(200, body=body)
    with pytest.raises(Unbelievable, match="is not JSON"):
        client.rest.user(7)
    assert len(raw.paths("GET")) == 2, "asked for once more before it is refused"


# Views


def test_a_view_tells_its_observer_each_call_and_shares_everything_else(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    calls: list[Any] = []
    view = hs.view(priority=Priority.BACKGROUND, observer=calls.append)
    person = somebody(sim)
    view.rest.user(person.id)
    hs.rest.user(person.id)
    view.rest.find_by_email(person.email)
    assert [(call.method, call.path, call.status, call.attempt) for call in calls][:1] == [
        ("GET", f"/users/{person.id}", 200, 1)
    ]
    assert all("@" not in call.path for call in calls), "no e-mail address in what is observed"
    assert calls[0].milliseconds > 0
    assert calls[0].correlation == sim.log.entries(f"GET /users/{person.id}")[0].correlation
    assert sim.log.count("POST */token", status=200) == 1, "one token for both"
    assert view.budget is hs.budget
