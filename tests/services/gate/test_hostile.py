"""Whatever is sent: an error in SCIM's words, nothing kept, nothing told."""

import itertools
import json
import random
from typing import Any

from bot.gate.tokens import Tokens

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def bodies() -> list[Any]:
    """What no user, group or PATCH is."""
    deep: Any = "x"
    for _ in range(200):
        deep = {"a": deep}
    values = [None, True, 0, 10**300, -1, 1.5, "", "x" * 100_000, [], [[]], {}, {"value": {}}, "\ud800", "a\x00b", deep]
    users = [{"userName": value} for value in values]
    users += [{"userName": "a@acme.example", name: value} for name in NAMES for value in values[3:]]
    patches = [{"Operations": value} for value in values]
    patches += [{"Operations": [{"op": op, "path": path, "value": "x"}]} for op, path in itertools.product(OPS, PATHS)]
    patches += [{"Operations": [{"op": "replace", "value": {"userName": value}}]} for value in values]
    patches += [{"Operations": [{"op": "replace", "path": "active", "value": "False"}] * 1001}]
    return [*values, *users, *patches]


NAMES = ("name", "active", "emails", "externalId", "roles", "members", "phoneNumbers", "title")
OPS = ("", "move", 5, None, "replace", "remove")
PATHS = (
    "[",
    "emails[",
    "emails[type eq",
    "a.b.c.d",
    "userName[value eq 1]",
    "\u2028",
    "id.x",
    "urn:",
    'members[value eq "',
    7,
)
RAW = (b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"userName": NaN}', b'{"a":' + b"9" * 5000 + b"}", b"null", b'"x"')
QUERIES = (
    "filter=" + "userName eq %22x%22 or " * 400 + "id pr",
    "filter=" + "(" * 900,
    "filter=userName eq",
    "filter=%FF",
    "filter=userName xx 5",
    "filter=%00",
    "count=abc",
    "startIndex=1e9",
    "count=" + "9" * 40,
    "&".join(f"a{n}=1" for n in range(100)),
)


def test_three_hundred_hostile_pushes_are_answered_in_scims_words_and_keep_nothing(quiet: Any, house: Any) -> None:
    id, before = house.id("jane"), quiet.bot.record.version()
    counts = {"sent": 0, "fine": 0}

    def judge(answer: Any, what: object) -> None:
        counts["sent"] += 1
        assert answer.status_code in (200, 201, 400, 404, 405, 409, 412, 413), (answer.status_code, str(what)[:200])
        if answer.status_code < 300:
            counts["fine"] += 1
            return
        said = answer.json()
        assert said["schemas"] == [ERROR], what
        assert said["status"] == str(answer.status_code)
        assert "Traceback" not in answer.text
        assert "bot/" not in answer.text
        for word in ("pydantic", "validation error", "Input should", "[type="):
            assert word not in answer.text, (what, answer.text)

    client, header = quiet.clients["okta"], {"Content-Type": "application/scim+json"}
    raw = [json.dumps(body).encode() for body in bodies()] + list(RAW)
    for body in raw:
        for method, path in (("POST", "/Users"), ("PATCH", f"/Users/{id}"), ("POST", "/Groups")):
            judge(client.request(method, f"/scim/v2{path}", content=body, headers=header), (method, path, body[:100]))
    for query in QUERIES:
        judge(client.get(f"/scim/v2/Users?{query}"), query)
    for path in ("/", "/Users/" + "x" * 300, "/Users/%00", "/Users/%FF", "/Users/1/2", "/Bulk", "/Me", "/Schemas/none"):
        judge(client.get(f"/scim/v2{path}"), path)
    judge(client.request("BREW", "/scim/v2/Users"), "BREW")
    assert counts["sent"] >= 300
    assert counts["fine"] < counts["sent"] / 10
    assert before <= quiet.bot.record.version()
    shown = quiet.send("GET", f"/Users/{id}").json()
    assert (shown["userName"], shown["active"]) == ("jane@acme.example", True)
    quiet.round()
    assert not [request for request in quiet.requests() if request.target_id == id and request.kind.value == "offboard"]


def test_a_push_about_one_person_holds_no_more_than_any_provider_sends(quiet: Any, house: Any) -> None:
    addresses = [{"value": f"a{number}@acme.example"} for number in range(50)]
    operations = [{"op": "add", "path": "emails", "value": addresses}] * 1000
    answer = quiet.patch(f"/Users/{house.id('jane')}", *operations)
    assert answer.status_code == 400
    assert "too many values" in answer.json()["detail"]
    members = [{"value": str(number), "display": "x", "$ref": None} for number in range(6000)]
    answer = quiet.send("PUT", "/Groups/1", {"displayName": "x", "members": members})
    assert answer.status_code == 404, "a group may have many members"
    team = next(one for one in quiet.bot.record.teams.all())
    answer = quiet.send("PUT", f"/Groups/{team.id}", {"displayName": team.name, "members": members})
    assert "There is no user with the id" in answer.json()["detail"]


def test_ids_that_nobody_has_and_of_others_are_unknown(quiet: Any) -> None:
    gone = random.Random(5)
    for id in (
        "0",
        "-1",
        "9" * 18,
        "01",
        "٣",
        "p" + "z" * 15,
        *(str(gone.randrange(10**9, 10**10)) for _ in range(20)),
    ):
        for method in ("GET", "DELETE"):
            assert quiet.send(method, f"/Users/{id}").status_code == 404, id


def test_a_wrong_token_gets_401_and_soon_429_while_the_right_one_is_never_slowed(quiet: Any) -> None:
    statuses = [quiet.send("GET", "/Users", by="wrong").status_code for _ in range(4)]
    assert statuses == [401, 401, 429, 429]
    assert quiet.send("GET", "/ServiceProviderConfig").status_code == 200
    answer = quiet.send("GET", "/Users", by="wrong")
    assert answer.json()["schemas"] == [ERROR]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_wrong_tokens_are_forgotten_after_a_minute() -> None:
    now = [0.0]
    tokens = Tokens([("okta", "a-token")], timer=lambda: now[0])
    assert [tokens.too_often() for _ in range(3)] == [False, False, True]
    now[0] = 61.0
    assert not tokens.too_often()


def test_only_a_whole_token_opens_the_gate() -> None:
    tokens = Tokens([("okta", "new-token"), ("okta", "old-token"), ("entra", "other")])
    assert tokens.whose("Bearer new-token") == tokens.whose("bearer  old-token") == "okta"
    assert tokens.whose("Bearer other") == "entra"
    for wrong in (
        "",
        "Bearer",
        "Bearer ",
        "Bearer new-toke",
        "Basic new-token",
        "new-token",
        "Bearer new-token x",
        "Bearer né",
    ):
        assert tokens.whose(wrong) is None, wrong
