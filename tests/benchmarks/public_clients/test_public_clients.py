"""The public clients run against the simulated Help Scout, or the comparison with them would mean nothing."""

import pytest

from bot.demo.helpscout import Fault, SimulatedHelpScout
from tests.benchmarks.public_clients.environments import PUBLIC_CLIENTS, PublicClient, Unavailable, python_of
from tests.benchmarks.public_clients.measure import list_everybody


@pytest.fixture(params=PUBLIC_CLIENTS, ids=lambda client: client.name)
def client(request: pytest.FixtureRequest) -> PublicClient:
    wanted: PublicClient = request.param
    try:
        python_of(wanted)
    except Unavailable as problem:
        pytest.skip(str(problem))
    return wanted


def test_a_public_client_lists_everybody_page_by_page(client: PublicClient) -> None:
    with SimulatedHelpScout(people=230, reading="pages", conversations=False) as sim:
        listing = list_everybody(client, sim)
        assert listing.error == ""
        assert listing.verdict(frozenset(sim.account.listing)) == "complete"
        assert listing.requests == sim.log.count() == 1 + 5
        assert sim.log.most_in_flight == 1
        assert listing.seconds > 0


def test_it_works_under_the_guide_s_reading_when_the_other_token_endpoint_answers_too(client: PublicClient) -> None:
    with SimulatedHelpScout(people=60, reading="guide", conversations=False) as sim:
        assert list_everybody(client, sim).verdict(frozenset()) == "error"
        sim.behaviour.other_token_endpoint = 200
        assert list_everybody(client, sim).people == 60


def test_a_list_that_is_wrong_unnoticed_an_error_and_a_hang_are_told_apart(client: PublicClient) -> None:
    with SimulatedHelpScout(people=230, reading="pages", conversations=False) as sim:
        everybody = frozenset(sim.account.listing)
        sim.faults.add(match="/users?page=3", fault=Fault.EMPTY_LIST)
        assert list_everybody(client, sim).verdict(everybody) in ("wrong, unnoticed", "error")
        sim.faults.add(match="/users?page=3", fault=Fault.HALF_JSON)
        assert list_everybody(client, sim).verdict(everybody) == "error"
        sim.faults.add(match="/users?page=3", fault=Fault.SILENT_BEFORE, times=None)
        assert list_everybody(client, sim, give_up_after=2).verdict(everybody) == "hangs"
