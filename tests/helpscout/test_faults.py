"""The table of faults, over real HTTP and under both readings: the list comes complete, or is refused; never wrong."""

import time
from typing import Any

import pytest

from bot.demo.helpscout.http.faults import Fault
from bot.demo.helpscout.simulated import SimulatedHelpScout
from bot.helpscout.client import HelpScout, Waits
from bot.helpscout.errors import (
    HelpScoutError,
    LostAnswer,
    NotFound,
    RateLimited,
    ServerFault,
    Unauthorized,
    Unbelievable,
    Unreachable,
)

ONCE = [
    fault for fault in Fault if fault not in (Fault.FORBIDDEN, Fault.NO_SUCH_CALL, Fault.HOLD_BEFORE, Fault.HOLD_AFTER)
]
"""What happens once is survived; a 403 and a 404 are answers of their own, and a hold is no fault."""

ALWAYS: dict[Fault, type[HelpScoutError]] = {
    Fault.RATE_LIMITED: RateLimited,
    Fault.RATE_LIMITED_BARE: RateLimited,
    Fault.ERROR_500: ServerFault,
    Fault.HTML_502: ServerFault,
    Fault.UNAVAILABLE_503: ServerFault,
    Fault.UNAUTHORIZED: Unauthorized,
    Fault.TOKEN_DEAD: Unauthorized,
    Fault.DROPPED_BEFORE: Unreachable,
    Fault.DROPPED_AFTER: Unreachable,
    Fault.SILENT_BEFORE: Unreachable,
    Fault.SILENT_AFTER: Unreachable,
    Fault.SLOW: Unreachable,
    Fault.CUT_BODY: Unbelievable,
    Fault.HALF_JSON: Unbelievable,
    Fault.HTML_200: Unbelievable,
    Fault.EMPTY_LIST: Unbelievable,
    Fault.EMPTY_PAGE: Unbelievable,
    Fault.WRONG_TOTALS: Unbelievable,
    Fault.SHIFTED_PAGE: Unbelievable,
    Fault.PERSON_REMOVED: Unbelievable,
    Fault.PERSON_ADDED: Unbelievable,
}


@pytest.fixture
def impatient(sim: SimulatedHelpScout, make_client: Any) -> HelpScout:
    client: HelpScout = make_client(sim.api_url, timeout=0.3)
    return client


def test_the_table_of_faults_is_whole() -> None:
    assert set(ALWAYS) == set(ONCE)


@pytest.mark.parametrize("page", [1, 3])
@pytest.mark.parametrize("fault", ONCE)
def test_a_fault_on_one_page_leaves_the_list_complete(
    sim: SimulatedHelpScout, impatient: HelpScout, fault: Fault, page: int
) -> None:
    order = sim.faults.add(fault=fault, match=f"GET /users?page={page}", seconds=2.0)
    found = impatient.rest.users()
    assert order.hits == 1
    assert set(found) == set(sim.account.listing)


@pytest.mark.parametrize("fault", ALWAYS)
def test_a_fault_that_stays_ends_in_an_honest_refusal_in_bounded_time(
    sim: SimulatedHelpScout, impatient: HelpScout, fault: Fault
) -> None:
    sim.faults.add(fault=fault, match="GET /users", times=None, seconds=2.0)
    started = time.monotonic()
    try:
        found = impatient.rest.users()
    except ALWAYS[fault] as refused:
        sentence = refused.sentence
    else:  # requests side by side may all have come before the first answer, and then the list stood still
        assert fault is Fault.PERSON_ADDED
        assert set(found) == set(sim.account.listing)
        return
    assert sentence.endswith(".")
    assert sim.app_secret not in sentence
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("fault", ALWAYS)
def test_a_fault_that_stays_on_one_page_in_the_middle_never_gives_a_wrong_list(
    sim: SimulatedHelpScout, impatient: HelpScout, fault: Fault
) -> None:
    sim.faults.add(fault=fault, match="GET /users?page=3", times=None, seconds=2.0)
    try:
        found = impatient.rest.users()
    except HelpScoutError:
        return
    assert set(found) == set(sim.account.listing)


def test_a_503_at_the_token_is_sat_out(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    sim.faults.add(fault=Fault.UNAVAILABLE_503, match="*/token", times=2)
    assert set(hs.rest.users()) == set(sim.account.listing)


def test_a_503_at_the_token_that_stays_is_told(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    sim.faults.add(fault=Fault.UNAVAILABLE_503, match="*/token", times=None)
    with pytest.raises(ServerFault) as caught:
        hs.rest.users()
    assert caught.value.api == "OAuth"
    assert sim.log.count("*/token") <= 4, "the page's own attempts do not multiply the token's"


def test_a_server_that_nobody_runs_is_unreachable_at_once(make_client: Any) -> None:
    started = time.monotonic()
    with pytest.raises(Unreachable, match="Check the network and the address"):
        make_client("http://127.0.0.1:9/v2").rest.me()
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/v2", "nonsense", "http://[::1", "http://bad host/v2"])
def test_an_address_that_is_none_is_an_error_with_a_sentence(make_client: Any, url: str) -> None:
    with pytest.raises(Unreachable):
        make_client(url).rest.me()


def test_a_server_that_comes_back_is_used_again(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    hs.rest.me()
    with sim.unreachable(), pytest.raises(Unreachable):
        hs.rest.me()
    assert hs.rest.me().id


def test_an_answer_that_dribbles_without_end_is_given_up(raw: Any, make_client: Any, say: Any) -> None:
    client = make_client(raw.api_url, timeout=0.2)
    raw.answer = lambda asked: say(dribble=True)
    started = time.monotonic()
    with pytest.raises((Unreachable, Unbelievable)):
        client.rest.me()
    assert time.monotonic() - started < 4


def test_a_silent_server_is_asked_twice_because_a_person_may_be_waiting(raw: Any, make_client: Any, say: Any) -> None:
    raw.answer = lambda asked: say(silent=True)
    client = make_client(raw.api_url, timeout=0.1)
    with pytest.raises(Unreachable, match="no answer in time"):
        client.rest.me()
    assert len(raw.paths("GET")) == 2


def test_a_closed_client_says_so(sim: SimulatedHelpScout, hs: HelpScout) -> None:
    hs.close()
    with pytest.raises(Unreachable, match="closed"):
        hs.rest.me()


# Writes


@pytest.mark.parametrize(
    "fault", [Fault.ERROR_500, Fault.HTML_502, Fault.DROPPED_BEFORE, Fault.DROPPED_AFTER, Fault.SILENT_AFTER]
)
def test_giving_a_conversation_away_is_sent_once_and_what_came_of_it_is_for_a_reading_to_say(
    sim: SimulatedHelpScout, impatient: HelpScout, fault: Fault
) -> None:
    giver = next(person for person in sim.people if sim.conversations_of(person.id))
    conversation = sim.conversations_of(giver.id)[0]
    sim.faults.add(fault=fault, match="PATCH", seconds=2.0)
    with pytest.raises((ServerFault, LostAnswer)):
        impatient.rest.assign(conversation.id, None)
    assert len(sim.log.wait_for("PATCH")) == 1
    done = fault in (Fault.DROPPED_AFTER, Fault.SILENT_AFTER)
    assert (conversation.assignee_id is None) is done


def test_a_cut_answer_to_a_write_is_no_failure_where_the_status_said_enough(
    raw: Any, client: HelpScout, say: Any
) -> None:
    raw.answer = lambda asked: say(200, body=b"{" + b" " * 100 + b"}", cut=True)
    client.rest.assign(5, None)
    assert len(raw.paths("PATCH")) == 1


def test_a_cut_refusal_of_a_write_is_still_that_refusal(raw: Any, client: HelpScout, say: Any) -> None:
    raw.answer = lambda asked: say(404, {"detail": "gone" * 20}, cut=True)
    assert client.scim is not None
    with pytest.raises(NotFound) as caught:
        client.scim.delete_user("abc")
    assert not caught.value.unsettled


@pytest.mark.parametrize("fault", [Fault.DROPPED_BEFORE, Fault.DROPPED_AFTER, Fault.SILENT_BEFORE, Fault.SILENT_AFTER])
def test_a_removal_whose_answer_is_lost_is_sent_once_and_called_lost(
    sim: SimulatedHelpScout, impatient: HelpScout, fault: Fault
) -> None:
    assert impatient.scim is not None
    person = next(person for person in sim.people if person.role == "user" and person.human)
    sim.faults.add(fault=fault, match="DELETE", times=None, seconds=2.0)
    with pytest.raises(LostAnswer) as caught:
        impatient.scim.delete_user(person.scim_id)
    assert caught.value.unsettled
    assert caught.value.api == "SCIM"
    sim.faults.clear()
    sim.log.wait_for("DELETE")
    assert sim.log.count("DELETE") == 1


@pytest.mark.parametrize("fault", [Fault.ERROR_500, Fault.HTML_502, Fault.UNAVAILABLE_503])
def test_a_removal_that_meets_a_server_fault_is_sent_once_and_unsettled(
    sim: SimulatedHelpScout, hs: HelpScout, fault: Fault
) -> None:
    assert hs.scim is not None
    person = next(person for person in sim.people if person.role == "user" and person.human)
    sim.faults.add(fault=fault, match="DELETE", times=None)
    with pytest.raises(ServerFault) as caught:
        hs.scim.delete_user(person.scim_id)
    assert caught.value.unsettled
    assert sim.log.count("DELETE") == 1


def test_a_removal_that_is_told_to_wait_is_sent_again_because_429_means_not_done(
    sim: SimulatedHelpScout, hs: HelpScout
) -> None:
    assert hs.scim is not None
    person = next(person for person in sim.people if person.role == "user" and person.human)
    sim.faults.add(fault=Fault.RATE_LIMITED, match="DELETE")
    hs.scim.delete_user(person.scim_id)
    assert sim.log.count("DELETE") == 2
    assert sim.log.deletes[person.id] == 1


# Waits


class Stopwatch:
    """A clock that only moves by waiting, and notes the waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waited: list[float] = []

    def pause(self, condition: Any, seconds: float | None) -> None:
        if seconds is None:
            condition.wait(0.01)
            return
        self.waited.append(seconds)
        self.now += seconds

    @property
    def waits(self) -> Waits:
        return Waits(initial=0, maximum=0, jitter=0, clock=lambda: self.now, wall=time.time, pause=self.pause)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"X-RateLimit-Retry-After": "9"}, 9),
        ({"X-RateLimit-Reset": "11"}, 11),
        ({"Retry-After": "3", "X-RateLimit-Reset": "50"}, 3),
    ],
)
def test_a_429_is_waited_out_as_told(
    raw: Any, make_client: Any, say: Any, headers: dict[str, str], seconds: float
) -> None:
    watch = Stopwatch()
    client = make_client(raw.api_url, waits=watch.waits)
    answers = [say(429, {"message": "slow down"}, headers=headers), say(200, {"id": 1})]
    raw.answer = lambda asked: answers.pop(0)
    assert client.rest.me().id == 1
    assert sum(watch.waited) == pytest.approx(seconds, abs=0.2)


def test_a_429_that_does_not_say_is_waited_out_longer_and_longer(raw: Any, make_client: Any, say: Any) -> None:
    watch = Stopwatch()
    client = make_client(raw.api_url, waits=watch.waits)
    answers = [say(429)] * 5 + [say(200, {"id": 1})]
    raw.answer = lambda asked: answers.pop(0)
    assert client.rest.me().id == 1
    assert watch.waited == pytest.approx([2, 4, 8, 16, 32])


def test_a_wait_beyond_reason_is_refused_and_told(raw: Any, make_client: Any, say: Any) -> None:
    watch = Stopwatch()
    client = make_client(raw.api_url, waits=watch.waits)
    raw.answer = lambda asked: say(429, headers={"Retry-After": "7200"})
    with pytest.raises(RateLimited, match="7200 seconds"):
        client.rest.me()
    assert watch.waited == []
    assert client.budget.left() == 0


def test_a_429_holds_back_everybody_not_only_who_met_it(raw: Any, make_client: Any, say: Any) -> None:
    watch = Stopwatch()
    client = make_client(raw.api_url, waits=watch.waits)
    client.budget.pause(5)
    raw.answer = lambda asked: say(200, {"id": 1})
    client.rest.me()
    assert sum(watch.waited) == pytest.approx(5)


def test_attempts_are_counted_for_observers(raw: Any, client: HelpScout, say: Any) -> None:
    answers = [say(500), say(502), say(200, {"id": 1})]
    raw.answer = lambda asked: answers.pop(0)
    calls: list[Any] = []
    client.view(observer=calls.append).rest.me()
    assert [(call.status, call.attempt) for call in calls] == [(500, 1), (502, 2), (200, 3)]


def test_a_lost_answer_is_told_to_observers_without_a_status(raw: Any, client: HelpScout, say: Any) -> None:
    raw.answer = lambda asked: say(drop=True)
    calls: list[Any] = []
    scim = client.view(observer=calls.append).scim
    assert scim is not None
    with pytest.raises(LostAnswer):
        scim.delete_user("abc")
    assert [(call.method, call.path, call.status) for call in calls] == [("DELETE", "/Users/abc", None)]
