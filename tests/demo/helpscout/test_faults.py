"""Each fault, as a client meets it."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from bot.demo.helpscout import Fault

if TYPE_CHECKING:
    from bot.demo.helpscout import Reading, Request
    from tests.demo.helpscout.conftest import Client, Connect

JANE = "jane@acme.example"


# which requests


def test_a_fault_meets_only_what_matches_and_only_as_often_as_ordered(client: Client) -> None:
    planned = client.sim.faults.add(match="GET /users?page=2", fault=Fault.ERROR_500, times=2, after=1)
    seen = [client.rest.get("/users", params={"page": page}).status_code for page in (1, 2, 3, 2, 2, 2)]
    assert seen == [200, 200, 200, 500, 500, 200]
    assert planned.hits == 2
    assert [entry.fault for entry in client.sim.log.entries("GET /users?page=2")] == ["", "500", "500", ""]


@pytest.mark.parametrize(
    "match",
    [
        "/users",
        "GET /users",
        "GET /v2/users",
        "GET",
        "*/users?page=1",
        "",
        lambda request: request.query.get("page") == "1",
    ],
)
def test_a_match_may_name_method_path_and_parameters_or_be_a_function(client: Client, match: str) -> None:
    client.sim.faults.add(match=match, fault=Fault.ERROR_500)
    assert client.rest.get("/users", params={"page": "1", "x": "y"}).status_code == 500


@pytest.mark.parametrize("match", ["POST /users", "/users/*", "/users?page=2", "/user"])
def test_what_does_not_match_is_spared(client: Client, match: str) -> None:
    client.sim.faults.add(match=match, fault=Fault.ERROR_500)
    assert client.rest.get("/users", params={"page": "1"}).status_code == 200


def test_orders_without_an_end_last_until_they_are_taken_back(client: Client) -> None:
    planned = client.sim.faults.add(fault=Fault.UNAVAILABLE_503, times=None)
    assert [client.rest.get("/teams").status_code for _ in range(3)] == [503, 503, 503]
    client.sim.faults.cancel(planned)
    assert client.rest.get("/teams").status_code == 200


# answers instead


@pytest.mark.parametrize(("reading", "header"), [("guide", "Retry-After"), ("pages", "X-RateLimit-Retry-After")])
def test_429_comes_with_the_reading_s_header_or_bare(connect: Connect, reading: Reading, header: str) -> None:
    client = connect(reading=reading)
    client.sim.faults.add(fault=Fault.RATE_LIMITED, retry_after=7)
    client.sim.faults.add(fault=Fault.RATE_LIMITED_BARE)
    told, bare = client.rest.get("/teams"), client.rest.get("/teams")
    assert (told.status_code, told.headers[header]) == (429, "7")
    assert bare.status_code == 429
    assert header not in bare.headers


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.ERROR_500, 500),
        (Fault.UNAVAILABLE_503, 503),
        (Fault.UNAUTHORIZED, 401),
        (Fault.FORBIDDEN, 403),
        (Fault.RATE_LIMITED, 429),
    ],
)
def test_an_error_has_the_form_of_the_api_it_comes_from_and_no_effect(
    client: Client, fault: Fault, status: int
) -> None:
    client.sim.faults.add(fault=fault, times=2)
    rest = client.rest.get("/users")
    assert (rest.status_code, rest.headers["Content-Type"]) == (status, "application/vnd.error+json")
    scim = client.scim.delete(f"/Users/{client.sim.person(JANE).scim_id}")
    assert (scim.status_code, scim.json()["status"]) == (status, str(status))
    assert client.sim.person(JANE).active


def test_html_comes_under_502_and_under_200(client: Client) -> None:
    client.sim.faults.add(fault=Fault.HTML_502)
    client.sim.faults.add(fault=Fault.HTML_200)
    answers = [client.rest.get("/users") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [502, 200]
    for answer in answers:
        assert answer.headers["Content-Type"].startswith("text/html")
        with pytest.raises(json.JSONDecodeError):
            answer.json()


def test_a_token_may_die_before_a_request_and_at_the_token_s_endpoint_503_may_reign(client: Client) -> None:
    client.sim.faults.add(match="/users?page=3", fault=Fault.TOKEN_DEAD)
    client.sim.faults.add(match="POST /auth/token", fault=Fault.UNAVAILABLE_503)
    seen = [client.rest.get("/users", params={"page": page}).status_code for page in (1, 2, 3, 4)]
    assert seen == [200, 200, 401, 401]
    assert client.plain.post(client.sim.token_url).status_code == 503
    client.renew()
    assert client.rest.get("/users").status_code == 200


# broken transport


def test_a_dropped_connection_before_has_no_effect_and_after_has_one(client: Client) -> None:
    path = f"/Users/{client.sim.person(JANE).scim_id}"
    client.sim.faults.add(match="DELETE /scim/Users/*", fault=Fault.DROPPED_BEFORE)
    client.sim.faults.add(match="DELETE /scim/Users/*", fault=Fault.DROPPED_AFTER)
    with pytest.raises(httpx.RemoteProtocolError):
        client.scim.delete(path)
    assert client.sim.person(JANE).active
    jane = client.sim.person(JANE)
    with pytest.raises(httpx.RemoteProtocolError):
        client.scim.delete(path)
    assert not jane.active
    assert client.sim.log.deletes == {jane.id: 1}
    assert [entry.status for entry in client.sim.log.entries("DELETE")] == [0, 0]


def test_a_cut_body_ends_in_the_middle_and_half_a_json_ends_properly_but_is_none(client: Client) -> None:
    client.sim.faults.add(fault=Fault.CUT_BODY)
    client.sim.faults.add(fault=Fault.HALF_JSON)
    with pytest.raises(httpx.RemoteProtocolError):
        client.rest.get("/users")
    half = client.rest.get("/users")
    assert half.status_code == 200
    assert int(half.headers["Content-Length"]) == len(half.content)
    with pytest.raises(json.JSONDecodeError):
        half.json()


def test_silence_before_has_no_effect_and_silence_after_has_one(client: Client) -> None:
    jane = client.sim.person(JANE)
    client.sim.faults.add(match="DELETE", fault=Fault.SILENT_BEFORE)
    client.sim.faults.add(match="DELETE", fault=Fault.SILENT_AFTER)
    with pytest.raises(httpx.ReadTimeout):
        client.scim.delete(f"/Users/{jane.scim_id}", timeout=0.2)
    assert jane.active
    with pytest.raises(httpx.ReadTimeout):
        client.scim.delete(f"/Users/{jane.scim_id}", timeout=0.2)
    assert not jane.active


def test_silence_ends_with_a_closed_connection(client: Client) -> None:
    client.sim.faults.add(fault=Fault.SILENT_BEFORE, seconds=0.05)
    with pytest.raises(httpx.RemoteProtocolError):
        client.rest.get("/users")


def test_a_slow_answer_comes_late_but_whole(client: Client) -> None:
    client.sim.faults.add(fault=Fault.SLOW, seconds=0.15)
    started = time.perf_counter()
    assert client.rest.get("/users").json()["page"]["totalElements"] == 120
    assert time.perf_counter() - started >= 0.15


# lists that lie


@pytest.mark.parametrize("reading", ["guide", "pages"])
def test_a_list_may_be_empty_with_totals_of_nought_or_as_usual(connect: Connect, reading: Reading) -> None:
    client = connect(reading=reading)
    client.sim.faults.add(fault=Fault.EMPTY_LIST)
    client.sim.faults.add(fault=Fault.EMPTY_PAGE)
    empty, hollow = client.page("/users"), client.page("/users")
    for body in (empty, hollow):
        assert not body.get("_embedded", {}).get("users")
    assert empty["page"]["totalElements"] == empty["page"]["totalPages"] == 0
    assert hollow["page"]["totalElements"] == 120


def test_totals_may_be_wrong_in_both_directions_and_both_apis(client: Client) -> None:
    client.sim.faults.add(fault=Fault.WRONG_TOTALS, amount=-30)
    client.sim.faults.add(fault=Fault.WRONG_TOTALS, amount=30)
    client.sim.faults.add(fault=Fault.WRONG_TOTALS, amount=5)
    assert client.page("/users")["page"]["totalPages"] == 4
    assert client.page("/users")["page"]["totalPages"] == 6
    assert client.scim.get("/Users").json()["totalResults"] == len(client.sim.people) + 5


def test_a_shifted_page_leaves_somebody_out_although_nobody_left(client: Client) -> None:
    everybody = {row["id"] for row in client.everybody()}
    client.sim.faults.add(match="/users?page=3", fault=Fault.SHIFTED_PAGE, times=None)
    rows = client.everybody()
    assert len({row["id"] for row in rows}) == 119
    assert len({row["id"] for row in rows} ^ everybody) == 1
    first = client.scim.get("/Users").json()["Resources"][0]["id"]
    client.sim.faults.add(match="/scim/Users", fault=Fault.SHIFTED_PAGE)
    assert client.scim.get("/Users").json()["Resources"][0]["id"] != first


def test_somebody_removed_between_two_pages_hides_somebody_else(client: Client) -> None:
    before = {row["id"] for row in client.everybody()}
    planned = client.sim.faults.add(match="/users?page=3", fault=Fault.PERSON_REMOVED)
    rows = client.everybody()
    seen = {row["id"] for row in rows}
    (gone,) = planned.people
    assert gone in seen  # on the first page, read before
    hidden = before - seen
    assert len(hidden) == 1
    assert client.rest.get(f"/users/{hidden.pop()}").status_code == 200
    assert client.rest.get(f"/users/{gone}").status_code == 404


def test_removals_on_order_spare_the_cast_and_end_with_it(connect: Connect) -> None:
    client = connect(people=40)
    planned = client.sim.faults.add(match="/users", fault=Fault.PERSON_REMOVED, times=None)
    for _ in range(40):
        assert client.rest.get("/users").status_code == 200
    left = client.sim.people
    assert {one.email for one in left if one.role == "user"} == {"rita@acme.example", "max@acme.example", JANE}
    assert len(planned.people) == len(set(planned.people)) > 10


def test_somebody_added_between_two_pages_is_missed_and_somebody_comes_twice(client: Client) -> None:
    planned = client.sim.faults.add(match="/users?page=3", fault=Fault.PERSON_ADDED)
    rows = client.everybody()
    (new,) = planned.people
    ids = [row["id"] for row in rows]
    assert new not in ids
    assert len(ids) == len(set(ids)) + 1


# holding


def hold_and_delete(client: Client) -> tuple[threading.Thread, list[object]]:
    results: list[object] = []

    def delete() -> None:
        try:
            results.append(client.scim.delete(f"/Users/{client.sim.person(JANE).scim_id}").status_code)
        except httpx.HTTPError as error:
            results.append(type(error))

    thread = threading.Thread(target=delete)
    thread.start()
    return thread, results


def test_a_held_request_waits_before_its_effect_until_it_is_released(client: Client) -> None:
    jane = client.sim.person(JANE)
    held = client.sim.faults.hold("DELETE /scim/Users/*")
    thread, results = hold_and_delete(client)
    assert held.reached.wait(5)
    assert jane.active
    assert results == []
    held.release()
    thread.join(5)
    assert results == [204]
    assert not jane.active


def test_a_request_held_after_its_effect_has_had_it(client: Client) -> None:
    jane = client.sim.person(JANE)
    held = client.sim.faults.hold("DELETE /scim/Users/*", phase="after")
    thread, results = hold_and_delete(client)
    assert held.reached.wait(5)
    assert not jane.active
    assert results == []
    held.release(drop=True)
    thread.join(5)
    assert results == [httpx.RemoteProtocolError]


def test_a_request_held_before_and_dropped_never_has_its_effect(client: Client) -> None:
    jane = client.sim.person(JANE)
    held = client.sim.faults.hold("DELETE /scim/Users/*")
    thread, results = hold_and_delete(client)
    assert held.reached.wait(5)
    held.release(drop=True)
    thread.join(5)
    assert results == [httpx.RemoteProtocolError]
    assert jane.active


def test_taking_a_hold_back_and_stopping_let_everybody_go(connect: Connect) -> None:
    client = connect()
    held = client.sim.faults.hold("DELETE")
    thread, _ = hold_and_delete(client)
    assert held.reached.wait(5)
    client.sim.stop()
    thread.join(5)
    client.sim.log.wait_until(lambda: client.sim.log.in_flight == 0, 5)


# callbacks, the log, the port


def test_a_callback_sees_each_matching_request_first_and_can_be_ended(client: Client) -> None:
    seen: list[str] = []

    def leave(request: Request) -> None:
        seen.append(request.query["page"])
        client.sim.remove_person(JANE)

    end = client.sim.on_request(leave, "GET /users?page=2")
    client.page("/users", page=1)
    assert client.page("/users", page=2)["page"]["totalElements"] == 119
    end()
    client.page("/users", page=2)
    assert seen == ["2"]


def test_the_log_tells_what_was_asked_and_answered(client: Client) -> None:
    client.rest.get("/users", params={"page": "2"})
    client.scim.get("/Users/nobody")
    first, second = client.sim.log.entries()
    assert (first.method, first.path, first.query, first.status, first.token) == (
        "GET",
        "/v2/users",
        {"page": "2"},
        200,
        "app",
    )
    assert (second.path, second.status, second.token) == ("/v2/scim/Users/nobody", 404, "scim")
    assert first.at <= second.at
    assert first.correlation != second.correlation
    assert client.sim.log.count("GET /users") == 1
    assert client.sim.log.count(status=404) == 1
    client.sim.log.clear()
    assert client.sim.log.entries() == []


def test_one_can_wait_for_a_request(client: Client) -> None:
    thread = threading.Timer(0.02, lambda: client.rest.get("/teams"))
    thread.start()
    assert [entry.path for entry in client.sim.log.wait_for("GET /teams")] == ["/v2/teams"]
    thread.join()
    with pytest.raises(TimeoutError):
        client.sim.log.wait_for("GET /never", timeout=0.01)


def test_requests_in_flight_are_counted(client: Client) -> None:
    held = client.sim.faults.hold("GET /teams", times=None)
    threads = [threading.Thread(target=lambda: client.rest.get("/teams")) for _ in range(4)]
    for thread in threads:
        thread.start()
    client.sim.log.wait_until(lambda: client.sim.log.in_flight == 4)
    held.release()
    for thread in threads:
        thread.join(5)
    client.sim.log.wait_until(lambda: client.sim.log.in_flight == 0)
    assert client.sim.log.most_in_flight == 4
    client.sim.log.clear()
    assert client.sim.log.most_in_flight == 0


def test_unreachable_means_that_nobody_listens_and_afterwards_the_same_port_answers(client: Client) -> None:
    assert client.rest.get("/teams").status_code == 200
    with client.sim.unreachable(), pytest.raises(httpx.TransportError):
        client.rest.get("/teams")
    assert client.rest.get("/teams").status_code == 200


def test_two_simulations_know_nothing_of_each_other(connect: Connect) -> None:
    one, other = connect(), connect()
    one.sim.remove_person(JANE)
    one.sim.faults.add(fault=Fault.ERROR_500, times=None)
    assert other.rest.get("/users").json()["page"]["totalElements"] == 120
    assert other.plain.get("/v2/users", headers=dict(one.rest.headers)).status_code == 401


def test_many_deletes_of_one_person_at_once_have_one_effect(client: Client) -> None:
    jane = client.sim.person(JANE)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.scim.delete(f"/Users/{jane.scim_id}").status_code, range(16)))
    assert sorted(answers) == [204] + [404] * 15
    assert client.sim.log.deletes == {jane.id: 1}


def test_people_who_come_and_go_while_many_read_break_no_answer(client: Client) -> None:
    def visit(number: int) -> int:
        if number % 4 == 0:
            person = client.sim.add_person(f"visitor{number}@acme.example", "Visi", "Tor", id=number + 1)
            client.sim.remove_person(person.id)
        body = client.page("/users", page=number % 5 + 1)
        return len(body["_embedded"]["users"])

    with ThreadPoolExecutor(8) as pool:
        assert min(pool.map(visit, range(200))) >= 20
    assert [row["id"] for row in client.everybody()] == sorted(client.sim.account.listing)
    assert len(client.sim.account.listing) == 120
