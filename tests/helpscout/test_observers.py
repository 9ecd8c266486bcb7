"""Who watches the client hears of every request; who watches a view hears of that view's."""

from bot.demo.helpscout import SimulatedHelpScout
from bot.helpscout.client import HelpScout
from bot.helpscout.wire.calls import ApiCall


def test_the_clients_observer_hears_everything_a_views_only_its_own() -> None:
    every: list[ApiCall] = []
    own: list[ApiCall] = []
    with (
        SimulatedHelpScout(people=30) as sim,
        HelpScout(
            api_url=sim.api_url,
            scim_url=sim.scim_url,
            app_id=sim.app_id,
            app_secret=sim.app_secret,
            scim_token=sim.scim_token,
            observer=every.append,
        ) as client,
    ):
        client.rest.me()
        client.view(observer=own.append).rest.teams()
        assert client.scim is not None
        client.scim.groups()
    assert {call.path.rsplit("/", 1)[-1] for call in every} >= {"me", "teams", "Groups", "token"}
    assert {call.path.rsplit("/", 1)[-1] for call in own} == {"teams"}
