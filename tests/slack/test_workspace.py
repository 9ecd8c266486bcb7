"""Who is who in Slack, as the services see it: groups flattened, a minute old at most, fresh at a click."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.demo.slack import APPROVERS_GROUP, Person, SimulatedSlack, UserGroup
from bot.services.ports import WorkspaceAway
from bot.slack.api.web import reading
from bot.slack.api.workspace import SlackWorkspace


class Watch:
    """Seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


def workspace(slack: SimulatedSlack, watch: Watch, *approvers: str, requesters: tuple[str, ...] = ()) -> SlackWorkspace:
    client = reading(slack.bot_token, slack.url, timeout=5)
    return SlackWorkspace(client, approvers=approvers, requesters=requesters, timer=watch)


def id_of(slack: SimulatedSlack, handle: str) -> str:
    return slack.people[handle].id


@pytest.mark.parametrize(
    ("handle", "flag"),
    [("leo", "deleted"), ("otherbot", "is_bot"), ("slackbot", "is_bot"), ("gus", "is_guest"), ("gwen", "is_guest")],
)
def test_what_slack_says_of_somebody_is_kept(slack: SimulatedSlack, watch: Watch, handle: str, flag: str) -> None:
    member = workspace(slack, watch).member(id_of(slack, handle))
    assert member is not None
    assert getattr(member, flag)


def test_a_full_member_is_known_with_address_and_zone(slack: SimulatedSlack, watch: Watch) -> None:
    rita = slack.people["rita"]
    member = workspace(slack, watch).member(rita.id)
    assert member is not None
    assert (member.email, member.timezone, member.name) == (rita.email, rita.tz, rita.name)
    assert not any((member.deleted, member.is_bot, member.is_guest, member.is_stranger))


def test_who_belongs_to_another_workspace_is_a_stranger(slack: SimulatedSlack, watch: Watch) -> None:
    slack.people["dora"].team_id = "T0ELSEWHERE"
    for handle in ("dora", "sid"):
        member = workspace(slack, watch).member(id_of(slack, handle))
        assert member is not None
        assert member.is_stranger


def test_an_unknown_id_is_nobody(slack: SimulatedSlack, watch: Watch) -> None:
    assert workspace(slack, watch).member("U0NOBODY00") is None


def test_an_address_leads_to_its_member_in_any_case(slack: SimulatedSlack, watch: Watch) -> None:
    found = workspace(slack, watch).member_by_email("RITA@Acme.Example")
    assert found is not None
    assert found.id == id_of(slack, "rita")
    assert workspace(slack, watch).member_by_email("nobody@acme.example") is None


def test_approvers_are_people_and_groups_mixed(slack: SimulatedSlack, watch: Watch) -> None:
    named = workspace(slack, watch, id_of(slack, "max"), APPROVERS_GROUP)
    assert named.approvers() == {id_of(slack, handle) for handle in ("max", "ana", "bo")}


def test_groups_within_groups_are_flattened_even_in_a_circle(slack: SimulatedSlack, watch: Watch) -> None:
    groups = slack.workspace.groups
    for id in ("S0OUTER", "S0INNER"):
        slack.people.add(Person(id=id, handle=id.lower(), name=id))
    groups["S0OUTER"] = UserGroup(id="S0OUTER", handle="outer", name="Outer", users=["S0INNER", id_of(slack, "rita")])
    groups["S0INNER"] = UserGroup(id="S0INNER", handle="inner", name="Inner", users=["S0OUTER", id_of(slack, "dora")])
    assert workspace(slack, watch, "S0OUTER").approvers() == {id_of(slack, "rita"), id_of(slack, "dora")}


def test_nobody_in_a_disabled_group_approves(slack: SimulatedSlack, watch: Watch) -> None:
    slack.workspace.groups[APPROVERS_GROUP].disabled = True
    assert workspace(slack, watch, APPROVERS_GROUP, id_of(slack, "max")).approvers() == {id_of(slack, "max")}


def test_without_a_paid_plan_people_named_one_by_one_still_approve(slack: SimulatedSlack, watch: Watch) -> None:
    slack.installation.paid = False
    assert workspace(slack, watch, APPROVERS_GROUP, id_of(slack, "max")).approvers() == {id_of(slack, "max")}


def test_without_a_paid_plan_and_only_groups_it_is_said_what_to_do(slack: SimulatedSlack, watch: Watch) -> None:
    slack.installation.paid = False
    with pytest.raises(WorkspaceAway, match="paid Slack plan"):
        workspace(slack, watch, APPROVERS_GROUP).approvers()


def test_unset_requesters_are_everybody(slack: SimulatedSlack, watch: Watch) -> None:
    assert workspace(slack, watch).requesters() is None
    assert workspace(slack, watch, requesters=("U1",)).requesters() == frozenset({"U1"})


def test_an_answer_is_kept_for_a_minute_and_no_longer(slack: SimulatedSlack, watch: Watch) -> None:
    known, max_id = workspace(slack, watch), id_of(slack, "max")
    known.member(max_id)
    slack.people["max"].deleted = True
    watch.now = 59.9
    assert not known.member(max_id).deleted  # type: ignore[union-attr]
    watch.now = 60.1
    assert known.member(max_id).deleted  # type: ignore[union-attr]


def test_a_click_reads_membership_anew(slack: SimulatedSlack, watch: Watch) -> None:
    known = workspace(slack, watch, APPROVERS_GROUP)
    assert id_of(slack, "ana") in known.approvers()
    slack.workspace.groups[APPROVERS_GROUP].users.remove(id_of(slack, "ana"))
    assert id_of(slack, "ana") in known.approvers()
    assert id_of(slack, "ana") not in known.approvers(fresh=True)
    assert id_of(slack, "ana") not in known.approvers()


def test_fifty_clicks_at_once_share_a_few_readings(slack: SimulatedSlack) -> None:
    known = SlackWorkspace(reading(slack.bot_token, slack.url), approvers=[APPROVERS_GROUP])
    slack.faults.slow(0.15, "usergroups.users.list", times=None)
    gate = threading.Barrier(50)

    def click() -> frozenset[str]:
        gate.wait()
        return known.approvers(fresh=True)

    with ThreadPoolExecutor(50) as pool:
        answers = [future.result() for future in [pool.submit(click) for _ in range(50)]]
    assert len(set(answers)) == 1
    assert 1 <= len(slack.calls("usergroups.users.list")) <= 3


def test_a_fresh_answer_is_never_one_whose_reading_began_before_the_question(
    slack: SimulatedSlack, watch: Watch
) -> None:
    known, max_id = workspace(slack, watch), id_of(slack, "max")
    known.member(max_id)
    watch.now = 1.0
    slack.people["max"].deleted = True
    assert known.member(max_id, fresh=True).deleted  # type: ignore[union-attr]


def test_under_a_rate_limit_a_young_answer_serves_a_click(slack: SimulatedSlack, watch: Watch) -> None:
    known = workspace(slack, watch, APPROVERS_GROUP)
    before = known.approvers()
    slack.faults.rate_limit("usergroups.users.list", times=None, retry_after=30)
    watch.now = 30.0
    assert known.approvers(fresh=True) == before
    watch.now = 61.0
    with pytest.raises(WorkspaceAway, match="wait"):
        known.approvers(fresh=True)


def test_a_short_rate_limit_is_sat_out(slack: SimulatedSlack, watch: Watch) -> None:
    slack.faults.rate_limit("users.info", retry_after=1)
    assert workspace(slack, watch).member(id_of(slack, "max")) is not None


def test_a_fault_of_slack_is_tried_again(slack: SimulatedSlack, watch: Watch) -> None:
    slack.faults.server_error("users.info")
    slack.faults.lose_answer("users.info")
    assert workspace(slack, watch).member(id_of(slack, "max")) is not None


@pytest.mark.parametrize("how", ["refuse", "server_error", "garbage"])
def test_when_slack_is_away_nobody_is_taken_for_anybody(slack: SimulatedSlack, watch: Watch, how: str) -> None:
    getattr(slack.faults, how)("*", times=None)
    with pytest.raises(WorkspaceAway, match="nothing was done"):
        workspace(slack, watch).member(id_of(slack, "max"))


def test_a_token_that_is_refused_says_what_to_do(slack: SimulatedSlack, watch: Watch) -> None:
    slack.faults.error("invalid_auth", "*", times=None)
    with pytest.raises(WorkspaceAway, match="copy the bot token again"):
        workspace(slack, watch, APPROVERS_GROUP).approvers()


def test_a_missing_scope_is_named(slack: SimulatedSlack, watch: Watch) -> None:
    slack.installation.scopes = frozenset({"users:read"})
    with pytest.raises(WorkspaceAway, match="usergroups:read"):
        workspace(slack, watch, APPROVERS_GROUP).approvers()


def test_everybody_is_read_page_by_page(slack: SimulatedSlack, watch: Watch) -> None:
    for number in range(450):
        slack.people.add(Person(id=f"U0EXTRA{number:04d}", handle=f"extra{number}", name=f"Extra {number}"))
    members = workspace(slack, watch).members()
    assert len(slack.calls("users.list")) == 3
    assert len({member.id for member in members}) == len(members) >= 450
    assert any(member.deleted for member in members)
    assert any(member.is_guest for member in members)


def test_who_was_in_the_list_need_not_be_asked_for(slack: SimulatedSlack, watch: Watch) -> None:
    known = workspace(slack, watch)
    known.members()
    assert known.known_member(id_of(slack, "max")) is not None
    assert not slack.calls("users.info")
