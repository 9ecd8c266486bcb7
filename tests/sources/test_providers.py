"""Okta, Entra ID and Google Workspace, read whole over HTTP as their published shapes are; or a sentence why not."""

import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler

import pytest

from bot.demo.directories import Account, SimulatedDirectories
from bot.model.colleague import Employment
from bot.sources import entra
from bot.sources.errors import Away, Busy, Doubtful, NotAllowed, NotThere, Refused, SourceError
from bot.sources.waits import Waits, told_wait
from tests.sources.conftest import PATIENT, QUICK, Make, raw

ALL = ("okta", "entra", "google")
TITLES = {"okta": "Okta", "entra": "Entra ID", "google": "Google Workspace"}


@pytest.mark.parametrize("name", ALL)
def test_everybody_is_read_over_all_pages_with_who_is_gone(make: Make, world: SimulatedDirectories, name: str) -> None:
    listing = make(name).read()
    assert len({one.id for one in listing.people}) == len(listing.people) == 450
    gone = [one for one in listing.people if one.is_gone]
    assert len(gone) == 10
    by_id = {one.id: one for one in listing.people}
    assert by_id["id3"].keys == {"person3@acme.example", "p3@acme.example"}
    assert by_id["id3"].name == "Person No3"
    assert by_id["id3"].manager == "person0@acme.example"
    assert by_id["id7"].state is Employment.SUSPENDED
    assert (listing.source, listing.title, listing.group) == (name, TITLES[name], "")


@pytest.mark.parametrize("name", ALL)
def test_a_group_by_its_name_is_read_with_the_states_of_its_members(make: Make, name: str) -> None:
    listing = make(name, group="Help Scout").read()
    living = [one for one in listing.people if not one.is_gone]
    assert {one.id for one in living} == {f"id{n}" for n in range(0, 450, 2) if n % 100 != 8}
    assert listing.group in ("Help Scout", "hs@acme.example")
    assert {one.manager for one in living if one.id != "id0"} == {"person0@acme.example"}


def test_of_a_large_directory_not_everybodys_manager_is_looked_up_for_a_group(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entra, "MANAGED", 3)
    people = make("entra", group="Help Scout").read().people
    assert [one.id for one in people if one.manager] == ["id2"], "of id0, id1 and id2, of whom id1 is not in the group"


@pytest.mark.parametrize("name", ALL)
def test_groups_of_roles_are_known_with_each_person(make: Make, name: str) -> None:
    group = "hs@acme.example"
    by_id = {one.id: one for one in make(name, also=(group,)).read().people}
    assert by_id["id2"].groups == {group}
    assert by_id["id3"].groups == frozenset()


@pytest.mark.parametrize("name", ALL)
def test_the_lists_of_a_source_are_read_side_by_side(make: Make, world: SimulatedDirectories, name: str) -> None:
    """Everybody's first page comes when a page of a group was asked for, which needs another request under way."""
    asked = threading.Event()

    def waits_for_the_group(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if "/groups/" in path:
            asked.set()
        elif handler.command == "GET" and path.endswith("/users") and not asked.wait(2.0):
            raw(handler, 500, b"{}")
            return True
        return False

    world.fault = waits_for_the_group
    assert len(make(name, also=("hs@acme.example",), waits=Waits(attempts=1)).read().people) == 450


def test_of_lists_read_side_by_side_the_first_that_fails_is_named(make: Make) -> None:
    with pytest.raises(NotThere, match="no group with the name “Nobody”"):
        make("okta", also=("hs@acme.example", "Nobody")).read()


def test_several_lists_that_are_refused_at_once_fetch_one_new_token(make: Make, world: SimulatedDirectories) -> None:
    together, tokens = threading.Barrier(2, timeout=5.0), iter([True, True])

    def expired(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if handler.command == "GET" and next(tokens, False):
            together.wait()
            raw(handler, 401, b"{}")
            return True
        return False

    world.fault = expired
    assert len(make("entra", also=("00000000-0000-0000-0000-000000000002",)).read().people) == 450
    assert sum("token" in path for path in world.asked) == 2, "the first one, and one anew"


@pytest.mark.parametrize("name", ["okta", "entra"])
def test_a_group_that_is_not_there_is_named(make: Make, name: str) -> None:
    with pytest.raises(NotThere, match=rf"{TITLES[name]} has no group with the name “Nobody”"):
        make(name, group="Nobody").read()


def test_a_member_of_another_domain_is_known_by_googles_group_alone(make: Make, world: SimulatedDirectories) -> None:
    world.google.accounts.append(Account(id="ext1", email="jo@contractor.example"))
    world.google.groups["hs@acme.example"].append("ext1")
    people = make("google", group="Help Scout").read().people
    assert [one.state for one in people if one.email == "jo@contractor.example"] == [Employment.ACTIVE]


def test_oktas_words_are_told_with_their_time(make: Make) -> None:
    by_id = {one.id: one for one in make("okta").read().people}
    assert (by_id["id7"].said, by_id["id8"].said) == ("suspended since 2026-11-02", "deprovisioned since 2026-11-02")


def test_entras_guest_has_the_address_of_their_own_company(make: Make, world: SimulatedDirectories) -> None:
    login = "jo_contractor.example#EXT#@acme.onmicrosoft.com"
    world.entra.accounts.append(Account(id="g1", email="jo@contractor.example", login=login))
    guest = next(one for one in make("entra").read().people if one.id == "g1")
    assert guest.keys == {"jo@contractor.example"}


# Faults


def _status(status: int) -> bytes:
    return b'{"error": {"message": "no"}}' if status != 500 else b"oops"


class Sick:
    """Answers every GET with the same fault."""

    def __init__(self, kind: str, world: SimulatedDirectories) -> None:
        self.kind = kind
        self.stopping = world.stopping
        self.times: Counter[str] = Counter()

    def __call__(self, handler: BaseHTTPRequestHandler, path: str) -> bool:
        if handler.command != "GET":
            return False
        self.times[path] += 1
        match self.kind:
            case "401" | "403" | "404" | "500":
                raw(handler, int(self.kind), _status(int(self.kind)))
            case "429":
                raw(handler, 429, b"{}", {"Retry-After": "120"})
            case "html":
                raw(handler, 200, b"<!DOCTYPE html><html>Sign in</html>", {"Content-Type": "text/html"})
            case "cut":
                raw(handler, 200, b'[{"id": "1"', {"Content-Length": "5000"})
                handler.close_connection = True
            case "half":
                raw(handler, 200, b'{"value": [{"id": "1", ')
            case "shape":
                raw(handler, 200, b'{"message": "hello"}')
            case "hang":
                self.stopping.wait(5)
                handler.close_connection = True
        return True


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("401", Refused, "rejected the credentials"),
        ("403", NotAllowed, "doesn't allow"),
        ("404", NotThere, "nothing at that address"),
        ("429", Busy, "asks to wait 120 seconds"),
        ("500", Away, "a fault of its own"),
        ("html", Doubtful, "a web page instead of data"),
        ("cut", Doubtful, "ended in the middle of an answer"),
        ("half", Doubtful, "cut off or is not JSON"),
        ("shape", Doubtful, "not its list of people"),
        ("hang", Away, "took more than 0.3 seconds for one page"),
    ],
)
def test_each_fault_is_a_sentence_with_the_source_and_the_cure(
    make: Make, world: SimulatedDirectories, name: str, kind: str, error: type[SourceError], words: str
) -> None:
    world.fault = Sick(kind, world)
    begun = time.monotonic()
    with pytest.raises(error, match=words) as raised:
        make(name, waits=QUICK if kind == "hang" else PATIENT).read()
    said = raised.value.sentence
    assert kind != "hang" or time.monotonic() - begun >= QUICK.idle, "a page that is slow is not dead"
    assert said.startswith(TITLES[name])
    assert raised.value.source == name
    assert "Nothing was compared with it." in said
    assert said.rpartition("with it. ")[2], "and what to do"


def test_what_trickles_is_given_up_in_time(make: Make, world: SimulatedDirectories) -> None:
    def trickle(handler: BaseHTTPRequestHandler, path: str) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        while not world.stopping.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()
        return True

    world.fault = trickle
    begun = time.monotonic()
    with pytest.raises(Away, match="took more than"):
        make("okta", waits=QUICK).read()
    assert time.monotonic() - begun < 3 * QUICK.idle


@pytest.mark.parametrize("headers", [{"Retry-After": "7"}, {"X-Rate-Limit-Reset": "1000007"}])
def test_a_told_wait_is_kept_and_the_reading_goes_on(
    make: Make, world: SimulatedDirectories, headers: dict[str, str]
) -> None:
    slept: list[float] = []
    limited = iter([True, False, True])

    def limit(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if next(limited, False):
            raw(handler, 429, b"{}", headers)
            return True
        return False

    world.fault = limit
    waits = Waits(wall=lambda: 1_000_000.0, sleep=slept.append)
    assert len(make("okta", waits=waits).read().people) == 450
    assert slept == [7.0, 7.0]


def test_credentials_are_sent_to_the_configured_host_alone(make: Make, world: SimulatedDirectories) -> None:
    def elsewhere(handler: BaseHTTPRequestHandler, path: str) -> bool:
        link = {"Link": '<https://evil.example/api/v1/users?after=2>; rel="next"'}
        raw(handler, 200, b"[]", link)
        return True

    world.fault = elsewhere
    with pytest.raises(Doubtful, match="another host"):
        make("okta").read()


def test_a_next_page_that_leads_in_a_circle_ends(make: Make, world: SimulatedDirectories) -> None:
    def circle(handler: BaseHTTPRequestHandler, path: str) -> bool:
        raw(handler, 200, b"[]", {"Link": f'<{world.url}/okta/api/v1/users?after=2>; rel="next"'})
        return True

    world.fault = circle
    with pytest.raises(Doubtful, match="again and again"):
        make("okta").read()


def test_a_wrong_secret_of_entra_names_the_secret(make: Make) -> None:
    with pytest.raises(Refused, match="ENTRA_CLIENT_SECRET"):
        make("entra", secret="wrong").read()


def test_a_token_that_ran_out_is_fetched_anew_once(make: Make, world: SimulatedDirectories) -> None:
    refused = iter([True])

    def expired(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if handler.command == "GET" and next(refused, False):
            raw(handler, 401, b"{}")
            return True
        return False

    world.fault = expired
    assert len(make("entra").read().people) == 450


def test_a_provider_that_is_not_there_is_named(make: Make, world: SimulatedDirectories) -> None:
    source = make("okta")
    world._server.server_close()
    with pytest.raises(Away, match="Okta can't be reached"):
        source.read()


def test_okta_tells_its_tokens_roles_and_entra_its_permissions(make: Make, world: SimulatedDirectories) -> None:
    world.okta_roles = ["SUPER_ADMIN"]
    world.entra_roles = ["User.Read.All", "Directory.ReadWrite.All"]
    assert make("okta").privileges() == ("SUPER_ADMIN",)
    assert make("entra").privileges() == ("User.Read.All", "Directory.ReadWrite.All")
    assert all(scope.endswith("readonly") for scope in make("google", group="Help Scout").privileges())


def test_the_waits_that_are_told_are_read() -> None:
    assert told_wait({"retry-after": "3"}, 0.0) == 3.0
    assert told_wait({"retry-after": "Thu, 01 Jan 1970 00:01:00 GMT"}, 10.0) == 50.0
    assert told_wait({"x-rate-limit-reset": "25"}, 10.0) == 15.0
    assert told_wait({"retry-after": "soon"}, 0.0) is None
