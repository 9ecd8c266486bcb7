"""SCIM against the simulated Help Scout in all its moods, and against answers by hand."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.helpscout.http.faults import Fault
from bot.demo.helpscout.simulated import SimulatedHelpScout
from bot.helpscout.client import HelpScout
from bot.helpscout.errors import (
    Conflict,
    Forbidden,
    LostAnswer,
    NotFound,
    RateLimited,
    Rejected,
    ServerFault,
    Unauthorized,
    Unbelievable,
)
from bot.helpscout.scim.api import Scim
from bot.helpscout.scim.lists import NotWhole
from bot.helpscout.scim.resources import Operation, ScimUser, quoted, scim_user_of, user_document

MOODS: dict[str, dict[str, Any]] = {
    "friendly": {},
    "little": {"sparse": True, "string_booleans": True, "patch_status": 204, "scim_content_type": "application/json"},
    "no filter": {"filters": "refused", "scim_page": 7},
    "filter ignored": {"filters": "ignored", "scim_page": 7},
    "no patch": {"put_only": True},
    "no single group": {"group_get": False, "patch_status": 204},
}

NASTY = "Zoë 🎈 <@U1|x> *b* `c` & <!channel> \u202eעברית\u202c " + "ü" * 150


@pytest.fixture(params=MOODS)
def moody(request: pytest.FixtureRequest) -> Iterator[SimulatedHelpScout]:
    with SimulatedHelpScout(people=60) as running:
        for name, value in MOODS[request.param].items():
            setattr(running.behaviour, name, value)
        yield running


@pytest.fixture
def plain() -> Iterator[SimulatedHelpScout]:
    with SimulatedHelpScout(people=60) as running:
        yield running


def scim_of(client: HelpScout) -> Scim:
    assert client.scim is not None
    return client.scim


@pytest.fixture
def scim(moody: SimulatedHelpScout, make_client: Any) -> Scim:
    return scim_of(make_client(moody.api_url))


@pytest.fixture
def friendly(plain: SimulatedHelpScout, make_client: Any) -> Scim:
    return scim_of(make_client(plain.api_url))


@pytest.fixture
def by_hand(raw: Any, client: HelpScout) -> Scim:
    """A client of the raw server."""
    return scim_of(client)


def somebody(sim: SimulatedHelpScout) -> Any:
    return next(person for person in sim.people if person.role == "user" and person.human)


# Users


def test_somebody_is_found_by_address_in_whatever_case(moody: SimulatedHelpScout, scim: Scim) -> None:
    person = somebody(moody)
    found = scim.find_user(f" {person.email.upper()} ")
    assert found is not None
    assert (found.id, found.active) == (person.scim_id, True)
    assert (found.given_name, found.family_name) == (person.first_name, person.last_name)


def test_a_further_address_identifies_nobody_and_who_shows_it_is_named(moody: SimulatedHelpScout, scim: Scim) -> None:
    person = moody.change_person(somebody(moody).id, alternate_emails=("Other.Address@acme.example",))
    found = scim.search("other.address@acme.example")
    assert found.user is None
    assert [one.id for one in found.others] == [person.scim_id]


def test_nobody_is_found_only_after_reading_everybody(moody: SimulatedHelpScout, scim: Scim) -> None:
    assert scim.find_user("nobody@acme.example") is None
    everybody = len([person for person in moody.people if person.human])
    assert len(scim.users()) == everybody
    assert scim.find_user("  ") is None


def test_everybody_comes_over_as_many_answers_as_it_takes(moody: SimulatedHelpScout, scim: Scim) -> None:
    moody.behaviour.scim_page = 7
    assert {user.id for user in scim.users()} == {person.scim_id for person in moody.people if person.human}


def test_a_person_is_made_changed_and_removed(moody: SimulatedHelpScout, scim: Scim) -> None:
    made = scim.create_user(
        ScimUser(
            user_name="new@acme.example",
            given_name="Nina",
            family_name="Nová",
            emails=("new@acme.example",),
            title="Support",
            roles=("user",),
        )
    )
    person = moody.person("new@acme.example")
    assert made.id == person.scim_id
    assert (person.first_name, person.last_name, person.job_title) == ("Nina", "Nová", "Support")
    shown = scim.patch_user(
        made.id,
        [
            Operation(op="replace", path="name.familyName", value="Nová-Malá"),
            Operation(op="replace", path="title", value="Lead"),
            Operation(op="replace", path="timezone", value="Europe/Prague"),
        ],
    )
    assert shown is None or shown.title == "Lead"
    after = scim.user(made.id)
    assert (after.family_name, after.title, after.timezone, after.given_name) == (
        "Nová-Malá",
        "Lead",
        "Europe/Prague",
        "Nina",
    )
    call = scim.delete_user(made.id)
    assert (call.method, call.status, call.api) == ("DELETE", 204, "SCIM")
    with pytest.raises(NotFound):
        scim.user(made.id)
    with pytest.raises(NotFound):
        scim.delete_user(made.id)


def test_somebody_is_deactivated(moody: SimulatedHelpScout, scim: Scim) -> None:
    person = somebody(moody)
    scim.set_active(person.scim_id, False)
    assert not person.active


def test_names_in_any_script_and_markup_survive_the_round_trip(moody: SimulatedHelpScout, scim: Scim) -> None:
    made = scim.create_user(ScimUser(user_name="n@acme.example", given_name=NASTY, family_name="'\"\\;--"))
    found = scim.find_user("n@acme.example")
    assert found is not None
    assert (found.id, found.given_name, found.family_name) == (made.id, NASTY, "'\"\\;--")


def test_a_user_name_that_is_taken_is_a_conflict(moody: SimulatedHelpScout, scim: Scim) -> None:
    with pytest.raises(Conflict) as caught:
        scim.create_user(ScimUser(user_name=somebody(moody).email, given_name="X"))
    assert caught.value.scim_type == "uniqueness"
    assert caught.value.status == 409


def test_a_server_without_patch_is_changed_by_put_and_keeps_the_rest(plain: SimulatedHelpScout, friendly: Scim) -> None:
    plain.behaviour.put_only = True
    person = plain.change_person(somebody(plain).id, extra={"nickName": "Bo"}, phone="+49 30 1")
    name = person.last_name
    friendly.patch_user(person.scim_id, [Operation(op="replace", value={"title": "Lead"})])
    assert (person.job_title, person.last_name, person.phone, person.extra) == (
        "Lead",
        name,
        "+49 30 1",
        {"nickName": "Bo"},
    )
    assert [entry.method for entry in plain.log.entries("*/Users/*")] == ["PATCH", "GET", "PUT"]


def test_the_media_type_of_scim_is_sent_and_either_is_accepted(by_hand: Scim, raw: Any, say: Any) -> None:
    for kind in ("application/scim+json", "application/json", "application/scim+json; charset=utf-8"):
        raw.answer = lambda asked, kind=kind: say(200, {"id": "1"}, headers={"Content-Type": kind})
        by_hand.create_user(ScimUser(user_name="a@x.org"))
    assert {asked.headers["content-type"] for asked in raw.asked} == {"application/scim+json"}
    assert raw.asked[0].headers["accept"] == "application/scim+json, application/json"
    assert raw.asked[0].headers["authorization"] == "Bearer simulated-scim-token"
    assert raw.asked[0].document["schemas"] == ["urn:ietf:params:scim:schemas:core:2.0:User"]


def test_the_filter_is_escaped(by_hand: Scim, raw: Any, say: Any) -> None:
    raw.answer = lambda asked: say(200, {"totalResults": 0})
    by_hand.find_user('a"b\\c@x.org')
    assert raw.asked[0].query["filter"] == r'userName eq "a\"b\\c@x.org"'


def test_an_id_of_any_form_is_kept_out_of_the_path_s_way(by_hand: Scim, raw: Any, say: Any) -> None:
    raw.answer = lambda asked: say(404, {"detail": "no"})
    for id in ("a/b", "x?y=1", "ü %", "17"):
        with pytest.raises(NotFound):
            by_hand.delete_user(id)
    for id in ("..", ".", "a/../b", "../Groups/team-1", "..\\x", ""):
        with pytest.raises(Unbelievable):
            by_hand.delete_user(id)
    assert raw.paths("DELETE") == [
        "/v2/scim/Users/a%2Fb",
        "/v2/scim/Users/x%3Fy%3D1",
        "/v2/scim/Users/%C3%BC%20%25",
        "/v2/scim/Users/17",
    ]


def test_a_numeric_id_is_its_digits(by_hand: Scim, raw: Any, say: Any) -> None:
    raw.answer = lambda asked: say(200, {"id": 17, "userName": "a@x.org", "active": "False"})
    user = by_hand.user("17")
    assert (user.id, user.active) == ("17", False)


def test_attribute_names_are_compared_without_case(by_hand: Scim, raw: Any, say: Any) -> None:
    raw.answer = lambda asked: say(
        200,
        {
            "ID": "7",
            "UserName": "a@x.org",
            "Name": {"GivenName": "Ann"},
            "Emails": [{"Value": "b@x.org"}],
            "Active": "TRUE",
        },
    )
    user = by_hand.user("7")
    assert (user.user_name, user.given_name, user.emails, user.active) == ("a@x.org", "Ann", ("b@x.org",), True)


def test_the_primary_address_comes_first(by_hand: Scim, raw: Any, say: Any) -> None:
    emails = [{"value": "a@x.org"}, {"value": "b@x.org", "primary": "true"}, "c@x.org", {"value": None}]
    raw.answer = lambda asked: say(200, {"id": "7", "emails": emails})
    assert by_hand.user("7").emails == ("b@x.org", "a@x.org", "c@x.org")


def test_two_who_share_an_address_are_not_guessed_between(by_hand: Scim, raw: Any, say: Any) -> None:
    rows = [{"id": "1", "userName": "u1", "emails": ["a@x.org"]}, {"id": "2", "userName": "u2", "emails": ["a@x.org"]}]
    raw.answer = lambda asked: say(200, {"totalResults": 2, "Resources": rows})
    with pytest.raises(Conflict, match="more than one user"):
        by_hand.find_user("a@x.org")
    rows[0]["active"] = False  # type: ignore[assignment]
    found = by_hand.find_user("a@x.org")
    assert found is not None
    assert found.id == "2"
    rows[0]["userName"] = "A@x.org"
    found = by_hand.find_user("a@x.org")
    assert found is not None
    assert found.id == "1", "the userName goes before any e-mail"


# Creation without a whole answer


def test_a_creation_answered_without_a_body_is_read_where_it_lies(by_hand: Scim, raw: Any, say: Any) -> None:
    def answer(asked: Any) -> Any:
        if asked.method == "POST":
            return say(201, headers={"Location": "https://api.example/v2/scim/Users/abc"})
        return say(200, {"id": "abc", "userName": "a@x.org"})

    raw.answer = answer
    assert by_hand.create_user(ScimUser(user_name="a@x.org")).id == "abc"
    assert raw.paths() == ["/v2/scim/Users", "/v2/scim/Users/abc"]


def test_a_creation_answered_by_nothing_at_all_is_looked_for(by_hand: Scim, raw: Any, say: Any) -> None:
    found = {"totalResults": 1, "Resources": [{"id": "abc", "userName": "a@x.org"}]}
    raw.answer = lambda asked: say(201) if asked.method == "POST" else say(200, found)
    assert by_hand.create_user(ScimUser(user_name="a@x.org")).id == "abc"
    found.update(totalResults=0, Resources=[])
    with pytest.raises(Unbelievable) as caught:
        by_hand.create_user(ScimUser(user_name="a@x.org"))
    assert caught.value.unsettled


@pytest.mark.parametrize("fault", [Fault.DROPPED_AFTER, Fault.SILENT_AFTER])
def test_a_creation_whose_answer_is_lost_is_not_repeated_and_can_be_settled_by_looking(
    plain: SimulatedHelpScout, make_client: Any, fault: Fault
) -> None:
    scim = scim_of(make_client(plain.api_url, timeout=0.3))
    plain.faults.add(fault=fault, match="POST", seconds=1.0)
    with pytest.raises(LostAnswer):
        scim.create_user(ScimUser(user_name="new@acme.example", given_name="New"))
    found = scim.find_user("new@acme.example")
    assert found is not None
    assert plain.log.creates["new@acme.example"] == 1


@pytest.mark.parametrize("body", [b"<html>", b"{", b"[]", b'{"userName": "a@x.org"}', b'{"id": true}'])
def test_a_creation_answered_by_rubbish_is_unsettled(by_hand: Scim, raw: Any, say: Any, body: bytes) -> None:
    raw.answer = lambda asked: say(201, body=body)
    with pytest.raises(Unbelievable) as caught:
        by_hand.create_user(ScimUser(user_name="a@x.org"))
    assert caught.value.unsettled
    assert len(raw.asked) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (413, Rejected),
        (429, RateLimited),
        (500, ServerFault),
        (503, ServerFault),
    ],
)
def test_every_refusal_of_a_creation_has_its_type_and_the_server_s_words(
    by_hand: Scim, raw: Any, say: Any, status: int, kind: type[Exception]
) -> None:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": "So it is"}
    raw.answer = lambda asked: say(status, body, headers={"Content-Type": "application/scim+json"})
    with pytest.raises(kind, match="So it is"):
        by_hand.create_user(ScimUser(user_name="a@x.org"))
    assert len(raw.asked) == (7 if status == 429 else 1)


# Groups


def test_a_team_is_made_filled_renamed_and_deleted(moody: SimulatedHelpScout, scim: Scim) -> None:
    first, second = [person for person in moody.people if person.role == "user" and person.human][:2]
    made = scim.create_group("Night shift", [first.scim_id])
    team = moody.team("Night shift")
    assert made.id == team.scim_id
    scim.add_member(made.id, second.scim_id)
    scim.add_member(made.id, second.scim_id)
    assert set(team.members) == {first.id, second.id}
    scim.remove_member(made.id, first.scim_id)
    assert set(team.members) == {second.id}
    scim.patch_group(made.id, [Operation(op="replace", path="displayName", value="Day shift")])
    shown = scim.group(made.id)
    assert (shown.display_name, set(shown.members)) == ("Day shift", {second.scim_id})
    assert shown in scim.groups()
    assert scim.delete_group(made.id).status == 204
    with pytest.raises(NotFound):
        scim.group(made.id)


def test_a_name_that_scim_may_not_change_is_refused_with_the_server_s_words(
    plain: SimulatedHelpScout, friendly: Scim
) -> None:
    plain.behaviour.group_name_fixed = True
    with pytest.raises(Rejected, match="can't be changed over SCIM"):
        friendly.patch_group(plain.teams[0].scim_id, [Operation(op="replace", path="displayName", value="Other")])


def test_a_group_of_a_server_without_patch_is_changed_by_put(by_hand: Scim, raw: Any, say: Any) -> None:
    group = {"id": "g", "displayName": "Care", "members": [{"value": "1", "display": "Ann"}], "x-colour": "red"}
    sent: list[Any] = []

    def answer(asked: Any) -> Any:
        if asked.method == "PATCH":
            return say(405)
        if asked.method == "PUT":
            sent.append(asked.document)
            return say(204)
        return say(200, group)

    raw.answer = answer
    assert by_hand.add_member("g", "2") is None
    assert sent == [{**group, "members": [{"value": "1", "display": "Ann"}, {"value": "2"}]}]
    by_hand.remove_member("g", "1")
    assert sent[1]["members"] == []


# Lists


def listing(ids: list[int], total: int | None = None, start: int = 1) -> dict[str, Any]:
    return {
        "totalResults": len(ids) if total is None else total,
        "startIndex": start,
        "Resources": [{"id": id} for id in ids],
    }


def paged(ids: list[int], most: int) -> Any:
    def document(asked: Any) -> dict[str, Any]:
        start = int(asked.query["startIndex"])
        return listing(ids[start - 1 : start - 1 + min(most, int(asked.query["count"]))], len(ids), start)

    return document


def test_a_server_may_return_fewer_than_asked_for(by_hand: Scim, raw: Any, say: Any) -> None:
    document = paged(list(range(1, 24)), 5)
    raw.answer = lambda asked: say(200, document(asked))
    assert [user.id for user in by_hand.users()] == [str(id) for id in range(1, 24)]
    assert [asked.query["startIndex"] for asked in raw.asked] == ["1", "6", "11", "16", "21"]


def test_somebody_who_leaves_while_the_list_is_read_makes_it_be_read_again(by_hand: Scim, raw: Any, say: Any) -> None:
    ids = list(range(1, 24))
    document = paged(ids, 5)

    def answer(asked: Any) -> Any:
        if len(raw.asked) == 3:
            ids.remove(2)
        return say(200, document(asked))

    raw.answer = answer
    assert {user.id for user in by_hand.users()} == {str(id) for id in ids}


def test_one_who_leaves_and_one_who_comes_between_two_answers_are_noticed(by_hand: Scim, raw: Any, say: Any) -> None:
    ids = list(range(1, 24))
    document = paged(ids, 5)

    def answer(asked: Any) -> Any:
        if len(raw.asked) == 3:
            ids.remove(2)
        if len(raw.asked) == 4:
            ids.append(24)
        return say(200, document(asked))

    raw.answer = answer
    assert {user.id for user in by_hand.users()} == {str(id) for id in ids}, "11 was on no page of the first reading"


def restless(asked: Any) -> dict[str, Any]:
    """Another total with every answer."""
    start = int(asked.query["startIndex"])
    return listing([start], start + 5)


BROKEN: dict[str, Callable[[Any], dict[str, Any]]] = {
    "an end before the total": lambda asked: listing([1, 2] if asked.query["startIndex"] == "1" else [], 5),
    "the first page for ever": lambda asked: listing([1, 2], 5),
    "a total that never stands still": restless,
    "no resources": lambda asked: {"totalResults": 3},
    "resources that are no list": lambda asked: {"totalResults": 1, "Resources": {}},
    "a total in words": lambda asked: {"totalResults": "many", "Resources": []},
    "a resource without id": lambda asked: {"totalResults": 1, "Resources": [{"userName": "x"}]},
    "a resource that is text": lambda asked: {"totalResults": 1, "Resources": ["x"]},
    "an empty object": lambda asked: {},
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_list_that_is_not_whole_is_refused(by_hand: Scim, raw: Any, say: Any, name: str) -> None:
    raw.answer = lambda asked: say(200, BROKEN[name](asked))
    with pytest.raises(Unbelievable) as caught:
        by_hand.users()
    assert caught.value.api == "SCIM"
    assert len(raw.asked) < 40


@pytest.mark.parametrize("status", [400, 413, 422])
@pytest.mark.parametrize(("most", "asked"), [(50, ["100", "50"]), (15, ["100", "50", "20", "10"])])
def test_a_server_that_refuses_a_large_count_is_asked_for_less_and_that_is_remembered(
    by_hand: Scim, raw: Any, say: Any, status: int, most: int, asked: list[str]
) -> None:
    ids = list(range(1, 8))
    document = paged(ids, most)
    raw.answer = lambda one: (
        say(200, document(one)) if int(one.query["count"]) <= most else say(status, {"detail": "?"})
    )
    assert [user.id for user in by_hand.users()] == [str(id) for id in ids]
    assert [one.query["count"] for one in raw.asked] == asked
    assert len(by_hand.groups()) == len(ids)
    assert [one.query["count"] for one in raw.asked] == [*asked, asked[-1]]


@pytest.mark.parametrize("taken", [{"startIndex"}, set()])
def test_a_server_that_takes_no_count_at_all_is_asked_without(
    by_hand: Scim, raw: Any, say: Any, taken: set[str]
) -> None:
    raw.answer = lambda asked: say(422) if asked.query.keys() - taken else say(200, listing([1, 2]))
    assert [user.id for user in by_hand.users()] == ["1", "2"]


def test_a_list_that_is_refused_whatever_its_count_says_what_the_server_said_first(
    by_hand: Scim, raw: Any, say: Any
) -> None:
    raw.answer = lambda asked: say(400, {"detail": f"not {asked.query.get('count')}"})
    for _ in range(2):
        with pytest.raises(Rejected, match="not 100"):
            by_hand.users()


def test_a_filter_is_asked_again_without_a_count_that_is_refused(by_hand: Scim, raw: Any, say: Any) -> None:
    row = {"id": "7", "userName": "a@x.org"}
    raw.answer = lambda asked: say(400) if "count" in asked.query else say(200, {"totalResults": 1, "Resources": [row]})
    found = by_hand.find_user("a@x.org")
    assert found is not None
    assert found.id == "7"
    assert all("filter" in asked.query for asked in raw.asked)


@pytest.mark.parametrize("most", [1_000, 5])
def test_a_server_that_ignores_where_to_start_is_asked_for_everybody_at_once(
    by_hand: Scim, raw: Any, say: Any, most: int
) -> None:
    ids = list(range(1, 131))

    def answer(asked: Any) -> Any:
        if asked.method == "POST":
            return say(404)
        return say(200, listing(ids[: min(most, int(asked.query["count"]))], len(ids)))

    raw.answer = answer
    if most == 5:  # and gives no more than so many at once
        with pytest.raises(NotWhole):
            by_hand.users()
        assert [group.id for group in by_hand.groups()] == ["1", "2", "3", "4", "5"]
    else:
        assert len(by_hand.users()) == len(ids)
    assert len(raw.asked) < 25


def test_a_server_that_pages_only_when_it_is_searched_is_searched(by_hand: Scim, raw: Any, say: Any) -> None:
    """SCIMMY behind Express 5: whatever the address asks for, the first twenty come."""
    ids = list(range(1, 131))

    def answer(asked: Any) -> Any:
        if asked.method == "GET":
            return say(200, listing(ids[:20], len(ids)))
        start = asked.document["startIndex"]
        return say(200, listing(ids[start - 1 :][:20], len(ids), start))

    raw.answer = answer
    assert [user.id for user in by_hand.users()] == [str(id) for id in ids]
    asked = len(raw.asked)
    assert len(by_hand.groups()) == len(ids)
    assert raw.asked[asked].path == "/v2/scim/Groups/.search", "learnt once"


@pytest.mark.parametrize("status", [400, 404])
def test_a_start_behind_the_end_may_be_refused(by_hand: Scim, raw: Any, say: Any, status: int) -> None:
    raw.answer = lambda asked: say(200, listing([1, 2], 3)) if asked.query["startIndex"] == "1" else say(status)
    with pytest.raises(NotWhole, match="announces 3 and shows 2"):
        by_hand.users()


# People whom the list does not show


class Hiding:
    """Counts one more than it shows. Its filters: honest, ignored, deaf (never find) or refused."""

    def __init__(self, say: Any, filters: str) -> None:
        self.people = [{"id": str(id), "userName": f"u{id}@x.org", "emails": [f"m{id}@x.org"]} for id in range(1, 8)]
        self.hidden: list[dict[str, Any]] = []
        self._say, self._filters = say, filters

    def __call__(self, asked: Any) -> Any:
        start = int(asked.query.get("startIndex", 1))
        wanted = asked.query.get("filter")
        if wanted is None or self._filters == "ignored":
            rows = self.people[start - 1 :]
            return self._say(200, {"totalResults": len(self.people) + 1, "startIndex": start, "Resources": rows})
        if self._filters == "refused":
            return self._say(400, {"scimType": "invalidFilter"})
        attribute, _, address = wanted.partition(" eq ")
        everybody = [] if self._filters == "deaf" else [*self.people, *self.hidden]
        shown = [row for row in everybody if json.loads(address) in _shown(row, attribute)]
        return self._say(200, {"totalResults": len(shown), "Resources": shown})


def _shown(row: dict[str, Any], attribute: str) -> list[str]:
    return row["emails"] if attribute == "emails.value" else [row["userName"]]


@pytest.mark.parametrize("filters", ["honest", "ignored", "deaf", "refused"])
def test_nobody_is_an_honest_answer_of_a_filter_where_the_list_counts_who_is_hidden(
    by_hand: Scim, raw: Any, say: Any, filters: str
) -> None:
    raw.answer = Hiding(say, filters)
    found = by_hand.find_user("m3@x.org")
    assert found is not None
    assert found.id == "3", "who is shown is found whatever the filter does"
    if filters == "honest":
        assert by_hand.find_user("new@x.org") is None
    else:
        with pytest.raises(NotWhole):
            by_hand.find_user("new@x.org")


def test_who_is_hidden_from_the_list_is_found_by_their_e_mail(by_hand: Scim, raw: Any, say: Any) -> None:
    raw.answer = server = Hiding(say, "honest")
    server.hidden.append({"id": "99", "userName": "ghost", "emails": ["ghost@x.org"]})
    found = by_hand.find_user("ghost@x.org")
    assert found is not None
    assert found.id == "99"


def test_a_list_that_counts_who_is_hidden_is_read_twice_and_not_for_ever(by_hand: Scim, raw: Any, say: Any) -> None:
    raw.answer = Hiding(say, "honest")
    with pytest.raises(NotWhole, match="announces 8 and shows 7"):
        by_hand.users()
    assert len(raw.asked) == 4


# Members of groups


def test_members_that_the_list_leaves_out_are_read_by_the_group_itself(by_hand: Scim, raw: Any, say: Any) -> None:
    whole = {"id": "g", "displayName": "Care", "members": [{"value": "1"}]}
    short = {"id": "g", "displayName": "Care"}
    raw.answer = lambda asked: say(200, whole if asked.path.endswith("/g") else {"Resources": [short]})
    (listed,) = by_hand.groups()
    assert (listed.members, listed.shows_members) == (frozenset(), False)
    assert by_hand.with_members(listed).members == {"1"}
    asked = len(raw.asked)
    assert by_hand.with_members(by_hand.group("g")).members == {"1"}
    assert len(raw.asked) == asked + 1, "members that are shown are not asked for again"


@pytest.mark.parametrize(
    ("document", "count"),
    [
        ({"totalResults": 0}, 0),
        ({"totalResults": "2", "resources": [{"id": 1}, {"id": 2}]}, 2),
        ({"Resources": [{"id": "a"}]}, 1),
        ({"totalResults": 0, "Resources": None}, 0),
    ],
)
def test_a_list_told_in_few_words_is_understood(
    by_hand: Scim, raw: Any, say: Any, document: dict[str, Any], count: int
) -> None:
    raw.answer = lambda asked: say(200, document)
    assert len(by_hand.groups()) == count


# No SCIM


def test_without_a_token_there_is_no_scim(plain: SimulatedHelpScout, make_client: Any) -> None:
    client = make_client(plain.api_url, scim_token=None)
    assert client.scim is None
    assert client.view().scim is None
    assert make_client(plain.api_url, scim_token="").scim is None
    assert client.rest.users()


def test_a_dead_token_says_where_to_make_a_new_one_and_reading_goes_on(
    plain: SimulatedHelpScout, make_client: Any
) -> None:
    client = make_client(plain.api_url, scim_token="revoked")
    with pytest.raises(Unauthorized, match="SCIM refused the token: make a new one under Admin > Authentication"):
        scim_of(client).users()
    with pytest.raises(Unauthorized):
        scim_of(client).find_user("a@acme.example")
    assert client.rest.users()


def test_a_plan_without_scim_says_what_is_missing(plain: SimulatedHelpScout, friendly: Scim) -> None:
    plain.behaviour.scim_plan = False
    with pytest.raises(Forbidden, match="Pro plan and SSO"):
        friendly.users()


@pytest.mark.parametrize(
    "read", [Scim.users, Scim.groups, lambda scim: scim.group("g1"), lambda scim: scim.find_user("a@x.org")]
)
def test_an_account_without_scim_is_not_taken_for_one_without_people(
    by_hand: Scim, raw: Any, say: Any, read: Callable[[Scim], object]
) -> None:
    raw.answer = lambda asked: say(404, {"message": "No such route"})
    with pytest.raises(Forbidden, match="needs the Pro plan and SSO, set up under Admin > Authentication"):
        read(by_hand)


# Values


@given(st.text())
def test_a_quoted_text_is_one_json_string(text: str) -> None:
    assert json.loads(quoted(text)) == text


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20).map(str.strip)


@given(
    st.builds(
        ScimUser,
        id=TEXT.filter(bool),
        user_name=TEXT,
        given_name=TEXT,
        family_name=TEXT,
        display_name=TEXT,
        emails=st.lists(TEXT.filter(bool), unique=True, max_size=4).map(tuple),
        active=st.booleans(),
        title=TEXT,
        phone=TEXT,
        timezone=TEXT,
        roles=st.lists(TEXT.filter(bool), unique=True, max_size=2).map(tuple),
        external_id=TEXT,
        raw=st.fixed_dictionaries(
            {},
            optional={
                "nickName": TEXT,
                "urn:x:y": st.dictionaries(TEXT, TEXT),
                "meta": st.just({"version": "1"}),
                "emails": st.just([{"value": "q@x.org", "type": "home", "primary": True}]),
                "NAME": st.just({"middleName": "M", "givenName": "old"}),
            },
        ),
    )
)
def test_a_user_survives_being_written_and_read(user: ScimUser) -> None:
    document = user_document(user)
    shown = scim_user_of(document)
    assert replace(shown, primary=user.primary) == user
    assert shown.primary == (user.emails[0] if user.emails else "")
    assert document.get("nickName") == user.raw.get("nickName")
    assert document.get("urn:x:y") == user.raw.get("urn:x:y")
    assert "meta" not in document, "the server's own"
    if "NAME" in user.raw:
        assert document["NAME"]["middleName"] == "M"


def test_another_first_address_becomes_the_primary_one() -> None:
    raw = {"emails": [{"value": "a@x.org", "type": "home", "primary": True}, {"value": "b@x.org", "type": "work"}]}
    document = user_document(ScimUser(user_name="b@x.org", emails=("b@x.org", "a@x.org", "c@x.org"), raw=raw))
    assert document["emails"] == [
        {"value": "b@x.org", "type": "work", "primary": True},
        {"value": "a@x.org", "type": "home", "primary": False},
        {"value": "c@x.org", "type": "work"},
    ]


def test_a_changed_name_takes_the_formatted_one_with_it() -> None:
    raw = {"name": {"givenName": "Ann", "familyName": "Lee", "formatted": "Ann Lee", "middleName": "Q"}}
    kept = user_document(ScimUser(given_name="Ann", family_name="Lee", raw=raw))
    assert kept["name"]["formatted"] == "Ann Lee"
    changed = user_document(ScimUser(given_name="Ann", family_name="Kay", raw=raw))
    assert changed["name"] == {"givenName": "Ann", "familyName": "Kay", "middleName": "Q"}
